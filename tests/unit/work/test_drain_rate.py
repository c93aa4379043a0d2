"""The retry job keeps Lark's published rate, and leaves Lark alone while it is down."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import boto3
import pytest

from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from larkbridge.work import share
from larkbridge.work.drain import Report
from sandbox.faults import Fault
from sandbox.lark.workflow import ErrorCode, WorkflowTrigger
from tests.support.backlog import backlog, drain_over
from tests.support.world import World

DOWN = Fault("down")
HOLD = FormType.HOLD


def sent(world: World) -> list[str]:
    """Return the ids that Lark's workflow ran for, in order."""
    return [run.payload["submissionId"] for run in world.lark.runs]


@pytest.mark.parametrize("latency", [0, 0.03, 0.4, 2])
@pytest.mark.parametrize(("tokens", "rate"), [(["current-token"], 5), ([], 1)], ids=["bearer", "no bearer"])
def test_published_rate_is_kept_and_used(world: World, tokens: list[str], rate: int, latency: float) -> None:
    secret = '{"LARK_FORM_WEBHOOK_TOKEN": "current-token"}' if tokens else "{}"
    boto3.client("secretsmanager").put_secret_value(SecretId=world.environ["SECRETS_ID"], SecretString=secret)
    backlog(world, *[HOLD] * 12)
    lark = WorkflowTrigger(now=world.clock.timestamp, bearer_tokens=tokens)
    drain = drain_over(world, lambda: world.clock.sleep(latency), lark)
    started = world.clock.now()
    for _ in range(5):
        drain.run(FormType, seconds=45)
    times = [one.time for one in lark.requests]
    assert len(times) == 12
    assert max(sum(start <= one < start + 1 for one in times) for start in times) <= rate
    assert {one.code for one in lark.requests} == {0}
    assert world.clock.now() - started <= timedelta(seconds=12 * (2 * latency + 1.05 / rate) + 1.05)


def test_rate_limited_answer_pauses_and_opens_no_circuit(world: World) -> None:
    ids = backlog(world, *[HOLD] * 4)
    world.lark.faults.set(Fault("error_code", code=ErrorCode.RATE_LIMITED, times=3))
    assert world.retry_due() == Report(attempted=4, stopped="nothing_due")
    times = [one.time for one in world.lark.requests]
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert all(wait >= least for wait, least in zip(waits, (0.25, 0.5, 1), strict=True))
    world.let_retry_run()
    assert sorted(sent(world)) == sorted(ids)


def test_rate_limit_that_lasts_opens_no_circuit_and_uses_up_no_attempt(world: World) -> None:
    ids = backlog(world, *[HOLD] * 3)
    world.lark.faults.set(Fault("error_code", code=ErrorCode.RATE_LIMITED))
    for _ in range(20):
        assert world.retry_due().stopped != "circuit_open"
        world.clock.advance(minutes=1)
    assert {world.stored(one).status for one in ids} == {Status.FAILED}
    world.lark.faults.clear()
    world.clock.advance(minutes=15)
    assert world.retry_due().attempted == 3


@pytest.mark.parametrize("throttled", [1, 4])
def test_run_that_was_too_fast_in_the_others_part_keeps_to_its_own(world: World, throttled: int) -> None:
    backlog(world, *[HOLD] * 20)
    world.clock.advance(seconds=8 - world.clock.timestamp() % 5)
    world.lark.faults.set(Fault("error_code", code=ErrorCode.RATE_LIMITED, times=throttled))
    assert world.retry_due().attempted == 20
    first, *later = [datetime.fromtimestamp(request.time, UTC) for request in world.lark.requests]
    assert not share.drains_part(first)
    assert all(share.drains_part(moment) for moment in later)


def test_run_that_was_too_fast_in_its_own_part_uses_all_of_the_clock(world: World) -> None:
    backlog(world, *[HOLD] * 20)
    world.clock.advance(seconds=5 - world.clock.timestamp() % 5)
    world.lark.faults.set(Fault("error_code", code=ErrorCode.RATE_LIMITED, times=1))
    world.retry_due()
    moments = [datetime.fromtimestamp(request.time, UTC) for request in world.lark.requests]
    assert {share.drains_part(moment) for moment in moments} == {True, False}


def test_seven_days_of_nothing_but_too_fast_end_it(world: World) -> None:
    (waiting,) = backlog(world, HOLD)
    world.lark.faults.set(Fault("error_code", code=ErrorCode.RATE_LIMITED))
    world.retry_due()
    world.clock.advance(days=6)
    world.retry_due()
    assert world.stored(waiting).status == Status.FAILED
    world.clock.advance(days=1)
    world.retry_due()
    assert world.stored(waiting).status == Status.DEAD


def test_circuit_opens_after_five_failures_and_lets_one_through_later(world: World) -> None:
    backlog(world, *[HOLD] * 12)
    world.lark.faults.set(DOWN)
    assert world.retry_due() == Report(attempted=5, stopped="circuit_open")
    assert world.retry_due(seconds=30) == Report(attempted=0, stopped="circuit_open")
    world.clock.advance(seconds=61)
    assert world.retry_due() == Report(attempted=1, stopped="circuit_open")
    world.clock.advance(seconds=61)
    assert world.retry_due(seconds=30).attempted == 0


def test_circuit_closes_when_lark_is_back(world: World) -> None:
    ids = backlog(world, *[HOLD] * 12)
    world.lark.faults.set(DOWN)
    world.retry_due()
    world.lark.faults.clear()
    world.clock.advance(minutes=30)
    assert world.retry_due() == Report(attempted=12, stopped="nothing_due")
    assert sorted(sent(world)) == sorted(ids)
