"""A form that corrects a held one takes the place of what that one corrects, too: one of them all is sent."""

import itertools
import json
from contextlib import suppress
from typing import Any, Literal

import pytest

from larkbridge.forms.hold import HoldRequest
from larkbridge.settings import SubmitFormSettings
from larkbridge.store.codec import from_item
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from larkbridge.wiring.submitting import submit_form
from sandbox.faults import Fault
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.clock import EndingClock
from tests.support.forms import FORMS, json_event
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.world import Answer, Context, World

HOLD = FormType.HOLD
FORM = FORMS[HOLD]
RELEASE = "POST /v1/submissions/{submissionId}/release"
DISCARD, RESTORE = "POST /v1/submissions/discard", "POST /v1/submissions/restore"


def post(world: World, **fields: Any) -> str:
    """Post a form, a second after the one before."""
    world.clock.advance(seconds=1)
    answer = world.post(HOLD, FORM | fields)
    assert answer.status == 200
    return answer.body["submissionId"]


def fail_to_post(world: World, **fields: Any) -> str:
    """Post a form that Lark does not get."""
    world.lark.faults.set(Fault("down", times=1))
    return post(world, **fields)


def hold(world: World, replaces: str = "", **fields: Any) -> str:
    """Post a form that is held."""
    return post(world, replaces=replaces, phu_luc="robot", **fields)


def release(world: World, submission_id: str) -> Answer:
    return world.call_admin(RELEASE, submission_id=submission_id)


def outcomes(world: World, *ids: str) -> list[tuple[Status, str | None, int]]:
    stored = [world.stored(one) for one in ids]
    return [(one.status, one.replaced_by, world.runs_of(one.id)) for one in stored]


def replaced_in_lark(world: World, submission_id: str) -> str:
    (run,) = [run for run in world.lark.runs if run.payload["submissionId"] == submission_id]
    return run.payload["replaces"]


def test_what_a_held_form_corrects_is_replaced_with_it(world: World) -> None:
    first = fail_to_post(world)
    second = hold(world, first)
    third = post(world, replaces=second)
    world.let_retry_run()
    assert outcomes(world, first, second) == [(Status.REPLACED, third, 0)] * 2
    assert outcomes(world, third) == [(Status.SENT, None, 1)]
    assert replaced_in_lark(world, third) == first
    assert release(world, second).status == 409


def test_what_lark_has_of_a_held_one_is_what_lark_hears_of(world: World) -> None:
    first = post(world)
    third = post(world, replaces=hold(world, first))
    again = world.call_admin(
        "POST /v1/submissions/{submissionId}/retry", submission_id=first, body={"again": True}
    )
    assert again.status == 409
    assert outcomes(world, first) == [(Status.SENT, third, 1)]
    assert replaced_in_lark(world, third) == first


@pytest.mark.parametrize("ends_as", [Status.SENT, Status.REPLACED])
def test_what_a_held_one_corrects_is_waited_for_while_it_is_being_sent(world: World, ends_as: Status) -> None:
    first = fail_to_post(world)
    second = hold(world, first)
    world.clock.advance(hours=1)
    claimed = world.form_sending.attempts.claim(world.stored(first), "drain")
    assert claimed is not None
    clock = EndingClock(world.clock, lambda: world.form_sending.attempts.attempt(claimed))
    handler = submit_form(HoldRequest, SubmitFormSettings(world.environ), world.parts(clock=clock))
    if ends_as is Status.REPLACED:
        world.lark.faults.set(Fault("down", times=1))
    answer = handler(json_event(FORM | {"replaces": second}), Context("third"))
    third = json.loads(answer["body"])["submissionId"]
    assert clock.ended
    assert outcomes(world, first) == [(ends_as, third, int(ends_as is Status.SENT))]
    assert replaced_in_lark(world, third) == first


def test_what_is_being_sent_for_longer_is_not_sent_a_second_time(world: World) -> None:
    first = fail_to_post(world)
    second = hold(world, first)
    world.clock.advance(hours=1)
    assert world.form_sending.attempts.claim(world.stored(first), "drain") is not None
    third = post(world, replaces=second)
    assert outcomes(world, first) == [(Status.SENDING, third, 0)]
    world.let_retry_run()
    assert outcomes(world, first, third) == [(Status.REPLACED, third, 0), (Status.SENT, None, 1)]


def test_discarded_one_that_was_held_has_taken_nobodys_place(world: World) -> None:
    first = fail_to_post(world)
    second = hold(world, first)
    world.call_admin(DISCARD, body={"ids": [second]})
    third = post(world, replaces=second)
    assert world.call_admin(RESTORE, body={"ids": [second]}).body["restored"] == 0
    world.let_retry_run()
    assert outcomes(world, first, second, third) == [
        (Status.REPLACED, third, 0),
        (Status.DISCARDED, third, 0),
        (Status.SENT, None, 1),
    ]


def test_traces_of_all_that_is_replaced_are_deleted(world: World, account: MemoryAccount) -> None:
    first = fail_to_post(world, marketingConsent=True)
    second = hold(world, first, marketingConsent=True)
    third = post(world, replaces=second, marketingConsent=True)
    traces = [from_item(item)["submissionId"] for item in account.dynamo.items("FormTracesTable")]
    assert traces == [third]


def test_correction_that_came_before_another_one_of_the_first_is_not_let_go(world: World) -> None:
    first = fail_to_post(world)
    third = hold(world, hold(world, first))
    other = post(world, replaces=first)
    assert release(world, third).body["message"] == "a later form has corrected the same one"
    world.let_retry_run()
    assert outcomes(world, first, other) == [(Status.REPLACED, other, 0), (Status.SENT, None, 1)]


def test_correction_that_comes_after_another_one_of_the_first_takes_its_place(world: World) -> None:
    first = fail_to_post(world)
    second = hold(world, first)
    other = fail_to_post(world, replaces=first)
    third = post(world, replaces=second)
    world.let_retry_run()
    assert outcomes(world, first) == [(Status.REPLACED, other, 0)]
    assert outcomes(world, second, other) == [(Status.REPLACED, third, 0)] * 2
    assert outcomes(world, third) == [(Status.SENT, None, 1)]


@pytest.mark.parametrize("first_is_sent", [False, True])
@pytest.mark.parametrize("is_held", [*itertools.product([False, True], repeat=3)])
@pytest.mark.parametrize("released", [*itertools.permutations([1, 2, 3])])
def test_of_any_chain_the_last_one_is_sent_and_the_first_at_most(
    world: World, is_held: tuple[bool, ...], released: tuple[int, ...], *, first_is_sent: bool
) -> None:
    """Four forms, each of which corrects the one before, and admins who let go what is held, in any order."""
    chain = [post(world) if first_is_sent else fail_to_post(world)]
    for held in is_held:
        chain.append(hold(world, chain[-1]) if held else fail_to_post(world, replaces=chain[-1]))
    for number in released:
        release(world, chain[number])
    world.let_retry_run()
    assert [world.runs_of(one) for one in chain] == [int(first_is_sent), 0, 0, 1]
    assert [world.stored(one).status for one in chain[1:3]] == [Status.REPLACED] * 2
    assert replaced_in_lark(world, chain[3]) == chain[0]


def test_chain_is_followed_for_20_forms(world: World) -> None:
    chain = [fail_to_post(world)]
    for _ in range(18):
        chain.append(hold(world, chain[-1]))
    last = post(world, replaces=hold(world, chain[-1]))
    assert outcomes(world, *chain) == [(Status.REPLACED, last, 0)] * len(chain)


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("number", range(8))
def test_release_that_stops_anywhere_sends_one_of_all(
    world: World, number: int, side: Literal["before", "after"]
) -> None:
    first = fail_to_post(world)
    second = hold(world, first)
    third = hold(world, second)
    with world.watch(Calls(stop_at=(number, side))), suppress(ProcessStoppedError):
        release(world, third)
    release(world, third)
    world.let_retry_run()
    assert outcomes(world, first, second) == [(Status.REPLACED, third, 0)] * 2
    assert outcomes(world, third) == [(Status.SENT, None, 1)]


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("number", range(7))
def test_post_that_stops_anywhere_sends_one_of_all(
    world: World, number: int, side: Literal["before", "after"]
) -> None:
    first = fail_to_post(world)
    fields = {"replaces": hold(world, first), "submissionKey": "third"}
    with world.watch(Calls(stop_at=(number, side))), suppress(ProcessStoppedError):
        world.post(HOLD, FORM | fields)
    third = post(world, **fields)
    world.let_retry_run()
    assert outcomes(world, first) == [(Status.REPLACED, third, 0)]
    assert outcomes(world, third) == [(Status.SENT, None, 1)]
