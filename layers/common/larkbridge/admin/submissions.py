"""What an admin can see of submissions, and do about those that Lark does not have."""

import itertools
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from larkbridge.admin import cursor as cursors
from larkbridge.clock import Clock
from larkbridge.errors import ConflictError, NotFoundError
from larkbridge.outbox import states
from larkbridge.store.submissions import FormType, LarkStatus, Submission, SubmissionStore

RETRYABLE = (LarkStatus.FAILED, LarkStatus.DEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which submissions; None is every one."""

    form_type: FormType | None = None
    lark_status: LarkStatus | None = None


class Submissions:
    """The admin's view of the Submissions table."""

    def __init__(self, store: SubmissionStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def page(self, wanted: Filter, limit: int, cursor: str | None) -> dict[str, Any]:
        """Return one page of summaries, newest first, and the cursor of the next one (None at the end)."""
        statuses = tuple(LarkStatus) if wanted.lark_status is None else (wanted.lark_status,)
        found = self._found(wanted, statuses, cursor)
        items = list(itertools.islice(found, limit))
        more = next(found, None) is not None
        return {
            "items": [summary(one) for one in items],
            "cursor": cursors.encode(items[-1].sort_key) if more else None,
        }

    def detail(self, submission_id: str) -> dict[str, Any]:
        """Return a submission with its payload and attempts; raises NotFoundError."""
        return detail(self._get(submission_id))

    def retry(self, submission_id: str) -> dict[str, Any]:
        """Make one submission due now; the retry job sends it within a minute.

        Raises
        ------
        NotFoundError, ConflictError
            When there is none, or it is sent or being sent.
        """
        submission = self._get(submission_id)
        return summary(self._store.change(submission, states.retry_now(submission, self._clock.now()).fields))

    def retry_all(self, wanted: Filter, limit: int, cursor: str | None) -> dict[str, Any]:
        """Make up to `limit` of the failed and dead due now, newest first.

        Safe to repeat. Those that move on meanwhile are left alone and counted as skipped.
        """
        found = self._retryable(wanted, cursor)
        retried = skipped = 0
        last = None
        for last in itertools.islice(found, limit):
            try:
                self._store.change(last, states.retry_now(last, self._clock.now()).fields)
                retried += 1
            except ConflictError:
                skipped += 1
        more = last is not None and next(found, None) is not None
        return {
            "retried": retried,
            "skipped": skipped,
            "cursor": cursors.encode(last.sort_key) if last is not None and more else None,
        }

    def count_retryable(self, wanted: Filter, cursor: str | None) -> int:
        """Return how many `retry_all` would take in all."""
        return sum(1 for _ in self._retryable(wanted, cursor))

    def _retryable(self, wanted: Filter, cursor: str | None) -> Iterator[Submission]:
        statuses = RETRYABLE if wanted.lark_status is None else (wanted.lark_status,)
        return self._found(wanted, statuses, cursor)

    def _found(
        self, wanted: Filter, statuses: Collection[LarkStatus], cursor: str | None
    ) -> Iterator[Submission]:
        before = None if cursor is None else cursors.decode(cursor)
        form_types = tuple(FormType) if wanted.form_type is None else (wanted.form_type,)
        return self._store.listed(form_types, statuses, before)

    def _get(self, submission_id: str) -> Submission:
        submission = self._store.get(submission_id)
        if submission is None:
            raise NotFoundError("there is no such submission")
        return submission


def summary(submission: Submission) -> dict[str, Any]:
    """Return what lists show of a submission."""
    return {
        "submissionId": submission.submission_id,
        "formType": submission.form_type,
        "submittedAt": submission.submitted_at,
        "larkStatus": submission.lark_status,
        "contactName": submission.contact_name,
        "contactPhone": submission.contact_phone,
        "attemptCount": submission.attempt_count,
        "nextAttemptAt": submission.next_attempt_at,
        "sentAt": submission.sent_at,
        "maybeDuplicate": submission.maybe_duplicate,
        "lastError": submission.last_error,
    }


def detail(submission: Submission) -> dict[str, Any]:
    """Return everything an admin may see of a submission."""
    return summary(submission) | {
        "payload": json.loads(submission.payload),
        "clientToken": submission.client_token,
        "attempts": submission.attempts,
    }
