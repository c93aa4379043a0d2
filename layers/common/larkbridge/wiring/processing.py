"""The processing of events."""

from functools import cache

from larkbridge.lark.base import Base
from larkbridge.processors.registry import registry
from larkbridge.processors.stream import Engine, Processing
from larkbridge.processors.subscriber import Resources
from larkbridge.settings import Settings
from larkbridge.store.button_configs import ButtonConfigStore
from larkbridge.store.content import ContentStore
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.events import EventStore
from larkbridge.store.payments import PaymentStore
from larkbridge.store.subscriptions import SubscriptionStore
from larkbridge.store.users import UserStore
from larkbridge.sync.table_sync import TableSync
from larkbridge.wiring.lark import lark_client
from larkbridge.wiring.parts import Parts
from larkbridge.wiring.sync import table_sync


def processing(settings: Settings | None = None, parts: Parts | None = None) -> Processing:
    """Return what processes events."""
    settings, parts = settings or Settings(), parts or Parts()
    table = settings.required
    lark = lark_client(settings, parts, parts.secrets(settings.secrets_id))
    events, deliveries = EventStore(table("EVENTS_TABLE")), DeliveryStore(table("DELIVERIES_TABLE"))

    @cache
    def sync() -> TableSync:
        return table_sync(settings, parts, lark)

    resources = Resources(
        events=events,
        deliveries=deliveries,
        payments=PaymentStore(table("PAYMENTS_TABLE")),
        subscriptions=SubscriptionStore(table("SUBSCRIPTIONS_TABLE")),
        users=UserStore(table("USERS_TABLE")),
        contents=ContentStore(table("CONTENT_TABLE")),
        button_configs=ButtonConfigStore(table("BUTTON_CONFIGS_TABLE")),
        base=Base(lark),
        sync=sync,
    )
    engine = Engine(events, registry(resources), deliveries, parts.clock, parts.rng)
    return Processing(events, engine, parts.clock)
