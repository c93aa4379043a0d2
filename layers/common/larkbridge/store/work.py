"""What the delivery state machine moves: a submission, an event, a delivery.

Every table of work has the same shape, one key and three indexes:

- everything by a partition attribute, in order of `sortKey`, the time and the id;
- `open`, sparse, in the same order: what is neither done nor forgotten, by `queue`. That is the partition's
  value while the first attempt has not failed, that and `#failed` afterwards, that and `#dead` once it is
  given up, that and `#discarded` once a person has discarded it;
- `due`, sparse, by the moment of the next attempt: `dueQueue` is the kind of work, `dueKey` the lane, the
  moment and the id. A lane is what shares a turn: a source, a destination, the forms of one type. Work is in
  it from its first failure on, a delivery from the start.

An index takes 1,000 writes a second per partition. Its entries carry the fields that decisions need by name,
and what only lists show as one map, `summary`, so that a newly listed field needs no new index.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Self

from larkbridge.clock import from_text
from larkbridge.store.payloads import pack, unpack_text

MAX_SUMMARY_BYTES = 700
"""An index entry of up to 1 KB costs one write unit."""


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
    DISCARDED = "discarded"
    """A person wants it never to be done; a person can restore it until it expires."""


_MOMENTS = ("next_attempt_at", "attempted_at", "first_unknown_at")
"""The fields that decisions reckon with as times."""

DONE = frozenset({Status.SENT, Status.IGNORED})
_WITH_QUEUES = (Status.FAILED, Status.DEAD, Status.DISCARDED)
FINAL = DONE | {Status.DEAD, Status.DISCARDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How one kind of work is stored.

    `names` are the attributes whose names differ from the field's in camel case, `words` the stored words
    that differ from the status's own, `listed` the fields of the `summary`. `payload` is the field that no
    attempt changes, and that is stored packed. `due_queue` names the kind in the index of due work;
    `due_at_once` says that it is there from the start.
    """

    key: str
    partition: str
    by_partition: str
    due_queue: str
    listed: tuple[str, ...]
    payload: str = "payload"
    unpack: Callable[[Any], Any] = unpack_text
    due_at_once: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[Status, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One piece of work. Times are texts as `clock.to_text` writes them.

    `attempt_count` is also the fencing number: each attempt raises it, and only the attempt that holds the
    current one may write. `next_attempt_at` is when the next attempt may start: while one is under way, no
    earlier than the end of its lease. `done_at` is when it was sent or found to need nothing.

    A round of attempts began after `round_start` of them; `throttled_count` of its attempts were only too
    fast for the other side, without a break since `throttled_since`. From `give_up_at` on nothing but a first
    attempt is made. `refused_count` attempts in a row were refused (`Outcome.refused`). `expires_at` is in
    unix seconds, absent while the work is open. `requested_by` is what an admin last asked for, when, and
    with whose key.
    """

    SHAPE: ClassVar[Shape]

    sort_key: str
    status: Status
    attempt_count: int
    next_attempt_at: str | None = None
    done_at: str | None = None
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
    def lane(self) -> str:
        """With what it takes turns when it is due."""
        return self.partition

    @property
    def word(self) -> str:
        """Its status in the words of its own kind."""
        return self.SHAPE.words.get(self.status, str(self.status))

    @property
    def log_details(self) -> dict[str, str]:
        """What log lines of its attempts say beside its key and partition."""
        return {}

    @property
    def tries(self) -> int:
        """How many attempts of its round count; those that were only too fast do not."""
        return self.attempt_count - self.round_start - self.throttled_count

    @property
    def queue(self) -> str | None:
        """Where the index of open work has it, None when it is done."""
        if self.status in DONE:
            return None
        own = queues(self.partition)
        if self.status in FINAL:
            return own[self.status]
        return self.partition if self._is_fresh else own[Status.FAILED]

    @property
    def due_key(self) -> str | None:
        """Where the index of due work has it, None when it is not there."""
        if self.status in FINAL or (self._is_fresh and not self.SHAPE.due_at_once):
            return None
        return f"{self.lane}#{self.next_attempt_at}#{self.id}"

    @property
    def _is_fresh(self) -> bool:
        """Whether its first attempt is still to come, under way or cut off."""
        return self.status != Status.FAILED and self.attempt_count - self.round_start <= 1

    @classmethod
    def status_of(cls, word: str) -> Status:
        """Return the status of one of this kind's words."""
        return next((status for status, own in cls.SHAPE.words.items() if own == word), None) or Status(word)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Return the work in a record of the table or of an index; raises ValueError for what is none."""
        names = _attribute_names(cls)
        flat = record | record.get("summary", {})
        known: dict[str, Any] = {name: flat[key] for name, key in names.items() if key in flat}
        known["status"] = cls.status_of(record[names["status"]])
        if cls.SHAPE.payload in known:
            known[cls.SHAPE.payload] = cls.SHAPE.unpack(known[cls.SHAPE.payload])
        work = cls(**known)
        for moment in (work.sort_key.partition("#")[0], *(getattr(work, name) for name in _MOMENTS)):
            if moment is not None:
                from_text(moment)
        return work

    def to_record(self) -> dict[str, Any]:
        """Return what is stored."""
        payload = self.SHAPE.payload
        return self.state() | {_attribute_names(type(self))[payload]: pack(getattr(self, payload))}

    def state(self) -> dict[str, Any]:
        """Return what is stored beside the payload; None for what is as in any new work."""
        names = _attribute_names(type(self))
        record: dict[str, Any] = {}
        for name, key, default in _state_fields(type(self)):
            value = getattr(self, name)
            record[key] = None if value == default else value
        summary = {names[name]: getattr(self, name) for name in self.SHAPE.listed}
        due_key = self.due_key
        return record | {
            names["status"]: self.word,
            "queue": self.queue,
            "dueKey": due_key,
            "dueQueue": self.SHAPE.due_queue if due_key else None,
            "summary": _fitting({key: value for key, value in summary.items() if value is not None}),
        }

    def attribute(self, field_name: str) -> str:
        """Return the name of the attribute that holds a field."""
        return "summary" if field_name in self.SHAPE.listed else _attribute_names(type(self))[field_name]


def queues(partition: str) -> dict[Status, str]:
    """Return the names of the queues of a partition whose work is not fresh."""
    return {status: f"{partition}#{status}" for status in _WITH_QUEUES}


def queues_of(partition: str, status: Status) -> tuple[str, ...]:
    """Return the queues that can hold work in this status, none for what is done."""
    if status in DONE:
        return ()
    if status in _WITH_QUEUES:
        return (queues(partition)[status],)
    return (partition, queues(partition)[Status.FAILED]) if status == Status.SENDING else (partition,)


def _fitting(summary: dict[str, Any]) -> dict[str, Any]:
    """Return a summary of at most `MAX_SUMMARY_BYTES`; the words of an error give way, its reason stays."""
    error = summary.get("lastError")
    if not error or not error.get("message"):
        return summary
    over = len(json.dumps(summary, ensure_ascii=False).encode()) - MAX_SUMMARY_BYTES
    if over <= 0:
        return summary
    kept = error["message"].encode()[: -over - len("…".encode())].decode(errors="ignore")
    return summary | {"lastError": error | {"message": f"{kept}…"}}


@cache
def _attribute_names(kind: type[Work]) -> dict[str, str]:
    return {item.name: kind.SHAPE.names.get(item.name, _camel(item.name)) for item in fields(kind)}


@cache
def _state_fields(kind: type[Work]) -> list[tuple[str, str, Any]]:
    """Return the name, the attribute and the default of each field that is stored by itself."""
    names = _attribute_names(kind)
    apart = (*kind.SHAPE.listed, kind.SHAPE.payload)
    return [(item.name, names[item.name], _default(item)) for item in fields(kind) if item.name not in apart]


def _default(item: Field[Any]) -> Any:
    return item.default if item.default_factory is MISSING else item.default_factory()


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _snake(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)
