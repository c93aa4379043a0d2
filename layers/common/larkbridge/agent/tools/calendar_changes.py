"""Events in the asker's own calendar, made, moved and cancelled once they have agreed.

An event that is made has the action's id for its idempotency key, and its id is stored before anybody is
invited; inviting somebody again changes nothing.
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
            step.note({"calendar_id": calendar_id, "event_id": event.event_id})
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
        made = step.progress

        def delete(token: str) -> None:
            Calendars(self._lark, token).delete(made["calendar_id"], made["event_id"])

        as_person(step.asker, self._vault, delete)

    def _move(self, step: Step) -> str:
        self._set_times(step, before=step.arguments["before"], after=step.arguments)
        return ""

    def _move_back(self, step: Step) -> None:
        self._set_times(step, before=step.arguments, after=step.arguments["before"])

    def _set_times(self, step: Step, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Move the event, unless somebody else has moved it since; it may be where it is to be already."""
        place, (start, end) = (step.arguments["calendar_id"], step.arguments["event_id"]), thawed_times(after)

        def move(token: str) -> None:
            calendars = Calendars(self._lark, token)
            event = calendars.get(*place)
            found = frozen_times(event.start, event.end)
            if found == frozen_times(start, end):
                return
            if found != frozen_times(*thawed_times(before)) or event.status == "cancelled":
                raise NotDoneError("changed")
            calendars.change(*place, EventChange(start=start, end=end))

        as_person(step.asker, self._vault, move)

    def _cancel(self, step: Step) -> str:
        """Cancel the event, unless somebody has moved it since; one that is gone is cancelled."""
        place = (step.arguments["calendar_id"], step.arguments["event_id"])

        def cancel(token: str) -> None:
            calendars = Calendars(self._lark, token)
            try:
                event = calendars.get(*place)
            except LarkApiError as error:
                if error.outcome.lark_code not in GONE:
                    raise
                return
            if event.status == "cancelled":
                return
            if frozen_times(event.start, event.end) != step.arguments["before"]:
                raise NotDoneError("changed")
            calendars.delete(*place)

        as_person(step.asker, self._vault, cancel)
        return ""
