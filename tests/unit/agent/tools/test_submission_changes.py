"""Who may have a form sent again or let go, what is asked before, and what the press does."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from larkbridge.agent.tools.tool import ToolError
from larkbridge.errors import AwsUnavailableError
from larkbridge.routes import Scope
from larkbridge.store.pending_actions import PendingAction, PendingStatus
from larkbridge.store.submissions import Submission
from larkbridge.store.work import Status
from tests.support.centre import STAFF_CHAT
from tests.support.pending_world import AN, OWN, PendingWorld
from tests.support.submissions import submission_at

PARENT = "Nguyễn Thị Hà"


class Desk(PendingWorld):
    """Staff who may send forms again, and the forms."""

    def __init__(self, environ: dict[str, str]) -> None:
        super().__init__(environ)
        self.scopes = frozenset({Scope.READ, Scope.RETRY})

    def form(self, status: Status, **more: Any) -> Submission:
        stored = submission_at(1)
        self.submissions.add(stored)
        return self.submissions.change(stored, {"status": status, **more})

    def now_stored(self, form: Submission) -> Submission:
        found = self.submissions.get(form.id)
        assert found is not None
        return found


@pytest.fixture
def desk(environ: dict[str, str]) -> Desk:
    return Desk(environ)


@pytest.mark.parametrize("name", ["retry_submission", "release_submission"])
def test_who_may_not_is_told_nothing_of_the_form(desk: Desk, name: str) -> None:
    form = desk.form(Status.FAILED)
    desk.scopes = frozenset({Scope.READ})
    with pytest.raises(ToolError, match="Not allowed") as refused:
        desk.ask(name, submission_id=form.id)
    assert PARENT not in str(refused.value)


@pytest.mark.parametrize("given", [{}, {"submission_id": "../x"}, {"submission_id": "a", "all": True}])
def test_wrong_arguments_are_refused(desk: Desk, given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        desk.ask("retry_submission", **given)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("retry_submission", Status.SENT),
        ("retry_submission", Status.HELD),
        ("retry_submission", Status.DISCARDED),
        ("release_submission", Status.FAILED),
    ],
)
def test_what_cannot_be_done_is_not_asked(desk: Desk, name: str, status: Status) -> None:
    with pytest.raises(ToolError, match=status):
        desk.ask(name, submission_id=desk.form(status).id)
    with pytest.raises(ToolError, match="no such form"):
        desk.ask(name, submission_id="nothing")
    assert not [line for line in desk.lark.api.chat_view.lines(OWN) if line.buttons]


@pytest.mark.parametrize("status", [Status.FAILED, Status.DEAD])
def test_a_failed_form_is_due_again_and_says_who_asked(desk: Desk, status: Status) -> None:
    form = desk.form(status)
    told = desk.ask("retry_submission", "gửi lại", submission_id=form.id)
    text = desk.card().text
    assert PARENT in text
    assert "Không hoàn tác được" in text
    assert form.contact_phone not in json.dumps(told) + text
    assert desk.now_stored(form).requested_by is None
    turn = desk.press("Đồng ý")
    after = desk.now_stored(form)
    assert after.status == Status.FAILED
    assert after.requested_by is not None
    assert (after.requested_by["key"], after.requested_by["owner"]) == ("chat", AN)
    (line,) = desk.audited()
    assert (line["who"], line["what"], line["subject"]) == (AN, "retry_submission", form.id)
    assert desk.stored(turn).undo_until is None


def test_a_press_that_stopped_after_the_move_moves_nothing_a_second_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = desk.form(Status.FAILED)
    desk.ask("retry_submission", "gửi lại", submission_id=form.id)
    turn = desk.pressed("Đồng ý")
    move = desk.actions.move

    def stop(seen: PendingAction, status: PendingStatus, **more: Any) -> PendingAction:
        if status is PendingStatus.DONE:
            raise AwsUnavailableError("stopped")
        return move(seen, status, **more)

    with monkeypatch.context() as stopped:
        stopped.setattr(desk.actions, "move", stop)
        with pytest.raises(AwsUnavailableError):
            desk.decisions.press(turn)
    desk.submissions.change(desk.now_stored(form), {"status": Status.SENT})
    desk.decisions.press(turn)
    assert desk.stored(turn).status is PendingStatus.DONE
    assert desk.now_stored(form).status == Status.SENT
    assert len(desk.audited()) == 1


def test_a_form_that_was_sent_meanwhile_is_not_sent_again(desk: Desk) -> None:
    form = desk.form(Status.FAILED)
    desk.ask("retry_submission", "gửi lại", submission_id=form.id)
    desk.submissions.change(form, {"status": Status.SENT})
    turn = desk.press("Đồng ý")
    assert desk.stored(turn).status is PendingStatus.FAILED
    assert desk.now_stored(form).status == Status.SENT
    assert desk.audited() == []


def test_who_has_lost_the_right_meanwhile_moves_nothing(desk: Desk) -> None:
    form = desk.form(Status.FAILED)
    desk.ask("retry_submission", "gửi lại", submission_id=form.id)
    desk.scopes = frozenset({Scope.READ})
    turn = desk.press("Đồng ý")
    assert desk.stored(turn).status is PendingStatus.FAILED
    assert "không còn quyền" in desk.card().text
    assert desk.now_stored(form).requested_by is None


def test_a_held_form_is_let_go(desk: Desk) -> None:
    form = desk.form(Status.HELD, held_for=["hidden field"])
    desk.ask("release_submission", "cho gửi", submission_id=form.id)
    assert "Phiếu bảo lưu" in desk.card().text
    desk.press("Đồng ý")
    after = desk.now_stored(form)
    assert (after.status, after.released_at is not None) == (Status.FAILED, True)
    with pytest.raises(ToolError, match="failed"):
        desk.ask("release_submission", submission_id=form.id)


def test_only_in_the_chats_of_staff_is_it_shown_to_all(desk: Desk) -> None:
    form = desk.form(Status.FAILED)
    assert desk.result("retry_submission", submission_id=form.id).personal
    desk.lark.api.chats.groups[STAFF_CHAT] = desk.lark.api.chats.groups["oc_teachers"]
    desk.chat = STAFF_CHAT
    assert not desk.result("retry_submission", submission_id=form.id).personal
    assert desk.card(STAFF_CHAT).buttons == ["Đồng ý", "Không"]
