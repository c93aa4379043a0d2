"""The calendar of who asks, and when they or others are busy; nothing of another's calendar but that.

Each tool makes one call of Lark, or two for a range of 40 days. My events add one request of DynamoDB's, and
the first time a call and a request more, to learn which calendar is theirs.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from larkbridge.agent.tools.as_person import Vault, as_person
from larkbridge.agent.tools.local_time import (
    InRange,
    Range,
    day_in_words,
    iso,
    midnight,
    range_in_words,
    range_of,
)
from larkbridge.agent.tools.own_calendar import in_own_calendar
from larkbridge.agent.tools.redaction import Redactor
from larkbridge.agent.tools.tool import Asker, Result, Tool
from larkbridge.lark.calendar import Calendars
from larkbridge.lark.calendar_values import CalendarEvent
from larkbridge.lark.client import LarkClient
from larkbridge.lark.free_busy import Busy, FreeBusy

SHOWN = 50
GUESTS = 20


class BusyAsked(InRange):
    person: Annotated[
        str | None,
        Field(
            description="Whose, by the openId that find_person gives; the person who asks without it.",
            pattern=r"^ou_[A-Za-z0-9_-]{1,100}$",
        ),
    ] = None


class CalendarReading:
    """Reads calendars as the person who asks."""

    def __init__(self, lark: LarkClient, vault: Vault) -> None:
        self._lark = lark
        self._vault = vault

    def tools(self) -> tuple[Tool, ...]:
        """Return the tools."""
        return (
            Tool(
                name="my_events",
                description=(
                    "The events in the calendar of the person who asks, in a range of at most 40 days, each "
                    "time that one takes place. Nobody else's events can be read: of colleagues only "
                    "free_busy is known."
                ),
                arguments=InRange,
                run=self._events,
                lark_scopes=(*Calendars.SCOPES["primary"], *Calendars.SCOPES["instances"]),
            ),
            Tool(
                name="free_busy",
                description=(
                    "When the person who asks, or a colleague, is busy and when free, in a range of at most "
                    "40 days. Take free times from here only; for an afternoon ask for 13:00 to 18:00."
                ),
                arguments=BusyAsked,
                run=self._free_busy,
                lark_scopes=FreeBusy.SCOPES["of"],
            ),
        )

    def _events(self, asker: Asker, asked: InRange) -> Result:
        within = range_of(asked)
        events = as_person(asker, self._vault, lambda token: self._found(asker, token, within))
        events.sort(key=lambda event: (_begin(event.start), event.event_id))
        redactor = Redactor(asker, is_own=True)
        shown = [_event(event, asker.turn.open_id, redactor) for event in events[:SHOWN]]
        content = {"range": range_in_words(*within), "events": shown, "more": len(events) - len(shown)}
        return Result(content, personal=True)

    def _found(self, asker: Asker, token: str, within: Range) -> list[CalendarEvent]:
        calendars = Calendars(self._lark, token)
        return in_own_calendar(asker, self._vault, calendars, lambda own: calendars.instances(own, *within))

    def _free_busy(self, asker: Asker, asked: BusyAsked) -> Result:
        within, whose = range_of(asked), asked.person or asker.turn.open_id

        def read(token: str) -> list[Busy]:
            return FreeBusy(self._lark, token).of(whose, *within)

        busy = merged(as_person(asker, self._vault, read), within)
        free = between(busy, within)
        content = {
            "of": asked.person or "the person who asks",
            "range": range_in_words(*within),
            "busy": [_span(one) for one in busy[:SHOWN]],
            "free": [_span(one) for one in free[:SHOWN]],
            "more": max(0, len(busy) - SHOWN) + max(0, len(free) - SHOWN),
        }
        return Result(content, personal=True)


def merged(busy: Iterable[Busy], within: Range) -> list[Range]:
    """Return the busy times in a range, cut at its ends; those that touch or overlap are one."""
    found: list[Range] = []
    for one in sorted(busy):
        start, end = max(one.start, within.start), min(one.end, within.end)
        if start >= end:
            continue
        if found and start <= found[-1].end:
            found[-1] = Range(found[-1].start, max(end, found[-1].end))
        else:
            found.append(Range(start, end))
    return found


def between(busy: Iterable[Range], within: Range) -> list[Range]:
    """Return the times of a range in which nobody is busy, in order, where the busy ones are `merged`."""
    free: list[Range] = []
    start = within.start
    for one in busy:
        if start < one.start:
            free.append(Range(start, one.start))
        start = one.end
    return [*free, Range(start, within.end)] if start < within.end else free


def _span(one: Range) -> dict[str, str]:
    return {"start": iso(one.start), "end": iso(one.end), "inWords": range_in_words(*one)}


def _begin(start: datetime | date) -> datetime:
    return start if isinstance(start, datetime) else midnight(start)


def _event(event: CalendarEvent, open_id: str, redactor: Redactor) -> dict[str, Any]:
    """Return an event as the model gets it; what there is nothing to tell of is left out."""
    mine = [guest.answer for guest in event.attendees if guest.open_id == open_id]
    guests = [
        redactor.text(guest.name) for guest in event.attendees if guest.open_id != open_id and guest.name
    ]
    more = {
        "location": redactor.text(event.location),
        "description": redactor.text(event.description),
        "guests": guests[:GUESTS],
        "moreGuests": max(0, len(guests) - GUESTS),
        "myAnswer": mine[0] if mine else "",
        "tentative": event.status == "tentative",
        "countsAsFree": event.is_free,
    }
    known = {"eventId": event.event_id, "title": redactor.text(event.summary), **_times(event)}
    return known | {name: value for name, value in more.items() if value}


def _times(event: CalendarEvent) -> dict[str, Any]:
    if isinstance(event.start, datetime) and isinstance(event.end, datetime):
        times = {"start": iso(event.start), "end": iso(event.end)}
        return times | {"inWords": range_in_words(event.start, event.end)}
    words = " – ".join(dict.fromkeys(day_in_words(_day(one)) for one in (event.start, event.end)))
    return {
        "start": _day(event.start).isoformat(),
        "end": _day(event.end).isoformat(),
        "wholeDays": True,
        "inWords": words,
    }


def _day(when: datetime | date) -> date:
    return when.date() if isinstance(when, datetime) else when
