"""The tasks of who asks. A call of Lark for each hundred of them, five at most."""

import itertools
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from larkbridge.agent.tools.as_person import Vault, as_person
from larkbridge.agent.tools.local_time import (
    Moment,
    day_in_words,
    end_of,
    midnight,
    today,
    told,
)
from larkbridge.agent.tools.redaction import Redactor
from larkbridge.agent.tools.tool import Arguments, Asker, Result, Tool
from larkbridge.clock import Clock
from larkbridge.lark.client import LarkClient
from larkbridge.lark.task_values import Task
from larkbridge.lark.tasks import Tasks

SHOWN = 50
MAX_READ = 500


class TasksAsked(Arguments):
    due_by: Annotated[
        Moment | None,
        Field(description="Only tasks due until then, overdue ones too; all open tasks without it."),
    ] = None


class TaskReading:
    """Reads tasks as the person who asks."""

    def __init__(self, lark: LarkClient, vault: Vault, clock: Clock) -> None:
        self._lark = lark
        self._vault = vault
        self._clock = clock

    def tools(self) -> tuple[Tool, ...]:
        """Return the tool."""
        return (
            Tool(
                name="my_tasks",
                description=(
                    "The open tasks that the person who asks is responsible for, the one due first at the "
                    "top, those without a date last."
                ),
                arguments=TasksAsked,
                run=self._open,
                lark_scopes=Tasks.SCOPES["mine"],
            ),
        )

    def _open(self, asker: Asker, asked: TasksAsked) -> Result:
        def read(token: str) -> list[Task]:
            mine = Tasks(self._lark, self._clock, token, asker.turn.open_id).mine(completed=False)
            return list(itertools.islice(mine, MAX_READ + 1))

        found = as_person(asker, self._vault, read)
        latest = end_of(asked.due_by) if asked.due_by else None
        tasks = [task for task in found[:MAX_READ] if latest is None or _is_due_by(task, latest)]
        tasks.sort(key=lambda task: (task.due is None, task.due and _moment(task.due), task.guid))
        redactor = Redactor(asker, is_own=True)
        content = {
            "count": len(tasks),
            "complete": len(found) <= MAX_READ,
            "tasks": [_task(task, asker.now, redactor) for task in tasks[:SHOWN]],
            "more": max(0, len(tasks) - SHOWN),
        }
        return Result(content, personal=True)


def _is_due_by(task: Task, latest: datetime) -> bool:
    return task.due is not None and _moment(task.due) < latest


def _moment(due: datetime | date) -> datetime:
    return due if isinstance(due, datetime) else midnight(due)


def _task(task: Task, now: datetime, redactor: Redactor) -> dict[str, Any]:
    known: dict[str, Any] = {"taskId": task.guid, "title": redactor.text(task.summary)}
    match task.due:
        case None:
            return known
        case datetime():
            return known | {"due": told(task.due), "overdue": task.due < now}
        case date():
            due = {"at": task.due.isoformat(), "inWords": day_in_words(task.due), "wholeDay": True}
            return known | {"due": due, "overdue": task.due < today(now)}
