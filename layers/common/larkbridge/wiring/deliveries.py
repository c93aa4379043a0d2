"""Puts the sending of deliveries together from the environment; the one place that chooses its real parts."""

import random
from collections.abc import Callable
from functools import partial

import httpx

from larkbridge import aws
from larkbridge.clock import Clock, SystemClock
from larkbridge.http_client import HttpClient
from larkbridge.lark.base import Base
from larkbridge.lark.messages import Messages
from larkbridge.public_http_client import PublicHttpClient
from larkbridge.sending.delivery_attempts import DeliveryOutbox
from larkbridge.sending.delivery_backlog import SIDE_BY_SIDE, DeliveryBacklog
from larkbridge.sending.first_attempts import FirstAttempts
from larkbridge.sending.workers import Threads, Workers
from larkbridge.settings import Settings
from larkbridge.store.button_results import ButtonResultStore
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.destinations import DestinationStore
from larkbridge.store.rate_limits import RateLimitStore
from larkbridge.targets import modelriver_callback
from larkbridge.targets.button_forward import ButtonForward
from larkbridge.targets.lark_card import LarkCard
from larkbridge.targets.lark_record import LarkRecord
from larkbridge.targets.modelriver_callback import ModelRiverCallback
from larkbridge.targets.target import Target
from larkbridge.wiring.lark import lark_client
from larkbridge.work.circuit import KnownStates
from larkbridge.work.drain import Drain

MAX_SIDE_BY_SIDE = 100
"""Attempts in one process: as many as a batch of the stream has deliveries."""


class Sending:
    """The parts that send deliveries, with AWS clients made at once.

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
        self._secrets = aws.Secrets(partial(aws.read_secret, secrets_id), self.clock)
        self._destinations = DestinationStore(self._settings.destinations_table)
        self._rng = rng or random.SystemRandom()
        self._store = DeliveryStore(self._settings.required("DELIVERIES_TABLE"))
        targets = self._targets(http or HttpClient())
        self.deliveries = DeliveryOutbox(self._store, targets, self.clock, self._rng)
        aws.client("dynamodb")

    def first_attempts(self, workers: Workers | None = None) -> FirstAttempts:
        """Return what tries deliveries that have just been stored, by threads unless `workers` are given."""
        aws.client("secretsmanager")  # before there are threads that would each make one
        states = KnownStates(self._destinations, self.clock)
        limits = RateLimitStore(self._settings.required("RATE_LIMITS_TABLE"))
        workers = workers or Threads(MAX_SIDE_BY_SIDE)
        return FirstAttempts(self.deliveries, states, limits, self.clock, workers)

    def backlog(self, workers: Workers | None = None) -> DeliveryBacklog:
        """Return the job that works through what is not sent, by threads unless `workers` are given."""
        aws.client("secretsmanager")
        drain = Drain(self._destinations, self.clock)
        workers = workers or Threads(SIDE_BY_SIDE)
        return DeliveryBacklog(self._store, self.deliveries, drain, self.clock, self._rng, workers)

    def _targets(self, http: HttpClient) -> list[Target]:
        hosts = self._settings.words("MODELRIVER_CALLBACK_HOSTS") or (modelriver_callback.HOST,)
        has_app = bool(self._settings.text("LARK_APP_ID"))
        lark = lark_client(self._settings, self._secrets, http, self.clock)
        results = ButtonResultStore(self._settings.required("BUTTON_RESULTS_TABLE"))
        return [
            ButtonForward(self._public_http(None), self._secret("FORWARD_SIGNING_SECRET"), self.clock),
            ModelRiverCallback(self._public_http(hosts), self._secret("MODELRIVER_API_KEY"), self.clock),
            LarkRecord(Base(lark), results, self.clock, configured=has_app),
            LarkCard(Messages(lark), configured=has_app),
        ]

    def _public_http(self, allowed_hosts: tuple[str, ...] | None) -> PublicHttpClient:
        return PublicHttpClient(
            allowed_hosts=allowed_hosts,
            local_origin=self._settings.text("LOCAL_ORIGIN"),
            network=self._network,
        )

    def _secret(self, name: str) -> Callable[[], str | None]:
        return lambda: self._secrets.first(name)
