"""What is due is found without a look at what is not, and whatever is read, the run ends in time."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from larkbridge.clock import to_text
from larkbridge.observability import flush_metrics
from larkbridge.store.codec import to_item
from larkbridge.store.deliveries import Delivery
from larkbridge.store.destinations import Destination, DestinationStore
from larkbridge.store.submissions import FormType, Submission
from larkbridge.store.work import Status, Work
from larkbridge.store.work_table import to_record
from larkbridge.targets.button_forward import Click, new_forward
from larkbridge.targets.policies import DELIVERY, SUBMISSION
from larkbridge.targets.target import Origin
from larkbridge.work.admin_moves import retry_now
from larkbridge.work.due import cut_off, heads, in_turn, survey, until
from tests.support.clock import START, SimulatedClock
from tests.support.events import HOOK_URL, new_event
from tests.support.memory_dynamo.aws import SETTINGS, memory_aws
from tests.support.memory_dynamo.client import MemoryDynamo
from tests.support.output import captured
from tests.support.submissions import submission_at
from tests.support.world import World

HOLD, CHANGE = FormType.HOLD, FormType.CHANGE
LATER = to_text(START + timedelta(days=1))
STOP = START + timedelta(seconds=50)
CLICK = Click("app_1", "tbl_1", "rec_1", "ou_1", None, "crm")


@pytest.fixture
def dynamo() -> Iterator[MemoryDynamo]:
    with memory_aws() as dynamo:
        yield dynamo


@pytest.fixture
def world(dynamo: MemoryDynamo) -> World:
    return World(SETTINGS)


def put(dynamo: MemoryDynamo, table: str, work: Work, **wrong: Any) -> None:
    """Put work straight into a table, with values of its attributes that are wrong."""
    dynamo.put_item(TableName=SETTINGS[table], Item=to_item(to_record(work) | wrong))


def put_many(dynamo: MemoryDynamo, table: str, work: Work, count: int) -> None:
    """Put copies of work straight into a table, each with an id of its own."""
    item = to_item(to_record(work))
    ids = [(name, value["S"]) for name, value in item.items() if work.id in value.get("S", "")]
    for number in range(count):
        own = {name: {"S": text.replace(work.id, f"{work.id}-{number}")} for name, text in ids}
        dynamo.put_item(TableName=SETTINGS[table], Item=item | own)


def submission(minute: int, form_type: FormType = HOLD) -> Submission:
    stored = submission_at(minute, form_type)
    return replace(stored, payload=json.dumps({"submissionId": stored.submission_id}))


def failed(form_type: FormType = HOLD, at: str = LATER) -> Submission:
    return replace(submission(-60, form_type), status=Status.FAILED, next_attempt_at=at)


def forward(number: int, url: str = HOOK_URL, at: str = LATER) -> Delivery:
    delivery = new_forward(CLICK, url, "{}", Origin((url, str(number)), "event", START))
    return replace(
        delivery, status=Status.FAILED, attempt_count=1, attempted_at=to_text(START), next_attempt_at=at
    )


def requests(dynamo: MemoryDynamo) -> int:
    return dynamo.requests.total()


def run_all(world: World) -> None:
    """Run the scheduled job of each backlog once."""
    world.retry_due()
    world.processing.engine.sweep(["stripe"], owner="tests", seconds=80)
    world.delivery_backlog().run(seconds=80)


def put_not_due(dynamo: MemoryDynamo, count: int) -> None:
    event = replace(new_event("stripe", "made.up", {}), status=Status.FAILED, attempt_count=1)
    put_many(dynamo, "SUBMISSIONS_TABLE", failed(), count)
    put_many(dynamo, "EVENTS_TABLE", replace(event, next_attempt_at=LATER), count)
    put_many(dynamo, "DELIVERIES_TABLE", forward(count), count)


def test_run_costs_the_same_with_100_000_that_are_not_due(world: World, dynamo: MemoryDynamo) -> None:
    costs = []
    for count in (1, 34_000):
        put_not_due(dynamo, count)
        before = requests(dynamo)
        run_all(world)
        costs.append(requests(dynamo) - before)
    assert costs[0] == costs[1] <= 20


def test_dead_receiver_with_50_000_due_delays_no_other(world: World, dynamo: MemoryDynamo) -> None:
    due, later = to_text(START), to_text(START + timedelta(minutes=10))
    destinations = DestinationStore(SETTINGS["DESTINATIONS_TABLE"])
    destinations.acquire("hook:dead.example", owner="drain", now=due, until=later)
    closed = Destination(failures=5, trips=1, open_until=later)
    destinations.release("hook:dead.example", closed, owner="drain")
    put_many(dynamo, "DELIVERIES_TABLE", forward(0, "https://dead.example/hook", due), 50_000)
    other = forward(0, at=due)
    put(dynamo, "DELIVERIES_TABLE", other)
    before = requests(dynamo)
    world.delivery_backlog().run(seconds=80)
    assert requests(dynamo) - before <= 20
    stored = world.deliveries.get(other.delivery_id)
    assert stored is not None
    assert stored.status == Status.SENT


def test_heads_are_the_first_of_each_lane_with_a_request_for_each(world: World, dynamo: MemoryDynamo) -> None:
    soon = to_text(START + timedelta(minutes=1))
    for work in (failed(HOLD), failed(HOLD, soon), failed(CHANGE), replace(failed(HOLD), attempt_count=0)):
        put(dynamo, "SUBMISSIONS_TABLE", work)
    before = requests(dynamo)
    found = [(head.lane, head.next_attempt_at) for head in heads(world.submissions)]
    assert found == [("0:hold", LATER), ("1:change", LATER), ("1:hold", soon)]
    assert requests(dynamo) - before == 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nextAttemptAt", "soon"),
        ("nextAttemptAt", 5),
        ("attemptedAt", "soon"),
        ("firstUnknownAt", "2026-09-01"),
        ("status", "odd"),
    ],
)
def test_record_that_cannot_be_read_stops_nothing(
    world: World, dynamo: MemoryDynamo, name: str, value: Any
) -> None:
    due = to_text(START - timedelta(minutes=5))
    for _ in range(5):
        put(dynamo, "SUBMISSIONS_TABLE", failed(at=due), **{name: value})
    waiting = failed(at=to_text(START))
    put(dynamo, "SUBMISSIONS_TABLE", waiting)
    with captured() as output:
        world.retry_due()
        flush_metrics()
    assert world.runs_of(waiting.submission_id) == 1
    assert output.metrics["SubmissionsUnreadable"]


@pytest.mark.parametrize("queue", [HOLD, f"{HOLD}#failed"])
def test_record_that_was_stored_at_no_time_stops_nothing(
    world: World, dynamo: MemoryDynamo, queue: str
) -> None:
    put(dynamo, "SUBMISSIONS_TABLE", failed(), sortKey="0#x", queue=queue)
    waiting = failed(at=to_text(START))
    put(dynamo, "SUBMISSIONS_TABLE", waiting)
    world.retry_due()
    assert world.runs_of(waiting.submission_id) == 1


def test_scan_is_cut_when_time_is_up_and_says_so() -> None:
    clock = SimulatedClock()
    found = iter(range(10))
    with captured() as output:
        kept = []
        for number in until(START + timedelta(seconds=3), clock, found, DELIVERY):
            kept.append(number)
            clock.advance(seconds=1)
        flush_metrics()
    assert kept == [0, 1, 2, 3]
    assert output.metrics["DueScansCut"] == [1]
    assert [line["kind"] for line in output.logged("scan of due work cut")] == ["delivery"]


def test_scan_that_comes_to_its_end_is_not_cut() -> None:
    with captured() as output:
        assert list(until(STOP, SimulatedClock(), range(3), DELIVERY)) == [0, 1, 2]
        flush_metrics()
    assert "DueScansCut" not in output.metrics


def test_survey_names_what_is_open_and_how_old_it_is(world: World, dynamo: MemoryDynamo) -> None:
    put(dynamo, "SUBMISSIONS_TABLE", submission(-2, HOLD))
    put(dynamo, "SUBMISSIONS_TABLE", submission(-1, CHANGE))
    put(dynamo, "SUBMISSIONS_TABLE", failed(FormType.TRANSFER))
    with captured() as output:
        found = survey(world.submissions, FormType, SUBMISSION, "OldestUnsentAge", world.clock, STOP)
        flush_metrics()
    assert [head.lane for head in found.heads] == ["1:transfer"]
    assert found.cut_off == [HOLD]
    assert output.metrics["OldestUnsentAge"] == [3600]


def test_survey_of_nothing_reports_no_age(world: World) -> None:
    with captured() as output:
        found = survey(world.submissions, FormType, SUBMISSION, "OldestUnsentAge", world.clock, STOP)
        flush_metrics()
    assert (found.heads, found.cut_off) == ([], [])
    assert "OldestUnsentAge" not in output.metrics


def test_cut_off_attempts_are_found_past_what_is_held_while_there_is_time(
    world: World, dynamo: MemoryDynamo
) -> None:
    lost = submission(-2)
    put(dynamo, "SUBMISSIONS_TABLE", replace(submission(-4), next_attempt_at=LATER))
    put(dynamo, "SUBMISSIONS_TABLE", replace(submission(-3), next_attempt_at=LATER))
    put(dynamo, "SUBMISSIONS_TABLE", lost)
    found = cut_off(world.submissions, HOLD, SUBMISSION, world.clock, STOP)
    assert [work.id for work in found] == [lost.id]
    with captured() as output:
        found = cut_off(world.submissions, HOLD, SUBMISSION, world.clock, START - timedelta(seconds=1))
        assert list(found) == []
        flush_metrics()
    assert output.metrics["DueScansCut"] == [1]


def test_cut_off_attempts_are_made_up_for_while_a_backlog_is_longer_than_a_run(
    world: World, dynamo: MemoryDynamo
) -> None:
    lost = submission(-2)
    put(dynamo, "SUBMISSIONS_TABLE", lost)
    for _ in range(600):
        put(dynamo, "SUBMISSIONS_TABLE", replace(failed(at=to_text(START)), attempt_count=0))
    assert world.retry_due().stopped == "time_up"
    assert world.runs_of(lost.submission_id) == 1


def test_queues_take_turns_until_all_are_empty() -> None:
    queues = [iter("abc"), iter(""), iter("x")]
    assert "".join(in_turn(queues)) == "axbc"


def test_what_somebody_wants_retried_is_not_given_up_by_a_run_that_read_it_before(
    world: World, dynamo: MemoryDynamo
) -> None:
    read = replace(failed(), status=Status.SENDING, attempt_count=12, attempted_at=to_text(START))
    put(dynamo, "SUBMISSIONS_TABLE", read)
    world.clock.advance(hours=1)
    world.submissions.change(read, retry_now(read, SUBMISSION, world.clock.now()).fields)
    assert world.form_sending.attempts.claim(read, "a run") is None
    stored = world.submissions.get(read.id)
    assert stored
    assert stored.status == Status.SENDING
