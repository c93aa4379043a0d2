"""The tenant's people and departments.

Protocol (open platform documentation, "Obtain single user's information", "Obtain user ID via email or mobile
number", "Get single department information" and "Search users"): which fields of a person are there depends
on the scopes, and who is there on the app's range of contacts. One look-up takes at most 50 addresses and 50
numbers; whom it does not find has no id. A search is a person's, never the app's; it finds by name, number
and address, the closest first, and nobody who has left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched, islice, zip_longest
from typing import Any, ClassVar

from larkbridge.lark.answers import refused
from larkbridge.lark.api_error import error_of
from larkbridge.lark.api_values import each, incomplete, objects, segment
from larkbridge.lark.client import LarkClient

MAX_LOOKUP = 50
MAX_FOUND = 200
MAX_QUERY = 200
FIELD_SCOPES = {
    "name": "contact:user.base:readonly",
    "email": "contact:user.email:readonly",
    "mobile": "contact:user.phone:readonly",
    "user_id": "contact:user.employee_id:readonly",
    "departments": "contact:user.department:readonly",
}
"""Which scope shows what of a person, of the app or, for a person's token, of both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person; what may not be seen is None, or no department."""

    open_id: str
    union_id: str | None
    user_id: str | None
    name: str | None = field(repr=False)
    email: str | None = field(repr=False)
    mobile: str | None = field(repr=False)
    departments: tuple[str, ...] = field(default=(), repr=False)
    """Those that the person is in directly, by their ``open_department_id``."""


class Contacts:
    """The people that the app may see, or the person whose access token is given.

    Each method raises `LarkApiError`.

    Attributes
    ----------
    SCOPES
        Which scopes each method needs; what else is told of a person needs those of `FIELD_SCOPES`.
    """

    SCOPES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "get": ("contact:contact.base:readonly", "contact:user.base:readonly"),
        "search": ("contact:user:search", "contact:user.base:readonly"),
        "department": ("contact:contact.base:readonly", "contact:department.base:readonly"),
        "ids_of": ("contact:user.id:readonly",),
    }

    def __init__(self, client: LarkClient, user_token: str | None = None) -> None:
        self._client = client
        self._user_token = user_token

    def get(self, user_id: str, id_type: str = "open_id") -> Person:
        """Read one person by an ``open_id``, ``user_id`` or ``union_id``."""
        path = f"/contact/v3/users/{segment(user_id)}"
        query = {"user_id_type": id_type, "department_id_type": "open_department_id"}
        return _person(self._client.call("GET", path, query=query, user_token=self._user_token).get("user"))

    def search(self, query: str, *, limit: int = 20) -> list[Person]:
        """Return at most `limit` people, 200 or fewer, whose name, number or address fits, the closest first.

        Two people may have one name: their departments tell them apart. Neither address nor number is there.

        Raises
        ------
        ValueError
            Without a person's access token: the app has no search.
        """
        if self._user_token is None:
            raise ValueError("people are searched for as a person")
        if not 0 < len(query.strip()) <= MAX_QUERY:
            raise error_of(refused("bad_parameter", f"a search has 1 to {MAX_QUERY} characters"))
        size = max(1, min(limit, MAX_FOUND))
        asked = {"query": query.strip(), "page_size": str(size)}
        return [_person(item) for item in islice(each(self._found, "users", asked), size)]

    def department(self, department_id: str) -> str:
        """Return a department's name by its ``open_department_id``, empty where it may not be seen."""
        path = f"/contact/v3/departments/{segment(department_id)}"
        query = {"department_id_type": "open_department_id"}
        match self._client.call("GET", path, query=query, user_token=self._user_token).get("department"):
            case {**department}:
                return _text(department.get("name")) or ""
        raise incomplete("the answer has no department")

    def ids_of(self, *, emails: Sequence[str] = (), mobiles: Sequence[str] = ()) -> dict[str, str]:
        """Return the open id of each address and number that belongs to somebody.

        Parameters
        ----------
        emails
            Not those of Lark Mail, which Lark does not look up.
        mobiles
            With "+" and the country's code, except numbers of mainland China.
        """
        found: dict[str, str] = {}
        batches = (batched(values, MAX_LOOKUP, strict=False) for values in (emails, mobiles))
        for some_emails, some_mobiles in zip_longest(*batches, fillvalue=()):
            wanted = {"emails": some_emails, "mobiles": some_mobiles}
            found |= self._look_up({name: values for name, values in wanted.items() if values})
        return found

    def _found(self, query: Mapping[str, str]) -> dict[str, Any]:
        return self._client.call("GET", "/search/v1/user", query=query, user_token=self._user_token)

    def _look_up(self, wanted: Mapping[str, Sequence[str]]) -> dict[str, str]:
        path, query = "/contact/v3/users/batch_get_id", {"user_id_type": "open_id"}
        users = objects(self._client.call("POST", path, query=query, body=wanted), "user_list")
        if not users:
            raise incomplete("the answer says nothing of those that were asked for")
        return {_contact(user): str(user["user_id"]) for user in users if user.get("user_id")}


def _person(item: Any) -> Person:
    match item:
        case {"open_id": str(open_id)} if open_id:
            names = ("union_id", "user_id", "name", "email", "mobile")
            return Person(
                open_id=open_id,
                departments=_departments(item),
                **{name: _text(item.get(name)) for name in names},
            )
    raise incomplete("the answer has no person")


def _text(value: object) -> str | None:
    return str(value) if value else None


def _departments(user: Mapping[str, Any]) -> tuple[str, ...]:
    found = user.get("department_ids")
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def _contact(user: Mapping[str, Any]) -> str:
    return str(user.get("email") or user.get("mobile") or "")
