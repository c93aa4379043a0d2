"""Tasks.

Protocol (open platform documentation, "Create a task", "Patch a task", "Get a task" and "List tasks"):
moments are milliseconds since 1970 in a string, "0" for none; a day is its midnight in UTC and marked as
all-day. A patch writes the fields that it names in ``update_fields`` and clears those of them that it gives
no value. A task that is complete cannot be completed again. Lists need a user access token.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from larkbridge.clock import Clock
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.api_values import MILLISECOND, each, from_number, incomplete, objects, segment, to_number
from larkbridge.lark.client import LarkClient

TASKS = "/task/v2/tasks"
PAGE_SIZE = 100
BAD_REQUEST = 1470400
_NEVER = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """A task to be made; `assignees` are open ids, `due` is a moment or a whole day."""

    summary: str
    description: str = ""
    due: datetime | date | None = None
    assignees: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(NewTask):
    """A task as Lark has it; `completed_at` is None while it is open."""

    guid: str
    completed_at: datetime | None


class Tasks:
    """The tasks of the app, or of the person whose access token is given.

    Each method raises `LarkApiError`.
    """

    def __init__(self, client: LarkClient, clock: Clock, user_token: str | None = None) -> None:
        self._client = client
        self._clock = clock
        self._user_token = user_token

    def mine(self, *, completed: bool | None = None) -> Iterator[Task]:
        """Yield the tasks that the person is responsible for: all, the completed or the open ones."""
        query = {"type": "my_tasks", "page_size": str(PAGE_SIZE)}
        if completed is not None:
            query["completed"] = str(completed).lower()
        return map(_task, each(lambda query: self._call("GET", TASKS, query=query), "items", query))

    def get(self, guid: str) -> Task:
        """Read one task."""
        return _task(self._call("GET", _path(guid)).get("task"))

    def create(self, task: NewTask, client_token: str) -> Task:
        """Make a task and return it; at least once, and once in effect under one token."""
        body: dict[str, Any] = {
            "summary": task.summary,
            "description": task.description,
            "members": [{"id": open_id, "type": "user", "role": "assignee"} for open_id in task.assignees],
            "client_token": client_token,
        }
        if task.due is not None:
            body["due"] = _due(task.due)
        return _task(self._call("POST", TASKS, body=body).get("task"))

    def complete(self, guid: str) -> None:
        """Mark a task as completed now; one that is completed already stays as it is."""
        try:
            self._set_completed(guid, to_number(self._clock.now(), MILLISECOND))
        except LarkApiError as error:
            if error.outcome.lark_code != BAD_REQUEST or self.get(guid).completed_at is None:
                raise

    def reopen(self, guid: str) -> None:
        """Mark a task as not completed; the same again changes nothing."""
        self._set_completed(guid, _NEVER)

    def _set_completed(self, guid: str, moment: str) -> None:
        body = {"task": {"completed_at": moment}, "update_fields": ["completed_at"]}
        self._call("PATCH", _path(guid), body=body)

    def _call(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: object = None
    ) -> dict[str, Any]:
        return self._client.call(method, path, query=query, body=body, user_token=self._user_token)


def _path(guid: str) -> str:
    return f"{TASKS}/{segment(guid)}"


def _due(due: datetime | date) -> dict[str, Any]:
    if isinstance(due, datetime):
        return {"timestamp": to_number(due, MILLISECOND), "is_all_day": False}
    midnight = datetime.combine(due, time(), UTC)
    return {"timestamp": to_number(midnight, MILLISECOND), "is_all_day": True}


def _task(item: Any) -> Task:
    match item:
        case {"guid": str(guid)}:
            return Task(
                guid=guid,
                summary=str(item.get("summary") or ""),
                description=str(item.get("description") or ""),
                due=_due_of(item.get("due")),
                assignees=_assignees(objects(item, "members")),
                completed_at=_moment(item.get("completed_at")),
            )
    raise incomplete("the answer has a task without its guid")


def _due_of(due: object) -> datetime | date | None:
    if not isinstance(due, dict):
        return None
    moment = _moment(due.get("timestamp"))
    return moment.date() if moment and due.get("is_all_day") else moment


def _moment(value: object) -> datetime | None:
    if value is None or str(value) in ("", _NEVER):
        return None
    return from_number(value, MILLISECOND)


def _assignees(members: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(str(member.get("id")) for member in members if member.get("role") == "assignee")
