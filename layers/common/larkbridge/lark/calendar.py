"""Calendars and their events.

Protocol (open platform documentation, "Query the calendar list", "Query primary calendar", "Get event list",
"Query event view", "Create an event", "Update an event", "Delete an event" and "Create event invitees"):

* a window of a list is not paged: its answer is cut without a word at the page size, at most 1,000; an event
  that repeats stands in it once;
* a view has each time that an event takes place; its window is shorter than 40 days, and is refused if it has
  1,000 of them or more;
* an idempotency key has 32 to 128 characters, and belongs to one calendar.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import batched
from typing import Any, ClassVar

from larkbridge.lark.answers import refused
from larkbridge.lark.api_error import LarkApiError, error_of
from larkbridge.lark.api_values import SECOND, each, objects, segment, to_number
from larkbridge.lark.calendar_values import (
    Attendee,
    Calendar,
    CalendarEvent,
    EventChange,
    NewCalendarEvent,
    attendee_of,
    calendar_of,
    event_of,
    written,
)
from larkbridge.lark.client import LarkClient
from larkbridge.lark.error_codes import ANSWER_TOO_LARGE, CALENDAR_NOT_FOUND

MAX_EVENTS = 1_000
MAX_VIEW = timedelta(days=40)
MAX_DAYS = 400
"""A longer window is refused here: it would take more calls than anybody waits for."""
MAX_INVITED = 1_000
TOO_MANY_INSTANCES = 193104
GONE = frozenset({193001, 193003})
"""What is said of an event that was there and is not."""

_PATH = "/calendar/v4/calendars"
_READ_CALENDARS = ("calendar:calendar:read",)
_READ_EVENTS = ("calendar:calendar.event:read",)
_KEY_LENGTHS = range(32, 128 + 1)
_LAST = SECOND - timedelta.resolution

type Part = Callable[[str, int, int], tuple[list[CalendarEvent], bool]]
"""Returns the events between two seconds, and whether they are all."""


class NoCalendarIdError(LarkApiError):
    """The word ``primary`` stands for no calendar: `Calendars.primary` says which one it is."""


class Calendars:
    """The calendars of the app, or of the person whose access token is given.

    Each method raises `LarkApiError`, and `NoCalendarIdError` for the word ``primary`` in place of an id.

    Attributes
    ----------
    SCOPES
        Which scopes each method needs.
    """

    SCOPES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "all": _READ_CALENDARS,
        "primary": _READ_CALENDARS,
        "events": _READ_EVENTS,
        "instances": _READ_EVENTS,
        "get": _READ_EVENTS,
        "create": ("calendar:calendar.event:create",),
        "change": ("calendar:calendar.event:update",),
        "delete": ("calendar:calendar.event:delete",),
        "invite": ("calendar:calendar.event:update",),
    }

    def __init__(self, client: LarkClient, user_token: str | None = None) -> None:
        self._client = client
        self._user_token = user_token

    def all(self) -> Iterator[Calendar]:
        """Yield the calendars that the person or app owns or follows."""
        query = {"page_size": str(MAX_EVENTS)}
        return map(calendar_of, each(lambda query: self._call("GET", _PATH, query), "calendar_list", query))

    def primary(self) -> str:
        """Return the id of the person's or the app's own calendar."""
        (own, *_) = objects(self._call("POST", f"{_PATH}/primary"), "calendars") or [{}]
        return calendar_of(own.get("calendar")).calendar_id

    def events(self, calendar_id: str, start: datetime, end: datetime) -> list[CalendarEvent]:
        """Return every event between two moments, to the second, in no order.

        A window that Lark may have cut is asked for again in halves; one second with 1,000 events is refused.
        """
        window = (int(to_number(start, SECOND)), int(to_number(end + _LAST, SECOND)))
        return self._whole(calendar_id, [window], self._listed)

    def instances(self, calendar_id: str, start: datetime, end: datetime) -> list[CalendarEvent]:
        """Return each time that an event takes place between two moments, to the second, in no order.

        Cancelled ones are left out. Refused are more than 400 days, an end before the start, and one second
        with 1,000 events.
        """
        first, last = int(to_number(start, SECOND)), int(to_number(end + _LAST, SECOND))
        if not 0 <= last - first <= timedelta(days=MAX_DAYS) // SECOND:
            raise error_of(refused("bad_parameter", f"no window of at most {MAX_DAYS} days"))
        step = MAX_VIEW // SECOND - 1
        windows = [(begin, min(begin + step, last)) for begin in range(first, last, step)]
        found = self._whole(calendar_id, windows, self._viewed)
        return [event for event in found if event.status != "cancelled"]

    def get(self, calendar_id: str, event_id: str) -> CalendarEvent:
        """Read an event, or one time that it takes place."""
        return event_of(self._call("GET", _event_path(calendar_id, event_id)).get("event"))

    def create(self, calendar_id: str, event: NewCalendarEvent, idempotency_key: str) -> CalendarEvent:
        """Make an event, to which nobody is invited yet; at least once, in effect once under one key.

        Parameters
        ----------
        idempotency_key
            Any text that is the same for every try of the same event.
        """
        query = {"idempotency_key": _bounded(idempotency_key)}
        return event_of(self._call("POST", _events_path(calendar_id), query, written(event)).get("event"))

    def change(self, calendar_id: str, event_id: str, change: EventChange) -> CalendarEvent:
        """Change an event, or one time that it takes place; the same again changes nothing."""
        path = _event_path(calendar_id, event_id)
        return event_of(self._call("PATCH", path, body=written(change)).get("event"))

    def delete(self, calendar_id: str, event_id: str) -> None:
        """Cancel an event, or one time that it takes place; one that is gone already stays so.

        Lark tells those who attend.
        """
        try:
            self._call("DELETE", _event_path(calendar_id, event_id), {"need_notification": "true"})
        except LarkApiError as error:
            if error.outcome.lark_code not in GONE:
                raise

    def invite(self, calendar_id: str, event_id: str, open_ids: Collection[str]) -> list[Attendee]:
        """Invite people to an event and return who attends it; who attends already is not invited again.

        Lark makes a meeting link when the first person is invited.
        """
        path, attendees = f"{_event_path(calendar_id, event_id)}/attendees", []
        for some in batched(dict.fromkeys(open_ids), MAX_INVITED, strict=False):
            people = [{"type": "user", "user_id": open_id} for open_id in some]
            data = self._call("POST", path, {"user_id_type": "open_id"}, {"attendees": people})
            attendees = objects(data, "attendees")
        return [attendee_of(item) for item in attendees]

    def _whole(self, calendar_id: str, windows: list[tuple[int, int]], part: Part) -> list[CalendarEvent]:
        """Return the events of all windows, each of them halved as long as it has too many."""
        found: dict[str, CalendarEvent] = {}
        while windows:
            first, last = windows.pop()
            events, is_whole = part(calendar_id, first, last)
            if is_whole:
                found.update((event.event_id, event) for event in events)
            elif last - first <= 1:
                raise error_of(refused(ANSWER_TOO_LARGE, f"one second has {MAX_EVENTS} events or more"))
            else:
                middle = (first + last) // 2
                windows += [(middle, last), (first, middle)]
        return list(found.values())

    def _listed(self, calendar_id: str, first: int, last: int) -> tuple[list[CalendarEvent], bool]:
        query = {"start_time": str(first), "end_time": str(last), "page_size": str(MAX_EVENTS)}
        data = self._call("GET", _events_path(calendar_id), query)
        items = objects(data, "items")
        return [event_of(item) for item in items], len(items) < MAX_EVENTS and not data.get("has_more")

    def _viewed(self, calendar_id: str, first: int, last: int) -> tuple[list[CalendarEvent], bool]:
        query = {"start_time": str(first), "end_time": str(last), "user_id_type": "open_id"}
        try:
            data = self._call("GET", f"{_events_path(calendar_id)}/instance_view", query)
        except LarkApiError as error:
            if error.outcome.lark_code != TOO_MANY_INSTANCES:
                raise
            return [], False
        items = objects(data, "items")
        return [event_of(item) for item in items], len(items) < MAX_EVENTS

    def _call(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: object = None
    ) -> dict[str, Any]:
        return self._client.call(method, path, query=query, body=body, user_token=self._user_token)


def _events_path(calendar_id: str) -> str:
    if calendar_id == "primary":
        raise NoCalendarIdError(refused(CALENDAR_NOT_FOUND, "primary is no id of a calendar"))
    return f"{_PATH}/{segment(calendar_id)}/events"


def _event_path(calendar_id: str, event_id: str) -> str:
    return f"{_events_path(calendar_id)}/{segment(event_id)}"


def _bounded(key: str) -> str:
    return key if len(key) in _KEY_LENGTHS else hashlib.sha256(key.encode()).hexdigest()
