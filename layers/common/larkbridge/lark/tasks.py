"""Tasks.

Protocol (open platform documentation, "Create a task", "Patch a task", "Get a task", "Delete a task" and
"List tasks"): a task that is complete cannot be completed again; one's own are listed with a user access
token alone; the right to write includes that to read.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from larkbridge.clock import Clock
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.api_values import MILLISECOND, each, segment, to_number
from larkbridge.lark.client import LarkClient
from larkbridge.lark.error_codes import TASK_NOT_FOUND
from larkbridge.lark.task_values import NEVER, NewTask, Task, TaskChange, changed, created, task_of

TASKS = "/task/v2/tasks"
PAGE_SIZE = 100
BAD_REQUEST = 1470400
_READ = ("task:task:read",)
_WRITE = ("task:task:write",)


class Tasks:
    """The tasks of the app, or of the person whose access token is given.

    Each method raises `LarkApiError`.

    Parameters
    ----------
    asker
        The open id of that person, who becomes a member of each task that is made; empty for the app alone.

    Attributes
    ----------
    SCOPES
        Which scopes each method needs.
    """

    SCOPES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "mine": _READ,
        "get": _READ,
        "create": _WRITE,
        "change": _WRITE,
        "complete": _WRITE,
        "reopen": _WRITE,
        "delete": _WRITE,
    }

    def __init__(
        self, client: LarkClient, clock: Clock, user_token: str | None = None, asker: str = ""
    ) -> None:
        if (user_token is None) != (not asker):
            raise ValueError("a person's token and their open id go together")
        self._client = client
        self._clock = clock
        self._user_token = user_token
        self._asker = asker

    def mine(self, *, completed: bool | None = None) -> Iterator[Task]:
        """Yield the tasks that the person is responsible for: all, the completed or the open ones."""
        query = {"type": "my_tasks", **listed(completed)}
        return map(task_of, each(lambda query: self._call("GET", TASKS, query=query), "items", query))

    def get(self, guid: str) -> Task:
        """Read one task."""
        return task_of(self._call("GET", _path(guid)).get("task"))

    def create(self, task: NewTask, client_token: str) -> Task:
        """Make a task and return it; at least once, and once in effect under one token.

        Who asks for it follows it, and is responsible for it if nobody else is.
        """
        return task_of(self._call("POST", TASKS, body=created(task, client_token, self._asker)).get("task"))

    def change(self, guid: str, change: TaskChange) -> Task:
        """Change a task and return it; the same again changes nothing."""
        return task_of(self._call("PATCH", _path(guid), body=changed(change)).get("task"))

    def complete(self, guid: str) -> None:
        """Mark a task as completed now; one that is completed already stays as it is."""
        try:
            self._set_completed(guid, to_number(self._clock.now(), MILLISECOND))
        except LarkApiError as error:
            if error.outcome.lark_code != BAD_REQUEST or self.get(guid).completed_at is None:
                raise

    def reopen(self, guid: str) -> None:
        """Mark a task as not completed; the same again changes nothing."""
        self._set_completed(guid, NEVER)

    def delete(self, guid: str) -> None:
        """Delete a task, for everybody and for good; one that is gone already stays so."""
        try:
            self._call("DELETE", _path(guid))
        except LarkApiError as error:
            if error.outcome.reason != TASK_NOT_FOUND:
                raise

    def _set_completed(self, guid: str, moment: str) -> None:
        body = {"task": {"completed_at": moment}, "update_fields": ["completed_at"]}
        self._call("PATCH", _path(guid), body=body)

    def _call(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: object = None
    ) -> dict[str, Any]:
        return self._client.call(method, path, query=query, body=body, user_token=self._user_token)


def listed(completed: bool | None) -> dict[str, str]:
    """Return the query of a list: of all tasks, the completed or the open ones."""
    narrowed = {} if completed is None else {"completed": str(completed).lower()}
    return {"page_size": str(PAGE_SIZE), **narrowed}


def _path(guid: str) -> str:
    return f"{TASKS}/{segment(guid)}"
