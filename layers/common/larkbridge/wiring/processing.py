"""Puts processing together from the environment; the one place that chooses its real parts."""

import random
from functools import cached_property, partial

from larkbridge import aws
from larkbridge.clock import Clock, SystemClock
from larkbridge.http_client import HttpClient
from larkbridge.lark.base import Base
from larkbridge.processors.base_changes import BaseChangesProcessor
from larkbridge.processors.button_clicks import ButtonProcessor
from larkbridge.processors.clerk_users import ClerkProcessor
from larkbridge.processors.engine import Engine
from larkbridge.processors.modelriver_content import ModelRiverProcessor
from larkbridge.processors.processor import Processors
from larkbridge.processors.registry import registry
from larkbridge.processors.stripe_payments import StripeProcessor
from larkbridge.processors.zalo_receipts import ZaloProcessor
from larkbridge.settings import Settings
from larkbridge.store.button_configs import ButtonConfigStore
from larkbridge.store.content import ContentStore
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.events import EventStore
from larkbridge.store.payments import PaymentStore
from larkbridge.store.subscriptions import SubscriptionStore
from larkbridge.store.users import UserStore
from larkbridge.wiring.lark import lark_client
from larkbridge.wiring.sync import Sync


class Processing:
    """The parts that process events, with AWS clients made at once.

    Parameters
    ----------
    http
        Calls Lark.

    Raises
    ------
    MissingSettingError
        When the environment lacks a table or the secret's id.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        clock: Clock | None = None,
        http: HttpClient | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._settings = settings or Settings()
        self.clock = clock or SystemClock()
        secrets_id = self._settings.secrets_id
        secrets = aws.Secrets(partial(aws.read_secret, secrets_id), self.clock)
        self._rng = rng or random.SystemRandom()
        self._lark = lark_client(self._settings, secrets, http or HttpClient(), self.clock)
        self._deliveries = DeliveryStore(self._settings.required("DELIVERIES_TABLE"))
        self.events = EventStore(self._settings.required("EVENTS_TABLE"))
        processors = self._processors(Base(self._lark))
        self.engine = Engine(self.events, processors, self._deliveries, self.clock, self._rng)
        aws.client("dynamodb")

    def _processors(self, base: Base) -> Processors:
        table = self._settings.required
        return registry(
            stripe=StripeProcessor(
                PaymentStore(table("PAYMENTS_TABLE")),
                SubscriptionStore(table("SUBSCRIPTIONS_TABLE")),
                self.events,
            ),
            clerk=ClerkProcessor(UserStore(table("USERS_TABLE")), self.events),
            modelriver=ModelRiverProcessor(ContentStore(table("CONTENT_TABLE"))),
            zalo=ZaloProcessor(self._deliveries),
            button=ButtonProcessor(ButtonConfigStore(table("BUTTON_CONFIGS_TABLE")), base),
            base_changes=BaseChangesProcessor(lambda: self._sync),
        )

    @cached_property
    def _sync(self) -> Sync:
        return Sync(self._settings, self.clock, self._lark, self._rng)
