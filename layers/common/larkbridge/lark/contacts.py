"""The tenant's people.

Protocol (open platform documentation, "Obtain single user's information" and "Obtain user ID via email or
mobile number"): which fields of a person are there depends on the app's scopes, and who is there on its
range of contacts. One look-up takes at most 50 addresses and 50 numbers; whom it does not find has no id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched, zip_longest
from typing import Any

from larkbridge.lark.api_values import incomplete, objects, segment
from larkbridge.lark.client import LarkClient

MAX_LOOKUP = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person; what the app may not see is None."""

    open_id: str
    union_id: str | None
    user_id: str | None
    name: str | None = field(repr=False)
    email: str | None = field(repr=False)
    mobile: str | None = field(repr=False)
    departments: tuple[str, ...] = field(default=(), repr=False)
    """Those that the person is in directly, by their ``open_department_id``."""


class Contacts:
    """The people that the app may see. Each method raises `LarkApiError`."""

    def __init__(self, client: LarkClient) -> None:
        self._client = client

    def get(self, user_id: str, id_type: str = "open_id") -> Person:
        """Read one person by an ``open_id``, ``user_id`` or ``union_id``."""
        path = f"/contact/v3/users/{segment(user_id)}"
        query = {"user_id_type": id_type, "department_id_type": "open_department_id"}
        user = self._client.call("GET", path, query=query).get("user")
        match user:
            case {"open_id": str(open_id)}:
                names = ("union_id", "user_id", "name", "email", "mobile")
                known = {name: _text(user.get(name)) for name in names}
                return Person(open_id=open_id, **known, departments=_departments(user))
        raise incomplete("the answer has no person")

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

    def _look_up(self, wanted: Mapping[str, Sequence[str]]) -> dict[str, str]:
        path, query = "/contact/v3/users/batch_get_id", {"user_id_type": "open_id"}
        users = objects(self._client.call("POST", path, query=query, body=wanted), "user_list")
        if not users:
            raise incomplete("the answer says nothing of those that were asked for")
        return {_contact(user): str(user["user_id"]) for user in users if user.get("user_id")}


def _text(value: object) -> str | None:
    return str(value) if value else None


def _departments(user: Mapping[str, Any]) -> tuple[str, ...]:
    found = user.get("department_ids")
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def _contact(user: Mapping[str, Any]) -> str:
    return str(user.get("email") or user.get("mobile") or "")
