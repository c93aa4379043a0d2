"""The Submissions table: one item per filled-in form, its state and its attempts.

Keys: `submissionId`. Index `by-form-type` (formType, sortKey) lists all of them; index `unsent`
(queue, sortKey) is sparse: `queue` is the form type while Lark does not have the submission, that and
`#dead` once it is given up, and absent once it is sent. Both take 1,000 writes a second per form type.
"""

import heapq
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Self

from larkbridge.errors import ConditionFailedError, ConflictError
from larkbridge.observability import count, log_crash
from larkbridge.store.table import Table


class FormType(StrEnum):
    """The forms, each of which is a partition of both indexes."""

    STUDENT_INFO = "student-info"
    LEAVE_REQUEST = "leave-request"
    TRANSFER = "transfer"
    HOLD = "hold"
    CHANGE = "change"


class LarkStatus(StrEnum):
    PENDING = "pending"
    """Stored; the first attempt is under way or was cut off."""
    SENDING = "sending"
    """A later attempt is under way or was cut off."""
    SENT = "sent"
    FAILED = "failed"
    """Lark does not have it as far as we know; another attempt is due at `next_attempt_at`."""
    DEAD = "dead"
    """Given up; only an admin's retry takes it further."""


FINAL = frozenset({LarkStatus.SENT, LarkStatus.DEAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One submission. Times are texts as `clock.to_text` writes them.

    `attempt_count` is also the fencing number: each attempt raises it, and only the attempt that holds the
    current one may write. `next_attempt_at` is when the next attempt may start: while one is under way, no
    earlier than the end of its lease. `payload` is the exact JSON text that is sent.
    """

    submission_id: str
    form_type: str
    sort_key: str
    submitted_at: str
    lark_status: LarkStatus
    attempt_count: int
    next_attempt_at: str | None = None
    contact_name: str = ""
    contact_phone: str = ""
    sent_at: str | None = None
    maybe_duplicate: bool = False
    last_error: dict[str, Any] | None = None
    attempt_limit: int = 0
    attempted_at: str | None = None
    first_unknown_at: str | None = None
    lease_owner: str | None = None
    payload: str = ""
    content_hash: str = ""
    client_token: str = ""
    attempts: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        known: dict[str, Any] = {name: record[key] for name, key in _KEYS.items() if key in record}
        known["lark_status"] = LarkStatus(record["larkStatus"])
        return cls(**known)

    def to_record(self) -> dict[str, Any]:
        record = {_KEYS[name]: value for name, value in asdict(self).items()}
        return record | {
            "larkStatus": str(self.lark_status),
            "queue": _queue(self.form_type, self.lark_status),
        }


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


_KEYS = {one.name: _camel(one.name) for one in fields(Submission)}


def _queue(form_type: str, status: LarkStatus) -> str | None:
    if status == LarkStatus.SENT:
        return None
    return f"{form_type}#dead" if status == LarkStatus.DEAD else form_type


def _partitions(form_type: str, statuses: Collection[LarkStatus]) -> list[tuple[str, tuple[str, str]]]:
    """Return the index partitions that hold all submissions in these states: the sparse ones if they do."""
    if LarkStatus.SENT in statuses:
        return [("by-form-type", ("formType", form_type))]
    queues = {queue for status in statuses if (queue := _queue(form_type, status))}
    return [("unsent", ("queue", queue)) for queue in sorted(queues)]


class SubmissionStore:
    """Every access to the Submissions table."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def add(self, submission: Submission) -> Submission | None:
        """Store a new submission; one request.

        Returns
        -------
        Submission or None
            The one that already has this id, None when the new one is stored (a repeated request of the
            SDK included, whose first answer was lost).
        """
        record = submission.to_record()
        try:
            self._table.put_new(record, "submissionId")
        except ConditionFailedError as error:
            taken = Submission.from_record(error.item or {})
            return None if taken.lease_owner == submission.lease_owner else taken
        return None

    def get(self, submission_id: str) -> Submission | None:
        """Return a submission whole, read consistently."""
        record = self._table.get({"submissionId": submission_id})
        return Submission.from_record(record) if record else None

    def change(
        self, submission: Submission, changes: Mapping[str, Any], *, attempts: Sequence[dict] = ()
    ) -> Submission:
        """Write `changes` (by field name) if nobody has moved the submission since it was read; one request.

        Parameters
        ----------
        attempts
            Entries to add to its history.

        Raises
        ------
        ConflictError
            When somebody else moved it first; nothing was written.
        """
        goal = replace(submission, **changes).to_record()
        update = {_KEYS[name]: goal[_KEYS[name]] for name in changes} | {"queue": goal["queue"]}
        try:
            record = self._table.update(
                {"submissionId": submission.submission_id},
                update,
                append={"attempts": list(attempts)} if attempts else None,
                condition="attemptCount = :seenCount AND larkStatus = :seenStatus",
                values={":seenCount": submission.attempt_count, ":seenStatus": str(submission.lark_status)},
            )
        except ConditionFailedError as error:
            if error.item is None or any(error.item.get(key) != value for key, value in update.items()):
                raise ConflictError("the submission was changed by somebody else") from None
            record = error.item  # ours: the SDK repeated a request whose answer was lost
        return Submission.from_record(record)

    def unsent(self, form_types: Iterable[str]) -> Iterator[Submission]:
        """Yield the summaries of what is neither sent nor dead, oldest first; a request a page and form type.

        The index lags the table by moments, so what it says must be checked by `change`.
        """
        queues = (self._summaries("unsent", ("queue", one), newest_first=False) for one in form_types)
        yield from heapq.merge(*queues, key=lambda one: one.sort_key)

    def listed(
        self, form_types: Iterable[str], statuses: Collection[LarkStatus], before: str | None
    ) -> Iterator[Submission]:
        """Yield the summaries of the given form types in one of the given states, newest first.

        Parameters
        ----------
        before
            A sort key: only what is older is listed.
        """
        partitions = [_partitions(form_type, statuses) for form_type in form_types]
        lists = (self._summaries(*one, before) for one in itertools.chain.from_iterable(partitions))
        merged = heapq.merge(*lists, key=lambda one: one.sort_key, reverse=True)
        return (one for one in merged if one.lark_status in statuses)

    def _summaries(
        self, index: str, key: tuple[str, str], before: str | None = None, *, newest_first: bool = True
    ) -> Iterator[Submission]:
        bound = None if before is None else ("sortKey", before)
        return _readable(self._table.query(index, key, bound, newest_first=newest_first))


def _readable(records: Iterable[Mapping[str, Any]]) -> Iterator[Submission]:
    """Yield the submissions; one that this version cannot read must not hide the others."""
    for record in records:
        try:
            yield Submission.from_record(record)
        except (KeyError, TypeError, ValueError) as error:
            log_crash("submission not readable", error, submissionId=record["submissionId"])
            count("SubmissionsUnreadable")
