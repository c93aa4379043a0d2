"""Tasks as they are written, and as Lark's answers give them.

Protocol (open platform documentation, "Task feature overview" and "Patch a task"): moments are milliseconds
since 1970 in a string, "0" for none, of which Lark keeps the seconds; a day is its midnight in UTC and marked
as all-day. A patch names the fields that it writes, and clears those of them that it gives no value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal

from larkbridge.lark.api_values import MILLISECOND, from_number, incomplete, objects, to_number

NEVER = "0"
ASSIGNEE = "assignee"
FOLLOWER = "follower"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """A task to be made; `assignees` and `followers` are open ids, `due` is a moment or a whole day."""

    summary: str
    description: str = ""
    due: datetime | date | None = None
    assignees: Sequence[str] = ()
    followers: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(NewTask):
    """A task as Lark has it; `completed_at` is None while it is open. In a list it has no description."""

    guid: str
    completed_at: datetime | None
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChange:
    """What becomes of a task; None leaves a value as it is, and what `cleared` names has none any more."""

    summary: str | None = None
    description: str | None = None
    due: datetime | date | None = None
    cleared: frozenset[Literal["description", "due"]] = frozenset()

    def __post_init__(self) -> None:
        given = {name for name in ("summary", "description", "due") if getattr(self, name) is not None}
        if not (given or self.cleared) or given & self.cleared:
            raise ValueError("a change gives some fields a value, and clears others")


def created(task: NewTask, client_token: str, asker: str) -> dict[str, Any]:
    """Return the body that makes a task; who asks for it is one of its members.

    Parameters
    ----------
    asker
        An open id, empty when the app makes a task for itself. Who makes a task and is no member of it could
        not change it. They are responsible for it if nobody else is.
    """
    assignees = list(dict.fromkeys(task.assignees)) or ([asker] if asker else [])
    followers = [one for one in dict.fromkeys([*task.followers, asker]) if one and one not in assignees]
    members = [(one, ASSIGNEE) for one in assignees] + [(one, FOLLOWER) for one in followers]
    body: dict[str, Any] = {
        "summary": task.summary,
        "description": task.description,
        "members": [{"id": open_id, "type": "user", "role": role} for open_id, role in members],
        "client_token": client_token,
    }
    return body | ({} if task.due is None else {"due": _due(task.due)})


def changed(change: TaskChange) -> dict[str, Any]:
    """Return the body that changes a task."""
    task: dict[str, Any] = {
        name: value
        for name, value in (("summary", change.summary), ("description", change.description))
        if value is not None
    }
    if change.due is not None:
        task["due"] = _due(change.due)
    return {"task": task, "update_fields": [*task, *sorted(change.cleared)]}


def task_of(item: Any) -> Task:
    """Return a task as the APIs give it."""
    match item:
        case {"guid": str(guid)}:
            members = objects(item, "members")
            return Task(
                guid=guid,
                summary=str(item.get("summary") or ""),
                description=str(item.get("description") or ""),
                due=_due_of(item.get("due")),
                assignees=_ids(members, ASSIGNEE),
                followers=_ids(members, FOLLOWER),
                completed_at=_moment(item.get("completed_at")),
                link=str(item.get("url") or ""),
            )
    raise incomplete("the answer has a task without its guid")


def _due(due: datetime | date) -> dict[str, Any]:
    if isinstance(due, datetime):
        return {"timestamp": to_number(due, MILLISECOND), "is_all_day": False}
    midnight = datetime.combine(due, time(), UTC)
    return {"timestamp": to_number(midnight, MILLISECOND), "is_all_day": True}


def _due_of(due: object) -> datetime | date | None:
    if not isinstance(due, dict):
        return None
    moment = _moment(due.get("timestamp"))
    return moment.date() if moment and due.get("is_all_day") else moment


def _moment(value: object) -> datetime | None:
    if value is None or str(value) in ("", NEVER):
        return None
    return from_number(value, MILLISECOND)


def _ids(members: list[dict[str, Any]], role: str) -> tuple[str, ...]:
    return tuple(str(member.get("id")) for member in members if member.get("role") == role)
