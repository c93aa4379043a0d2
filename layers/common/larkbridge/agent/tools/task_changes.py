"""The asker's tasks, made, changed, completed, reopened and deleted once they have agreed.

A task that is made has the action's id for its `client_token`. One that somebody has changed since the person
was asked stays as it is, and so does one that they have completed or opened again.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from larkbridge.agent.pending.agreed_change import Change, NotDoneError, Step
from larkbridge.agent.tools.as_person import Vault, as_person
from larkbridge.agent.tools.frozen_times import Time, frozen_time
from larkbridge.agent.tools.local_time import moment_or_day
from larkbridge.agent.tools.tool import Asker
from larkbridge.clock import Clock
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.client import LarkClient
from larkbridge.lark.error_codes import TASK_NOT_FOUND
from larkbridge.lark.task_values import NewTask, Task, TaskChange
from larkbridge.lark.tasks import Tasks

CREATE, CHANGE, COMPLETE, REOPEN, DELETE = (
    "create_task",
    "change_task",
    "complete_task",
    "reopen_task",
    "delete_task",
)


class TaskChanges:
    """Changes tasks of a person who has agreed."""

    def __init__(self, lark: LarkClient, vault: Vault, clock: Clock) -> None:
        self._lark = lark
        self._vault = vault
        self._clock = clock

    def changes(self) -> Mapping[str, Change]:
        """Return what the tools do once somebody has agreed."""
        return {
            CREATE: Change(self._create, self._uncreate),
            CHANGE: Change(self._change, self._change_back),
            COMPLETE: Change(self._complete, self._reopen),
            REOPEN: Change(self._reopened, self._complete_again),
            DELETE: Change(self._delete),
        }

    def _create(self, step: Step) -> str:
        known = step.arguments
        new = NewTask(
            summary=known["title"],
            description=known["description"],
            due=_time(known["due"]),
            assignees=known["responsible"],
        )
        made = self._as(step.asker, lambda tasks: tasks.create(new, step.action.pending_id))
        if "task_id" not in step.progress:
            step.note({"task_id": made.guid, "made": state_of(made)})
        return ""

    def _uncreate(self, step: Step) -> None:
        self._delete_as(step, step.progress["task_id"], step.progress["made"])

    def _change(self, step: Step) -> str:
        self._set(step, before=step.arguments["before"], after=step.arguments["after"])
        return ""

    def _change_back(self, step: Step) -> None:
        self._set(step, before=step.arguments["after"], after=step.arguments["before"])

    def _set(self, step: Step, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Change the task, unless somebody else has changed it since; it may be as it is to be already."""
        guid = step.arguments["task_id"]

        def change(tasks: Tasks) -> None:
            task = tasks.get(guid)
            found = {"title": task.summary, "due": task.due}
            wanted = {"title": after["title"], "due": _time(after["due"])}
            if found == wanted:
                return
            if found != {"title": before["title"], "due": _time(before["due"])}:
                raise NotDoneError("changed")
            due = _time(after["due"])
            cleared = frozenset[Literal["description", "due"]]({"due"} if due is None else ())
            tasks.change(guid, TaskChange(summary=after["title"], due=due, cleared=cleared))

        self._as(step.asker, change)

    def _complete(self, step: Step) -> str:
        self._mark(step, completed=True, noted="completes")
        return ""

    def _complete_again(self, step: Step) -> None:
        self._mark(step, completed=True, noted="completes_again")

    def _reopened(self, step: Step) -> str:
        self._mark(step, completed=False, noted="reopens")
        return ""

    def _reopen(self, step: Step) -> None:
        self._mark(step, completed=False, noted="reopens_again")

    def _mark(self, step: Step, *, completed: bool, noted: str) -> None:
        """Complete or reopen the task if it is as it was otherwise.

        That it was so is noted before anything is done: a task that is marked already was marked by this very
        step, or by somebody else.
        """
        guid, before = step.arguments["task_id"], step.arguments["before"]

        def mark(tasks: Tasks) -> None:
            found = state_of(tasks.get(guid))
            if found == before | {"completed": completed} and noted in step.progress:
                return
            if found != before | {"completed": not completed}:
                raise NotDoneError("changed")
            step.note({noted: True})
            (tasks.complete if completed else tasks.reopen)(guid)

        self._as(step.asker, mark)

    def _delete(self, step: Step) -> str:
        self._delete_as(step, step.arguments["task_id"], step.arguments["before"])
        return ""

    def _delete_as(self, step: Step, guid: str, known: Mapping[str, Any]) -> None:
        """Delete a task that is still as it was known; one that is gone is deleted."""

        def delete(tasks: Tasks) -> None:
            try:
                task = tasks.get(guid)
            except LarkApiError as error:
                if error.outcome.reason != TASK_NOT_FOUND:
                    raise
                return
            if state_of(task) != known:
                raise NotDoneError("changed")
            tasks.delete(guid)

        self._as(step.asker, delete)

    def _as[T](self, asker: Asker, act: Callable[[Tasks], T]) -> T:
        """Do something with the person's tasks."""
        open_id = asker.turn.open_id
        return as_person(
            asker, self._vault, lambda token: act(Tasks(self._lark, self._clock, token, open_id))
        )


def state_of(task: Task) -> dict[str, Any]:
    """Return by what it is told that somebody has changed a task."""
    due = None if task.due is None else frozen_time(task.due)
    return {"title": task.summary, "due": due, "completed": task.completed_at is not None}


def _time(text: str | None) -> Time | None:
    return None if text is None else moment_or_day(text)
