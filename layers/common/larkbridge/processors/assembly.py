"""Puts processing together from the environment; the one place that chooses its real parts."""

import random
from collections.abc import Callable
from functools import cached_property

import httpx

from larkbridge import aws
from larkbridge.clock import Clock, SystemClock
from larkbridge.http import HttpClient
from larkbridge.lark.assembly import lark_client
from larkbridge.lark.base import Base
from larkbridge.lark.messages import Messages
from larkbridge.outbox.deliveries import DeliveryOutbox
from larkbridge.outbox.drain import Drain
from larkbridge.outbox.targets import modelriver_callback
from larkbridge.outbox.targets.button_forward import ButtonForward
from larkbridge.outbox.targets.lark_card import LarkCard
from larkbridge.outbox.targets.lark_record import LarkRecord
from larkbridge.outbox.targets.modelriver_callback import ModelRiverCallback
from larkbridge.outbox.targets.target import Target
from larkbridge.processors.base_changes import BaseChangesProcessor
from larkbridge.processors.button import ButtonProcessor
from larkbridge.processors.clerk import ClerkProcessor
from larkbridge.processors.engine import Engine
from larkbridge.processors.modelriver import ModelRiverProcessor
from larkbridge.processors.processor import Processors
from larkbridge.processors.registry import registry
from larkbridge.processors.stripe import StripeProcessor
from larkbridge.processors.zalo import ZaloProcessor
from larkbridge.public_http import PublicHttpClient
from larkbridge.settings import Secrets, Settings
from larkbridge.store.button_configs import ButtonConfigStore
from larkbridge.store.button_results import ButtonResultStore
from larkbridge.store.content import ContentStore
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.destinations import DestinationStore
from larkbridge.store.events import EventStore
from larkbridge.store.payments import PaymentStore
from larkbridge.store.subscriptions import SubscriptionStore
from larkbridge.store.users import UserStore
from larkbridge.sync.assembly import Sync


class Processing:
    """The parts that process events and send deliveries, with AWS clients made at once.

    Parameters
    ----------
    http
        Calls Lark.
    public_network
        What carries calls to addresses that come from outside, once those are checked.

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
        public_network: httpx.BaseTransport | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._settings = settings or Settings()
        self.clock = clock or SystemClock()
        self._network = public_network
        secrets_id = self._settings.secrets_id
        self._secrets = Secrets(lambda: aws.read_secret(secrets_id), self.clock)
        rng = rng or random.SystemRandom()
        self._rng = rng
        self._lark = lark = lark_client(self._settings, self._secrets, http or HttpClient(), self.clock)
        base = Base(lark)
        self._store = DeliveryStore(self._settings.required("DELIVERIES_TABLE"))
        self.events = EventStore(self._settings.required("EVENTS_TABLE"))
        drain = Drain(DestinationStore(self._settings.destinations_table), self.clock)
        self.deliveries = DeliveryOutbox(
            self._store, self._targets(base, Messages(lark)), drain, self.clock, rng
        )
        self.engine = Engine(self.events, self._processors(base), self.deliveries, self.clock, rng)
        aws.client("dynamodb")

    def _targets(self, base: Base, messages: Messages) -> list[Target]:
        hosts = self._settings.words("MODELRIVER_CALLBACK_HOSTS") or (modelriver_callback.HOST,)
        results = ButtonResultStore(self._settings.required("BUTTON_RESULTS_TABLE"))
        has_app = bool(self._settings.text("LARK_APP_ID"))
        return [
            ButtonForward(self._public_http(None), self._secret("FORWARD_SIGNING_SECRET"), self.clock),
            ModelRiverCallback(self._public_http(hosts), self._secret("MODELRIVER_API_KEY"), self.clock),
            LarkRecord(base, results, self.clock, configured=has_app),
            LarkCard(messages, configured=has_app),
        ]

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
            zalo=ZaloProcessor(self._store),
            button=ButtonProcessor(ButtonConfigStore(table("BUTTON_CONFIGS_TABLE")), base),
            base_changes=BaseChangesProcessor(lambda: self._sync),
        )

    @cached_property
    def _sync(self) -> Sync:
        return Sync(self._settings, self.clock, self._lark, self._rng)

    def _public_http(self, allowed_hosts: tuple[str, ...] | None) -> PublicHttpClient:
        return PublicHttpClient(
            allowed_hosts=allowed_hosts,
            local_origin=self._settings.text("LOCAL_ORIGIN"),
            network=self._network,
        )

    def _secret(self, name: str) -> Callable[[], str | None]:
        return lambda: self._secrets.first(name)
