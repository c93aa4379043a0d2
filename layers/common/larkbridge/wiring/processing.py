"""The processing of events."""

from functools import cache
from typing import TYPE_CHECKING

from larkbridge.lark.base import Base
from larkbridge.processors.registry import registry
from larkbridge.processors.stream import Engine, Processing
from larkbridge.processors.subscriber import Resources
from larkbridge.settings import ProcessEventSettings
from larkbridge.store.button_configs import ButtonConfigStore
from larkbridge.store.chat_queue import ChatQueue
from larkbridge.store.content import ContentStore
from larkbridge.store.conversations import ConversationStore
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.events import EventStore
from larkbridge.store.payments import PaymentStore
from larkbridge.store.subscriptions import SubscriptionStore
from larkbridge.store.users import UserStore
from larkbridge.wiring.lark import lark_client
from larkbridge.wiring.parts import Parts

if TYPE_CHECKING:
    from larkbridge.sync.table_sync import TableSync


def processing(settings: ProcessEventSettings | None = None, parts: Parts | None = None) -> Processing:
    """Return what processes events."""
    settings, parts = settings or ProcessEventSettings(), parts or Parts()
    lark = lark_client(settings.lark, parts, parts.secrets(settings.private_secrets_id))
    events, deliveries = EventStore(settings.events_table), DeliveryStore(settings.deliveries_table)

    @cache
    def sync() -> "TableSync":
        from larkbridge.wiring.sync import table_sync  # only what changes in a Base needs it

        return table_sync(settings.tables, parts, lark)

    resources = Resources(
        events=events,
        deliveries=deliveries,
        payments=PaymentStore(settings.payments_table),
        subscriptions=SubscriptionStore(settings.subscriptions_table),
        users=UserStore(settings.users_table),
        contents=ContentStore(settings.content_table),
        button_configs=ButtonConfigStore(settings.button_configs_table),
        chat_queue=ChatQueue(settings.chat.queue_url),
        conversations=ConversationStore(settings.chat.conversations_table),
        base=Base(lark),
        sync=sync,
    )
    engine = Engine(events, registry(resources), deliveries, parts.clock, parts.rng)
    return Processing(events, engine, parts.clock)
