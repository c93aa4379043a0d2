"""What an admin can see of inbound events, and how they are processed anew."""

import json
from collections.abc import Sequence
from typing import Any

from larkbridge.admin.call import Call, Routes
from larkbridge.admin.last_error import last_error
from larkbridge.admin.requests import ListEvents, ReplayEvents
from larkbridge.admin.work import RETRYABLE, Filter, WorkAdmin
from larkbridge.clock import Clock
from larkbridge.errors import NotFoundError
from larkbridge.inbound.providers import SOURCES
from larkbridge.outbox import states
from larkbridge.settings import Settings
from larkbridge.store.events import STATUSES, Event, EventStore, event_id
from larkbridge.store.work import Status


def event_routes(settings: Settings, clock: Clock) -> Routes:
    """Return the routes under /v1/events."""
    store = EventStore(settings.required("EVENTS_TABLE"))
    admin = WorkAdmin(store, clock, summary=summary, again=states.restart, noun="event", done="replayed")

    def page(call: Call) -> dict[str, Any]:
        asked = ListEvents.read(call.query)
        return admin.page(_filter(asked, STATUSES), asked)

    def replay_many(call: Call) -> dict[str, Any]:
        asked = ReplayEvents.read(call.fields())
        return admin.take_up_many(_filter(asked, RETRYABLE, since=asked.from_ or "", before=asked.to), asked)

    return {
        "GET /v1/events": page,
        "GET /v1/events/{eventId}": lambda call: _detail(store, admin.get(_id(call))),
        "POST /v1/events/{eventId}/replay": lambda call: admin.take_up(_id(call)),
        "POST /v1/events/replay": replay_many,
    }


def _filter(
    asked: ListEvents | ReplayEvents,
    statuses: Sequence[Status],
    *,
    since: str = "",
    before: str | None = None,
) -> Filter[Event]:
    return Filter(
        partitions=SOURCES if asked.source is None else (asked.source,),
        statuses=statuses if asked.status is None else (Event.status_of(asked.status),),
        matches=lambda event: asked.type in (None, event.type),
        since=since,
        before=before,
    )


def _id(call: Call) -> str:
    """Return an event's id, also from the provider's own; the key of a part of its payload is none."""
    source, _, delivery_id = call.path("eventId").partition("#")
    return event_id(source, delivery_id)


def summary(event: Event) -> dict[str, Any]:
    """Return what lists show of an event."""
    return {
        "eventId": event.event_id,
        "source": event.source,
        "type": event.type,
        "receivedAt": event.received_at,
        "status": event.word,
        "attemptCount": event.attempt_count,
        "nextAttemptAt": event.next_attempt_at,
        "processedAt": event.done_at,
        "lastError": last_error(event),
    }


def _detail(store: EventStore, event: Event) -> dict[str, Any]:
    return summary(event) | {
        "subject": event.subject,
        "payload": _payload(store, event),
        "attempts": event.attempts,
    }


def _payload(store: EventStore, event: Event) -> Any:
    """Return the payload as JSON, None when it is no longer there."""
    try:
        text = store.whole(event).payload
    except NotFoundError:
        return None
    # Half a surrogate pair, which JSON can escape and UTF-8 cannot hold, becomes a question mark.
    return json.loads(json.dumps(json.loads(text), ensure_ascii=False).encode(errors="replace"))
