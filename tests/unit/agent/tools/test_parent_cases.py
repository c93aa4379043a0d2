"""Who may change a parent's case, what is asked before, and what the press and the undoing do."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from larkbridge.agent.tools.tool import ToolError
from larkbridge.clock import HO_CHI_MINH
from larkbridge.errors import AwsUnavailableError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.routes import Scope
from larkbridge.store.pending_actions import PendingStatus
from larkbridge.store.submissions import Submission
from sandbox.faults import Fault
from tests.support.agent_tools import named
from tests.support.case_desk import CALLED, CASE, ENROLLED, NEW, PLACE, TABLES, CaseDesk
from tests.support.pending_world import AN, HUONG, OWN, STAFF_CHAT, PendingWorld

PARENT = "Nguyễn Thị Hà"
SAID = "hẹn thứ 7"


@pytest.fixture
def desk(environ: dict[str, str]) -> CaseDesk:
    return CaseDesk(environ)


def ask(desk: CaseDesk, form: Submission, /, **more: Any) -> Any:
    given: dict[str, Any] = {"submission_id": form.id, "status": CALLED, "note": SAID}
    return desk.ask("set_case", "đã gọi", **given | more)


def send_all(desk: CaseDesk) -> None:
    for delivery in desk.stored_changes():
        desk.send(delivery)


def cards(desk: CaseDesk) -> list[Any]:
    return [line for line in desk.lark.api.chat_view.lines(OWN) if line.buttons]


@pytest.mark.parametrize("tables", [None, TABLES.replace(CASE, "")])
def test_without_columns_for_cases_there_is_no_such_tool(environ: dict[str, str], tables: str | None) -> None:
    world = PendingWorld(environ) if tables is None else CaseDesk(environ, tables)
    assert "set_case" not in [tool.name for tool in world.tools]


def test_who_may_not_is_told_nothing_of_the_form(desk: CaseDesk) -> None:
    form = desk.form()
    desk.scopes = frozenset({Scope.READ, Scope.RETRY})
    with pytest.raises(ToolError, match="Not allowed") as refused:
        ask(desk, form)
    assert PARENT not in str(refused.value)


@pytest.mark.parametrize(
    "given", [{"note": ""}, {"status": ""}, {"submission_id": "../x"}, {"all": True}, {"note": "x" * 301}]
)
def test_wrong_arguments_are_refused(desk: CaseDesk, given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ask(desk, desk.form(), **given)


def test_what_cannot_be_done_is_not_asked(desk: CaseDesk) -> None:
    form = desk.form()
    for given, told in (
        ({"status": "Đã xong"}, f"one of: {NEW}, {CALLED}, {ENROLLED}"),
        ({"submission_id": "nothing"}, "no such form"),
        ({"note": " \n "}, "empty"),
    ):
        with pytest.raises(ToolError, match=told):
            ask(desk, form, **given)
    assert not cards(desk)


@pytest.mark.parametrize(
    ("lost", "told"), [("row", "no record"), ("record", "no longer in Lark"), ("type", "cannot be set")]
)
def test_form_that_lark_has_no_case_of_is_not_asked_about(desk: CaseDesk, lost: str, told: str) -> None:
    form = desk.form(row=lost != "row")
    if lost == "record":
        desk.bases.delete(*PLACE, "rec1")
    if lost == "type":
        desk.bases.retype_column(*PLACE, "fldStatus", 7)
        desk.bases.put(*PLACE, "rec1", {"Tình trạng": True})
    with pytest.raises(ToolError, match=told):
        ask(desk, form)
    assert not cards(desk)


def test_form_that_feeds_no_such_table_is_not_asked_about(environ: dict[str, str]) -> None:
    desk = CaseDesk(environ, TABLES.replace('"hold"', '"transfer"'))
    with pytest.raises(ToolError, match="stand in no table"):
        ask(desk, desk.form(row=False))


def test_case_gets_the_status_and_a_line_that_says_who_and_when(desk: CaseDesk) -> None:
    form = desk.form(note="phụ huynh gọi đến")
    told = ask(desk, form, note="hẹn\nthứ 7")
    text = desk.card().text
    for shown in (PARENT, NEW, CALLED, "hẹn thứ 7"):
        assert shown in text
    assert form.contact_phone not in json.dumps(told) + text
    assert desk.stored_changes() == []
    turn = desk.press("Đồng ý")
    at = desk.lark.clock.now().astimezone(HO_CHI_MINH)
    assert desk.stored(turn).status is PendingStatus.DONE
    assert desk.shown() == (NEW, ["phụ huynh gọi đến"])
    send_all(desk)
    (who,) = [one.name for one in desk.lark.api.contacts.people if one.open_id == AN]
    added = f"{at:%Y-%m-%d %H:%M}, {who}: hẹn thứ 7"
    assert desk.shown() == (CALLED, ["phụ huynh gọi đến", added])
    (line,) = desk.audited()
    assert (line["who"], line["what"], line["subject"]) == (AN, "set_case", form.id)


def test_only_who_asked_changes_it(desk: CaseDesk) -> None:
    ask(desk, desk.form())
    desk.press("Đồng ý", who=HUONG)
    assert desk.stored_changes() == []


def test_case_of_a_record_that_is_not_there_yet_is_changed_when_it_is(desk: CaseDesk) -> None:
    form = desk.form(record=False)
    ask(desk, form)
    desk.press("Đồng ý")
    send_all(desk)
    desk.push(form)
    send_all(desk)
    assert desk.shown()[0] == CALLED
    assert len(desk.shown()[1]) == 1


def test_case_that_staff_have_changed_meanwhile_is_left_alone(desk: CaseDesk) -> None:
    ask(desk, desk.form())
    desk.write(status=ENROLLED)
    turn = desk.press("Đồng ý")
    assert desk.stored(turn).status is PendingStatus.FAILED
    assert "đã bị thay đổi" in desk.card().text
    assert (desk.stored_changes(), desk.audited()) == ([], [])


@pytest.mark.parametrize(("lost", "told"), [("row", "không còn bản ghi"), ("record", "không còn trong Lark")])
def test_case_that_is_gone_meanwhile_is_said_to_be(desk: CaseDesk, lost: str, told: str) -> None:
    form = desk.form()
    ask(desk, form)
    if lost == "row":
        desk.remove_row(form)
    else:
        desk.bases.delete(*PLACE, "rec1")
    turn = desk.press("Đồng ý")
    assert desk.stored(turn).status is PendingStatus.FAILED
    assert told in desk.card().text
    assert desk.stored_changes() == []


def test_who_has_lost_the_right_meanwhile_changes_nothing(desk: CaseDesk) -> None:
    ask(desk, desk.form())
    desk.scopes = frozenset({Scope.READ})
    turn = desk.press("Đồng ý")
    assert desk.stored(turn).status is PendingStatus.FAILED
    assert "không còn quyền" in desk.card().text
    assert desk.stored_changes() == []


def test_press_that_meets_lark_down_is_taken_again(desk: CaseDesk) -> None:
    ask(desk, desk.form())
    turn = desk.pressed("Đồng ý")
    desk.bases.faults.set(Fault("down"))
    with pytest.raises(LarkApiError):
        desk.decisions.press(turn)
    desk.bases.faults.clear()
    desk.decisions.press(turn)
    assert desk.stored(turn).status is PendingStatus.DONE
    assert len(desk.stored_changes()) == 1


@pytest.mark.parametrize("label", ["Đồng ý", "Hoàn tác"])
@pytest.mark.parametrize("stops", ["add", "audit"])
def test_press_that_stops_half_way_has_one_effect_when_it_comes_again(
    desk: CaseDesk, monkeypatch: pytest.MonkeyPatch, label: str, stops: str
) -> None:
    ask(desk, desk.form())
    if label == "Hoàn tác":
        desk.press("Đồng ý")
        send_all(desk)
    before, lines = len(desk.stored_changes()), len(desk.audited())
    turn = desk.pressed(label)

    def stop(*_: Any) -> None:
        raise AwsUnavailableError("stopped")

    with monkeypatch.context() as stopped:
        if stops == "add":
            stopped.setattr("larkbridge.store.work_table.WorkTable.add", stop)
        else:
            stopped.setattr("larkbridge.store.audit_entries.AuditStore.add", stop)
        with pytest.raises(AwsUnavailableError):
            desk.decisions.press(turn)
    send_all(desk)
    desk.decisions.press(turn)
    send_all(desk)
    assert desk.stored(turn).status is (PendingStatus.DONE if label == "Đồng ý" else PendingStatus.UNDONE)
    assert (len(desk.stored_changes()), len(desk.audited())) == (before + 1, lines + 1)
    status, notes = desk.shown()
    assert (status, len(notes)) == ((CALLED, 1) if label == "Đồng ý" else (NEW, 0))


def test_pressed_twice_is_done_once(desk: CaseDesk) -> None:
    ask(desk, desk.form())
    turn = desk.press("Đồng ý")
    desk.decisions.press(turn)
    send_all(desk)
    assert len(desk.stored_changes()) == 1
    assert len(desk.shown()[1]) == 1


@pytest.mark.parametrize("sent_before", [False, True])
def test_it_is_undone_whether_it_has_reached_lark_or_not(desk: CaseDesk, sent_before: bool) -> None:
    ask(desk, desk.form())
    desk.press("Đồng ý")
    if sent_before:
        send_all(desk)
        assert desk.shown()[0] == CALLED
    turn = desk.press("Hoàn tác")
    assert desk.stored(turn).status is PendingStatus.UNDONE
    assert "Trạng thái cũ" in desk.card().text
    for delivery in reversed(desk.stored_changes()):
        desk.send(delivery)
    assert desk.shown() == (NEW, [])
    assert [line["what"] for line in desk.audited()] == ["set_case", "set_case_undone"]


def test_it_is_not_undone_after_ten_minutes(desk: CaseDesk) -> None:
    ask(desk, desk.form())
    desk.press("Đồng ý")
    send_all(desk)
    desk.lark.clock.advance(minutes=11)
    desk.press("Hoàn tác")
    send_all(desk)
    assert desk.shown()[0] == CALLED


def test_only_in_the_chats_of_staff_is_it_shown_to_all(desk: CaseDesk) -> None:
    form = desk.form()
    given = {"submission_id": form.id, "status": CALLED, "note": SAID}
    assert desk.result("set_case", **given).personal
    desk.lark.api.chats.groups[STAFF_CHAT] = desk.lark.api.chats.groups["oc_teachers"]
    desk.chat = STAFF_CHAT
    assert not desk.result("set_case", **given).personal


def test_the_model_is_told_which_statuses_there_are(desk: CaseDesk) -> None:
    tool = named(desk.tools, "set_case")
    assert f"hold: {NEW}, {CALLED}, {ENROLLED}" in tool.description
    assert tool.needs is Scope.WRITE
