"""Events in the asker's own calendar, to be made, moved or cancelled: tools that ask.

It costs two or three requests beside the vault's, and for an event that is there a call of Lark's.
"""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from larkbridge.agent.pending.confirm_cards import MAX_WORDS
from larkbridge.agent.pending.in_words import texts_of, times_in_words
from larkbridge.agent.pending.pending_wording import PendingTexts
from larkbridge.agent.pending.question_cards import Asking, Proposal
from larkbridge.agent.tools.as_person import Vault, as_person
from larkbridge.agent.tools.asking_tool import AskingTools
from larkbridge.agent.tools.calendar_changes import CANCEL, CREATE, MOVE, state_of
from larkbridge.agent.tools.frozen_times import Time, frozen_times, times_of
from larkbridge.agent.tools.local_time import Moment, midnight
from larkbridge.agent.tools.own_calendar import in_own_calendar
from larkbridge.agent.tools.tool import Arguments, Asker, Tool, ToolError, seen_line
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.calendar import GONE, Calendars
from larkbridge.lark.calendar_values import CalendarEvent
from larkbridge.lark.client import LarkClient
from larkbridge.store.pending_actions import Fact
from larkbridge.text import line, lines

_NO_EVENT = GONE | {193000}
MAX_GUESTS = 20

_FIND = Calendars.SCOPES["primary"]
_SCOPES = {
    CREATE: (
        *_FIND,
        *Calendars.SCOPES["create"],
        *Calendars.SCOPES["invite"],
        *Calendars.SCOPES["get"],
        *Calendars.SCOPES["delete"],
    ),
    MOVE: (*_FIND, *Calendars.SCOPES["get"], *Calendars.SCOPES["change"]),
    CANCEL: (*_FIND, *Calendars.SCOPES["get"], *Calendars.SCOPES["delete"]),
}
_EventId = Annotated[str, Field(description="As my_events gives it.", pattern=r"^[\w@.:=-]{1,200}$")]
_Guest = Annotated[str, Field(pattern=r"^ou_[A-Za-z0-9_-]{1,100}$")]


class _Times(Arguments):
    start: Annotated[Moment, Field(description="When it begins; a day alone for whole days.")]
    end: Annotated[Moment, Field(description="When it ends; of whole days the last one, included.")]

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> "_Times":
        start, end = times_of(self.start, self.end)
        if isinstance(start, datetime) != isinstance(end, datetime):
            raise ValueError("begin and end are both moments, or both whole days")
        if (start >= end) if isinstance(start, datetime) else (start > end):
            raise ValueError("it ends before it begins: ask which times are meant")
        return self


class NewEvent(_Times):
    title: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S"), AfterValidator(seen_line)]
    guests: Annotated[
        tuple[_Guest, ...],
        Field(description="Whom to invite, by the openId that find_person gives.", max_length=MAX_GUESTS),
    ] = ()
    location: Annotated[str, Field(max_length=200), AfterValidator(line)] = ""
    description: Annotated[str, Field(max_length=MAX_WORDS), AfterValidator(lines)] = ""


class MovedEvent(_Times):
    event_id: _EventId


class CancelledEvent(Arguments):
    event_id: _EventId


class CalendarAsking:
    """Asks before the calendar of the person who asks is changed."""

    def __init__(self, lark: LarkClient, vault: Vault, asking: Asking) -> None:
        self._lark = lark
        self._vault = vault
        self._asking = asking

    def tools(self) -> tuple[Tool, ...]:
        """Return the tools."""
        tool = AskingTools(self._vault, self._asking).tool
        return (
            tool(
                CREATE,
                "Ask the person to confirm a new event in their own calendar, with guests if there are any. "
                "It is made when they press, not before.",
                NewEvent,
                self._propose_new,
                _SCOPES[CREATE],
            ),
            tool(
                MOVE,
                "Ask the person to confirm that an event of theirs is moved to another time; of one that "
                "repeats only the time that the eventId stands for. It is moved when they press, not before.",
                MovedEvent,
                self._propose_move,
                _SCOPES[MOVE],
            ),
            tool(
                CANCEL,
                "Ask the person to confirm that an event of theirs is cancelled, which cannot be undone; of "
                "one that repeats only the time that the eventId stands for. It waits for the press.",
                CancelledEvent,
                self._propose_cancel,
                _SCOPES[CANCEL],
            ),
        )

    def _propose_new(self, asker: Asker, asked: NewEvent) -> Proposal:
        texts, (start, end) = texts_of(asker.turn), times_of(asked.start, asked.end)
        _require_future(asker, start)
        guests = tuple(dict.fromkeys(one for one in asked.guests if one != asker.turn.open_id))
        labels = texts.labels
        facts = [
            Fact(label=labels["title"], text=asked.title),
            Fact(label=labels["when"], text=times_in_words(texts, start, end)),
            *([Fact(label=labels["guests"], people=guests)] if guests else []),
            *([Fact(label=labels["location"], text=asked.location)] if asked.location else []),
            *([Fact(label=labels["description"], text=asked.description)] if asked.description else []),
        ]
        frozen = asked.model_dump(mode="json") | {"guests": list(guests), **frozen_times(start, end)}
        return Proposal(CREATE, frozen, facts, texts.warnings["guests_told"] if guests else "")

    def _propose_move(self, asker: Asker, asked: MovedEvent) -> Proposal:
        texts, (start, end) = texts_of(asker.turn), times_of(asked.start, asked.end)
        _require_future(asker, start)
        calendar_id, event = self._event(asker, asked.event_id)
        facts = [
            *_known(event, texts, texts.labels["from"]),
            Fact(label=texts.labels["to"], text=times_in_words(texts, start, end)),
        ]
        frozen = {"event_id": asked.event_id, "calendar_id": calendar_id, **frozen_times(start, end)}
        return Proposal(MOVE, frozen | {"before": state_of(event)}, facts)

    def _propose_cancel(self, asker: Asker, asked: CancelledEvent) -> Proposal:
        texts = texts_of(asker.turn)
        calendar_id, event = self._event(asker, asked.event_id)
        frozen = {"event_id": asked.event_id, "calendar_id": calendar_id, "before": state_of(event)}
        return Proposal(CANCEL, frozen, _known(event, texts, texts.labels["when"]), texts.warnings["cancel"])

    def _event(self, asker: Asker, event_id: str) -> tuple[str, CalendarEvent]:
        """Return an event of the person's, and in which calendar it is."""

        def read(token: str) -> tuple[str, CalendarEvent]:
            calendars = Calendars(self._lark, token)
            return in_own_calendar(
                asker, self._vault, calendars, lambda own: (own, calendars.get(own, event_id))
            )

        try:
            calendar_id, event = as_person(asker, self._vault, read)
        except LarkApiError as error:
            if error.outcome.lark_code not in _NO_EVENT:
                raise
            raise ToolError("There is no such event in the person's calendar: look with my_events.") from None
        if event.status == "cancelled":
            raise ToolError("This event is cancelled already.")
        return calendar_id, event


def _require_future(asker: Asker, start: Time) -> None:
    begin = start if isinstance(start, datetime) else midnight(start)
    if begin.date() < asker.now.astimezone(begin.tzinfo).date() or (begin is start and begin < asker.now):
        raise ToolError("This time is past: ask the person which one they mean.")


def _known(event: CalendarEvent, texts: PendingTexts, when: str) -> list[Fact]:
    """Return what is told of an event that is there."""
    return [
        Fact(label=texts.labels["title"], text=event.summary),
        Fact(label=when, text=times_in_words(texts, event.start, event.end)),
    ]
