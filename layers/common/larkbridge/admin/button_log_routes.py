"""What became of the clicks on one record's buttons, for the owner of the table's configuration.

Shapes: this project's own, in snake case, with `success` and `data`.
"""

import json
from typing import Annotated, Any, Literal, TypedDict

from pydantic import Field

from larkbridge.admin.access import owner_of
from larkbridge.admin.paging import Scan, from_cursor, page
from larkbridge.admin.requests import LIMIT, FeishuRequest, GivenCursor, LarkId
from larkbridge.clock import Clock
from larkbridge.errors import NotFoundError
from larkbridge.inbound.feishu_button import FeishuButton
from larkbridge.lark.error_codes import NO_PERMISSION, RECORD_NOT_FOUND, TOKEN_INVALID
from larkbridge.routes import Answer, Call, Route, Scope
from larkbridge.settings import AdminApiSettings
from larkbridge.shapes import Cursor, Moment, Note
from larkbridge.store.button_configs import ButtonConfigStore
from larkbridge.store.deliveries import Delivery, DeliveryStore, delivery_id
from larkbridge.store.events import Event, EventStore
from larkbridge.store.work import DONE, Status
from larkbridge.targets.last_error import last_error

RECEIVED, PROCESSING, COMPLETED, FAILED = range(4)

MAX_READ = 200
"""A page ends after so many clicks, whether they have the status that was asked for or not."""

UNAUTHORIZED = "UNAUTHORIZED"
_ERRORS = {
    RECORD_NOT_FOUND: "RECORD_NOT_FOUND",
    NO_PERMISSION: UNAUTHORIZED,
    TOKEN_INVALID: UNAUTHORIZED,
    "unauthorized": UNAUTHORIZED,
}
_ANY_OTHER_ERROR = "API_CALL_FAILED"


class ListButtonLogs(FeishuRequest):
    record_id: Annotated[LarkId, Note("The record that was clicked on.", examples=["recQ9w"])]
    status: Annotated[
        Annotated[int, Field(ge=0, le=3)] | None, Note("Only those in this state.", examples=[FAILED])
    ] = None
    limit: Annotated[int, Field(ge=1, le=50), LIMIT] = 20
    cursor: GivenCursor = None


class ButtonLog(TypedDict):
    event_id: str
    record_id: str
    button_id: str | None
    user_id: str | None
    status: Annotated[
        Literal[0, 1, 2, 3],
        Note("0 received, 1 being processed or waiting to be, 2 completed, 3 failed."),
    ]
    received_at: Moment
    processed_at: Moment | None
    error: Literal["RECORD_NOT_FOUND", "UNAUTHORIZED", "API_CALL_FAILED"] | None
    reason: Annotated[str | None, Note("Why the last attempt failed, in one word.")]
    message: Annotated[str | None, Note("What the other side said.")]
    hint: Annotated[str | None, Note("What a person can do about it.")]


class LogData(TypedDict):
    items: list[ButtonLog]
    cursor: Cursor


class ButtonLogPage(TypedDict):
    success: Literal[True]
    data: LogData


class ButtonLogs:
    """Reads a click from what is stored of it: its event, and the delivery that forwards it to the owner."""

    def __init__(self, settings: AdminApiSettings, _: Clock) -> None:
        self._configs = ButtonConfigStore(settings.button_configs_table)
        self._events = EventStore(settings.events_table)
        self._deliveries = DeliveryStore(settings.deliveries_table)

    def page(self, call: Call[ListButtonLogs]) -> dict[str, Any]:
        """Return one page, newest first; at most three requests for each click that is looked at."""
        asked = call.query
        before = from_cursor(asked.cursor)
        config = self._configs.get(owner_of(call.caller))
        if config is None:
            return {"success": True, "data": {"items": [], "cursor": None}}
        clicks = self._events.about(f"{config.app_token}:{config.table_id}:{asked.record_id}", before)
        scan = Scan(
            (
                (click, self._shown(asked.record_id, config.owner, click))
                for click in clicks
                if _is_click(click)
            ),
            lambda log: log[0].sort_key,
            limit=asked.limit,
            most=MAX_READ,
            matches=lambda log: asked.status in (None, log[1]["status"]),
        )
        return {"success": True, "data": page(scan, lambda log: log[1])}

    def _shown(self, record_id: str, owner: str, listed: Event) -> dict[str, Any]:
        event = self._events.get(listed.event_id) or listed
        click = self._click(event)
        forward = self._forward(event, owner)
        return {
            "event_id": event.event_id,
            "record_id": record_id,
            "button_id": click.get("button_id"),
            "user_id": click.get("user_id"),
            "status": _status(event, forward),
            "received_at": event.received_at,
            "processed_at": _ended_at(event, forward),
            "error": _error(event, forward),
            **_reason(event, forward),
        }

    def _click(self, event: Event) -> dict[str, Any]:
        """Return what was clicked and by whom, nothing when it is no longer there."""
        try:
            return json.loads(self._events.with_payload(event).payload or "{}")
        except NotFoundError:
            return {}

    def _forward(self, event: Event, owner: str) -> Delivery | None:
        """Return the delivery of a processed click; None before that, and when it was not for this owner."""
        if event.status != Status.SUCCESS:
            return None
        return self._deliveries.get(delivery_id("button-forward", event.event_id, owner))


ROUTES = (
    Route(
        "GET",
        "/v1/feishu/webhook/logs",
        Scope.READ,
        name="listButtonLogs",
        summary="What became of the clicks on a record of the owner's table, newest first",
        tag="buttons",
        query=ListButtonLogs,
        answer=Answer(ButtonLogPage, "One page; empty when nothing is configured."),
        handle=ButtonLogs.page,
    ),
)


def _is_click(event: Event) -> bool:
    return event.source == FeishuButton.source


def _is_not_for_owner(event: Event, forward: Delivery | None) -> bool:
    """Tell whether a click was processed while the owner had not configured its table, or not enabled it."""
    return event.status == Status.SUCCESS and forward is None


def _status(event: Event, forward: Delivery | None) -> int:
    last = forward or event
    if last.status == Status.DEAD or _is_not_for_owner(event, forward):
        return FAILED
    if last.status in DONE:
        return COMPLETED
    return RECEIVED if event.status == Status.RECEIVED else PROCESSING


def _error(event: Event, forward: Delivery | None) -> str | None:
    if _is_not_for_owner(event, forward):
        return UNAUTHORIZED
    error = (forward or event).last_error
    return _ERRORS.get(error["reason"], _ANY_OTHER_ERROR) if error else None


def _reason(event: Event, forward: Delivery | None) -> dict[str, str | None]:
    """Return why the last attempt failed and what a person can do; a receiver's refusal has no hint."""
    error = last_error(event) if forward is None else forward.last_error
    return {name: error.get(name) if error else None for name in ("reason", "message", "hint")}


def _ended_at(event: Event, forward: Delivery | None) -> str | None:
    last = forward or event
    if last.status == Status.DEAD and last.attempts:
        return last.attempts[-1].get("endedAt")
    return forward.sent_at if forward else event.processed_at
