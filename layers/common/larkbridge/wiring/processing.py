"""Puts processing together from the environment; the one place that chooses its real parts."""

import random
from functools import cached_property, partial

from larkbridge import aws
from larkbridge.clock import Clock, SystemClock
from larkbridge.http_client import HttpClient
from larkbridge.lark.base import Base
from larkbridge.processors.registry import registry
from larkbridge.processors.stream import Engine
from larkbridge.processors.subscriber import Resources
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
        table = self._settings.required
        deliveries = DeliveryStore(table("DELIVERIES_TABLE"))
        self.events = EventStore(table("EVENTS_TABLE"))
        resources = Resources(
            events=self.events,
            deliveries=deliveries,
            payments=PaymentStore(table("PAYMENTS_TABLE")),
            subscriptions=SubscriptionStore(table("SUBSCRIPTIONS_TABLE")),
            users=UserStore(table("USERS_TABLE")),
            contents=ContentStore(table("CONTENT_TABLE")),
            button_configs=ButtonConfigStore(table("BUTTON_CONFIGS_TABLE")),
            base=Base(self._lark),
            sync=lambda: self._sync,
        )
        self.engine = Engine(self.events, registry(resources), deliveries, self.clock, self._rng)
        aws.client("dynamodb")

    @cached_property
    def _sync(self) -> Sync:
        return Sync(self._settings, self.clock, self._lark, self._rng)
