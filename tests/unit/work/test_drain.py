"""The retry job: what is due, oldest first, in the time it has, and never twice at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from larkbridge.clock import from_text, to_text
from larkbridge.errors import AwsUnavailableError
from larkbridge.observability import instrumented
from larkbridge.store.destinations import LARK_FORMS, DestinationStore
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from larkbridge.work.drain import Report
from sandbox.faults import Fault
from sandbox.lark.workflow import ErrorCode
from tests.support.aws_faults import aws_fails
from tests.support.backlog import LOOKS, backlog, drain_over
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.output import captured
from tests.support.submissions import submission_at
from tests.support.world import Context, World

HOLD = FormType.HOLD


def sent(world: World) -> list[str]:
    """Return the ids that Lark's workflow ran for, in order."""
    return [run.payload["submissionId"] for run in world.lark.runs]


def test_nothing_due_costs_a_look_at_each_queue(world: World) -> None:
    with world.watch() as calls:
        report = world.retry_due()
    assert report == Report(attempted=0, skipped=0, stopped="nothing_due")
    assert calls.made == ["dynamodb Query"] * len(["due", *FormType])


def test_nothing_is_sent_before_its_time(world: World) -> None:
    world.lark.faults.set(Fault("down", times=1))
    due = world.stored(world.post().body["submissionId"]).next_attempt_at or ""
    world.clock.advance(seconds=(from_text(due) - world.clock.now()).total_seconds() - 0.001)
    assert world.retry_due().attempted == 0
    world.clock.advance(seconds=0.001)
    assert world.retry_due().attempted == 1


def test_dead_and_sent_ones_are_not_sent_again(world: World) -> None:
    world.post()
    world.lark.faults.set(Fault("error_code", code=ErrorCode.BODY_NOT_JSON, times=1))
    world.post()
    world.clock.advance(days=4)
    assert world.retry_due().attempted == 0


def test_forms_take_turns_and_of_one_form_the_newest_and_the_oldest(world: World) -> None:
    *holds, change = backlog(world, *[HOLD] * 6, FormType.CHANGE)
    fell_due = {one: world.stored(one).next_attempt_at or "" for one in holds}
    assert world.retry_due().attempted == len(holds) + 1
    oldest_first = sorted(holds, key=fell_due.__getitem__)
    order = sent(world)
    assert order.index(change) < 2
    order.remove(change)
    assert order[:2] == [oldest_first[-1], oldest_first[0]]
    assert order[2:4] == [oldest_first[-2], oldest_first[1]]


def test_every_third_turn_is_for_forms_that_failed_while_there_are_untried_ones(world: World) -> None:
    failed = backlog(world, *[HOLD] * 9)
    now = to_text(world.clock.now())
    untried = [
        replace(submission_at(-minute), status=Status.FAILED, attempt_count=0, next_attempt_at=now)
        for minute in range(1, 19)
    ]
    for submission in untried:
        world.submissions.add(submission)
    assert world.retry_due().attempted == len(failed) + len(untried)
    tokens = {submission.client_token for submission in untried}
    order = [run.client_token not in tokens for run in world.lark.runs]
    assert [sum(order[turn : turn + 9]) for turn in (0, 9, 18)] == [3, 3, 3]


def test_backlog_over_a_page_goes_out_whole(world: World) -> None:
    waiting = [submission_at(-minute) for minute in reversed(range(2, 107))]
    for submission in waiting:
        world.submissions.add(submission)
    assert world.retry_due() == Report(attempted=105, skipped=0, stopped="nothing_due")
    assert [run.client_token for run in world.lark.runs] == [one.client_token for one in waiting]


@pytest.mark.parametrize(("seconds", "latency"), [(80, 3), (80, 4.9), (40, 4.9), (30, 4.9), (25, 1)])
def test_it_stops_in_time(world: World, seconds: float, latency: float) -> None:
    backlog(world, *[HOLD] * 20)
    drain, started = drain_over(world, lambda: world.clock.sleep(latency / 2)), world.clock.now()
    assert drain.run(FormType, seconds=seconds).stopped == "time_up"
    assert world.clock.now() - started <= timedelta(seconds=seconds)


def test_second_run_beside_a_running_one_does_nothing(world: World) -> None:
    ids = backlog(world, *[HOLD] * 2)
    beside: list[Report] = []
    drain_over(world, lambda: beside.append(world.retry_due())).run(FormType, seconds=65)
    assert beside[0] == Report(stopped="already_running")
    assert {one.attempted for one in beside} == {0}
    assert sent(world) == ids


def test_item_that_was_claimed_elsewhere_is_skipped(world: World) -> None:
    first, second, third = backlog(world, *[HOLD] * 3)
    stolen = next(one for one in world.submissions.backlog([HOLD]) if one.submission_id == second)
    drain = drain_over(world, lambda: world.form_sending.attempts.claim(stolen, "somebody else"))
    assert drain.run(FormType, seconds=65) == Report(attempted=2, skipped=1)
    assert sent(world) == [first, third]
    assert world.stored(second).lease_owner == "somebody else"


def _cut_off(world: World) -> None:
    """Let a run die as its first request is about to leave."""
    to_first_post = len([*LOOKS, "acquire", "secrets", "claim"])
    with world.watch(Calls((to_first_post, "before"))), pytest.raises(ProcessStoppedError):
        world.retry_due()


def test_leases_of_a_run_that_was_cut_off_lapse(world: World) -> None:
    held, other = backlog(world, HOLD, HOLD)
    _cut_off(world)
    assert world.stored(held).status == Status.SENDING
    assert world.retry_due().stopped == "already_running"
    world.clock.advance(seconds=80)
    assert world.retry_due().attempted == 1
    assert sent(world) == [other]
    world.clock.advance(seconds=160)
    assert world.retry_due().attempted == 1
    assert sent(world) == [other, held]


def test_answer_that_comes_after_the_lease_lapsed_changes_nothing(world: World) -> None:
    (slow,) = backlog(world, HOLD)

    def lose_the_lease() -> None:
        world.clock.advance(seconds=90)
        assert world.form_sending.attempts.claim(world.stored(slow), "a later run")

    drain_over(world, lose_the_lease).run(FormType, seconds=65)
    submission = world.stored(slow)
    assert (submission.status, submission.lease_owner) == (Status.SENDING, "a later run")
    assert {one["verdict"] for one in submission.attempts[1:]} == {"unknown"}


def test_run_that_overstayed_leaves_its_successor_alone(world: World) -> None:
    backlog(world, HOLD, HOLD)
    successors: list[object] = []

    def be_overtaken() -> None:
        world.clock.advance(seconds=66)
        now, until = to_text(world.clock.now()), to_text(world.clock.now() + timedelta(hours=1))
        store = DestinationStore(world.environ["DESTINATIONS_TABLE"])
        successors.append(store.acquire(LARK_FORMS, owner="successor", now=now, until=until))

    drain_over(world, be_overtaken).run(FormType, seconds=65)
    assert None not in successors
    assert world.retry_due().stopped == "already_running"


def test_unreadable_secrets_end_the_run_loudly_and_cost_no_attempt(world: World) -> None:
    (waiting,) = backlog(world, HOLD)
    world.restart()
    with aws_fails("secretsmanager", "GetSecretValue"), pytest.raises(AwsUnavailableError):
        world.retry_due()
    assert world.stored(waiting).attempt_count == 1
    assert world.retry_due().attempted == 1


def test_age_of_the_oldest_unsent_is_reported(world: World) -> None:
    backlog(world, HOLD, FormType.CHANGE)
    posted = world.stored(next(world.submissions.backlog(FormType)).submission_id).submitted_at
    world.clock.advance(hours=2)
    age = (world.clock.now() - from_text(posted)).total_seconds()
    with captured() as output:
        instrumented(lambda *_: world.retry_due())({}, Context("run"))
    assert output.metrics["OldestUnsentAge"] == [age]


def test_twelve_attempts_and_no_more(world: World) -> None:
    world.lark.faults.set(Fault("error_code", code=ErrorCode.WORKFLOW_DISABLED))
    submission_id = world.post().body["submissionId"]
    world.let_retry_run()
    dead = world.stored(submission_id)
    assert (dead.status, dead.attempt_count, len(world.lark.requests)) == (Status.DEAD, 12, 12)
    assert (
        timedelta()
        < from_text(dead.attempts[-1]["endedAt"]) - from_text(dead.submitted_at)
        < timedelta(days=6)
    )
    assert to_text(world.clock.now()) >= dead.attempts[-1]["endedAt"]
