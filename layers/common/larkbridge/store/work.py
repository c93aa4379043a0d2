"""What the delivery state machine moves: a submission, an event, a delivery.

Every table of work has the same shape, one key and three indexes:

- everything by a partition attribute, in order of `sortKey`, the time and the id;
- `open`, sparse, in the same order: what is neither done nor forgotten, by `queue`. That is the partition's
  value while the first attempt has not failed, that and `#failed` afterwards, that and `#dead` once it is
  given up, that and `#held`, `#discarded` or `#replaced` while it is that;
- `due`, sparse, by the moment of the next attempt: `dueQueue` is the kind of work, `dueKey` the lane, the
  moment and the id. A lane is what shares a turn: a source, a destination, the forms of one type. Work is in
  it from its first failure on, a delivery from the start.

An index takes 1,000 writes a second per partition. Its entries carry the fields that decisions need by name,
and what only lists show as one map, `summary`, so that a newly listed field needs no new index.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple


class Status(StrEnum):
    """Where a piece of work stands, in the words that the API has for it; no kind of work has all of them."""

    RECEIVED = "received"
    """An event is stored; nobody has started on it."""
    PENDING = "pending"
    """Stored; the first attempt, which a submission's own request makes, may be under way or cut off."""
    PROCESSING = "processing"
    SENDING = "sending"
    """An attempt is under way or was cut off, at an event or at anything else."""
    SUCCESS = "success"
    SENT = "sent"
    """Done, an event or anything else."""
    FAILED = "failed"
    """Not done as far as we know; another attempt is due at `next_attempt_at`."""
    DEAD = "dead"
    """Given up; only a person takes it further."""
    IGNORED = "ignored"
    """There was nothing to do."""
    HELD = "held"
    """A robot may have sent it; a person lets it go, or it is discarded in the end."""
    DISCARDED = "discarded"
    """A person wants it never to be done; a person can restore it until it expires."""
    REPLACED = "replaced"
    """Never to be done: another one, which its sender has corrected, takes its place."""


UNDER_WAY = frozenset({Status.PENDING, Status.PROCESSING, Status.SENDING})
DONE = frozenset({Status.SUCCESS, Status.SENT, Status.IGNORED})
FINAL = DONE | {Status.DEAD, Status.HELD, Status.DISCARDED, Status.REPLACED}
"""Nothing is attempted any more unless a person wants it."""


class Shape(NamedTuple):
    """How one kind of work differs from the others.

    `key` and `partition` are attributes, `by_partition` is the index that has everything. `listed` are the
    fields of the `summary`. `due_queue` names the kind in the index of due work; `due_at_once` says that it
    is there from the start. `under_way` and `done` are its statuses during an attempt and after the one that
    succeeded, whose moment is in the field `done_at`.
    """

    key: str
    partition: str
    by_partition: str
    due_queue: str
    listed: tuple[str, ...]
    due_at_once: bool = False
    under_way: Status = Status.SENDING
    done: Status = Status.SENT
    done_at: str = "sent_at"


@dataclass(init=False, repr=False, eq=False, frozen=True, slots=True, kw_only=True)
class Work:
    """One piece of work; its kinds make their own methods. Times are texts as `clock.to_text` writes them.

    `attempt_count` is also the fencing number: each attempt raises it, and only the attempt that holds the
    current one may write. `next_attempt_at` is when the next attempt may start: while one is under way, no
    earlier than the end of its lease.

    A round of attempts began after `round_start` of them; `throttled_count` of its attempts were only too
    fast for the other side, without a break since `throttled_since`. From `give_up_at` on nothing but a first
    attempt is made. `refused_count` attempts in a row were refused (`Outcome.refused`). `expires_at` is in
    unix seconds, absent while the work is open. `requested_by` is what an admin last asked for, when, and
    with whose key. `replaced_by` is the id of the one that takes its place, also while an attempt at it is
    still under way.
    """

    SHAPE: ClassVar[Shape]
    id: ClassVar[Any]
    """The value of its key."""
    partition: ClassVar[Any]
    """Where the index of everything has it."""
    lane: ClassVar[Any]
    """With what it takes turns when it is due."""
    log_details: ClassVar[Any] = {}
    """What log lines of its attempts say besides."""

    sort_key: str
    status: Status
    attempt_count: int
    next_attempt_at: str | None = None
    maybe_duplicate: bool = False
    last_error: dict[str, Any] | None = None
    round_start: int = 0
    throttled_count: int = 0
    throttled_since: str | None = None
    refused_count: int = 0
    give_up_at: str | None = None
    attempted_at: str | None = None
    first_unknown_at: str | None = None
    lease_owner: str | None = None
    expires_at: int | None = None
    requested_by: dict[str, str] | None = None
    replaced_by: str | None = None
    attempts: list[dict[str, Any]] = field(default_factory=list)
