"""A case in Lark Base: what is written there, whatever goes wrong and whoever else writes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from larkbridge.errors import AwsUnavailableError
from larkbridge.lark.base import BaseTable
from larkbridge.store.deliveries import Delivery
from larkbridge.store.submissions import Submission
from larkbridge.targets.case_note import CaseChange, new_case_change
from larkbridge.targets.lark_record import LANDING_TIME
from larkbridge.work.outcome import Verdict
from sandbox.faults import Fault
from tests.support.case_desk import CALLED, ENROLLED, NEW, NOTE, PLACE, STATUS, CaseDesk
from tests.support.clock import START

LINE = "2026-12-05 15:00, An: hẹn thứ 7"
LATER = "2026-12-05 15:05, Hương: đã đóng học phí"
MAY_BE_WRITTEN = [{"verdict": "unknown"}]


@pytest.fixture
def desk(environ: dict[str, str]) -> CaseDesk:
    return CaseDesk(environ)


def change_of(form: Submission, number: int = 1, **more: Any) -> CaseChange:
    known: dict[str, Any] = {
        "change_id": f"change-{number}",
        "at": f"2026-12-05T08:0{number}:00.000Z",
        "table": "holds",
        "row_id": form.id,
        "app_token": PLACE[0],
        "table_id": PLACE[1],
        "status_column": STATUS,
        "note_column": NOTE,
        "status": CALLED,
        "before": NEW,
        "line": LINE,
    }
    return CaseChange(**known | more)


def delivery_of(form: Submission, number: int = 1, **more: Any) -> Delivery:
    return new_case_change(change_of(form, number, **more), START)


def meanwhile(monkeypatch: pytest.MonkeyPatch, method: str, act: Callable[[], object]) -> None:
    """Let something happen once, just before Lark is called."""
    called, acts = getattr(BaseTable, method), [act]

    def call(self: BaseTable, *arguments: Any) -> Any:
        if acts:
            acts.pop()()
        return called(self, *arguments)

    monkeypatch.setattr(BaseTable, method, call)


def test_nothing_is_written_before_lark_has_the_record(desk: CaseDesk) -> None:
    form = desk.form(record=False)
    delivery = delivery_of(form)
    outcome = desk.send(delivery)
    assert (outcome.verdict, outcome.reason) == (Verdict.RETRY, "no_record_yet")
    desk.push(form)
    assert desk.send(delivery).verdict is Verdict.OK
    assert desk.shown() == (CALLED, [LINE])


@pytest.mark.parametrize("was_there", [False, True])
def test_row_that_is_gone_ends_it(desk: CaseDesk, was_there: bool) -> None:
    form = desk.form(row=was_there)
    if was_there:
        desk.remove_row(form)
    outcome = desk.send(delivery_of(form))
    assert (outcome.verdict, outcome.reason) == (Verdict.REJECT, "row_not_found")


def test_record_that_lark_misses_is_looked_for_again_and_found_when_it_is_made_anew(desk: CaseDesk) -> None:
    form = desk.form()
    desk.bases.delete(*PLACE, "rec1")
    delivery = delivery_of(form)
    outcome = desk.send(delivery)
    assert (outcome.verdict, outcome.reason, outcome.refused) == (Verdict.RETRY, "record_not_found", True)
    desk.push(form, "rec2")
    assert desk.send(delivery).verdict is Verdict.OK
    assert desk.shown("rec2") == (CALLED, [LINE])


def test_column_that_is_gone_ends_it(desk: CaseDesk) -> None:
    form = desk.form()
    desk.bases.remove_column(*PLACE, "fldNote")
    outcome = desk.send(delivery_of(form))
    assert (outcome.verdict, outcome.reason) == (Verdict.REJECT, "field_not_found")


def test_column_of_another_type_ends_it(desk: CaseDesk) -> None:
    form = desk.form()
    desk.bases.retype_column(*PLACE, "fldNote", 7)
    desk.bases.put(*PLACE, "rec1", {NOTE: True})
    outcome = desk.send(delivery_of(form))
    assert (outcome.verdict, outcome.reason) == (Verdict.REJECT, "wrong_field_type")


@pytest.mark.parametrize("method", ["get_one", "update"])
def test_attempt_that_stops_between_reading_and_writing_is_made_good_by_the_next(
    desk: CaseDesk, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    form = desk.form(note="phụ huynh gọi đến")
    delivery = delivery_of(form)

    def stop() -> None:
        raise KeyboardInterrupt

    meanwhile(monkeypatch, method, stop)
    with pytest.raises(KeyboardInterrupt):
        desk.send(delivery)
    assert desk.shown() == (NEW, ["phụ huynh gọi đến"])
    desk.lark.clock.advance(minutes=2)
    assert desk.send(delivery).verdict is Verdict.OK
    assert desk.shown() == (CALLED, ["phụ huynh gọi đến", LINE])


def test_lost_answer_adds_no_second_line(desk: CaseDesk) -> None:
    delivery = delivery_of(desk.form())
    desk.bases.write_faults.set(Fault("answer_lost", times=1))
    outcome = desk.send(delivery)
    assert (outcome.verdict, outcome.retry_after) == (Verdict.UNKNOWN, LANDING_TIME)
    again = desk.send(replace(delivery, attempts=MAY_BE_WRITTEN))
    assert (again.verdict, again.reason) == (Verdict.OK, "up_to_date")
    assert desk.shown() == (CALLED, [LINE])


def test_what_was_done_is_not_done_twice(desk: CaseDesk) -> None:
    delivery = delivery_of(desk.form())
    for reason in ("updated", "up_to_date"):
        assert desk.send(delivery).reason == reason
    assert desk.shown() == (CALLED, [LINE])


def test_what_may_still_come_about_keeps_others_waiting(desk: CaseDesk) -> None:
    form = desk.form()
    desk.bases.write_faults.set(Fault("answer_lost", times=1))
    assert desk.send(delivery_of(form)).verdict is Verdict.UNKNOWN
    other = delivery_of(form, 2, line=LATER)
    assert desk.send(other).reason == "another_change"
    desk.lark.clock.advance(minutes=2)
    assert desk.send(other).verdict is Verdict.OK
    assert desk.shown() == (CALLED, [LINE, LATER])


def test_two_at_once_lose_no_line(desk: CaseDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    form = desk.form()
    other, met = delivery_of(form, 2, status=ENROLLED, line=LATER), list[str]()
    meanwhile(monkeypatch, "update", lambda: met.append(desk.target.send(other).reason))
    assert desk.send(delivery_of(form)).verdict is Verdict.OK
    assert met == ["another_change"]
    assert desk.send(other).verdict is Verdict.OK
    assert desk.shown() == (ENROLLED, [LINE, LATER])


def test_older_change_that_comes_late_adds_its_line_and_leaves_the_status(desk: CaseDesk) -> None:
    form = desk.form()
    desk.send(delivery_of(form, 2, status=ENROLLED, line=LATER))
    desk.send(delivery_of(form, 1))
    assert desk.shown() == (ENROLLED, [LATER, LINE])


def test_change_that_is_taken_back_leaves_everything_as_it_was(desk: CaseDesk) -> None:
    form = desk.form(note="phụ huynh gọi đến")
    desk.send(delivery_of(form))
    back = delivery_of(form, taken_back=True)
    for _ in range(2):
        assert desk.send(back).verdict is Verdict.OK
        assert desk.shown() == (NEW, ["phụ huynh gọi đến"])


def test_status_that_was_empty_is_empty_again(desk: CaseDesk) -> None:
    form = desk.form(status="")
    desk.send(delivery_of(form, before=""))
    assert desk.shown() == (CALLED, [LINE])
    desk.send(delivery_of(form, before="", taken_back=True))
    assert desk.shown() == ("", [])


def test_what_staff_have_changed_since_is_left_alone(desk: CaseDesk) -> None:
    form = desk.form()
    desk.send(delivery_of(form))
    desk.write(status=ENROLLED, note=f"{LINE}, lúc 9 giờ")
    desk.send(delivery_of(form, taken_back=True))
    assert desk.shown() == (ENROLLED, [f"{LINE}, lúc 9 giờ"])


def test_earlier_change_that_is_taken_back_leaves_the_later_ones_status(desk: CaseDesk) -> None:
    form = desk.form()
    desk.send(delivery_of(form))
    desk.send(delivery_of(form, 2, before=CALLED, line=LATER))
    desk.send(delivery_of(form, taken_back=True))
    assert desk.shown() == (CALLED, [LATER])


def test_change_that_was_taken_back_before_it_was_made_is_not_made(desk: CaseDesk) -> None:
    form = desk.form()
    desk.send(delivery_of(form, taken_back=True))
    assert desk.send(delivery_of(form)).reason == "superseded"
    assert desk.shown() == (NEW, [])


def test_change_that_may_have_been_made_after_it_was_taken_back_is_taken_back_again(desk: CaseDesk) -> None:
    form = desk.form()
    desk.send(delivery_of(form, taken_back=True))
    desk.write(status=CALLED, note=LINE)
    desk.send(replace(delivery_of(form), attempts=MAY_BE_WRITTEN))
    assert desk.shown() == (NEW, [])


def test_taken_back_while_it_is_being_made(desk: CaseDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    form = desk.form()
    back, met = delivery_of(form, taken_back=True), list[str]()
    meanwhile(monkeypatch, "update", lambda: met.append(desk.target.send(back).reason))
    desk.send(delivery_of(form))
    assert met == ["another_change"]
    desk.send(back)
    assert desk.shown() == (NEW, [])


@pytest.mark.parametrize("record", ["none yet", "gone"])
def test_there_is_nothing_to_take_back_without_a_record(desk: CaseDesk, record: str) -> None:
    form = desk.form(record=record == "gone")
    if record == "gone":
        desk.bases.delete(*PLACE, "rec1")
    assert desk.send(delivery_of(form, taken_back=True)).reason == "nothing_to_take_back"


@pytest.mark.parametrize("method", ["put", "take_turn", "results"])
def test_nothing_is_written_while_aws_is_down(
    desk: CaseDesk, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    form = desk.form()

    def fail(*_: Any, **__: Any) -> None:
        raise AwsUnavailableError("down")

    with monkeypatch.context() as down:
        down.setattr(desk.states, method, fail)
        outcome = desk.send(delivery_of(form))
    assert (outcome.verdict, outcome.reason) == (Verdict.RETRY, "aws_unavailable")
    assert desk.shown() == (NEW, [])


def test_turn_that_cannot_be_ended_ends_by_itself(desk: CaseDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    form = desk.form()

    def fail(*_: Any) -> None:
        raise AwsUnavailableError("down")

    with monkeypatch.context() as down:
        down.setattr(desk.states, "end_turn", fail)
        assert desk.send(delivery_of(form)).verdict is Verdict.OK
    other = delivery_of(form, 2, line=LATER)
    assert desk.send(other).reason == "another_change"
    desk.lark.clock.advance(minutes=2)
    assert desk.send(other).verdict is Verdict.OK


def test_refusal_is_passed_on(desk: CaseDesk) -> None:
    form = desk.form()
    desk.bases.closed.add(PLACE[0])
    assert desk.send(delivery_of(form)).verdict is Verdict.REJECT


def test_change_and_its_being_taken_back_are_two_deliveries_however_often_they_are_made(
    desk: CaseDesk,
) -> None:
    form = desk.form()
    ids = [delivery_of(form, taken_back=back).id for back in (False, True, False, True)]
    assert len({*ids}) == 2
    assert ids[:2] == ids[2:]
