"""Tasks.

Sources: open platform documentation, "Create Task", "Patch Task", "Get task details", "Delete Task", "List
tasks" and "Task feature overview". That who makes a task with their own token, and is no member of it, cannot
edit it, is from github.com/larksuite/openclaw-lark. What they leave open, and is assumed here:

* a client token that has made a task for a person or the app gets that task again, for ever;
* the app may edit what it has made.
"""

import uuid
from collections.abc import Callable
from typing import Any

from sandbox.faults import FaultSwitch
from sandbox.lark.contacts import PEOPLE
from sandbox.lark.envelope import RefusedError, json_object
from sandbox.lark.platform import Platform
from sandbox.lark.scopes import DELETE_TASKS, READ_TASKS, WRITE_TASKS
from sandbox.lark.task_lists import TaskLists
from sandbox.lark.task_values import ErrorCode, bad_request, is_wanted, members_of, page_of, value_of
from sandbox.routing import Request, Route

TASKS_PATH = "/open-apis/task/v2/tasks"
TASK_PATH = f"{TASKS_PATH}/{{task_guid}}"
PERSON = PEOPLE[0].open_id
READ_RATE = 50
WRITE_RATE = 10
UPDATABLE = frozenset({"summary", "description", "start", "due", "completed_at", "extra"})
OPEN = "0"


class TaskBoard:
    """Everybody's tasks.

    Parameters
    ----------
    owner
        Whose token a request carries, None for the app's.

    Attributes
    ----------
    tasks
        As the APIs answer them, by their guids, oldest first.
    lists
        The task lists that they are in.
    forbidden
        The guids of tasks that nobody may edit.
    """

    def __init__(self, now: Callable[[], float], app_id: str, owner: Callable[[Request], str | None]) -> None:
        self.faults = FaultSwitch()
        self.tasks: dict[str, dict[str, Any]] = {}
        self.forbidden: set[str] = set()
        self.lists = TaskLists(app_id, owner, self.tasks)
        self._now = now
        self._app_id = app_id
        self._owner = owner
        self._by_token: dict[tuple[str, str], str] = {}

    def routes(self, platform: Platform) -> list[Route]:
        """Return the task APIs."""
        faults, read, write = self.faults, READ_TASKS, WRITE_TASKS
        return [
            platform.route(
                "GET", TASKS_PATH, faults, READ_RATE, self._list, app=False, user=True, scopes=read
            ),
            platform.route("POST", TASKS_PATH, faults, WRITE_RATE, self._create, user=True, scopes=write),
            platform.route("GET", TASK_PATH, faults, READ_RATE, self._get, user=True, scopes=read),
            platform.route("PATCH", TASK_PATH, faults, WRITE_RATE, self._patch, user=True, scopes=write),
            platform.route(
                "DELETE", TASK_PATH, faults, WRITE_RATE, self._delete, user=True, scopes=DELETE_TASKS
            ),
            *self.lists.routes(platform, faults),
        ]

    def _list(self, request: Request) -> dict[str, Any]:
        if request.query.get("type", "my_tasks") != "my_tasks":
            raise bad_request("type")
        caller = self._caller(request)
        mine = [task for task in self.tasks.values() if _role(task, caller) == "assignee"]
        return page_of([task for task in mine if is_wanted(task, request.query)], request.query)

    def _create(self, request: Request) -> dict[str, Any]:
        document, caller = json_object(request), self._caller(request)
        token = document.get("client_token") or ""
        if not isinstance(token, str):
            raise bad_request("client_token")
        if (caller, token) in self._by_token:
            return {"task": self.tasks[self._by_token[caller, token]]}
        guid = str(uuid.uuid4())
        task = {
            "guid": guid,
            "created_at": str(int(self._now() * 1000)),
            "completed_at": OPEN,
            "creator": {"id": caller, "type": "app" if caller == self._app_id else "user", "role": "creator"},
            "members": members_of(document.get("members")),
            "summary": value_of("summary", document.get("summary")),
            "url": f"https://applink.larksuite.com/client/todo/detail?guid={guid}",
            **{name: value_of(name, document[name]) for name in UPDATABLE & document.keys()},
        }
        lists = self.lists.wanted(document.get("tasklists"), caller)
        self.tasks[guid] = {name: value for name, value in task.items() if value is not None}
        self.lists.places[guid] = lists
        if token:
            self._by_token[caller, token] = guid
        return {"task": self.tasks[guid]}

    def _get(self, request: Request) -> dict[str, Any]:
        task, caller = self._task(request), self._caller(request)
        if not (
            _role(task, caller) or task["creator"]["id"] == caller or self.lists.reads(task["guid"], caller)
        ):
            raise RefusedError(ErrorCode.FORBIDDEN, "no permission to read the task", 403)
        return {"task": task}

    def _patch(self, request: Request) -> dict[str, Any]:
        document, task = json_object(request), self._editable(request)
        values, names = document.get("task") or {}, document.get("update_fields")
        if not (isinstance(values, dict) and isinstance(names, list) and names):
            raise bad_request("update_fields")
        if not all(isinstance(name, str) and name in UPDATABLE for name in names):
            raise bad_request("update_fields")
        changes = {name: value_of(name, values.get(name)) for name in names}
        if OPEN not in (changes.get("completed_at", OPEN), task["completed_at"]):
            raise bad_request("completed_at: the task is completed already")
        self.tasks[task["guid"]] = {
            name: value for name, value in {**task, **changes}.items() if value is not None
        }
        return {"task": self.tasks[task["guid"]]}

    def _delete(self, request: Request) -> dict[str, Any]:
        del self.tasks[self._editable(request)["guid"]]
        return {}

    def _editable(self, request: Request) -> dict[str, Any]:
        task, caller = self._task(request), self._caller(request)
        role, is_creator = _role(task, caller), task["creator"]["id"] == caller
        may_edit = role == "assignee" or (is_creator and (role or caller == self._app_id))
        if task["guid"] in self.forbidden or not (may_edit or self.lists.edits(task["guid"], caller)):
            raise RefusedError(ErrorCode.FORBIDDEN, "no permission to edit the task", 403)
        return task

    def _task(self, request: Request) -> dict[str, Any]:
        task = self.tasks.get(request.params["task_guid"])
        if task is None:
            raise RefusedError(ErrorCode.NOT_FOUND, "the task does not exist", 404)
        return task

    def _caller(self, request: Request) -> str:
        return self._owner(request) or self._app_id


def _role(task: dict[str, Any], caller: str) -> str:
    roles = {member["role"] for member in task["members"] if member["id"] == caller}
    return "assignee" if "assignee" in roles else "follower" if roles else ""
