"""Tasks.

Sources: open platform documentation, "Create Task", "Patch Task", "Get task details" and "List tasks": their
limits and error codes. What they leave open, and is assumed here:

* a client token that has made a task gets that task again, for ever;
* every user access token is the same person's;
* a number is taken for a string of digits, and "True" for "true", as Lark's own SDK sends them;
* the app's token is of the wrong type for a list: Lark's SDK would send it, the page knows user tokens only.
"""

import uuid
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any

from sandbox.faults import FaultSwitch
from sandbox.lark.envelope import RefusedError, json_object
from sandbox.lark.platform import Platform
from sandbox.lark.scopes import READ_TASKS, WRITE_TASKS
from sandbox.routing import Request, Route

TASKS_PATH = "/open-apis/task/v2/tasks"
TASK_PATH = f"{TASKS_PATH}/{{task_guid}}"
PERSON = "ou_sandbox_person"
"""To whom every user access token belongs."""

MAX_TEXT = 3_000
PAGE_SIZES = range(1, 100 + 1)
DEFAULT_PAGE_SIZE = 50
READ_RATE = 50
WRITE_RATE = 10
UPDATABLE = frozenset({"summary", "description", "start", "due", "completed_at", "extra"})
OPEN = "0"


class ErrorCode(IntEnum):
    BAD_REQUEST = 1470400
    FORBIDDEN = 1470403
    NOT_FOUND = 1470404


class TaskBoard:
    """Everybody's tasks.

    Attributes
    ----------
    tasks
        As the APIs answer them, by their guids, oldest first.
    forbidden
        The guids of tasks that nobody may edit.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.faults = FaultSwitch()
        self.tasks: dict[str, dict[str, Any]] = {}
        self.forbidden: set[str] = set()
        self._now = now
        self._by_token: dict[str, str] = {}

    def routes(self, platform: Platform) -> list[Route]:
        """Return the task APIs."""
        return [
            platform.route(
                "GET", TASKS_PATH, self.faults, READ_RATE, self._list, app=False, user=True, scopes=READ_TASKS
            ),
            platform.route(
                "POST", TASKS_PATH, self.faults, WRITE_RATE, self._create, user=True, scopes=WRITE_TASKS
            ),
            platform.route("GET", TASK_PATH, self.faults, READ_RATE, self._get, user=True, scopes=READ_TASKS),
            platform.route(
                "PATCH", TASK_PATH, self.faults, WRITE_RATE, self._patch, user=True, scopes=WRITE_TASKS
            ),
        ]

    def _list(self, request: Request) -> dict[str, Any]:
        query = request.query
        if query.get("type", "my_tasks") != "my_tasks":
            raise _bad_request("type")
        mine = [task for task in self.tasks.values() if _is_assigned(task) and _is_wanted(task, query)]
        start, size = _number(query, "page_token", 0), _number(query, "page_size", DEFAULT_PAGE_SIZE)
        if size not in PAGE_SIZES:
            raise _bad_request("page_size")
        page = {"items": mine[start : start + size], "has_more": start + size < len(mine)}
        return page | ({"page_token": str(start + size)} if page["has_more"] else {})

    def _create(self, request: Request) -> dict[str, Any]:
        document = json_object(request)
        token = document.get("client_token") or ""
        if not isinstance(token, str):
            raise _bad_request("client_token")
        if token in self._by_token:
            return {"task": self.tasks[self._by_token[token]]}
        guid = str(uuid.uuid4())
        self.tasks[guid] = {
            "guid": guid,
            "created_at": str(int(self._now() * 1000)),
            "completed_at": OPEN,
            "members": _members(document.get("members")),
            "summary": _value("summary", document.get("summary")),
            **{name: _value(name, document[name]) for name in UPDATABLE & document.keys()},
        }
        if token:
            self._by_token[token] = guid
        return {"task": self.tasks[guid]}

    def _get(self, request: Request) -> dict[str, Any]:
        return {"task": self._task(request)}

    def _patch(self, request: Request) -> dict[str, Any]:
        document, task = json_object(request), self._task(request)
        if task["guid"] in self.forbidden:
            raise RefusedError(ErrorCode.FORBIDDEN, "no permission to edit the task", 403)
        values, names = document.get("task") or {}, document.get("update_fields")
        if not (isinstance(values, dict) and isinstance(names, list) and names):
            raise _bad_request("update_fields")
        if not all(isinstance(name, str) and name in UPDATABLE for name in names):
            raise _bad_request("update_fields")
        changes = {name: _value(name, values.get(name)) for name in names}
        if OPEN not in (changes.get("completed_at", OPEN), task["completed_at"]):
            raise _bad_request("completed_at: the task is completed already")
        self.tasks[task["guid"]] = {
            name: value for name, value in {**task, **changes}.items() if value is not None
        }
        return {"task": self.tasks[task["guid"]]}

    def _task(self, request: Request) -> dict[str, Any]:
        task = self.tasks.get(request.params["task_guid"])
        if task is None:
            raise RefusedError(ErrorCode.NOT_FOUND, "the task does not exist", 404)
        return task


def _members(value: object) -> list[dict[str, Any]]:
    members = value or []
    if not isinstance(members, list):
        raise _bad_request("members")
    for member in members:
        if not (isinstance(member, dict) and member.get("id") and member.get("role")):
            raise _bad_request("members")
    return members


def _value(name: str, value: object) -> object:
    """Return a field as it is stored, None for one that is cleared."""
    if name == "completed_at":
        return OPEN if value in (None, "") else _digits(value, name)
    if name in ("start", "due"):
        return _time(value, name)
    if name == "summary" and not value:
        raise _bad_request(name)
    if value is not None and not (isinstance(value, str) and (name == "extra" or len(value) <= MAX_TEXT)):
        raise _bad_request(name)
    return value


def _time(value: object, name: str) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _bad_request(name)
    is_all_day = value.get("is_all_day", False)
    return {"timestamp": _digits(value.get("timestamp"), name), "is_all_day": is_all_day}


def _digits(value: object, name: str) -> str:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise _bad_request(name)
    return text


def _is_assigned(task: Mapping[str, Any]) -> bool:
    return any(one["id"] == PERSON and one["role"] == "assignee" for one in task["members"])


def _is_wanted(task: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    completed = query.get("completed")
    if completed is None:
        return True
    if completed.lower() not in ("true", "false"):
        raise _bad_request("completed")
    return (task["completed_at"] != OPEN) == (completed.lower() == "true")


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise _bad_request(name)
    return int(value)


def _bad_request(name: str) -> RefusedError:
    return RefusedError(ErrorCode.BAD_REQUEST, f"invalid parameter: {name}", 400)
