"""Events in the asker's own calendar, made, moved and cancelled once they have agreed.

An event that is made has the action's id for its idempotency key, and its id is stored before anybody is
invited; inviting somebody again changes nothing. An event that somebody has changed since the person was
asked stays as it is.
"""

from collections.abc import Mapping
from typing import Any

from larkbridge.agent.pending.agreed_change import REFUSALS, Change, NotDoneError, Step, why
from larkbridge.agent.tools.as_person import Vault, as_person
from larkbridge.agent.tools.frozen_times import frozen_times, thawed_times
from larkbridge.agent.tools.own_calendar import in_own_calendar
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.calendar import GONE, Calendars
from larkbridge.lark.calendar_values import CalendarEvent, EventChange, NewCalendarEvent
from larkbridge.lark.client import LarkClient

CREATE, MOVE, CANCEL = "create_event", "move_event", "cancel_event"


class CalendarChanges:
    """Changes the calendar of a person who has agreed."""

    def __init__(self, lark: LarkClient, vault: Vault) -> None:
        self._lark = lark
        self._vault = vault

    def changes(self) -> Mapping[str, Change]:
        """Return what the tools do once somebody has agreed."""
        return {
            CREATE: Change(self._create, self._uncreate),
            MOVE: Change(self._move, self._move_back),
            CANCEL: Change(self._cancel),
        }

    def _create(self, step: Step) -> str:
        known, start_end = step.arguments, thawed_times(step.arguments)

        def make(token: str) -> tuple[str, CalendarEvent]:
            calendars = Calendars(self._lark, token)
            new = NewCalendarEvent(
                summary=known["title"],
                start=start_end[0],
                end=start_end[1],
                location=known["location"],
                description=known["description"],
            )
            return in_own_calendar(
                step.asker,
                self._vault,
                calendars,
                lambda own: (own, calendars.create(own, new, step.action.pending_id)),
            )

        if "event_id" not in step.progress:
            calendar_id, event = as_person(step.asker, self._vault, make)
            step.note({"calendar_id": calendar_id, "event_id": event.event_id, "made": state_of(event)})
        return self._invited(step) if known["guests"] else ""

    def _invited(self, step: Step) -> str:
        """Invite the guests; return why not where that cannot be, for the event is there in any case."""
        made = step.progress

        def invite(token: str) -> None:
            calendars = Calendars(self._lark, token)
            calendars.invite(made["calendar_id"], made["event_id"], step.arguments["guests"])

        try:
            as_person(step.asker, self._vault, invite)
        except REFUSALS as error:
            return step.texts.guests_not_invited.format(why=why(error, step.texts))
        return ""

    def _uncreate(self, step: Step) -> None:
        self._delete(step, step.progress, step.progress["made"])

    def _move(self, step: Step) -> str:
        before = step.arguments["before"]
        self._set_times(step, before=before, after=before | _times_in(step.arguments))
        return ""

    def _move_back(self, step: Step) -> None:
        before = step.arguments["before"]
        self._set_times(step, before=before | _times_in(step.arguments), after=before)

    def _set_times(self, step: Step, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Move the event, unless somebody else has changed it since; it may be where it is to be already."""
        place, (start, end) = _place(step.arguments), thawed_times(after)

        def move(token: str) -> None:
            calendars = Calendars(self._lark, token)
            event = calendars.get(*place)
            found = state_of(event)
            if found == after:
                return
            if found != before or event.status == "cancelled":
                raise NotDoneError("changed")
            calendars.change(*place, EventChange(start=start, end=end))

        as_person(step.asker, self._vault, move)

    def _cancel(self, step: Step) -> str:
        self._delete(step, step.arguments, step.arguments["before"])
        return ""

    def _delete(self, step: Step, names: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        """Cancel an event that is still as it was known; one that is gone is cancelled."""
        place = _place(names)

        def delete(token: str) -> None:
            calendars = Calendars(self._lark, token)
            try:
                event = calendars.get(*place)
            except LarkApiError as error:
                if error.outcome.lark_code not in GONE:
                    raise
                return
            if event.status == "cancelled":
                return
            if state_of(event) != known:
                raise NotDoneError("changed")
            calendars.delete(*place)

        as_person(step.asker, self._vault, delete)


def state_of(event: CalendarEvent) -> dict[str, Any]:
    """Return by what it is told that somebody has changed an event."""
    return {"title": event.summary, **frozen_times(event.start, event.end)}


def _place(names: Mapping[str, Any]) -> tuple[str, str]:
    return names["calendar_id"], names["event_id"]


def _times_in(arguments: Mapping[str, Any]) -> dict[str, str]:
    return frozen_times(*thawed_times(arguments))
