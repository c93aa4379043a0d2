"""The asker's tasks, to be made, changed, completed, reopened or deleted: tools that ask.

It costs two or three requests beside the vault's, and for a task that is there a call of Lark's.
"""

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from larkbridge.agent.pending.confirm_cards import MAX_WORDS
from larkbridge.agent.pending.in_words import moment_in_words, texts_of
from larkbridge.agent.pending.pending_wording import PendingTexts
from larkbridge.agent.pending.question_cards import Asking, Proposal
from larkbridge.agent.tools.as_person import Vault, as_person
from larkbridge.agent.tools.asking_tool import AskingTools
from larkbridge.agent.tools.frozen_times import frozen_time
from larkbridge.agent.tools.local_time import Moment, moment_or_day
from larkbridge.agent.tools.task_changes import CHANGE, COMPLETE, CREATE, DELETE, REOPEN, state_of
from larkbridge.agent.tools.tool import Arguments, Asker, Tool, ToolError, seen_line
from larkbridge.clock import Clock
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.client import LarkClient
from larkbridge.lark.error_codes import TASK_NOT_FOUND
from larkbridge.lark.task_values import Task
from larkbridge.lark.tasks import Tasks
from larkbridge.store.pending_actions import Fact
from larkbridge.text import lines

MAX_TITLE = 300
MAX_PEOPLE = 20

_SCOPES = (*Tasks.SCOPES["get"], *Tasks.SCOPES["change"])
_TaskId = Annotated[str, Field(description="As my_tasks gives it.", pattern=r"^[A-Za-z0-9-]{1,100}$")]
_Title = Annotated[str, Field(min_length=1, max_length=MAX_TITLE, pattern=r"\S"), AfterValidator(seen_line)]
_Person = Annotated[str, Field(pattern=r"^ou_[A-Za-z0-9_-]{1,100}$")]


class TaskToCreate(Arguments):
    title: _Title
    due: Annotated[Moment | None, Field(description="When it is due; a day alone for that whole day.")] = None
    description: Annotated[str, Field(max_length=MAX_WORDS), AfterValidator(lines)] = ""
    responsible: Annotated[
        tuple[_Person, ...],
        Field(
            description="Who has to do it, by the openId that find_person gives; who asks if nobody else.",
            max_length=MAX_PEOPLE,
        ),
    ] = ()


class TaskToChange(Arguments):
    task_id: _TaskId
    title: _Title | None = None
    due: Annotated[Moment | None, Field(description="When it is due now; a day alone for that day.")] = None
    remove_due: Annotated[bool, Field(description="It is due at no time any more.")] = False

    @model_validator(mode="after")
    def _changes_something(self) -> "TaskToChange":
        if self.due is not None and self.remove_due:
            raise ValueError("either due or remove_due")
        if self.title is None and self.due is None and not self.remove_due:
            raise ValueError("nothing is to be changed: ask what")
        return self


class OneTask(Arguments):
    task_id: _TaskId


class TaskAsking:
    """Asks before tasks of the person who asks are changed."""

    def __init__(self, lark: LarkClient, vault: Vault, clock: Clock, asking: Asking) -> None:
        self._lark = lark
        self._vault = vault
        self._clock = clock
        self._asking = asking

    def tools(self) -> tuple[Tool, ...]:
        """Return the tools."""
        asking = AskingTools(self._vault, self._asking)

        def tool[A: Arguments](
            name: str, description: str, arguments: type[A], propose: Callable[[Asker, A], Proposal]
        ) -> Tool:
            words = f"Ask the person to confirm {description} It happens when the person presses, not before."
            return asking.tool(name, words, arguments, propose, _SCOPES)

        return (
            tool(CREATE, "a new task.", TaskToCreate, self._propose_new),
            tool(CHANGE, "another title or due time of a task.", TaskToChange, self._propose_change),
            tool(COMPLETE, "that a task is marked as completed.", OneTask, self._propose_completion),
            tool(REOPEN, "that a completed task is opened again.", OneTask, self._propose_reopening),
            tool(
                DELETE,
                "that a task is deleted for everybody, which cannot be undone.",
                OneTask,
                self._propose_deletion,
            ),
        )

    def _propose_new(self, asker: Asker, asked: TaskToCreate) -> Proposal:
        texts = texts_of(asker.turn)
        facts = [Fact(label=texts.labels["title"], text=asked.title)]
        if asked.due:
            facts.append(
                Fact(label=texts.labels["due"], text=moment_in_words(texts, moment_or_day(asked.due)))
            )
        if asked.responsible:
            facts.append(Fact(label=texts.labels["responsible"], people=asked.responsible))
        if asked.description:
            facts.append(Fact(label=texts.labels["description"], text=asked.description))
        return Proposal(CREATE, asked.model_dump(mode="json"), facts)

    def _propose_change(self, asker: Asker, asked: TaskToChange) -> Proposal:
        texts, task = texts_of(asker.turn), self._task(asker, asked.task_id)
        facts = _known(task, texts)
        if asked.title is not None:
            facts.append(Fact(label=texts.labels["new_title"], text=asked.title))
        if asked.due is not None:
            words = moment_in_words(texts, moment_or_day(asked.due))
            facts.append(Fact(label=texts.labels["new_due"], text=words))
        if asked.remove_due:
            facts.append(Fact(label=texts.labels["new_due"]))
        before = {"title": task.summary, "due": task.due and frozen_time(task.due)}
        after = {
            "title": before["title"] if asked.title is None else asked.title,
            "due": None if asked.remove_due else (asked.due or before["due"]),
        }
        return Proposal(CHANGE, {"task_id": task.guid, "before": before, "after": after}, facts)

    def _propose_completion(self, asker: Asker, asked: OneTask) -> Proposal:
        task = self._task(asker, asked.task_id)
        if task.completed_at is not None:
            raise ToolError("This task is completed already.")
        return _about(COMPLETE, task, texts_of(asker.turn))

    def _propose_reopening(self, asker: Asker, asked: OneTask) -> Proposal:
        task = self._task(asker, asked.task_id)
        if task.completed_at is None:
            raise ToolError("This task is open already.")
        return _about(REOPEN, task, texts_of(asker.turn))

    def _propose_deletion(self, asker: Asker, asked: OneTask) -> Proposal:
        return _about(DELETE, self._task(asker, asked.task_id), texts_of(asker.turn), warning="delete")

    def _task(self, asker: Asker, guid: str) -> Task:
        def read(token: str) -> Task:
            return Tasks(self._lark, self._clock, token, asker.turn.open_id).get(guid)

        try:
            return as_person(asker, self._vault, read)
        except LarkApiError as error:
            if error.outcome.reason != TASK_NOT_FOUND:
                raise
            raise ToolError("There is no such task: look with my_tasks.") from None


def _about(tool: str, task: Task, texts: PendingTexts, warning: str = "") -> Proposal:
    told = texts.warnings[warning] if warning else ""
    return Proposal(tool, {"task_id": task.guid, "before": state_of(task)}, _known(task, texts), told)


def _known(task: Task, texts: PendingTexts) -> list[Fact]:
    """Return what is told of a task that is there."""
    title = Fact(label=texts.labels["title"], text=task.summary)
    if task.due is None:
        return [title]
    return [title, Fact(label=texts.labels["due"], text=moment_in_words(texts, task.due))]
