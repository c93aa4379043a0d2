"""A form that corrects an earlier one takes its place: Lark gets the newer one from then on."""

import json
from typing import Any

import pytest

from larkbridge.forms.hold import HoldRequest
from larkbridge.settings import SubmitFormSettings
from larkbridge.store.submissions import FormType, Submission
from larkbridge.store.work import Status
from larkbridge.wiring.submitting import submit_form
from sandbox.faults import Fault
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.clock import EndingClock
from tests.support.forms import FORMS, json_event
from tests.support.world import Context, World

HOLD = FormType.HOLD
FORM = FORMS[HOLD]
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def post(world: World, **fields: Any) -> str:
    """Post a form and return its id."""
    answer = world.post(HOLD, FORM | fields)
    assert answer.status == 200
    return answer.body["submissionId"]


def fail_to_post(world: World, **fields: Any) -> str:
    """Post a form that Lark does not get."""
    world.lark.faults.set(Fault("down", times=1))
    return post(world, **fields)


def sent_payload(world: World, submission_id: str) -> dict[str, Any]:
    (run,) = [run for run in world.lark.runs if run.payload["submissionId"] == submission_id]
    return run.payload


def is_replaced(submission: Submission, newer: str) -> bool:
    return (submission.status, submission.replaced_by, submission.next_attempt_at) == (
        Status.REPLACED,
        newer,
        None,
    )


def test_form_that_corrects_nothing_says_so_to_lark(world: World) -> None:
    assert sent_payload(world, post(world))["replaces"] == ""


def test_lark_hears_what_is_replaced_of_what_it_has(world: World) -> None:
    original = post(world)
    newer = post(world, reason="Sửa", replaces=original)
    assert sent_payload(world, newer)["replaces"] == original
    assert world.stored(original).status == Status.SENT
    assert json.loads(world.stored(newer).payload)["replaces"] == original


def test_what_lark_does_not_have_is_never_sent(world: World) -> None:
    original = fail_to_post(world)
    newer = post(world, reason="Sửa", replaces=original)
    world.let_retry_run()
    assert is_replaced(world.stored(original), newer)
    assert world.runs_of(original) == 0
    assert sent_payload(world, newer)["replaces"] == original


@pytest.mark.parametrize("original", ["dead", "cut_off", "discarded"])
def test_whatever_kept_the_original_from_lark_it_is_not_sent(world: World, original: str) -> None:
    submission_id = {"dead": _dead, "cut_off": _cut_off, "discarded": _discarded}[original](world)
    newer = post(world, reason="Sửa", replaces=submission_id)
    world.call_admin("POST /v1/submissions/restore", body={"ids": [submission_id]})
    world.let_retry_run()
    stored = world.stored(submission_id)
    assert stored.replaced_by == newer
    assert stored.status == (Status.DISCARDED if original == "discarded" else Status.REPLACED)
    assert world.runs_of(submission_id) == 0


def _dead(world: World) -> str:
    submission_id = fail_to_post(world)
    stored = world.stored(submission_id)
    world.submissions.change(stored, {"status": Status.DEAD, "next_attempt_at": None})
    return submission_id


def _cut_off(world: World) -> str:
    world.post(HOLD, idempotency_key="warm")
    with world.watch(Calls((2, "before"))), pytest.raises(ProcessStoppedError):
        world.post(HOLD, idempotency_key="cut-off")
    (summary,) = world.submissions.backlog([HOLD])
    world.clock.advance(minutes=10)
    return summary.submission_id


def _discarded(world: World) -> str:
    submission_id = fail_to_post(world)
    world.call_admin("POST /v1/submissions/discard", body={"ids": [submission_id]})
    return submission_id


def test_one_that_is_being_sent_is_marked_and_not_sent_a_second_time(world: World) -> None:
    """Its process died a moment ago, so that it may still be under way for all that anybody knows."""
    original = _cut_off_a_moment_ago(world)
    newer = post(world, reason="Sửa", replaces=original)
    assert (world.stored(original).status, world.stored(original).replaced_by) == (Status.PENDING, newer)
    world.let_retry_run()
    assert is_replaced(world.stored(original), newer)
    assert world.runs_of(original) == 0


def _cut_off_a_moment_ago(world: World) -> str:
    world.post(HOLD, idempotency_key="warm")
    with world.watch(Calls((2, "before"))), pytest.raises(ProcessStoppedError):
        world.post(HOLD, idempotency_key="cut-off")
    (summary,) = world.submissions.backlog([HOLD])
    return summary.submission_id


@pytest.mark.parametrize(("fault", "status"), [(None, Status.SENT), (Fault("down"), Status.REPLACED)])
def test_one_that_is_being_sent_is_waited_for(world: World, fault: Fault | None, status: Status) -> None:
    """The corrected form comes while Lark is being asked about the original, which then ends in 5 seconds."""
    original = fail_to_post(world)
    world.clock.advance(hours=1)
    claimed = world.form_sending.attempts.claim(world.stored(original), "drain")
    assert claimed is not None
    clock = EndingClock(world.clock, lambda: world.form_sending.attempts.attempt(claimed))
    if fault:
        world.lark.faults.set(Fault(fault.kind, times=1))
    handler = submit_form(HoldRequest, SubmitFormSettings(world.environ), world.parts(clock=clock))
    answer = handler(json_event(FORM | {"reason": "Sửa", "replaces": original}), Context("newer"))
    newer = json.loads(answer["body"])["submissionId"]
    assert world.stored(original).status == status
    assert world.runs_of(original) == (status == Status.SENT)
    assert sent_payload(world, newer)["replaces"] == original


def test_corrections_of_corrections_leave_the_last_one(world: World) -> None:
    first = fail_to_post(world)
    second = fail_to_post(world, reason="Hai", replaces=first)
    third = post(world, reason="Ba", replaces=second)
    world.let_retry_run()
    assert [world.runs_of(one) for one in (first, second, third)] == [0, 0, 1]
    assert is_replaced(world.stored(second), third)


def test_lark_hears_of_the_one_that_it_has_when_the_one_between_never_left(world: World) -> None:
    first = post(world)
    second = fail_to_post(world, reason="Hai", replaces=first)
    third = post(world, reason="Ba", replaces=second)
    assert sent_payload(world, third)["replaces"] == first
    assert world.runs_of(second) == 0


def test_two_corrections_of_the_same_form_leave_the_later_one(world: World) -> None:
    first = fail_to_post(world)
    second = fail_to_post(world, reason="Hai", replaces=first)
    third = post(world, reason="Ba", replaces=first)
    world.let_retry_run()
    assert [world.runs_of(one) for one in (first, second, third)] == [0, 0, 1]
    assert is_replaced(world.stored(second), third)


def test_correction_that_is_posted_twice_is_one(world: World) -> None:
    first = fail_to_post(world)
    fields = {"reason": "Hai", "replaces": first, "submissionKey": "key"}
    assert post(world, **fields) == post(world, **fields)
    assert len(world.lark.runs) == 1


def test_replacing_does_not_count_as_content(world: World) -> None:
    first = post(world, submissionKey="key")
    assert post(world, submissionKey="key", replaces=first) == first


@pytest.mark.parametrize(
    "change", [{"parentPhone": "0987 654 321"}, {"replaces": UNKNOWN}, {"replaces": "the other form's"}]
)
def test_what_it_cannot_correct_is_stored_as_any_other(world: World, change: dict[str, str]) -> None:
    first = fail_to_post(world)
    if change.get("replaces") == "the other form's":
        change = {"replaces": world.post(FormType.CHANGE).body["submissionId"]}
    newer = post(world, **{"replaces": first} | change)
    assert sent_payload(world, newer)["replaces"] == ""
    world.let_retry_run()
    assert world.runs_of(first) == 1


@pytest.mark.parametrize("wrong", ["7", "7c1e2b8a4f534d0e9b6a2f9d1c7e5a34", f"{UNKNOWN}/", 7])
def test_what_is_no_id_is_400(world: World, wrong: Any) -> None:
    answer = world.post(HOLD, FORM | {"replaces": wrong})
    assert (answer.status, set(answer.body["fields"])) == (400, {"replaces"})


def test_held_form_takes_nobodys_place(world: World) -> None:
    original = fail_to_post(world)
    post(world, reason="Sửa", replaces=original, phu_luc="robot")
    world.let_retry_run()
    assert world.stored(original).status == Status.SENT


def test_held_form_that_is_corrected_is_replaced(world: World) -> None:
    original = post(world, phu_luc="robot")
    newer = post(world, reason="Sửa", replaces=original)
    assert is_replaced(world.stored(original), newer)
    assert world.stored(original).expires_at is None


@pytest.mark.parametrize("route", ["retry", "discard", "restore"])
def test_no_admin_brings_back_what_is_replaced(world: World, route: str) -> None:
    original = fail_to_post(world)
    newer = post(world, reason="Sửa", replaces=original)
    if route == "retry":
        answer = world.call_admin("POST /v1/submissions/{submissionId}/retry", submission_id=original)
        assert answer.status == 409
    else:
        answer = world.call_admin(f"POST /v1/submissions/{route}", body={"ids": [original]})
        assert answer.body["skipped"] == 1
    assert is_replaced(world.stored(original), newer)


def test_admin_sees_what_is_replaced_and_by_what(world: World) -> None:
    original = fail_to_post(world)
    newer = post(world, reason="Sửa", replaces=original)
    listed = world.call_admin("GET /v1/submissions", query={"larkStatus": "replaced"}).body["items"]
    assert [one["submissionId"] for one in listed] == [original]
    shown = world.call_admin("GET /v1/submissions/{submissionId}", submission_id=original).body
    assert (shown["larkStatus"], shown["replacedBy"]) == ("replaced", newer)
    assert (
        world.call_admin("GET /v1/submissions/{submissionId}", submission_id=newer).body["replacedBy"] is None
    )


def test_key_of_what_is_replaced_answers_for_nothing_any_more(world: World) -> None:
    original = fail_to_post(world, submissionKey="key")
    post(world, reason="Sửa", replaces=original)
    assert world.post(HOLD, FORM | {"submissionKey": "key"}).status == 409


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("at", range(4))
def test_process_that_dies_anywhere_loses_nothing_and_sends_one_of_both(
    world: World, at: int, moment: Any
) -> None:
    original = fail_to_post(world)
    with world.watch(Calls((at, moment))), pytest.raises(ProcessStoppedError):
        world.post(HOLD, FORM | {"reason": "Sửa", "replaces": original})
    world.let_retry_run()
    (run,) = world.lark.runs
    assert (run.payload["submissionId"] == original) == (run.payload["replaces"] == "")
    assert world.is_final(original)
