"""The backlog of submissions, which all go to one Lark workflow."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from larkbridge.clock import Clock, from_text
from larkbridge.lark.flows import FormWorkflow
from larkbridge.observability import gauge_seconds
from larkbridge.outbox.attempts import Attempts
from larkbridge.outbox.drain import Drain, Report, only_due
from larkbridge.store.destinations import LARK_FORMS
from larkbridge.store.submissions import Submission, SubmissionStore


class SubmissionBacklog:
    """Sends the submissions that are due, oldest first."""

    def __init__(
        self,
        store: SubmissionStore,
        attempts: Attempts[Submission],
        workflow: FormWorkflow,
        drain: Drain,
        clock: Clock,
    ) -> None:
        self._store = store
        self._attempts = attempts
        self._workflow = workflow
        self._drain = drain
        self._clock = clock

    def run(self, form_types: Iterable[str], *, owner: str, seconds: float) -> Report:
        """Send what is due; see `Drain.run`."""
        now = self._clock.now()
        due = only_due(_measured(self._store.backlog(form_types), now), now)
        return self._drain.run(due, self._attempts, LARK_FORMS, self._workflow, owner=owner, seconds=seconds)


def _measured(oldest_first: Iterator[Submission], now: datetime) -> Iterator[Submission]:
    for position, submission in enumerate(oldest_first):
        if position == 0:
            gauge_seconds("OldestUnsentAge", (now - from_text(submission.submitted_at)).total_seconds())
        yield submission
