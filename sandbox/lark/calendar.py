"""Calendars and their events.

Sources: open platform documentation, "Query the calendar list", "Query primary calendar information", "Get
Event List", "Query event view", "Create event", "Update event" and "Delete event": their limits and error
codes. What they leave open, and is assumed here:

* an idempotency key that has made an event gets that event again, for ever;
* a window holds the events that overlap it, by their start.

A list without a window of time is not simulated.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.lark.calendar_values import ErrorCode, bad_parameter, overlaps, refused, seconds, span, written
from sandbox.lark.envelope import INVALID_FIELD, RefusedError, json_object
from sandbox.lark.event_store import APP, PRIMARY_ID, EventStore
from sandbox.lark.platform import Platform
from sandbox.lark.scopes import CREATE_EVENTS, DELETE_EVENTS, READ_CALENDARS, READ_EVENTS, UPDATE_EVENTS
from sandbox.routing import Request, Route

CALENDARS_PATH = "/open-apis/calendar/v4/calendars"
EVENTS_PATH = f"{CALENDARS_PATH}/{{calendar_id}}/events"
VIEW_PATH = f"{EVENTS_PATH}/instance_view"
EVENT_PATH = f"{EVENTS_PATH}/{{event_id}}"
PAGE_SIZES = range(50, 1000 + 1)
DEFAULT_PAGE_SIZE = 500
KEY_LENGTHS = range(32, 128 + 1)
MAX_VIEW_SECONDS = 40 * 24 * 60 * 60
MAX_INSTANCES = 1_000
API_RATE = 50


class EventBook(EventStore):
    """The calendars behind their APIs.

    Parameters
    ----------
    owner
        Whose token a request carries, None for the app's.
    """

    def __init__(self, now: Callable[[], float], owner: Callable[[Request], str | None]) -> None:
        super().__init__(now)
        self._owner = owner
        self._ids_by_key: dict[tuple[str, str | None], str] = {}

    def calendar(self, request: Request, *, writes: bool = False) -> str:
        """Return the id of the calendar that a request names, and its caller may read, or write."""
        calendar_id = request.params["calendar_id"]
        info = self.infos.get(calendar_id)
        if info is None:
            raise refused(ErrorCode.CALENDAR_NOT_FOUND, 404)
        role = "owner" if info.owner == self.caller(request) else "" if info.owner else info.role
        if role not in ({"owner", "writer"} if writes else {"owner", "writer", "reader"}):
            raise refused(ErrorCode.NO_ACCESS_ROLE, 403)
        if info.type not in ("primary", "shared"):
            raise refused(ErrorCode.BAD_CALENDAR_TYPE, 403)
        return calendar_id

    def may_change(self, request: Request, event: Mapping[str, Any]) -> bool:
        """Say whether a request's caller organises an event, or attends it with the right to change it."""
        organizer = self.infos[event["organizer_calendar_id"]].owner
        return organizer in ("", self.caller(request)) or event.get("attendee_ability") == "can_modify_event"

    def caller(self, request: Request) -> str:
        """Return the open id of whoever makes a request."""
        return self._owner(request) or APP

    def routes(self, platform: Platform) -> list[Route]:
        """Return the calendar APIs."""

        def route(method: str, path: str, process: Callable[[Request], dict[str, Any]], scopes: Any) -> Route:
            return platform.route(method, path, self.faults, API_RATE, process, user=True, scopes=scopes)

        return [
            route("GET", CALENDARS_PATH, self._calendars, READ_CALENDARS),
            route("POST", f"{CALENDARS_PATH}/primary", self._primary, READ_CALENDARS),
            route("GET", EVENTS_PATH, self._list, READ_EVENTS),
            route("POST", EVENTS_PATH, self._create, CREATE_EVENTS),
            route("GET", VIEW_PATH, self._view, READ_EVENTS),
            route("GET", EVENT_PATH, self._get, READ_EVENTS),
            route("PATCH", EVENT_PATH, self._patch, UPDATE_EVENTS),
            route("DELETE", EVENT_PATH, self._delete, DELETE_EVENTS),
        ]

    def _calendars(self, request: Request) -> dict[str, Any]:
        caller, size = self.caller(request), _page_size(request.query)
        if caller != APP:
            self.primary_of(caller)
        mine = [one for one, info in self.infos.items() if info.owner in ("", caller)]
        start = int(seconds(request.query.get("page_token") or "0", "page_token"))
        page = [self._answer(calendar_id) for calendar_id in mine[start : start + size]]
        has_more = start + size < len(mine)
        return {
            "calendar_list": page,
            "has_more": has_more,
            "page_token": str(start + size) if has_more else "",
        }

    def _answer(self, calendar_id: str) -> dict[str, Any]:
        info = self.infos[calendar_id]
        return {
            "calendar_id": calendar_id,
            "summary": info.summary,
            "type": info.type,
            "role": info.role,
            "is_deleted": False,
            "is_third_party": info.type in ("google", "exchange"),
        }

    def _primary(self, request: Request) -> dict[str, Any]:
        owner = self._owner(request)
        id_types = ("open_id", "union_id") if owner is None else ("open_id", "union_id", "user_id")
        if request.query.get("user_id_type", "open_id") not in id_types:
            raise bad_parameter("user_id_type")
        calendar_id = PRIMARY_ID if owner is None else self.primary_of(owner)
        return {"calendars": [{"calendar": self._answer(calendar_id), "user_id": owner or APP}]}

    def _list(self, request: Request) -> dict[str, Any]:
        calendar_id, query = self.calendar(request), request.query
        if query.keys() & {"page_token", "sync_token", "anchor_time"}:
            raise bad_parameter("start_time")
        start, end = (seconds(query.get(name), name) for name in ("start_time", "end_time"))
        size = _page_size(query)
        found = [event for event in self.events_in(calendar_id).values() if overlaps(event, start, end)]
        return {"items": sorted(found, key=lambda event: span(event)[0])[:size], "has_more": False}

    def _view(self, request: Request) -> dict[str, Any]:
        calendar_id = self.calendar(request)
        start, end = (seconds(request.query.get(name), name) for name in ("start_time", "end_time"))
        if end - start >= MAX_VIEW_SECONDS:
            raise refused(ErrorCode.RANGE_TOO_LONG, 400)
        found = self.instances(calendar_id, start, end)
        if len(found) >= MAX_INSTANCES:
            raise refused(ErrorCode.TOO_MANY_INSTANCES, 400)
        return {"items": found}

    def _create(self, request: Request) -> dict[str, Any]:
        calendar_id, key = self.calendar(request, writes=True), request.query.get("idempotency_key")
        if key is not None and len(key) not in KEY_LENGTHS:
            raise RefusedError(INVALID_FIELD, "idempotency_key has 32 to 128 characters", 400)
        event = written(json_object(request))
        known = self._ids_by_key.get((calendar_id, key))
        organizer = {"event_organizer": {"user_id": self.caller(request)}}
        event_id = known or self.put(calendar_id, event | organizer)
        if key is not None:
            self._ids_by_key[calendar_id, key] = event_id
        return {"event": self.calendars[calendar_id][event_id]}

    def _get(self, request: Request) -> dict[str, Any]:
        _, one = self.event(self.calendar(request), request.params["event_id"])
        return {"event": one}

    def _patch(self, request: Request) -> dict[str, Any]:
        event, one = self.writable(request)
        changes = written(json_object(request), one)
        if one is event:
            event |= changes
            return {"event": event}
        self.except_one(event, one["event_id"], changes)
        return {"event": self.event(event["organizer_calendar_id"], one["event_id"])[1]}

    def _delete(self, request: Request) -> dict[str, Any]:
        event, one = self.writable(request)
        if one is event:
            self.remove(event)
        else:
            self.except_one(event, one["event_id"], {"status": "cancelled"})
        return {}

    def writable(self, request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the event that a request may change, and the one time that its id stands for."""
        calendar_id = self.calendar(request, writes=True)
        event, one = self.event(calendar_id, request.params["event_id"])
        if not self.may_change(request, event):
            raise refused(ErrorCode.NO_EVENT_PERMISSION, 403)
        return event, one


def _page_size(query: Mapping[str, str]) -> int:
    text = query.get("page_size", str(DEFAULT_PAGE_SIZE))
    if not (text.isascii() and text.isdigit() and len(text) < 5 and int(text) in PAGE_SIZES):
        raise RefusedError(INVALID_FIELD, "page_size is 50 to 1000", 400)
    return int(text)
