"""The Events table: one item per inbound event. It is the record, the deduplication and the work to be done.

Keys: `eventId`, the `plain_id` of source and delivery id; indexes as `store.work` describes them, partitioned
by source, and `by-subject` (subject, sortKey), sparse. A payload that is long even when it is compressed is
stored beside it, in parts under `eventId#1`, `eventId#2` and so on, in the same transaction. TTL on
`expiresAt` tidies up after 30 days.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import ClassVar

from larkbridge.clock import Clock, from_text
from larkbridge.errors import (
    MissingSettingError,
    NotFoundError,
    TransactionRefusedError,
)
from larkbridge.store.codec import Record
from larkbridge.store.rate_limits import Limit, RateLimitStore, exceeded
from larkbridge.store.table import Action
from larkbridge.store.transactions import CONDITION_FAILED, transact
from larkbridge.store.work import Shape, Status, Work
from larkbridge.store.work_store import WorkStore
from larkbridge.store.work_table import PackedText, to_record, unpack_text

PARTS_KEPT = timedelta(days=38)
"""Longer than an event can be kept, the attempts of a late replay included."""
MAX_HELD_BYTES = 4 * 1024
"""Of a compressed payload in the event's own item, which claim and outcome write again. Beyond that a
transaction, which is billed twice, and a read cost less (docs/benchmarks.md)."""
PART_BYTES = 350_000
"""An item may have 400 KB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Work):
    """One event.

    `processed_at` is when it was processed or found to ask for nothing; `payload` is JSON text, empty in
    lists, and when it is in parts until `EventStore.with_payload`.
    """

    SHAPE: ClassVar[Shape] = Shape(
        key="eventId",
        partition="source",
        by_partition="by-source",
        due_queue="events",
        listed=("received_at", "processed_at", "last_error"),
        under_way=Status.PROCESSING,
        done=Status.SUCCESS,
        done_at="processed_at",
    )
    id = property(attrgetter("event_id"))
    partition = lane = property(attrgetter("source"))

    event_id: str
    source: str
    type: str
    received_at: str
    subject: str | None = None
    processed_at: str | None = None
    payload: PackedText = ""
    parts: int = 0


STATUSES = (Status.RECEIVED, Status.PROCESSING, Status.SUCCESS, Status.FAILED, Status.DEAD, Status.IGNORED)
"""Those that an event can have."""


class EventStore(WorkStore[Event]):
    """Every access to the Events table.

    Parameters
    ----------
    rate_limits
        Where limits are counted; only needed to receive with limits.
    """

    def __init__(self, table_name: str, rate_limits: RateLimitStore | None = None) -> None:
        super().__init__(table_name, Event)
        self._rate_limits = rate_limits

    def add_counted(self, event: Event, limits: Sequence[Limit], clock: Clock) -> Event | None:
        """Store a new event as `add` does, a payload that is long in parts, and count it for its limits.

        One request, a transaction with parts or limits.

        Returns
        -------
        Event or None
            The one that is there already, None when the new one is stored. A duplicate counts for no limit.

        Raises
        ------
        TooManyRequestsError
            When a limit is used up; nothing is stored.
        """
        record, parts = self._items(event)
        if not limits and not parts:
            return self.add(event, record)
        now = clock.now()
        # A part may outlive its head, since TTL deletes item by item: the head alone says whether it is new.
        puts = [self.table.put_action(record, "eventId"), *map(self.table.replace_action, parts)]
        try:
            transact([*puts, *self._hits(limits, now)], clock.sleep)
        except TransactionRefusedError as error:
            if error.reasons[0] == CONDITION_FAILED:
                return self.unless_own(event, error.items[0])
            used_up = zip(limits[::-1], error.reasons[::-1], strict=False)
            limit = next(limit for limit, reason in used_up if reason == CONDITION_FAILED)
            raise exceeded(limit, now) from None
        return None

    def with_payload(self, event: Event) -> Event:
        """Return an event with its payload; a request for each part.

        Raises
        ------
        NotFoundError
            When a part is no longer there.
        """
        if not event.parts:
            return event
        found = [self.table.get({"eventId": key}) for key in _part_ids(event.event_id, event.parts)]
        parts = [part["payload"] for part in found if part]
        if len(parts) < event.parts:
            raise NotFoundError("the payload is no longer there")
        return replace(event, payload=unpack_text(b"".join(parts)))

    def about(self, subject: str, before: str | None) -> Iterator[Event]:
        """Yield the summaries of the events about `subject`, newest first."""
        bound = None if before is None else ("sortKey", before)
        return self.readable(self.table.query("by-subject", ("subject", subject), bound, newest_first=True))

    def _items(self, event: Event) -> tuple[Record, list[Record]]:
        """Return what is stored of an event: its own record, and the parts of a long payload."""
        record = to_record(event)
        packed = record["payload"]
        if not isinstance(packed, bytes) or len(packed) <= MAX_HELD_BYTES:
            return record, []
        cuts = [packed[start : start + PART_BYTES] for start in range(0, len(packed), PART_BYTES)]
        expires_at = int((from_text(event.received_at) + PARTS_KEPT).timestamp())
        parts = [
            {"eventId": key, "payload": cut, "expiresAt": expires_at}
            for key, cut in zip(_part_ids(event.event_id, len(cuts)), cuts, strict=True)
        ]
        return record | {"payload": None, "parts": len(parts)}, parts

    def _hits(self, limits: Sequence[Limit], now: datetime) -> list[Action]:
        if not limits:
            return []
        if self._rate_limits is None:
            raise MissingSettingError("RATE_LIMITS_TABLE is not set")
        return self._rate_limits.actions(limits, now)


def _part_ids(event_id: str, parts: int) -> list[str]:
    return [f"{event_id}#{number}" for number in range(1, parts + 1)]
