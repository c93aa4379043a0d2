"""What the delivery state machine moves: a submission, an event, a delivery.

Every table of work has the same shape: one key, an index of everything by a partition attribute, and a
sparse index of what is still open, by `queue`: the partition's value while it is open, that and `#dead`
once it is given up, and absent once it is done. Both indexes are in order of `sortKey`, the time and the id,
and take 1,000 writes a second per partition.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Self


class Status(StrEnum):
    """Where a piece of work stands; each table may have words of its own for it."""

    RECEIVED = "received"
    """Stored; nobody has started on it."""
    PENDING = "pending"
    """Stored; the first attempt is under way or was cut off."""
    SENDING = "sending"
    """A later attempt is under way or was cut off."""
    SENT = "sent"
    FAILED = "failed"
    """Not done as far as we know; another attempt is due at `next_attempt_at`."""
    DEAD = "dead"
    """Given up; only a person takes it further."""
    IGNORED = "ignored"
    """There was nothing to do."""


DONE = frozenset({Status.SENT, Status.IGNORED})
FINAL = DONE | {Status.DEAD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How one kind of work is stored.

    `names` are the attributes whose names differ from the field's in camel case, `words` the stored words
    that differ from the status's own.
    """

    key: str
    partition: str
    by_partition: str
    open: str
    names: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[Status, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One piece of work. Times are texts as `clock.to_text` writes them.

    `attempt_count` is also the fencing number: each attempt raises it, and only the attempt that holds the
    current one may write. `next_attempt_at` is when the next attempt may start: while one is under way, no
    earlier than the end of its lease. `done_at` is when it was sent or found to need nothing.
    """

    SHAPE: ClassVar[Shape]

    sort_key: str
    status: Status
    attempt_count: int
    next_attempt_at: str | None = None
    done_at: str | None = None
    maybe_duplicate: bool = False
    last_error: dict[str, Any] | None = None
    attempt_limit: int = 0
    attempted_at: str | None = None
    first_unknown_at: str | None = None
    lease_owner: str | None = None
    attempts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The value of its key."""
        return getattr(self, _snake(self.SHAPE.key))

    @property
    def partition(self) -> str:
        """Where the index of everything has it."""
        return getattr(self, _snake(self.SHAPE.partition))

    @property
    def word(self) -> str:
        """Its status in the words of its own kind."""
        return self.SHAPE.words.get(self.status, str(self.status))

    @property
    def log_details(self) -> dict[str, str]:
        """What log lines of its attempts say beside its key and partition."""
        return {}

    @property
    def queue(self) -> str | None:
        """Where the index of open work has it, None when it is done."""
        return queue(self.partition, self.status)

    @classmethod
    def status_of(cls, word: str) -> Status:
        """Return the status of one of this kind's words."""
        return next((status for status, own in cls.SHAPE.words.items() if own == word), None) or Status(word)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        names = _attribute_names(cls)
        known: dict[str, Any] = {name: record[key] for name, key in names.items() if key in record}
        known["status"] = cls.status_of(record[names["status"]])
        return cls(**known)

    def to_record(self) -> dict[str, Any]:
        names = _attribute_names(type(self))
        record = {key: getattr(self, name) for name, key in names.items()}
        return record | {names["status"]: self.word, "queue": self.queue}

    def attribute(self, field_name: str) -> str:
        """Return the name under which a field is stored."""
        return _attribute_names(type(self))[field_name]


def queue(partition: str, status: Status) -> str | None:
    """Return the partition of the index of open work that holds this status."""
    if status in DONE:
        return None
    return f"{partition}#dead" if status == Status.DEAD else partition


@cache
def _attribute_names(kind: type[Work]) -> dict[str, str]:
    return {one.name: kind.SHAPE.names.get(one.name, _camel(one.name)) for one in fields(kind)}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _snake(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)
