"""The tenant's people, as far as the app may see them.

Sources: open platform documentation, "Obtain single user's information" and "Obtain user ID via email or
mobile number": their limits and error codes. What they leave open, and is assumed here: an id that belongs to
nobody is invalid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sandbox.faults import FaultSwitch
from sandbox.lark.envelope import INVALID_FIELD, RefusedError, json_object
from sandbox.lark.platform import Platform
from sandbox.routing import Request, Route

USERS_PATH = "/open-apis/contact/v3/users"
ID_TYPES = frozenset({"open_id", "union_id", "user_id"})
MAX_LOOKUP = 50
API_RATE = 50


class ErrorCode(IntEnum):
    BAD_PARAMETER = 40001
    USER_ID_INVALID = 41012
    NO_AUTHORITY = 41050


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the tenant."""

    open_id: str
    union_id: str
    user_id: str
    name: str
    email: str
    mobile: str
    department_ids: tuple[str, ...] = ()


PEOPLE = (
    Person(
        "ou_sandbox_person",
        "on_sandbox_person",
        "an01",
        "Nguyễn Văn An",
        "an@school.test",
        "+84900000101",
        ("od_teachers",),
    ),
    Person(
        "ou_sandbox_namesake",
        "on_sandbox_namesake",
        "an02",
        "Nguyễn Văn An",
        "an.ketoan@school.test",
        "+84900000102",
        ("od_office",),
    ),
    Person(
        "ou_sandbox_manager",
        "on_sandbox_manager",
        "huong01",
        "Phạm Thu Hương",
        "huong@school.test",
        "+84900000103",
        ("od_office", "od_teachers"),
    ),
)
"""Who is in the tenant from the start: two of them have one name."""


class Directory:
    """Everybody in the tenant.

    Attributes
    ----------
    out_of_range
        The open ids of those whom the app's range of contacts leaves out.
    invisible_fields
        What the app's scopes leave out of everybody.
    resigned
        The open ids of those who have left.
    """

    def __init__(self) -> None:
        self.faults = FaultSwitch()
        self.people = list(PEOPLE)
        self.out_of_range: set[str] = set()
        self.invisible_fields: set[str] = set()
        self.resigned: set[str] = set()

    def works_here(self, user_id: str, id_type: str = "open_id") -> Person | None:
        """Return the person that an id stands for, None for nobody and for who has left."""
        person = next((one for one in self.people if getattr(one, id_type) == user_id), None)
        return None if person is None or person.open_id in self.resigned else person

    def routes(self, platform: Platform) -> list[Route]:
        """Return the contact APIs."""
        return [
            platform.route("POST", f"{USERS_PATH}/batch_get_id", self.faults, API_RATE, self._look_up),
            platform.route("GET", f"{USERS_PATH}/{{user_id}}", self.faults, API_RATE, self._get),
        ]

    def _get(self, request: Request) -> dict[str, Any]:
        id_type, user_id = id_type_of(request), request.params["user_id"]
        person = next((one for one in self.people if getattr(one, id_type) == user_id), None)
        if person is None:
            raise RefusedError(ErrorCode.USER_ID_INVALID, "user id invalid error", 400)
        if person.open_id in self.out_of_range:
            raise RefusedError(ErrorCode.NO_AUTHORITY, "no user authority error", 400)
        names = set(Person.__slots__) - self.invisible_fields
        return {"user": {name: getattr(person, name) for name in sorted(names)}}

    def _look_up(self, request: Request) -> dict[str, Any]:
        document, id_type = json_object(request), id_type_of(request)
        emails, mobiles = (_texts(document, name) for name in ("emails", "mobiles"))
        if not emails and not mobiles:
            raise RefusedError(ErrorCode.BAD_PARAMETER, "invalid parameter", 400)
        wanted = [*(("email", text) for text in emails), *(("mobile", text) for text in mobiles)]
        return {"user_list": [self._found(name, text, id_type) for name, text in wanted]}

    def _found(self, name: str, text: str, id_type: str) -> dict[str, str]:
        for person in self.people:
            if getattr(person, name) == text and person.open_id not in self.out_of_range:
                return {name: text, "user_id": getattr(person, id_type)}
        return {name: text}


def id_type_of(request: Request) -> str:
    """Return which ids of people a request speaks of; raises `RefusedError`."""
    id_type = request.query.get("user_id_type", "open_id")
    if id_type not in ID_TYPES:
        raise RefusedError(INVALID_FIELD, "user_id_type is not valid", 400)
    return id_type


def _texts(document: Mapping[str, Any], name: str) -> list[str]:
    texts = document.get(name) or []
    if not (
        isinstance(texts, list) and len(texts) <= MAX_LOOKUP and all(isinstance(one, str) for one in texts)
    ):
        raise RefusedError(INVALID_FIELD, f"{name} must be at most {MAX_LOOKUP} texts", 400)
    return texts
