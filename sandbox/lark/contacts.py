"""The tenant's people, as far as the app may see them.

Sources: open platform documentation, "Obtain single user's information", "Obtain user ID via email or mobile
number", "Get single department information" and "Search users": their limits and error codes. What they leave
open, and is assumed here:

* an id that belongs to nobody is invalid;
* a search finds whole names, numbers and addresses first, then those that begin with what is searched for,
  then those that have it in them; upper and lower case are the same, letters with and without marks are not.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sandbox.faults import FaultSwitch
from sandbox.lark.envelope import INVALID_FIELD, RefusedError, json_object
from sandbox.lark.platform import Platform
from sandbox.lark.scopes import (
    DEPARTMENT_NAME,
    EVERY_SCOPE,
    FIND_IDS,
    PERSON_FIELDS,
    READ_DEPARTMENT,
    READ_PERSON,
    SEARCH_PEOPLE,
)
from sandbox.routing import Request, Route

SEARCH_PATH = "/open-apis/search/v1/user"
USERS_PATH = "/open-apis/contact/v3/users"
USER_PATH = f"{USERS_PATH}/{{user_id}}"
DEPARTMENT_PATH = "/open-apis/contact/v3/departments/{department_id}"
ID_TYPES = frozenset({"open_id", "union_id", "user_id"})
MAX_LOOKUP = 50
FIELDS = ("open_id", "union_id", "user_id", "name", "email", "mobile", "department_ids")
SEARCH_SIZES = range(1, 200 + 1)
DEFAULT_SEARCH_SIZE = 20
API_RATE = 50


class ErrorCode(IntEnum):
    BAD_PARAMETER = 40001
    USER_ID_INVALID = 41012
    NO_AUTHORITY = 41050
    NO_DEPARTMENT = 41017


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
DEPARTMENTS = {"od_teachers": "Tổ Giáo viên", "od_office": "Văn phòng"}
"""The names of their departments."""


class Directory:
    """Everybody in the tenant.

    Parameters
    ----------
    scopes_of
        The scopes that a request has; a field of a person needs its own.

    Attributes
    ----------
    out_of_range
        The open ids of those whom the app's range of contacts leaves out.
    invisible_fields
        What else is left out of everybody.
    resigned
        The open ids of those who have left.
    departments
        The names of departments by their ids.
    """

    def __init__(self, scopes_of: Callable[[Request], Collection[str]] = lambda _: EVERY_SCOPE) -> None:
        self._scopes_of = scopes_of
        self.faults = FaultSwitch()
        self.people = list(PEOPLE)
        self.out_of_range: set[str] = set()
        self.invisible_fields: set[str] = set()
        self.resigned: set[str] = set()
        self.departments = dict(DEPARTMENTS)

    def works_here(self, user_id: str, id_type: str = "open_id") -> Person | None:
        """Return the person that an id stands for, None for nobody and for who has left."""
        person = next((one for one in self.people if getattr(one, id_type) == user_id), None)
        return None if person is None or person.open_id in self.resigned else person

    def routes(self, platform: Platform) -> list[Route]:
        """Return the contact APIs."""
        return [
            platform.route(
                "POST", f"{USERS_PATH}/batch_get_id", self.faults, API_RATE, self._look_up, scopes=FIND_IDS
            ),
            platform.route(
                "GET",
                f"{USERS_PATH}/{{user_id}}",
                self.faults,
                API_RATE,
                self._get,
                user=True,
                scopes=READ_PERSON,
            ),
            platform.route(
                "GET",
                DEPARTMENT_PATH,
                self.faults,
                API_RATE,
                self._department,
                user=True,
                scopes=READ_DEPARTMENT,
            ),
            platform.route(
                "GET",
                SEARCH_PATH,
                self.faults,
                API_RATE,
                self._search,
                app=False,
                user=True,
                scopes=SEARCH_PEOPLE,
            ),
        ]

    def _get(self, request: Request) -> dict[str, Any]:
        id_type, user_id = id_type_of(request), request.params["user_id"]
        person = next((one for one in self.people if getattr(one, id_type) == user_id), None)
        if person is None:
            raise RefusedError(ErrorCode.USER_ID_INVALID, "user id invalid error", 400)
        if person.open_id in self.out_of_range:
            raise RefusedError(ErrorCode.NO_AUTHORITY, "no user authority error", 400)
        return {"user": self._shown(person, request, FIELDS)}

    def _department(self, request: Request) -> dict[str, Any]:
        department_id = request.params["department_id"]
        if request.query.get("department_id_type") != "open_department_id":
            raise RefusedError(ErrorCode.BAD_PARAMETER, "invalid parameter", 400)
        if department_id not in self.departments:
            raise RefusedError(ErrorCode.NO_DEPARTMENT, "department not exist", 400)
        named = {"name": self.departments[department_id]}
        is_named = DEPARTMENT_NAME in self._scopes_of(request)
        return {"department": {"open_department_id": department_id} | (named if is_named else {})}

    def _search(self, request: Request) -> dict[str, Any]:
        query, size = request.query.get("query", "").strip().lower(), request.query.get("page_size")
        if not query:
            raise RefusedError(INVALID_FIELD, "query is required", 400)
        start = _number(request.query.get("page_token") or "0", "page_token")
        wanted = _number(size or str(DEFAULT_SEARCH_SIZE), "page_size")
        if wanted not in SEARCH_SIZES:
            raise RefusedError(INVALID_FIELD, "page_size is 1 to 200", 400)
        visible = [one for one in self.people if one.open_id not in self.out_of_range | self.resigned]
        ranked = sorted(
            (one for one in visible if _rank(one, query) < _NOT_FOUND), key=lambda one: _rank(one, query)
        )
        names = ("open_id", "user_id", "name", "department_ids")
        users = [self._shown(one, request, names) for one in ranked[start : start + wanted]]
        has_more = start + wanted < len(ranked)
        return {"users": users, "has_more": has_more} | (
            {"page_token": str(start + wanted)} if has_more else {}
        )

    def _shown(self, person: Person, request: Request, names: Collection[str]) -> dict[str, Any]:
        scopes = self._scopes_of(request)
        hidden = {name for name, scope in PERSON_FIELDS.items() if scope not in scopes}
        return {name: getattr(person, name) for name in sorted({*names} - self.invisible_fields - hidden)}

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


_NOT_FOUND = 3


def _rank(person: Person, query: str) -> int:
    texts = [person.name.lower(), person.email.lower(), person.mobile]
    if query in texts:
        return 0
    if any(text.startswith(query) for text in texts):
        return 1
    return 2 if any(query in text for text in texts) else _NOT_FOUND


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RefusedError(INVALID_FIELD, f"{name} is not valid", 400)
    return int(text)


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
