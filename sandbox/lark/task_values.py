"""Fields of tasks as the APIs take them, and the pages that lists come in.

Source: open platform documentation, "Create Task", "Patch Task" and "Task feature overview": their limits and
error codes. A number is taken for a string of digits, and "True" for "true", as Lark's own SDK sends them.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

from sandbox.lark.envelope import RefusedError

MAX_TEXT = 3_000
MAX_MEMBERS = 50
PAGE_SIZES = range(1, 100 + 1)
DEFAULT_PAGE_SIZE = 50
OPEN = "0"
ROLES = frozenset({"assignee", "follower"})
_SECOND, _DAY = 1_000, 24 * 60 * 60 * 1_000


class ErrorCode(IntEnum):
    BAD_REQUEST = 1470400
    FORBIDDEN = 1470403
    NOT_FOUND = 1470404


def bad_request(name: str) -> RefusedError:
    """Return the refusal of a parameter."""
    return RefusedError(ErrorCode.BAD_REQUEST, f"invalid parameter: {name}", 400)


def members_of(value: object) -> list[dict[str, Any]]:
    """Return the members of a task; raises `RefusedError`."""
    members = value or []
    if not isinstance(members, list) or len(members) > MAX_MEMBERS:
        raise bad_request("members")
    for member in members:
        if not (isinstance(member, dict) and isinstance(member.get("id"), str) and member["id"]):
            raise bad_request("members")
        if member.get("role") not in ROLES:
            raise bad_request("members")
    return [{"type": "user", **member} for member in members]


def value_of(name: str, value: object) -> object:
    """Return a field as it is stored, None for one that is cleared; raises `RefusedError`."""
    if name == "completed_at":
        return OPEN if value in (None, "") else _digits(value, name)
    if name in ("start", "due"):
        return _time(value, name)
    if name == "summary" and not value:
        raise bad_request(name)
    if value is not None and not (isinstance(value, str) and (name == "extra" or len(value) <= MAX_TEXT)):
        raise bad_request(name)
    return value


def page_of(items: Sequence[Any], query: Mapping[str, str]) -> dict[str, Any]:
    """Return the page of a list that a query asks for; raises `RefusedError`."""
    start, size = _number(query, "page_token", 0), _number(query, "page_size", DEFAULT_PAGE_SIZE)
    if size not in PAGE_SIZES:
        raise bad_request("page_size")
    page = {"items": items[start : start + size], "has_more": start + size < len(items)}
    return page | ({"page_token": str(start + size)} if page["has_more"] else {})


def is_wanted(task: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    """Say whether a task is among the completed or the open ones that a query asks for."""
    completed = query.get("completed")
    if completed is None:
        return True
    if completed.lower() not in ("true", "false"):
        raise bad_request("completed")
    return (task["completed_at"] != OPEN) == (completed.lower() == "true")


def _time(value: object, name: str) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise bad_request(name)
    is_all_day, digits = value.get("is_all_day", False), _digits(value.get("timestamp"), name)
    if int(digits) == 0:
        return None
    unit = _DAY if is_all_day else _SECOND
    return {"timestamp": str(int(digits) // unit * unit), "is_all_day": is_all_day}


def _digits(value: object, name: str) -> str:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise bad_request(name)
    return text


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise bad_request(name)
    return int(value)
