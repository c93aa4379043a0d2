"""The jobs that work through what is not sent."""

from larkbridge.clock import Clock, SystemClock
from larkbridge.sending.delivery_backlog import SIDE_BY_SIDE, DeliveryBacklog
from larkbridge.sending.held_submissions import HeldSubmissions
from larkbridge.sending.submission_backlog import SubmissionBacklog
from larkbridge.sending.workers import Threads, Workers
from larkbridge.settings import DeliverySettings, SubmissionSettings
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.destinations import DestinationStore
from larkbridge.store.submissions import SubmissionStore
from larkbridge.wiring.form_sending import form_sending
from larkbridge.wiring.parts import Parts
from larkbridge.wiring.sending import delivery_attempts
from larkbridge.work.drain import Drain


def submission_backlog(
    settings: SubmissionSettings | None = None, parts: Parts | None = None
) -> SubmissionBacklog:
    """Return the job for submissions."""
    settings, parts = settings or SubmissionSettings(), parts or Parts()
    sending = form_sending(settings, parts)
    drain = Drain(DestinationStore(settings.destinations_table), parts.clock)
    return SubmissionBacklog(sending.submissions, sending.attempts, sending.target, drain, parts.clock)


def held_submissions(settings: DeliverySettings | None = None, clock: Clock | None = None) -> HeldSubmissions:
    """Return the job for submissions that are held."""
    settings = settings or DeliverySettings()
    submissions = SubmissionStore(settings.submissions_table)
    return HeldSubmissions(submissions, DeliveryStore(settings.deliveries_table), clock or SystemClock())


def delivery_backlog(
    settings: DeliverySettings | None = None, parts: Parts | None = None, workers: Workers | None = None
) -> DeliveryBacklog:
    """Return the job for deliveries, by threads unless `workers` are given."""
    settings, parts = settings or DeliverySettings(), parts or Parts()
    store, targets = delivery_attempts(settings, parts)
    drain = Drain(DestinationStore(settings.destinations_table), parts.clock)
    return DeliveryBacklog(store, targets, drain, parts.clock, parts.rng, workers or Threads(SIDE_BY_SIDE))
