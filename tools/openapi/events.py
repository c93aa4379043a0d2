"""Inbound events, as an admin sees them."""

from larkbridge.admin.requests import ListEvents, ReplayEvents
from larkbridge.inbound.providers import SOURCES
from larkbridge.store.events import STATUSES, Event
from tools.openapi.fields import request_schema
from tools.openapi.schema import (
    MOMENT,
    TEXT,
    Operations,
    Schema,
    answer,
    body,
    described,
    nullable,
    operation,
    page_of,
    path,
    query,
    record,
    reference,
)
from tools.openapi.work import ATTEMPTS, LIST, MADE_DUE, MANY, ONE, PROGRESS, report, words

EVENT_ID = path("eventId", "The event's id; its `#` is written `%23`.")

SUMMARY: dict[str, Schema] = {
    "eventId": {"type": "string", "pattern": "^[a-z-]+#[A-Za-z0-9._:@=+-]+$", "examples": ["stripe#evt_1"]},
    "source": {"enum": [*SOURCES]},
    "type": {"type": "string", "examples": ["checkout.session.completed"]},
    "receivedAt": MOMENT,
    "status": words(Event, STATUSES),
    **PROGRESS,
    "processedAt": nullable(MOMENT),
}

SCHEMAS: dict[str, Schema] = {
    "EventSummary": record(SUMMARY),
    "Event": record(
        SUMMARY
        | {
            "subject": described(nullable(TEXT), "What it is about."),
            "payload": {"description": "The verified document; null when it is no longer there."},
            "attempts": ATTEMPTS,
        }
    ),
    "EventPage": page_of("EventSummary"),
    "ReplayEvents": request_schema(ReplayEvents),
    "ReplayReport": report("replayed"),
}

OPERATIONS: Operations = {
    "GET /v1/events": operation(
        "listEvents",
        "Inbound events of the last 30 days, newest first",
        tag="events",
        parameters=query(ListEvents),
        success=answer("One page.", reference("EventPage")),
        refusals=LIST,
    ),
    "GET /v1/events/{eventId}": operation(
        "getEvent",
        "One event with its payload and attempts",
        tag="events",
        parameters=[EVENT_ID],
        success=answer("The event.", reference("Event")),
        refusals=ONE,
    ),
    "POST /v1/events/{eventId}/replay": operation(
        "replayEvent",
        "Process an event anew, whatever came of it before; within a minute",
        tag="events",
        parameters=[EVENT_ID],
        success=answer("It is due.", reference("EventSummary")),
        refusals=MADE_DUE,
    ),
    "POST /v1/events/replay": operation(
        "replayEvents",
        "Process events anew, or count them; failed and dead ones unless a status is given",
        tag="events",
        requestBody=body(reference("ReplayEvents")),
        success=answer("Done, or counted.", {"oneOf": [reference("MatchCount"), reference("ReplayReport")]}),
        refusals=MANY,
    ),
}
