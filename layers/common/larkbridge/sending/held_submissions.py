"""The end of holding: what nobody has let go is discarded, and not before somebody was warned."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from larkbridge.clock import Clock, from_text, to_text
from larkbridge.errors import ConflictError
from larkbridge.observability import count, gauge_seconds, logger
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.submissions import Submission, SubmissionStore
from larkbridge.store.work import Status
from larkbridge.store.work_store import queue_of
from larkbridge.targets.file_removal import new_file_removal
from larkbridge.targets.policies import SUBMISSION
from larkbridge.work.admin_moves import HELD_FOR, end_holding
from larkbridge.work.due import until

_MARGIN = timedelta(seconds=10)
"""What the last write of a run may take."""


@dataclass(frozen=True, slots=True)
class HoldingEnded:
    """What one run did; `skipped` are those that somebody let go meanwhile."""

    discarded: int
    skipped: int


class HeldSubmissions:
    """Discards held forms when their time is over."""

    def __init__(self, store: SubmissionStore, deliveries: DeliveryStore, clock: Clock) -> None:
        self._store = store
        self._deliveries = deliveries
        self._clock = clock

    def run(self, form_types: Collection[str], *, seconds: float) -> HoldingEnded:
        """Discard what has been held for 30 days, oldest first, and report the age of the oldest in seconds.

        A request for each form type, and one for each form that is discarded, until the time is up.
        """
        stop_at = self._clock.now() + timedelta(seconds=seconds) - _MARGIN
        queues = [queue_of(form_type, Status.HELD) for form_type in form_types]
        now = self._clock.now()
        oldest = [next(self._store.fresh(queue, to_text(now), page_size=1), None) for queue in queues]
        stored = [from_text(one.submitted_at) for one in oldest if one]
        gauge_seconds("OldestHeldAge", (now - min(stored, default=now)).total_seconds())
        ended = [
            self._end(held)
            for queue, first in zip(queues, oldest, strict=True)
            if first and from_text(first.submitted_at) + HELD_FOR <= now
            for held in until(
                stop_at, self._clock, self._store.fresh(queue, to_text(now - HELD_FOR)), SUBMISSION
            )
        ]
        report = HoldingEnded(ended.count(True), ended.count(False))
        if report.discarded:
            count("HeldDiscarded", report.discarded)
            logger.warning("held for too long", discarded=report.discarded)
        return report

    def _end(self, held: Submission) -> bool:
        change = end_holding(held, SUBMISSION, self._clock.now())
        removal = new_file_removal(held, change.fields["expires_at"])
        actions = [self._deliveries.put_action(removal)] if removal else []
        try:
            self._store.change_with(held, change.fields, actions)
        except ConflictError:
            return False
        return True
