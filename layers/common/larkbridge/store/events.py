"""The Events table: one item per inbound event. It is the record, the deduplication and the outbox entry.

Keys: `eventId` (`source#deliveryId`); indexes as `store.work` describes them, partitioned by source, and
`by-subject` (subject, sortKey), sparse. A payload over 85,000 bytes is stored in parts beside it, under
`eventId#1`, `eventId#2` and so on, in the same transaction. TTL on `expiresAt` tidies up after 30 days.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from larkbridge.clock import Clock, from_text
from larkbridge.errors import (
    MissingSettingError,
    NotFoundError,
    TransactionRefusedError,
)
from larkbridge.ids import plain_id
from larkbridge.store.rate_limits import Limit, RateLimitStore, exceeded
from larkbridge.store.table import Action
from larkbridge.store.transactions import CONDITION_FAILED, transact
from larkbridge.store.work import Shape, Status, Work
from larkbridge.store.work_store import WorkStore

PARTS_KEPT = timedelta(days=38)
"""Longer than an event can be kept, the attempts of a late replay included."""
PART_LENGTH = 85_000
"""In UTF-8. An item may have 400 KB, but each attempt writes the first part's item again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Work):
    """One event; `payload` is JSON text, empty in lists."""

    SHAPE: ClassVar[Shape] = Shape(
        key="eventId",
        partition="source",
        by_partition="by-source",
        due_queue="events",
        listed=("received_at", "done_at", "last_error"),
        names={"done_at": "processedAt"},
        words={Status.SENDING: "processing", Status.SENT: "success"},
    )

    event_id: str
    source: str
    type: str
    received_at: str
    subject: str | None = None
    payload: str = ""
    parts: int = 0


STATUSES = (Status.RECEIVED, Status.SENDING, Status.SENT, Status.FAILED, Status.DEAD, Status.IGNORED)
"""Those that an event can have."""


def event_id(source: str, delivery_id: str) -> str:
    """Return the id of an event, with the hash of a delivery id that is not plain (`ids.plain_id`)."""
    return f"{source}#{plain_id(delivery_id)}"


def _parts(payload: bytes) -> list[str]:
    """Cut UTF-8 into texts of at most PART_LENGTH, between characters."""
    parts, start = list[str](), 0
    while start < len(payload) or not parts:
        end = start + PART_LENGTH
        while end < len(payload) and payload[end] & 0xC0 == 0x80:
            end -= 1
        parts.append(payload[start:end].decode())
        start = end
    return parts


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

    def receive(self, event: Event, limits: Sequence[Limit], clock: Clock) -> Event | None:
        """Store a new event; one request, which is a transaction for a large one and with limits.

        Returns
        -------
        Event or None
            The one that is there already, None when the new one is stored. A duplicate counts for no limit.

        Raises
        ------
        TooManyRequestsError
            When a limit is used up; nothing is stored.
        """
        if not limits and len(event.payload.encode()) <= PART_LENGTH:
            return self.add(event)
        now = clock.now()
        try:
            transact([*self._puts(event), *self._hits(limits, now)], clock.sleep)
        except TransactionRefusedError as error:
            if error.reasons[0] == CONDITION_FAILED:
                return self.unless_own(event, error.items[0])
            used_up = zip(limits[::-1], error.reasons[::-1], strict=False)
            raise exceeded(next(one for one, reason in used_up if reason == CONDITION_FAILED), now) from None
        return None

    def whole(self, event: Event) -> Event:
        """Return an event with all of its payload; a request for each part."""
        parts = [self.table.get({"eventId": f"{event.event_id}#{n}"}) for n in range(1, event.parts + 1)]
        texts = [part["payload"] for part in parts if part]
        if len(texts) < event.parts:
            raise NotFoundError("the payload is no longer there")
        return replace(event, payload=event.payload + "".join(texts))

    def about(self, subject: str, before: str | None) -> Iterator[Event]:
        """Yield the summaries of the events about `subject`, newest first."""
        bound = None if before is None else ("sortKey", before)
        return self.readable(self.table.query("by-subject", ("subject", subject), bound, newest_first=True))

    def _puts(self, event: Event) -> list[Action]:
        first, *rest = _parts(event.payload.encode())
        head = replace(event, payload=first, parts=len(rest))
        expires_at = int((from_text(event.received_at) + PARTS_KEPT).timestamp())
        parts = [
            {
                "eventId": f"{event.event_id}#{number}",
                "payload": text,
                "expiresAt": expires_at,
            }
            for number, text in enumerate(rest, 1)
        ]
        # A part may outlive its head, since TTL deletes item by item: the head alone says whether it is new.
        replaced = [self.table.replace_action(part) for part in parts]
        return [self.table.put_action(head.to_record(), "eventId"), *replaced]

    def _hits(self, limits: Sequence[Limit], now: datetime) -> list[Action]:
        if not limits:
            return []
        if self._rate_limits is None:
            raise MissingSettingError("RATE_LIMITS_TABLE is not set")
        return self._rate_limits.actions(limits, now)
