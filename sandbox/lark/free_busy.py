"""When people are busy.

Source: open platform documentation, "Query availability": at most 90 days, RFC 3339. The batch has no page of
its own; that it takes 1 to 10 people is from github.com/larksuite/openclaw-lark. What is left open, and is
assumed here:

* busy is who has an event that is not cancelled, nor marked as free, nor declined, whole days included;
* times are given as they are in the events, in their order, neither cut at the window nor merged;
* one person who is nobody, or has left, makes the batch fail.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.lark.calendar import EventBook
from sandbox.lark.calendar_values import ErrorCode, bad_parameter, refused, span
from sandbox.lark.contacts import Directory, id_type_of
from sandbox.lark.envelope import json_object
from sandbox.lark.platform import Platform
from sandbox.lark.scopes import READ_FREE_BUSY
from sandbox.routing import Request, Route

FREE_BUSY_PATH = "/open-apis/calendar/v4/freebusy"
MAX_SECONDS = 90 * 24 * 60 * 60
MAX_PEOPLE = 10
API_RATE = 50


class FreeBusy:
    """The busy times of the people in a directory, out of the calendars of a book."""

    def __init__(self, book: EventBook, directory: Directory) -> None:
        self._book = book
        self._directory = directory

    def routes(self, platform: Platform) -> list[Route]:
        """Return the free-busy APIs."""
        return [
            platform.route(
                "POST",
                f"{FREE_BUSY_PATH}/{name}",
                self._book.faults,
                API_RATE,
                process,
                user=True,
                scopes=READ_FREE_BUSY,
            )
            for name, process in (("list", self._list), ("batch", self._batch))
        ]

    def _list(self, request: Request) -> dict[str, Any]:
        document = json_object(request)
        user_id = document.get("user_id")
        if not isinstance(user_id, str):
            raise bad_parameter("user_id")
        return {"freebusy_list": self._busy(document, user_id, id_type_of(request))}

    def _batch(self, request: Request) -> dict[str, Any]:
        document = json_object(request)
        match document.get("user_ids"):
            case [_, *_] as user_ids if len(user_ids) <= MAX_PEOPLE:
                pass
            case _:
                raise bad_parameter("user_ids")
        found = [
            {"user_id": user_id, "freebusy_items": self._busy(document, str(user_id), id_type_of(request))}
            for user_id in user_ids
        ]
        return {"freebusy_lists": found}

    def _busy(self, document: Mapping[str, Any], user_id: str, id_type: str) -> list[dict[str, str]]:
        start, end = (_moment(document.get(name), name) for name in ("time_min", "time_max"))
        if not 0 <= end - start <= MAX_SECONDS:
            raise bad_parameter("time_max")
        person = self._directory.works_here(user_id, id_type)
        if person is None:
            raise refused(ErrorCode.USER_LEFT, 404)
        found = self._book.instances(self._book.primary_of(person.open_id), start, end)
        busy = [event for event in found if _is_busy(event, person.open_id)]
        return [{"start_time": _text(event, 0), "end_time": _text(event, 1)} for event in busy]


def _is_busy(event: Mapping[str, Any], open_id: str) -> bool:
    declined = any(
        one.get("user_id") == open_id and one["rsvp_status"] == "decline"
        for one in event.get("attendees", ())
    )
    is_free = event["status"] == "cancelled" or event.get("free_busy_status") == "free"
    return not (declined or is_free)


def _moment(value: object, name: str) -> float:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise bad_parameter(name) from None
    if moment.tzinfo is None:
        raise bad_parameter(name)
    return moment.timestamp()


def _text(event: Mapping[str, Any], which: int) -> str:
    zone = ZoneInfo(event["start_time"].get("timezone", "UTC"))
    return datetime.fromtimestamp(span(event)[which], zone).isoformat()
