"""Calendars and events as Lark's answers give them, and events as they are written.

Protocol (open platform documentation, "Create an event" and "Query event view"): moments are seconds since
1970 in a string, days are dates; tags in a description are markup, so words of strangers are escaped; without
a zone an event would be in that of Shanghai.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from larkbridge.lark.answers import refused
from larkbridge.lark.api_error import error_of
from larkbridge.lark.api_values import SECOND, from_number, incomplete, objects, to_number

MAX_SUMMARY = 1_000
MAX_DESCRIPTION = 40_960
TIMEZONE = "Asia/Ho_Chi_Minh"
"""In which Lark shows the events that are created here, unless they say otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A calendar.

    Attributes
    ----------
    kind
        ``primary``, ``shared``, ``google``, ``resource``, ``exchange`` or ``unknown``.
    role
        What the person or app may do: ``free_busy_reader``, ``reader``, ``writer``, ``owner`` or ``unknown``.
    """

    calendar_id: str
    summary: str
    kind: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """Who attends an event; `open_id` is empty for a group, a room or an address.

    Attributes
    ----------
    answer
        ``needs_action``, ``accept``, ``tentative``, ``decline`` or ``removed``.
    """

    kind: str
    open_id: str
    name: str = field(repr=False)
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCalendarEvent:
    """An event to be made: from one moment to another, or from one whole day to another, the last included.

    Attributes
    ----------
    timezone
        The IANA name of the zone in which Lark shows it; a whole day has none.
    """

    summary: str
    start: datetime | date
    end: datetime | date
    description: str = ""
    location: str = ""
    timezone: str = TIMEZONE


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent(NewCalendarEvent):
    """An event in a calendar.

    Attributes
    ----------
    status
        ``tentative``, ``confirmed`` or ``cancelled``.
    recurring_event_id
        The event that repeats, where this is a time of it that differs from the others.
    is_free
        Whoever attends it counts as free.
    """

    event_id: str
    status: str
    recurring_event_id: str = ""
    is_free: bool = False
    link: str = ""
    attendees: tuple[Attendee, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventChange:
    """What becomes of an event; None leaves a value as it is, an empty text clears it.

    Begin and end are changed together.
    """

    summary: str | None = None
    start: datetime | date | None = None
    end: datetime | date | None = None
    description: str | None = None
    location: str | None = None
    timezone: str = TIMEZONE

    def __post_init__(self) -> None:
        if (self.start is None) != (self.end is None):
            raise ValueError("an event's begin and end are changed together")
        if all(value is None for value in (self.summary, self.start, self.description, self.location)):
            raise ValueError("nothing is changed")


def written(event: NewCalendarEvent | EventChange) -> dict[str, Any]:
    """Return the body that makes or changes an event; raises `LarkApiError` for a text that is too long."""
    body: dict[str, Any] = {}
    if event.summary is not None:
        body["summary"] = _bounded("summary", event.summary, MAX_SUMMARY)
    if event.description is not None:
        words = html.escape(event.description, quote=False)
        body["description"] = _bounded("description", words, MAX_DESCRIPTION)
    if event.start is not None and event.end is not None:
        body["start_time"] = _time_info(event.start, event.timezone)
        body["end_time"] = _time_info(event.end, event.timezone)
    if event.location or (event.location is not None and isinstance(event, EventChange)):
        body["location"] = {"name": event.location}
    return body


def event_of(item: Any) -> CalendarEvent:
    """Return an event as the APIs give it."""
    match item:
        case {"event_id": str(event_id), "start_time": {**start}, "end_time": {**end}}:
            place = item.get("location")
            return CalendarEvent(
                event_id=event_id,
                summary=_text(item, "summary"),
                description=html.unescape(_text(item, "description")),
                location=_text(place, "name") if isinstance(place, dict) else "",
                start=_time(start),
                end=_time(end),
                timezone=_text(start, "timezone"),
                status=_text(item, "status"),
                recurring_event_id=_text(item, "recurring_event_id"),
                is_free=item.get("free_busy_status") == "free",
                link=_text(item, "app_link"),
                attendees=tuple(map(attendee_of, objects(item, "attendees"))),
            )
    raise incomplete("the answer has an event without its id or times")


def attendee_of(item: Mapping[str, Any]) -> Attendee:
    """Return who attends an event."""
    return Attendee(
        kind=_text(item, "type"),
        open_id=_text(item, "user_id"),
        name=_text(item, "display_name"),
        answer=_text(item, "rsvp_status"),
    )


def calendar_of(item: Any) -> Calendar:
    """Return a calendar as the APIs give it."""
    match item:
        case {"calendar_id": str(calendar_id)} if calendar_id:
            summary = _text(item, "summary_alias") or _text(item, "summary")
            kind, role = _text(item, "type"), _text(item, "role")
            return Calendar(calendar_id=calendar_id, summary=summary, kind=kind, role=role)
    raise incomplete("the answer has no calendar")


def _time_info(time: datetime | date, timezone: str) -> dict[str, str]:
    if isinstance(time, datetime):
        return {"timestamp": to_number(time, SECOND), "timezone": timezone}
    return {"date": time.isoformat()}


def _time(info: Mapping[Any, object]) -> datetime | date:
    day = info.get("date")
    if not day:
        return from_number(info.get("timestamp"), SECOND)
    try:
        return date.fromisoformat(str(day))
    except ValueError:
        raise incomplete("the answer has no valid day") from None


def _bounded(name: str, text: str, limit: int) -> str:
    if len(text) > limit:
        raise error_of(refused("bad_parameter", f"the {name} has more than {limit} characters"))
    return text


def _text(item: Mapping[Any, object], name: str) -> str:
    return str(item.get(name) or "")
