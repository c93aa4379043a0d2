"""Tasks of people: who is a member, what a change changes, and deletion."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from larkbridge.lark.task_values import NewTask, TaskChange
from larkbridge.lark.tasks import Tasks
from larkbridge.work.outcome import Verdict
from sandbox.faults import Fault
from sandbox.lark.scopes import EVERY_SCOPE
from sandbox.lark.tasks import PERSON
from tests.support.clock import SimulatedClock
from tests.support.lark import Platform, ScriptedLark, lark_client, refused

USER_TOKEN = "u-person"
DUE = datetime(2026, 9, 3, 10, 30, 0, 250_000, UTC)
CALL = NewTask(summary="Gọi phụ huynh", description="Sau 17 giờ", due=DUE, assignees=(PERSON,))


@pytest.fixture
def lark() -> Platform:
    return Platform()


def tasks_of(lark: Platform, open_id: str) -> Tasks:
    token = lark.api.tokens.user_tokens.issue(open_id, EVERY_SCOPE)
    return Tasks(lark.client, lark.clock, token, open_id)


@pytest.fixture
def tasks(lark: Platform) -> Tasks:
    return tasks_of(lark, PERSON)


def test_a_person_without_an_id_makes_no_task() -> None:
    for user_token, asker in ((USER_TOKEN, ""), (None, PERSON)):
        with pytest.raises(ValueError, match="together"):
            Tasks(lark_client(ScriptedLark().network), SimulatedClock(), user_token, asker)


@pytest.mark.parametrize(
    ("assignees", "followers", "expected"),
    [
        ((), (), ((PERSON,), ())),
        ((PERSON, PERSON), (), ((PERSON,), ())),
        (("ou_2",), (), (("ou_2",), (PERSON,))),
        (("ou_2",), (PERSON, "ou_2", "ou_3"), (("ou_2",), (PERSON, "ou_3"))),
    ],
)
def test_who_asks_for_a_task_is_a_member_and_may_change_it(
    tasks: Tasks, assignees: tuple[str, ...], followers: tuple[str, ...], expected: Any
) -> None:
    made = tasks.create(NewTask(summary="Gọi", assignees=assignees, followers=followers), "key")
    assert (made.assignees, made.followers) == expected
    assert tasks.change(made.guid, TaskChange(summary="Nhắn")).summary == "Nhắn"


def test_the_app_makes_tasks_of_nobody(lark: Platform) -> None:
    made = Tasks(lark.client, lark.clock).create(NewTask(summary="Gọi"), "key")
    assert (made.assignees, made.followers) == ((), ())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (TaskChange(summary="Nhắn"), {"summary": "Nhắn"}),
        (TaskChange(description="x"), {"description": "x"}),
        (TaskChange(due=date(2026, 9, 4)), {"due": date(2026, 9, 4)}),
        (TaskChange(due=DUE.replace(hour=23)), {"due": DUE.replace(hour=23, microsecond=0)}),
        (TaskChange(cleared=frozenset({"due"})), {"due": None}),
        (
            TaskChange(summary="x", cleared=frozenset({"due", "description"})),
            {"summary": "x", "due": None, "description": ""},
        ),
    ],
)
def test_a_change_changes_what_it_names(tasks: Tasks, change: TaskChange, expected: dict[str, Any]) -> None:
    made = tasks.create(CALL, "key")
    changed = tasks.change(made.guid, change)
    assert {name: getattr(changed, name) for name in expected} == expected
    untouched = {"summary", "description", "due", "assignees", "completed_at"} - expected.keys()
    assert all(getattr(changed, name) == getattr(made, name) for name in untouched)
    assert tasks.change(made.guid, change) == tasks.get(made.guid) == changed


def test_a_change_names_what_it_writes_and_what_it_clears() -> None:
    lark = ScriptedLark({"code": 0, "data": {"task": {"guid": "g"}}})
    tasks = Tasks(lark_client(lark.network), SimulatedClock(), USER_TOKEN, PERSON)
    tasks.change("g", TaskChange(summary="x", cleared=frozenset({"due"})))
    assert json.loads(lark.calls[0].content) == {
        "task": {"summary": "x"},
        "update_fields": ["summary", "due"],
    }


@pytest.mark.parametrize("change", [{}, {"due": DUE, "cleared": frozenset({"due"})}])
def test_a_change_of_nothing_is_none(change: Any) -> None:
    with pytest.raises(ValueError, match="a change"):
        TaskChange(**change)


def test_a_task_of_somebody_else_is_neither_read_nor_changed(lark: Platform, tasks: Tasks) -> None:
    guid = tasks_of(lark, "ou_2").create(NewTask(summary="x"), "key").guid
    calls = (lambda: tasks.get(guid), lambda: tasks.complete(guid), lambda: tasks.delete(guid))
    assert [refused(call).lark_code for call in calls] == [1470403] * 3


def test_one_token_makes_a_task_for_each_person(lark: Platform, tasks: Tasks) -> None:
    other = tasks_of(lark, "ou_2")
    assert tasks.create(CALL, "key").guid != other.create(CALL, "key").guid


def test_a_task_is_deleted_once(lark: Platform, tasks: Tasks) -> None:
    guid = tasks.create(CALL, "key").guid
    lark.api.faults["tasks"].set(Fault("answer_lost", times=1))
    assert refused(lambda: tasks.delete(guid)).verdict is Verdict.UNKNOWN
    tasks.delete(guid)
    assert lark.api.tasks.tasks == {}
