"""The sending of deliveries."""

from collections.abc import Iterator
from functools import partial

from larkbridge import aws
from larkbridge.lark.base import Base
from larkbridge.lark.messages import Messages
from larkbridge.public_http_client import PublicHttpClient
from larkbridge.sending.delivery_attempts import DeliveryAttempts, Targets
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
from larkbridge.wiring.parts import Parts
from larkbridge.work.circuit import KnownStates

MAX_SIDE_BY_SIDE = 100
"""Attempts in one process: as many as a batch of the stream has deliveries."""


def first_attempts(
    settings: Settings | None = None, parts: Parts | None = None, workers: Workers | None = None
) -> FirstAttempts:
    """Return what tries deliveries that have just been stored, by threads unless `workers` are given."""
    settings, parts = settings or Settings(), parts or Parts()
    store, targets = delivery_attempts(settings, parts)
    states = KnownStates(DestinationStore(settings.destinations_table), parts.clock)
    limits = RateLimitStore(settings.required("RATE_LIMITS_TABLE"))
    return FirstAttempts(store, targets, states, limits, parts.clock, workers or Threads(MAX_SIDE_BY_SIDE))


def delivery_attempts(settings: Settings, parts: Parts) -> tuple[DeliveryStore, Targets]:
    """Return where deliveries are, and what makes the attempts at each target."""
    aws.client("secretsmanager")  # before there are threads that would each make one
    store = DeliveryStore(settings.required("DELIVERIES_TABLE"))
    targets = _targets(settings, parts)
    return store, {target.name: DeliveryAttempts(store, target, parts.clock, parts.rng) for target in targets}


def _targets(settings: Settings, parts: Parts) -> Iterator[Target]:
    secrets = parts.secrets(settings.secrets_id)
    public_http = partial(
        PublicHttpClient, local_origin=settings.text("LOCAL_ORIGIN"), network=parts.public_network
    )
    yield ButtonForward(
        public_http(allowed_hosts=None), partial(secrets.first, "FORWARD_SIGNING_SECRET"), parts.clock
    )
    hosts = settings.words("MODELRIVER_CALLBACK_HOSTS") or (modelriver_callback.HOST,)
    yield ModelRiverCallback(
        public_http(allowed_hosts=hosts), partial(secrets.first, "MODELRIVER_API_KEY"), parts.clock
    )
    lark, has_app = lark_client(settings, parts, secrets), bool(settings.text("LARK_APP_ID"))
    results = ButtonResultStore(settings.required("BUTTON_RESULTS_TABLE"))
    yield LarkRecord(Base(lark), results, parts.clock, configured=has_app)
    yield LarkCard(Messages(lark), configured=has_app)
