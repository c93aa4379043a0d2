"""Calendars and their events.

Sources: open platform documentation, "Query primary calendar information", "Get Event List" and "Create
event": their limits and error codes. What they leave open, and is assumed here:

* an idempotency key that has made an event gets that event again, for ever;
* a window holds the events that overlap it, by their start; whole days are those of UTC, the last included;
* a moment after the year 9999, such as one in milliseconds, is a bad parameter.

A list without a window of time is not simulated.
"""

import itertools
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from typing import Any

from sandbox.faults import FaultSwitch
from sandbox.lark.envelope import INVALID_FIELD, RefusedError, json_object
from sandbox.lark.platform import Platform
from sandbox.routing import Request, Route

CALENDARS_PATH = "/open-apis/calendar/v4/calendars"
EVENTS_PATH = f"{CALENDARS_PATH}/{{calendar_id}}/events"
PRIMARY_ID = "sandbox.app_primary@group.calendar.larksuite.com"
PAGE_SIZES = range(50, 1000 + 1)
DEFAULT_PAGE_SIZE = 500
KEY_LENGTHS = range(32, 128 + 1)
END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
API_RATE = 50


class ErrorCode(IntEnum):
    BAD_PARAMETER = 190002
    CALENDAR_NOT_FOUND = 191000


class EventBook:
    """The calendars of one tenant; the app's own exists from the start.

    Attributes
    ----------
    calendars
        The events of each calendar by their ids, as the APIs answer them.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.faults = FaultSwitch()
        self.calendars: dict[str, dict[str, dict[str, Any]]] = {PRIMARY_ID: {}}
        self._now = now
        self._numbers = itertools.count(1)
        self._ids_by_key: dict[tuple[str, str | None], str] = {}

    def put(self, calendar_id: str, event: Mapping[str, Any]) -> str:
        """Make an event as a person in Lark does, and its calendar where it is missing; return its id."""
        event_id = f"event-{next(self._numbers):08}_0"
        self.calendars.setdefault(calendar_id, {})[event_id] = {
            "event_id": event_id,
            "organizer_calendar_id": calendar_id,
            "status": "confirmed",
            "create_time": str(int(self._now())),
            **event,
        }
        return event_id

    def routes(self, platform: Platform) -> list[Route]:
        """Return the calendar APIs."""
        return [
            platform.route("POST", f"{CALENDARS_PATH}/primary", self.faults, API_RATE, self._primary),
            platform.route("GET", EVENTS_PATH, self.faults, API_RATE, self._list),
            platform.route("POST", EVENTS_PATH, self.faults, API_RATE, self._create),
        ]

    def _primary(self, request: Request) -> dict[str, Any]:
        if request.query.get("user_id_type", "open_id") not in ("open_id", "union_id"):
            raise _bad_parameter("user_id_type")
        calendar = {"calendar_id": PRIMARY_ID, "type": "primary", "role": "owner"}
        return {"calendars": [{"calendar": calendar, "user_id": "ou_sandbox_app"}]}

    def _list(self, request: Request) -> dict[str, Any]:
        events, query = self._events(request), request.query
        if query.keys() & {"page_token", "sync_token", "anchor_time"}:
            raise _bad_parameter("start_time")
        start, end = (_seconds(query.get(name), name) for name in ("start_time", "end_time"))
        size = _page_size(query)
        found = [event for event in events.values() if _overlaps(event, start, end)]
        return {"items": sorted(found, key=lambda event: _span(event)[0])[:size], "has_more": False}

    def _create(self, request: Request) -> dict[str, Any]:
        self._events(request)
        calendar_id, key = request.params["calendar_id"], request.query.get("idempotency_key")
        if key is not None and len(key) not in KEY_LENGTHS:
            raise RefusedError(INVALID_FIELD, "idempotency_key has 32 to 128 characters", 400)
        event = _written(json_object(request))
        event_id = self._ids_by_key.get((calendar_id, key)) or self.put(calendar_id, event)
        if key is not None:
            self._ids_by_key[calendar_id, key] = event_id
        return {"event": self.calendars[calendar_id][event_id]}

    def _events(self, request: Request) -> dict[str, dict[str, Any]]:
        events = self.calendars.get(request.params["calendar_id"])
        if events is None:
            raise RefusedError(ErrorCode.CALENDAR_NOT_FOUND, "calendar not found", 404)
        return events


def _written(document: Mapping[str, Any]) -> dict[str, Any]:
    times = {name: _time_info(document.get(name), name) for name in ("start_time", "end_time")}
    start, end = times.values()
    if start.keys() != end.keys() or _span(times)[0] > _span(times)[1]:
        raise _bad_parameter("end_time")
    texts = {name: document.get(name, "") for name in ("summary", "description")}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise _bad_parameter(name)
    return texts | times


def _time_info(info: Any, name: str) -> dict[str, str]:
    match info:
        case {"date": str(), "timestamp": str()}:
            raise _bad_parameter(name)
        case {"date": str(day)} if _is_day(day):
            return {"date": day, "timezone": "UTC"}
        case {"timestamp": str(seconds)}:
            _seconds(seconds, name)
            return {"timestamp": seconds, "timezone": str(info.get("timezone") or "Asia/Shanghai")}
    raise _bad_parameter(name)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _seconds(value: str | None, name: str) -> float:
    if value is None or not (value.isascii() and value.isdigit()) or float(value) > END_OF_TIME:
        raise _bad_parameter(name)
    return float(value)


def _span(event: Mapping[str, Any]) -> tuple[float, float]:
    start, end = event["start_time"], event["end_time"]
    if "date" in start:
        last = _midnight(end["date"]) + timedelta(days=1).total_seconds()
        return _midnight(start["date"]), last
    return float(start["timestamp"]), float(end["timestamp"])


def _midnight(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


def _overlaps(event: Mapping[str, Any], start: float, end: float) -> bool:
    first, last = _span(event)
    return first < end and (last > start or first >= start)


def _page_size(query: Mapping[str, str]) -> int:
    text = query.get("page_size", str(DEFAULT_PAGE_SIZE))
    if not (text.isascii() and text.isdigit() and len(text) < 5 and int(text) in PAGE_SIZES):
        raise RefusedError(INVALID_FIELD, "page_size is 50 to 1000", 400)
    return int(text)


def _bad_parameter(name: str) -> RefusedError:
    return RefusedError(ErrorCode.BAD_PARAMETER, f"invalid parameters in request: {name}", 400)
