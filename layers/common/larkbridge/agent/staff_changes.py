"""What the staff's commands do once somebody has agreed: what failed is sent again, every table is synced.

Both may be done twice: what is due already is due now, and what was sent meanwhile is left alone.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from larkbridge.agent.pending.agreed_change import Change, NotDoneError, Step
from larkbridge.agent.tools.submission_changes import CHAT
from larkbridge.clock import Clock, from_text
from larkbridge.errors import ConflictError, NotConfiguredError
from larkbridge.routes import Scope
from larkbridge.staff_chat.morning_report import COUNTED
from larkbridge.store.audit_entries import AuditEntry, AuditStore
from larkbridge.store.deliveries import Delivery, DeliveryStore
from larkbridge.store.submissions import FormType, Submission, SubmissionStore
from larkbridge.store.sync_progress import INCREMENTAL, SyncStateStore
from larkbridge.store.work import Work
from larkbridge.store.work_store import WorkStore
from larkbridge.sync.config.registered import Registered
from larkbridge.targets.policies import DELIVERY, SUBMISSION, TARGETS
from larkbridge.work.moving import RETRY, RETRYABLE, moved, requested
from larkbridge.work.policy import Policy

RETRY_ALL, SYNC_ALL = "retry_all", "sync_all"
RIGHTS = {RETRY_ALL: Scope.RETRY, SYNC_ALL: Scope.WRITE}
"""As the admin API asks for."""


class StaffChanges:
    """Reads what can be done, and does it."""

    def __init__(
        self,
        submissions: SubmissionStore,
        deliveries: DeliveryStore,
        tables: Registered,
        sync_states: SyncStateStore,
        audit: AuditStore,
        clock: Clock,
    ) -> None:
        self._submissions = submissions
        self._deliveries = deliveries
        self._tables = tables
        self._sync_states = sync_states
        self._audit = audit
        self._clock = clock

    def changes(self) -> Mapping[str, Change]:
        """Return what is done, by the names of what is asked."""
        return {
            RETRY_ALL: Change(self._retry_all, needs=RIGHTS[RETRY_ALL]),
            SYNC_ALL: Change(self._sync_all, needs=RIGHTS[SYNC_ALL]),
        }

    def failed_forms(self, before: str | None = None) -> Iterator[Submission]:
        """Yield the forms that Lark did not take, newest first, those stored before a moment."""
        return _failed(self._submissions.listed(FormType, RETRYABLE, before))

    def failed_deliveries(self, before: str | None = None) -> Iterator[Delivery]:
        """Yield the deliveries that did not arrive, as `failed_forms` does."""
        return _failed(self._deliveries.listed(TARGETS, RETRYABLE, before))

    def connected_tables(self) -> list[str]:
        """Return the names of the tables that can be synced; none while the list of tables is unusable."""
        try:
            return [table.name for table in self._tables.all() if table.connected]
        except NotConfiguredError:
            return []

    def _retry_all(self, step: Step) -> str:
        """Make due what had failed when it was asked, `COUNTED` of each kind: a request for each."""
        before = step.action.asked_at
        asked = requested(RETRY, at=before, key=CHAT, owner=step.action.asker)
        count = self._again(self._submissions, self.failed_forms(before), SUBMISSION, asked)
        count += self._again(self._deliveries, self.failed_deliveries(before), DELIVERY, asked)
        self._note(step, count)
        return step.texts.done[RETRY_ALL].format(count=count)

    def _again[W: Work](
        self, store: WorkStore[W], found: Iterator[W], policy: Policy, asked: Mapping[str, str]
    ) -> int:
        again = 0
        for work in islice(found, COUNTED):
            try:
                moved(store, work, RETRY, policy, self._clock, asked)
            except ConflictError:
                continue  # it has been sent meanwhile, or is being sent
            again += 1
        return again

    def _sync_all(self, step: Step) -> str:
        names = self.connected_tables()
        if not names:
            raise NotDoneError("no_tables")
        for name in names:
            self._sync_states.request(name, INCREMENTAL, accept_deletions=False)
        self._note(step, len(names))
        return ""

    def _note(self, step: Step, count: int) -> None:
        """Have the Audit table say who did it."""
        at, who = from_text(step.action.moved_at or step.action.asked_at), step.action.asker
        self._audit.add(AuditEntry(at=at, who=who, what=step.action.tool, subject="all", count=count))


def _failed(found: Iterator[Any]) -> Iterator[Any]:
    return (one for one in found if one.status in RETRYABLE)
