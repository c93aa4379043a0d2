"""What is asked before a task is made or changed, and what the press does and takes back."""

from datetime import date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from larkbridge.agent.tools.tool import ToolError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.task_values import TaskChange
from larkbridge.lark.tasks import Tasks
from larkbridge.store.pending_actions import PendingStatus
from sandbox.faults import Fault
from tests.support.pending_world import AN, HUONG, PendingWorld

DUE = datetime.fromisoformat("2026-12-04T17:00:00+07:00")


@pytest.fixture
def world(environ: dict[str, str]) -> PendingWorld:
    return PendingWorld(environ)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("create_task", {}),
        ("create_task", {"title": "  "}),
        ("create_task", {"title": "Gọi", "due": "2026-13-01"}),
        ("create_task", {"title": "Gọi", "responsible": ["Hương"]}),
        ("create_task", {"title": "Gọi", "description": "x" * 601}),
        ("change_task", {"task_id": "t-1"}),
        ("change_task", {"task_id": "t-1", "title": "\u200b"}),
        ("change_task", {"task_id": "t-1", "due": "2026-12-04", "remove_due": True}),
        ("delete_task", {"task_id": "../1"}),
        ("complete_task", {"task_id": "t-1", "all": True}),
    ],
)
def test_wrong_arguments_are_refused(world: PendingWorld, name: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        world.ask(name, **arguments)


def test_a_task_is_made_and_deleted_again(world: PendingWorld) -> None:
    world.ask("create_task", "nhắc", title="Gọi chị Lan", due="2026-12-04", responsible=[AN, HUONG])
    assert "Hạn: Thứ Sáu 04/12/2026" in world.card().text
    assert world.tasks() == []
    world.press("Đồng ý")
    assert world.tasks() == ["Gọi chị Lan"]
    world.press("Hoàn tác")
    assert world.tasks() == []


def test_a_title_of_several_lines_makes_no_fact_and_is_stored_as_shown(world: PendingWorld) -> None:
    world.ask("create_task", "nhắc", title="Gọi\nHạn: mai")
    assert "Tiêu đề: Gọi Hạn: mai" in world.card().text.split("\n")
    world.press("Đồng ý")
    assert world.tasks() == ["Gọi Hạn: mai"]


def test_a_task_is_changed_and_changed_back(world: PendingWorld) -> None:
    task = world.task("Gọi chị Lan", DUE)
    world.ask("change_task", "sửa", task_id=task.guid, title="Gọi anh Nam", remove_due=True)
    world.press("Đồng ý")
    changed = _tasks(world).get(task.guid)
    assert (changed.summary, changed.due) == ("Gọi anh Nam", None)
    world.press("Hoàn tác")
    back = _tasks(world).get(task.guid)
    assert (back.summary, back.due) == ("Gọi chị Lan", DUE)


def test_a_due_day_that_was_not_there_goes_away_again(world: PendingWorld) -> None:
    task = world.task("Gọi chị Lan")
    world.ask("change_task", "sửa", task_id=task.guid, due="2026-12-31")
    world.press("Đồng ý")
    assert _tasks(world).get(task.guid).due == date(2026, 12, 31)
    world.press("Hoàn tác")
    assert _tasks(world).get(task.guid).due is None


def test_a_task_that_somebody_changed_meanwhile_stays_as_it_is(world: PendingWorld) -> None:
    task = world.task("Gọi chị Lan", DUE)
    world.ask("change_task", "sửa", task_id=task.guid, title="Gọi anh Nam")
    _tasks(world).change(task.guid, TaskChange(summary="Gọi cô Mai"))
    turn = world.press("Đồng ý")
    assert world.stored(turn).status is PendingStatus.FAILED
    assert world.tasks() == ["Gọi cô Mai"]


def test_a_task_is_completed_and_reopened(world: PendingWorld) -> None:
    task = world.task("Gọi chị Lan", DUE)
    world.ask("complete_task", "xong", task_id=task.guid)
    world.press("Đồng ý")
    assert world.tasks(completed=True) == ["Gọi chị Lan"]
    world.press("Hoàn tác")
    assert world.tasks(completed=False) == ["Gọi chị Lan"]
    with pytest.raises(ToolError, match="open already"):
        world.ask("reopen_task", task_id=task.guid)


def test_a_completed_task_is_reopened_and_completed_again(world: PendingWorld) -> None:
    task = world.task("Gọi chị Lan", DUE)
    _tasks(world).complete(task.guid)
    with pytest.raises(ToolError, match="completed already"):
        world.ask("complete_task", task_id=task.guid)
    world.ask("reopen_task", "mở lại", task_id=task.guid)
    world.press("Đồng ý")
    assert world.tasks(completed=False) == ["Gọi chị Lan"]
    world.press("Hoàn tác")
    assert world.tasks(completed=True) == ["Gọi chị Lan"]


def test_a_deleted_task_is_gone_for_good_and_the_card_said_so(world: PendingWorld) -> None:
    task = world.task("Gọi chị Lan", DUE)
    world.ask("delete_task", "xoá", task_id=task.guid)
    assert "công việc bị xoá với tất cả mọi người" in world.card().text
    world.press("Đồng ý")
    assert world.tasks() == []
    assert world.card().buttons == []
    with pytest.raises(ToolError, match="no such task"):
        world.ask("delete_task", task_id=task.guid)


@pytest.mark.parametrize("tool", ["complete_task", "delete_task", "reopen_task"])
def test_a_task_that_has_another_title_meanwhile_stays_as_it_is(world: PendingWorld, tool: str) -> None:
    task = world.task("Gọi chị Lan", DUE)
    if tool == "reopen_task":
        _tasks(world).complete(task.guid)
    world.ask(tool, "làm", task_id=task.guid)
    _tasks(world).change(task.guid, TaskChange(summary="Nộp báo cáo"))
    turn = world.press("Đồng ý")
    assert world.stored(turn).status is PendingStatus.FAILED
    assert "đã bị thay đổi từ lúc tôi hỏi" in world.card().text
    assert world.tasks(completed=tool == "reopen_task") == ["Nộp báo cáo"]


def test_what_somebody_else_completed_is_not_opened_by_an_undo(world: PendingWorld) -> None:
    task = world.task("Gọi chị Lan", DUE)
    world.ask("complete_task", "xong", task_id=task.guid)
    _tasks(world).complete(task.guid)
    turn = world.press("Đồng ý")
    assert world.stored(turn).status is PendingStatus.FAILED
    assert world.card().buttons == []
    assert world.tasks(completed=True) == ["Gọi chị Lan"]


def test_a_completion_whose_answer_is_lost_is_done_and_undone(
    world: PendingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete = Tasks.complete

    def unheard(tasks: Tasks, guid: str) -> None:
        world.lark.api.tasks.faults.set(Fault("answer_lost", times=1))
        complete(tasks, guid)

    task = world.task("Gọi chị Lan", DUE)
    world.ask("complete_task", "xong", task_id=task.guid)
    turn = world.pressed("Đồng ý")
    with monkeypatch.context() as losing:
        losing.setattr(Tasks, "complete", unheard)
        with pytest.raises(LarkApiError):
            world.decisions.press(turn)
    world.decisions.press(turn)
    assert world.stored(turn).status is PendingStatus.DONE
    world.press("Hoàn tác")
    assert world.tasks(completed=False) == ["Gọi chị Lan"]


def test_a_new_task_that_somebody_has_changed_is_not_deleted_by_an_undo(world: PendingWorld) -> None:
    world.ask("create_task", "nhắc", title="Gọi")
    turn = world.press("Đồng ý")
    guid = world.stored(turn).progress["task_id"]
    _tasks(world).change(guid, TaskChange(summary="Đề thi cuối kỳ"))
    turn = world.press("Hoàn tác")
    assert world.stored(turn).status is PendingStatus.DONE
    assert "đã bị thay đổi từ lúc tôi hỏi" in world.card().text
    assert world.tasks() == ["Đề thi cuối kỳ"]


def _tasks(world: PendingWorld) -> Tasks:
    return Tasks(world.lark.client, world.lark.clock, world.vault.access_token(AN), AN)
