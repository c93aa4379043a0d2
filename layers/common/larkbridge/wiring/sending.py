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
from larkbridge.settings import DeliverySettings, SendDeliveriesSettings
from larkbridge.staff_chat.alarm_cards import AlarmCards
from larkbridge.store.bucket import Bucket
from larkbridge.store.button_results import ButtonResultStore
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.destinations import DestinationStore
from larkbridge.store.rate_limits import RateLimitStore
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.stored_files import FileStore
from larkbridge.store.submissions import SubmissionStore
from larkbridge.targets.button_forward import ButtonForward
from larkbridge.targets.case_note import CaseNote
from larkbridge.targets.file_move import FileMove
from larkbridge.targets.file_removal import FileRemoval
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
    settings: SendDeliveriesSettings | None = None, parts: Parts | None = None, workers: Workers | None = None
) -> FirstAttempts:
    """Return what tries deliveries that have just been stored, by threads unless `workers` are given."""
    settings, parts = settings or SendDeliveriesSettings(), parts or Parts()
    store, targets = delivery_attempts(settings.deliveries, parts)
    states = KnownStates(DestinationStore(settings.deliveries.destinations_table), parts.clock)
    limits = RateLimitStore(settings.rate_limits_table)
    return FirstAttempts(store, targets, states, limits, parts.clock, workers or Threads(MAX_SIDE_BY_SIDE))


def alarm_cards(settings: SendDeliveriesSettings | None = None) -> AlarmCards:
    """Return what makes cards of alarms."""
    settings = settings or SendDeliveriesSettings()
    return AlarmCards(DeliveryStore(settings.deliveries.deliveries_table), settings.morning_chat_id)


def delivery_attempts(settings: DeliverySettings, parts: Parts) -> tuple[DeliveryStore, Targets]:
    """Return where deliveries are, and what makes the attempts at each target."""
    aws.client("secretsmanager")  # before there are threads that would each make one
    store = DeliveryStore(settings.deliveries_table)
    targets = _targets(settings, parts)
    return store, {target.name: DeliveryAttempts(store, target, parts.clock, parts.rng) for target in targets}


def _targets(settings: DeliverySettings, parts: Parts) -> Iterator[Target]:
    secrets = parts.secrets(settings.private_secrets_id)
    public_http = partial(PublicHttpClient, local_origin=settings.local_origin, network=parts.public_network)
    yield ButtonForward(
        public_http(allowed_hosts=None), partial(secrets.first, "FORWARD_SIGNING_SECRET"), parts.clock
    )
    yield ModelRiverCallback(
        public_http(allowed_hosts=settings.callback_hosts),
        partial(secrets.first, "MODELRIVER_API_KEY"),
        parts.clock,
    )
    lark, has_app = lark_client(settings.lark, parts, secrets), bool(settings.lark.app_id)
    results = ButtonResultStore(settings.button_results_table)
    yield LarkRecord(Base(lark), results, parts.clock, configured=has_app)
    yield CaseNote(
        Base(lark), SourceRowStore(settings.source_rows_table), results, parts.clock, configured=has_app
    )
    yield LarkCard(Messages(lark), configured=has_app)
    files, bucket = FileStore(settings.files.stored_files_table), Bucket(settings.files.bucket)
    submissions = SubmissionStore(settings.submissions_table)
    yield FileMove(files, bucket, submissions, parts.clock)
    yield FileRemoval(files, bucket, submissions, parts.clock)
