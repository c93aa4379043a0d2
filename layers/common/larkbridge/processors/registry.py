"""Which processor takes which event; an event of any other type is only logged."""

from larkbridge.lark.event_types import COLUMNS_TYPE, RECORDS_TYPE
from larkbridge.processors.base_changes import BaseChangesProcessor
from larkbridge.processors.button_clicks import CLICKED_TYPE, ButtonProcessor
from larkbridge.processors.clerk_users import CHANGED_TYPES, DELETED_TYPE, ClerkProcessor
from larkbridge.processors.modelriver_content import GENERATED_TYPE, ModelRiverProcessor
from larkbridge.processors.processor import Processor, Processors
from larkbridge.processors.stripe_payments import CHECKOUT_TYPES, SUBSCRIPTION_TYPES, StripeProcessor
from larkbridge.processors.zalo_receipts import RECEIPT_TYPE, ZaloProcessor


def registry(
    *,
    stripe: StripeProcessor,
    clerk: ClerkProcessor,
    modelriver: ModelRiverProcessor,
    zalo: ZaloProcessor,
    button: ButtonProcessor,
    base_changes: BaseChangesProcessor,
) -> Processors:
    """Return every processor by source and type."""
    processors: dict[tuple[str, str], Processor] = {
        ("feishu-button", CLICKED_TYPE): button.clicked,
        ("lark", RECORDS_TYPE): base_changes.records,
        ("lark", COLUMNS_TYPE): base_changes.columns,
        ("modelriver", GENERATED_TYPE): modelriver.generated,
        ("zalo", RECEIPT_TYPE): zalo.receipt,
    }
    processors |= {("clerk", one): clerk.user for one in (*CHANGED_TYPES, DELETED_TYPE)}
    processors |= {("stripe", one): stripe.checkout for one in CHECKOUT_TYPES}
    return processors | {("stripe", one): stripe.subscription for one in SUBSCRIPTION_TYPES}
