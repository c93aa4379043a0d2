"""What stands in the calendars of one tenant.

What the documentation leaves open, and is assumed here:

* an event is also in the primary calendar of each person who attends it, with the same id;
* a calendar that a test makes is everybody's, a primary calendar its owner's alone;
* an occurrence that was cancelled is still shown, as cancelled; a deleted event is not.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.faults import FaultSwitch
from sandbox.lark.calendar_values import ErrorCode, occurrences, overlaps, refused, span

PRIMARY_ID = "sandbox.app_primary@group.calendar.larksuite.com"
APP = "ou_sandbox_app"


@dataclass(frozen=True, slots=True)
class CalendarInfo:
    """What a calendar is; `owner` is an open id, empty for one that is everybody's."""

    summary: str
    owner: str = ""
    type: str = "shared"
    role: str = "owner"


class EventStore:
    """The calendars of one tenant; the app's own exists from the start.

    Attributes
    ----------
    calendars
        The events of each calendar by their ids, as the APIs answer them.
    infos
        What each calendar is.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.faults = FaultSwitch()
        self.calendars: dict[str, dict[str, dict[str, Any]]] = {PRIMARY_ID: {}}
        self.infos = {PRIMARY_ID: CalendarInfo("Larkbridge", APP, "primary")}
        self._now = now
        self._numbers = itertools.count(1)
        self._exceptions: dict[str, dict[str, Any]] = {}
        self._deleted: set[str] = set()

    def share(self, calendar_id: str, info: CalendarInfo) -> None:
        """Make a calendar, or make it another one."""
        self.infos[calendar_id] = info
        self.calendars.setdefault(calendar_id, {})

    def primary_of(self, open_id: str) -> str:
        """Return the id of a person's own calendar."""
        calendar_id = f"sandbox.{open_id}@group.calendar.larksuite.com"
        if calendar_id not in self.calendars:
            self.share(calendar_id, CalendarInfo("Lịch của tôi", open_id, "primary"))
        return calendar_id

    def put(self, calendar_id: str, event: Mapping[str, Any]) -> str:
        """Make an event as a person in Lark does, and its calendar where it is missing; return its id."""
        event_id = f"event-{next(self._numbers):08}_0"
        if calendar_id not in self.calendars:
            self.share(calendar_id, CalendarInfo(calendar_id))
        self.calendars[calendar_id][event_id] = {
            "event_id": event_id,
            "organizer_calendar_id": calendar_id,
            "status": "confirmed",
            "create_time": str(int(self._now())),
            "is_exception": False,
            "app_link": f"https://applink.larksuite.com/client/calendar/event/detail?eventId={event_id}",
            **event,
        }
        return event_id

    def instances(self, calendar_id: str, start: float, end: float) -> list[dict[str, Any]]:
        """Return each time that an event of a calendar takes place in a window, by its start."""
        found = (
            {**one, **self._exceptions.get(one["event_id"], {})}
            for event in self.events_in(calendar_id).values()
            for one in occurrences(event, end)
        )
        return sorted((one for one in found if overlaps(one, start, end)), key=lambda one: span(one)[0])

    def events_in(self, calendar_id: str) -> dict[str, dict[str, Any]]:
        """Return the events of a calendar, with those that its owner attends, by their ids."""
        info = self.infos[calendar_id]
        if info.type != "primary":
            return self.calendars[calendar_id]
        attended = {
            event_id: event
            for events in self.calendars.values()
            for event_id, event in events.items()
            if any(one.get("user_id") == info.owner for one in event.get("attendees", ()))
        }
        return self.calendars[calendar_id] | attended

    def event(self, calendar_id: str, event_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return an event of a calendar, and the one time that the id stands for; raises `RefusedError`."""
        events = self.events_in(calendar_id)
        base, _, start = event_id.rpartition("_")
        master = events.get(event_id) or events.get(f"{base}_0")
        if event_id in self._deleted:
            raise refused(ErrorCode.EVENT_DELETED, 403)
        if master is not None and master["event_id"] == event_id:
            return master, master
        if master is not None and start.isdigit() and len(start) < 12:
            for one in occurrences(master, float(start) + 1):
                if one["event_id"] == event_id:
                    return master, {**one, **self._exceptions.get(event_id, {})}
        raise refused(ErrorCode.EVENT_NOT_FOUND, 404)

    def except_one(self, master: Mapping[str, Any], event_id: str, changes: Mapping[str, Any]) -> None:
        """Change one time that an event takes place, and no other."""
        origin = {"is_exception": True, "recurring_event_id": master["event_id"]}
        self._exceptions[event_id] = {**self._exceptions.get(event_id, {}), **changes, **origin}

    def remove(self, event: Mapping[str, Any]) -> None:
        """Delete an event from every calendar that it is in."""
        del self.calendars[event["organizer_calendar_id"]][event["event_id"]]
        self._deleted.add(event["event_id"])
