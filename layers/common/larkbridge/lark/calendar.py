"""Calendars and their events.

Protocol (open platform documentation, "Query primary calendar", "Get event list" and "Create an event"):
moments are seconds since 1970 in a string, days are dates. A window of time is not paged: its answer is cut
without a word at the page size, at most 1,000. An idempotency key has 32 to 128 characters.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from larkbridge.lark.answers import refused
from larkbridge.lark.api_error import error_of
from larkbridge.lark.api_values import SECOND, from_number, incomplete, objects, segment, to_number
from larkbridge.lark.client import LarkClient
from larkbridge.lark.error_codes import ANSWER_TOO_LARGE

MAX_EVENTS = 1_000
TIMEZONE = "Asia/Ho_Chi_Minh"
"""In which Lark shows the events that are created here."""

_KEY_LENGTHS = range(32, 128 + 1)
_LAST = SECOND - timedelta.resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCalendarEvent:
    """An event to be made: from one moment to another, or from one whole day to another."""

    summary: str
    start: datetime | date
    end: datetime | date
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent(NewCalendarEvent):
    """An event in a calendar; `status` is ``tentative``, ``confirmed`` or ``cancelled``."""

    event_id: str
    status: str


class Calendars:
    """The calendars that the app may use. Each method raises `LarkApiError`."""

    def __init__(self, client: LarkClient) -> None:
        self._client = client

    def primary(self) -> str:
        """Return the id of the app's own calendar."""
        data = self._client.call("POST", "/calendar/v4/calendars/primary")
        match data:
            case {"calendars": [{"calendar": {"calendar_id": str(calendar_id)}}, *_]}:
                return calendar_id
        raise incomplete("the answer has no calendar")

    def events(self, calendar_id: str, start: datetime, end: datetime) -> list[CalendarEvent]:
        """Return every event between two moments, to the second, in no order.

        A window that Lark may have cut is asked for again in halves; one second with 1,000 events is refused.
        """
        found: dict[str, CalendarEvent] = {}
        windows = [(int(to_number(start, SECOND)), int(to_number(end + _LAST, SECOND)))]
        while windows:
            first, last = windows.pop()
            events, is_whole = self._between(calendar_id, first, last)
            if is_whole:
                found.update((event.event_id, event) for event in events)
            elif last - first <= 1:
                message = f"one second has {MAX_EVENTS} events or more"
                raise error_of(refused(ANSWER_TOO_LARGE, message))
            else:
                middle = (first + last) // 2
                windows += [(middle, last), (first, middle)]
        return list(found.values())

    def create(self, calendar_id: str, event: NewCalendarEvent, idempotency_key: str) -> CalendarEvent:
        """Make an event and return it; at least once, and once in effect under one key.

        Parameters
        ----------
        idempotency_key
            Any text that is the same for every try of the same event.
        """
        data = self._client.call(
            "POST",
            _path(calendar_id),
            query={"idempotency_key": _bounded(idempotency_key)},
            body={
                "summary": event.summary,
                "description": event.description,
                "start_time": _time_info(event.start),
                "end_time": _time_info(event.end),
            },
        )
        return _event(data.get("event"))

    def _between(self, calendar_id: str, first: int, last: int) -> tuple[list[CalendarEvent], bool]:
        query = {"start_time": str(first), "end_time": str(last), "page_size": str(MAX_EVENTS)}
        data = self._client.call("GET", _path(calendar_id), query=query)
        items = objects(data, "items")
        is_whole = len(items) < MAX_EVENTS and not data.get("has_more")
        return [_event(item) for item in items], is_whole


def _path(calendar_id: str) -> str:
    return f"/calendar/v4/calendars/{segment(calendar_id)}/events"


def _bounded(key: str) -> str:
    return key if len(key) in _KEY_LENGTHS else hashlib.sha256(key.encode()).hexdigest()


def _time_info(time: datetime | date) -> dict[str, str]:
    if isinstance(time, datetime):
        return {"timestamp": to_number(time, SECOND), "timezone": TIMEZONE}
    return {"date": time.isoformat()}


def _event(item: Any) -> CalendarEvent:
    match item:
        case {"event_id": str(event_id), "start_time": {**start}, "end_time": {**end}}:
            return CalendarEvent(
                event_id=event_id,
                summary=_text(item, "summary"),
                description=_text(item, "description"),
                start=_time(start),
                end=_time(end),
                status=_text(item, "status"),
            )
    raise incomplete("the answer has an event without its id or times")


def _time(info: Mapping[Any, object]) -> datetime | date:
    day = info.get("date")
    if not day:
        return from_number(info.get("timestamp"), SECOND)
    try:
        return date.fromisoformat(str(day))
    except ValueError:
        raise incomplete("the answer has no valid day") from None


def _text(item: Mapping[Any, object], name: str) -> str:
    return str(item.get(name) or "")
