"""Who attends an event.

Source: open platform documentation, "Create event invitees" and "Obtain event invitee list". What they leave
open, and is assumed here:

* a person who attends already is not added again;
* a person who is nobody, or has left, makes the whole request fail;
* nobody has answered when they are invited.
"""

from typing import Any

from sandbox.lark.calendar import EVENT_PATH, EventBook
from sandbox.lark.calendar_values import ErrorCode, bad_parameter, refused
from sandbox.lark.contacts import Directory, id_type_of
from sandbox.lark.envelope import json_object
from sandbox.lark.platform import Platform
from sandbox.lark.scopes import READ_EVENTS, UPDATE_EVENTS
from sandbox.routing import Request, Route

ATTENDEES_PATH = f"{EVENT_PATH}/attendees"
MAX_AT_ONCE = 1_000
MAX_IN_ALL = 3_000
API_RATE = 50
IDS = {"chat": "chat_id", "resource": "room_id", "third_party": "third_party_email"}
INVITING = frozenset({"can_invite_others", "can_modify_event"})


class Attendees:
    """The attendees of the events of a book."""

    def __init__(self, book: EventBook, directory: Directory) -> None:
        self._book = book
        self._directory = directory

    def answer(self, event: dict[str, Any], open_id: str, status: str) -> None:
        """Let a person answer an invitation: ``accept``, ``decline`` or ``tentative``."""
        (attendee,) = (one for one in event["attendees"] if one.get("user_id") == open_id)
        attendee["rsvp_status"] = status

    def routes(self, platform: Platform) -> list[Route]:
        """Return the attendee APIs."""
        faults = self._book.faults
        return [
            platform.route(
                "POST", ATTENDEES_PATH, faults, API_RATE, self._add, user=True, scopes=UPDATE_EVENTS
            ),
            platform.route(
                "GET", ATTENDEES_PATH, faults, API_RATE, self._list, user=True, scopes=READ_EVENTS
            ),
        ]

    def _add(self, request: Request) -> dict[str, Any]:
        event, _ = self._book.event(self._book.calendar(request, writes=True), request.params["event_id"])
        if not (self._book.may_change(request, event) or event.get("attendee_ability") in INVITING):
            raise refused(ErrorCode.NO_ATTENDEE_PERMISSION, 403)
        given = json_object(request).get("attendees") or []
        if not isinstance(given, list) or len(given) > MAX_AT_ONCE:
            raise bad_parameter("attendees")
        added = [self._attendee(one, id_type_of(request)) for one in given]
        there = {one["attendee_id"]: one for one in event.get("attendees", ())}
        there |= {one["attendee_id"]: one for one in added if one["attendee_id"] not in there}
        if len(there) > MAX_IN_ALL:
            raise bad_parameter("attendees")
        event["attendees"] = list(there.values())
        return {"attendees": event["attendees"]}

    def _list(self, request: Request) -> dict[str, Any]:
        event, _ = self._book.event(self._book.calendar(request), request.params["event_id"])
        return {"items": event.get("attendees", []), "has_more": False}

    def _attendee(self, given: Any, id_type: str) -> dict[str, Any]:
        match given:
            case {"type": "user", "user_id": str(user_id)}:
                person = self._directory.works_here(user_id, id_type)
                if person is None:
                    raise refused(ErrorCode.USER_LEFT, 404)
                ids = {"user_id": person.open_id, "display_name": person.name}
                return self._new("user", person.open_id, ids)
            case {"type": str(kind)} if kind in IDS and isinstance(given.get(IDS[kind]), str):
                identity = given[IDS[kind]]
                return self._new(kind, identity, {IDS[kind]: identity, "display_name": identity})
        raise bad_parameter("attendees")

    def _new(self, kind: str, identity: str, ids: dict[str, str]) -> dict[str, Any]:
        return {"type": kind, "attendee_id": f"{kind}_{identity}", "rsvp_status": "needs_action", **ids}
