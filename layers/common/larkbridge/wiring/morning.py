"""The card that tells the staff every morning how things are."""

from larkbridge.forms.catalogue import FORMS
from larkbridge.inbound.all_providers import SOURCES
from larkbridge.settings import RetryDueSettings
from larkbridge.staff_chat.morning_card import MorningCard
from larkbridge.staff_chat.morning_report import Stores
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.events import EventStore
from larkbridge.store.submissions import SubmissionStore
from larkbridge.store.tokens import TokenStore
from larkbridge.wiring.parts import Parts


def morning_card(settings: RetryDueSettings | None = None, parts: Parts | None = None) -> MorningCard:
    """Return the job."""
    settings, parts = settings or RetryDueSettings(), parts or Parts()
    stores = Stores(
        SubmissionStore(settings.submissions.submissions_table),
        EventStore(settings.events.events_table),
        DeliveryStore(settings.deliveries.deliveries_table),
        TokenStore(settings.vault.tokens_table),
    )
    names = {form.form_type: form.title.vi for form in FORMS}
    return MorningCard(stores, SOURCES, names, settings.morning_chat_id, parts.clock)
