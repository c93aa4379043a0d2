"""A held form that corrects an earlier one takes its place once an admin lets it go."""

from contextlib import suppress
from typing import Any, Literal

import pytest

from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from sandbox.faults import Fault
from sandbox.local_tables import lark_tables
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.forms import FORMS
from tests.support.world import Answer, World

RELEASE, RELEASE_MANY = "POST /v1/submissions/{submissionId}/release", "POST /v1/submissions/release"
DISCARD, RESTORE = "POST /v1/submissions/discard", "POST /v1/submissions/restore"
HOLD, STUDENT_INFO = FormType.HOLD, FormType.STUDENT_INFO
DONE = {"dryRun": False, "skipped": 0, "cursor": None}


def post(world: World, form_type: FormType = HOLD, **fields: Any) -> str:
    answer = world.post(form_type, FORMS[form_type] | fields)
    assert answer.status == 200
    return answer.body["submissionId"]


def fail_to_post(world: World, **fields: Any) -> str:
    """Post a form that Lark does not get."""
    world.lark.faults.set(Fault("down", times=1))
    return post(world, **fields)


def hold(world: World, replaces: str, **fields: Any) -> str:
    """Post a correction that is held, a second after what was posted before."""
    world.clock.advance(seconds=1)
    return post(world, replaces=replaces, phu_luc="robot", **fields)


def release(world: World, submission_id: str) -> Answer:
    return world.call_admin(RELEASE, submission_id=submission_id)


def replaced_in_lark(world: World, submission_id: str) -> str:
    (run,) = [run for run in world.lark.runs if run.payload["submissionId"] == submission_id]
    return run.payload["replaces"]


def outcome(world: World, submission_id: str) -> tuple[Status, str | None, int]:
    stored = world.stored(submission_id)
    return stored.status, stored.replaced_by, world.runs_of(submission_id)


@pytest.mark.parametrize("way", ["one", "many", "restored"])
def test_what_lark_does_not_have_is_replaced_with_the_release_and_never_sent(world: World, way: str) -> None:
    original = fail_to_post(world)
    newer = hold(world, original)
    if way == "one":
        assert release(world, newer).status == 200
    elif way == "many":
        assert world.call_admin(RELEASE_MANY, body={"larkStatus": "held"}).body == DONE | {"released": 1}
    else:
        world.call_admin(DISCARD, body={"ids": [newer]})
        assert world.call_admin(RESTORE, body={"ids": [newer]}).body == DONE | {"restored": 1}
    assert outcome(world, original) == (Status.REPLACED, newer, 0)
    world.let_retry_run()
    assert outcome(world, original) == (Status.REPLACED, newer, 0)
    assert outcome(world, newer) == (Status.SENT, None, 1)
    assert replaced_in_lark(world, newer) == original


def test_what_lark_has_stays_and_lark_hears_what_is_replaced(world: World) -> None:
    original = post(world)
    newer = hold(world, original)
    release(world, newer)
    world.let_retry_run()
    assert outcome(world, original) == (Status.SENT, newer, 1)
    assert replaced_in_lark(world, newer) == original


def test_one_that_is_sent_while_its_correction_is_held_is_what_lark_hears_of(world: World) -> None:
    """The one between was not there yet when its correction came, and is when that is let go."""
    first = post(world)
    second = fail_to_post(world, reason="Hai", replaces=first)
    third = hold(world, second)
    world.let_retry_run()
    release(world, third)
    world.let_retry_run()
    assert replaced_in_lark(world, third) == second


@pytest.mark.parametrize("is_cut_off", [False, True])
def test_one_that_is_being_sent_is_marked_and_not_sent_a_second_time(
    world: World, *, is_cut_off: bool
) -> None:
    original = fail_to_post(world)
    newer = hold(world, original)
    world.clock.advance(hours=1)
    claimed = world.form_sending.attempts.claim(world.stored(original), "drain")
    assert claimed is not None
    assert release(world, newer).status == 200
    assert outcome(world, original) == (Status.SENDING, newer, 0)
    if not is_cut_off:
        world.form_sending.attempts.attempt(claimed)
    world.let_retry_run()
    status, runs = (Status.REPLACED, 0) if is_cut_off else (Status.SENT, 1)
    assert outcome(world, original) == (status, newer, runs)
    assert replaced_in_lark(world, newer) == original


def test_another_phone_number_replaces_nothing(world: World) -> None:
    original = fail_to_post(world)
    newer = hold(world, original, parentPhone="0987 654 321")
    release(world, newer)
    world.let_retry_run()
    assert [outcome(world, one) for one in (original, newer)] == [(Status.SENT, None, 1)] * 2
    assert replaced_in_lark(world, newer) == ""


def test_held_one_is_replaced_by_its_held_correction(world: World) -> None:
    first = fail_to_post(world)
    second = hold(world, first, reason="Hai")
    third = hold(world, second, reason="Ba")
    assert [release(world, one).status for one in (third, second)] == [200, 409]
    assert outcome(world, second) == (Status.REPLACED, third, 0)


def test_later_correction_that_is_let_go_first_stays(world: World) -> None:
    original = fail_to_post(world)
    older, newer = hold(world, original, reason="Hai"), hold(world, original, reason="Ba")
    answers = [release(world, one) for one in (newer, older)]
    assert [answer.status for answer in answers] == [200, 409]
    assert answers[1].body["message"] == "a later form has corrected the same one"
    world.let_retry_run()
    assert outcome(world, original) == (Status.REPLACED, newer, 0)
    assert outcome(world, newer) == (Status.SENT, None, 1)
    assert outcome(world, older) == (Status.HELD, None, 0)


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("number", range(6))
def test_release_that_stops_anywhere_sends_one_of_both(
    world: World, number: int, side: Literal["before", "after"]
) -> None:
    original = fail_to_post(world)
    newer = hold(world, original)
    with world.watch(Calls(stop_at=(number, side))), suppress(ProcessStoppedError):
        release(world, newer)
    release(world, newer)
    world.let_retry_run()
    assert outcome(world, original) == (Status.REPLACED, newer, 0)
    assert outcome(world, newer) == (Status.SENT, None, 1)


def test_row_that_cannot_be_made_does_not_keep_the_original_from_being_replaced(world: World) -> None:
    original = fail_to_post(world, form_type=STUDENT_INFO)
    newer = hold(world, original, form_type=STUDENT_INFO)
    world.restart(FORM_FEEDS="student-info", LARK_TABLES=lark_tables(), SOURCE_ROWS_TABLE="gone")
    assert release(world, newer).status == 200
    assert outcome(world, original) == (Status.REPLACED, newer, 0)


@pytest.mark.parametrize("was_held", [False, True])
@pytest.mark.parametrize("by_ids", [False, True])
def test_discarded_one_that_was_corrected_is_not_restored_and_becomes_no_row(
    world: World, *, was_held: bool, by_ids: bool
) -> None:
    world.restart(FORM_FEEDS="student-info", LARK_TABLES=lark_tables())
    if was_held:
        original = post(world, STUDENT_INFO, phu_luc="robot")
    else:
        original = fail_to_post(world, form_type=STUDENT_INFO)
    world.call_admin(DISCARD, body={"ids": [original]})
    newer = post(world, STUDENT_INFO, replaces=original)
    before = rows(world)
    asked = {"ids": [original]} if by_ids else {"formType": "student-info"}
    answer = world.call_admin(RESTORE, body=asked)
    assert answer.body == DONE | {"restored": 0, "skipped": 1}
    assert rows(world) == before
    assert outcome(world, original) == (Status.DISCARDED, newer, 0)


def rows(world: World) -> list[str]:
    return list(SourceRowStore(world.environ["SOURCE_ROWS_TABLE"]).waiting("students"))
