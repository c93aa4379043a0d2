"""Stops the process at every AWS and HTTP call in turn, on either side of it, then lets retry run.

Whatever was accepted is stored, whatever is stored reaches Lark exactly once.
"""

from collections.abc import Callable, Iterator
from typing import Literal

import pytest

from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from sandbox.faults import Fault
from tests.support.aws import create_tables
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.world import Answer, World

type Action = Callable[[World], object]
type Stop = tuple[int, Literal["before", "after"]]


_SENDING = 4
"""Which call of a new process's first form goes to Lark."""


def post(world: World) -> Answer:
    return world.post(FormType.HOLD, idempotency_key="the-parent-tries-again")


def post_while_answers_get_lost(world: World) -> Answer:
    world.lark.faults.set(Fault("answer_lost", times=1))
    return post(world)


def post_while_lark_is_down(world: World) -> Answer:
    world.lark.faults.set(Fault("down", times=1))
    return post(world)


def retry(world: World) -> object:
    return world.retry_due()


def backlog(world: World) -> None:
    """Leave two submissions that failed, one of them after Lark accepted it, and one cut off in mid-air."""
    post_while_lark_is_down(world)
    world.lark.faults.set(Fault("answer_lost", times=1))
    world.post(FormType.CHANGE)
    stop_during(world, lambda one: one.post(FormType.TRANSFER), (_SENDING, "before"))
    assert len([*world.submissions.backlog(FormType)]) == 3
    world.clock.advance(minutes=10)


def stop_during(world: World, action: Action, stop_at: Stop) -> bool:
    """Run `action` in a process that stops there; return whether it did."""
    with world.watch(Calls(stop_at)) as calls:
        try:
            action(world)
        except ProcessStoppedError:
            world.restart()
        return calls.stopped


def every_stop(environ: dict[str, str], prepare: Action, action: Action) -> Iterator[tuple[World, Stop]]:
    """Yield a world for each call that `action` makes and each side of it, stopped there."""
    sides: tuple[Literal["before", "after"], ...] = ("before", "after")
    for side in sides:
        call = 0
        while True:
            world = World(environ | create_tables())
            prepare(world)
            if not stop_during(world, action, (call, side)):
                break
            yield world, (call, side)
            call += 1
        assert call >= 4, "the sweep found hardly any call to stop at"


@pytest.mark.parametrize("action", [post, post_while_answers_get_lost, post_while_lark_is_down])
def test_form_survives_a_stop_anywhere(environ: dict[str, str], action: Action) -> None:
    for world, stop in every_stop(environ, lambda _: None, action):
        again = post(world)
        assert again.status == 200, stop
        world.let_retry_run()
        stored = world.stored(again.body["submissionId"])
        assert stored.status == Status.SENT, stop
        assert world.runs_of(stored.submission_id) == 1, stop
        assert not stored.maybe_duplicate, stop


def test_retry_survives_a_stop_anywhere(environ: dict[str, str]) -> None:
    for world, stop in every_stop(environ, backlog, retry):
        waiting = {one.submission_id for one in world.submissions.backlog(FormType)}
        world.let_retry_run()
        for submission_id in waiting:
            assert world.stored(submission_id).status == Status.SENT, stop
            assert world.runs_of(submission_id) == 1, stop


def test_sweep_meets_every_call_of_a_form(world: World) -> None:
    with world.watch() as calls:
        post(world)
    assert calls.made == [
        "secretsmanager GetSecretValue",
        "dynamodb UpdateItem",
        "dynamodb GetItem",
        "dynamodb PutItem",
        "POST",
        "dynamodb UpdateItem",
    ]
