"""What an admin can see of inbound events, and how they are processed anew."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypedDict

from larkbridge.admin.requests import ManyOfTime, OneOf, Page, body_of
from larkbridge.admin.work_lists import (
    Attempt,
    Filter,
    MatchCount,
    Progress,
    RequestedBy,
    Skipped,
    WorkAdmin,
    history,
)
from larkbridge.clock import Clock
from larkbridge.errors import ConflictError, NotFoundError
from larkbridge.inbound.all_providers import SOURCES
from larkbridge.observability import plain_id
from larkbridge.routes import Answer, Call, Parameter, Route, Scope
from larkbridge.settings import AdminApiSettings
from larkbridge.shapes import Cursor, Moment, Note
from larkbridge.store.events import STATUSES, Event, EventStore
from larkbridge.store.work import Status
from larkbridge.targets.last_error import last_error
from larkbridge.work import states
from larkbridge.work.moving import RETRYABLE, Move
from larkbridge.work.policy import EVENT

_ID = Parameter("eventId", "The event's id; its `#` is written `%23`.")
_STATUS = Note("Only those in this state.", examples=["failed"])
type _Source = Annotated[str, OneOf(SOURCES)]
_OF_SOURCE = Note("Only events of this provider.", examples=["stripe"])
_OF_TYPE = Note("Only events of this type.", examples=["invoice.paid"])
_REPLAY = Move[Event]("replay", "replayed", states.restart)


class ListEvents(Page):
    source: Annotated[_Source | None, _OF_SOURCE] = None
    status: Annotated[
        Literal["received", "processing", "success", "failed", "dead", "ignored"] | None, _STATUS
    ] = None
    type: Annotated[str | None, _OF_TYPE] = None


class ReplayEvents(ManyOfTime):
    source: Annotated[_Source | None, _OF_SOURCE] = None
    status: Annotated[Literal["success", "failed", "dead", "ignored"] | None, _STATUS] = None
    type: Annotated[str | None, _OF_TYPE] = None


class EventSummary(Progress):
    eventId: Annotated[str, Note(pattern="^[a-z-]+#[A-Za-z0-9._:@=+-]+$", examples=["stripe#evt_1"])]
    source: Annotated[str, Note(enum=[*SOURCES])]
    type: Annotated[str, Note(examples=["checkout.session.completed"])]
    receivedAt: Moment
    status: Annotated[str, Note(enum=[*STATUSES])]
    processedAt: Moment | None


class ShownEvent(EventSummary):
    subject: Annotated[str | None, Note("What it is about.")]
    payload: Annotated[Any, Note("The verified document; null when it is no longer there.")]
    requestedBy: RequestedBy | None
    attempts: list[Attempt]


class EventPage(TypedDict):
    items: list[EventSummary]
    cursor: Cursor


class ReplayReport(TypedDict):
    dryRun: Literal[False]
    replayed: Annotated[int, Note(minimum=0)]
    skipped: Skipped
    cursor: Cursor


class Events:
    """Serves the routes under /v1/events."""

    def __init__(self, settings: AdminApiSettings, clock: Clock) -> None:
        self._store = EventStore(settings.events_table)
        self._work = WorkAdmin(self._store, EVENT, clock, summary=summary, noun="event")

    def page(self, call: Call[ListEvents]) -> dict[str, Any]:
        return self._work.page(_filter(call.query, STATUSES), call.query)

    def get(self, call: Call) -> dict[str, Any]:
        event = self._work.get(_id(call))
        return summary(event) | {
            "subject": event.subject,
            "payload": _payload(self._store, event),
            **history(event),
        }

    def replay(self, call: Call) -> dict[str, Any]:
        return self._work.move(_id(call), _REPLAY, call.caller)

    def replay_many(self, call: Call[None, ReplayEvents]) -> dict[str, Any]:
        asked = call.body
        wanted = _filter(asked, RETRYABLE, since=asked.from_ or "", before=asked.to)
        return self._work.move_many(wanted, asked, _REPLAY, call.caller)


ROUTES = (
    Route(
        "GET",
        "/v1/events",
        Scope.READ,
        name="listEvents",
        summary="Inbound events of the last 30 days, newest first",
        tag="events",
        query=ListEvents,
        answer=Answer(EventPage, "One page."),
        handle=Events.page,
    ),
    Route(
        "GET",
        "/v1/events/{eventId}",
        Scope.READ,
        name="getEvent",
        summary="One event with its payload and attempts",
        tag="events",
        parameters=(_ID,),
        answer=Answer(ShownEvent, "The event."),
        handle=Events.get,
    ),
    Route(
        "POST",
        "/v1/events/{eventId}/replay",
        Scope.RETRY,
        name="replayEvent",
        summary="Process an event anew, whatever came of it before; within a minute",
        tag="events",
        parameters=(_ID,),
        raises=(ConflictError,),
        answer=Answer(EventSummary, "It is due."),
        handle=Events.replay,
    ),
    Route(
        "POST",
        "/v1/events/replay",
        Scope.RETRY,
        name="replayEvents",
        summary="Process events anew, or count them; failed and dead ones unless a status is given",
        tag="events",
        body=body_of(ReplayEvents),
        answer=Answer(MatchCount | ReplayReport, "Done, or counted."),
        handle=Events.replay_many,
    ),
)


def _filter(
    asked: ListEvents | ReplayEvents,
    statuses: Sequence[Status],
    *,
    since: str = "",
    before: str | None = None,
) -> Filter[Event]:
    return Filter(
        partitions=SOURCES if asked.source is None else (asked.source,),
        statuses=statuses if asked.status is None else (Status(asked.status),),
        matches=lambda event: asked.type in (None, event.type),
        since=since,
        before=before,
    )


def _id(call: Call[Any, Any]) -> str:
    """Return an event's id, also from the provider's own; the key of a part of its payload is none."""
    source, _, delivery_id = call.ids["eventId"].partition("#")
    return plain_id(source, delivery_id)


def summary(event: Event) -> dict[str, Any]:
    """Return what lists show of an event."""
    return {
        "eventId": event.event_id,
        "source": event.source,
        "type": event.type,
        "receivedAt": event.received_at,
        "status": event.status,
        "attemptCount": event.attempt_count,
        "nextAttemptAt": event.next_attempt_at,
        "processedAt": event.processed_at,
        "lastError": last_error(event),
    }


def _payload(store: EventStore, event: Event) -> Any:
    """Return the payload as JSON, None when it is no longer there."""
    try:
        text = store.with_payload(event).payload
    except NotFoundError:
        return None
    # Half a surrogate pair, which JSON can escape and UTF-8 cannot hold, becomes a question mark.
    return json.loads(json.dumps(json.loads(text), ensure_ascii=False).encode(errors="replace"))
