"""A result in a record of Lark Base: what an attempt comes to, whatever goes wrong with it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self, cast, override

import pytest

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.base import Base
from larkbridge.store.button_results import ButtonResultStore, Place, Result, result_version
from larkbridge.store.deliveries import Delivery
from larkbridge.targets.lark_record import LANDING_TIME, MAX_WRITES, LarkRecord, new_record_update
from larkbridge.targets.target import Origin
from larkbridge.work.outcome import Outcome, Verdict
from tests.support.clock import START, SimulatedClock
from tests.support.memory_dynamo.aws import SETTINGS, memory_aws
from tests.support.memory_dynamo.client import Interference, MemoryDynamo
from tests.support.memory_dynamo.writes import service_error

PLACE = Place(app_token="app_1", table_id="tbl_1", record_id="rec_1", field="Kết quả")
TOO_FAST = Outcome(verdict=Verdict.RETRY, reason="rate_limited", retry_after=2)
GONE = Outcome(verdict=Verdict.REJECT, reason="record_not_found")
NO_ANSWER = Outcome(verdict=Verdict.UNKNOWN, reason="no_answer")


@dataclass
class Record:
    """The record, in the place of a whole Base: `answers` are what its next writings fail with."""

    answers: list[Outcome | None] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    def table(self, app_token: str, table_id: str) -> Self:
        return self

    def update(self, record_id: str, fields: Mapping[str, str]) -> None:
        if outcome := self.answers.pop(0) if self.answers else None:
            raise LarkApiError(outcome)
        self.written.append(fields[PLACE.field])
        self.meanwhile()


class Failing(Interference):
    """Lets every request of one operation fail."""

    def __init__(self, operation: str) -> None:
        self._operation = operation

    @override
    def before(self, operation: str, parameters: Mapping[str, Any]) -> None:
        if operation == self._operation:
            raise service_error("AccessDeniedException", operation)


@pytest.fixture
def dynamo() -> Iterator[MemoryDynamo]:
    with memory_aws() as dynamo:
        yield dynamo


def result(text: str, version: str = "1", owner: str = "crm") -> Delivery:
    origin = Origin((text,), text, START)
    return new_record_update(PLACE, Result(owner=owner, version=version, text=text), origin)


def send(record: Record, delivery: Delivery) -> Outcome:
    results = ButtonResultStore(SETTINGS["BUTTON_RESULTS_TABLE"])
    return LarkRecord(cast("Base", record), results, SimulatedClock(), configured=True).send(delivery)


def test_older_result_is_not_written_once_a_newer_one_is_known(dynamo: MemoryDynamo) -> None:
    record = Record()
    send(record, result("newer", "2"))
    outcome = send(record, result("older", "1"))
    assert (outcome.verdict, outcome.reason) == (Verdict.OK, "superseded")
    assert record.written == ["newer"]


def test_older_result_that_may_have_been_written_is_written_over(dynamo: MemoryDynamo) -> None:
    record = Record()
    send(record, result("newer", "2"))
    cut_off = replace(result("older", "1"), attempts=[{"verdict": "retry"}, {"verdict": "unknown"}])
    assert send(record, cut_off).reason == "updated"
    assert record.written == ["newer", "newer"]


def test_each_owners_newest_result_is_shown_the_newest_first(dynamo: MemoryDynamo) -> None:
    record = Record()
    for text, version, owner in [("một", "1", "crm"), ("hai", "2", "shop"), ("ba", "3", "crm")]:
        send(record, result(text, version, owner))
    assert record.written == ["một", "hai\nmột", "ba\nhai"]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (("2026-09-01T02:00:00.000Z", "z", 9), ("2026-09-01T02:00:00.001Z", "a", 1)),
        (("2026-09-01T02:00:00.000Z", "a", 9), ("2026-09-01T02:00:00.000Z", "b", 1)),
        (("2026-09-01T02:00:00.000Z", "a", 9), ("2026-09-01T02:00:00.000Z", "a", 13)),
    ],
)
def test_results_follow_one_another_by_click_and_then_by_attempt(
    earlier: tuple[str, str, int], later: tuple[str, str, int]
) -> None:
    assert result_version(*earlier) < result_version(*later)


def test_what_arrives_while_it_is_written_is_written_too(dynamo: MemoryDynamo) -> None:
    record = Record()
    record.meanwhile = lambda: send(Record(answers=[TOO_FAST]), result("newer", "2"))
    assert send(record, result("older", "1")).verdict is Verdict.OK
    assert record.written == ["older", "newer"]


def test_results_that_keep_coming_leave_the_rest_to_the_next_attempt(dynamo: MemoryDynamo) -> None:
    record = Record()
    record.meanwhile = lambda: send(
        Record(answers=[TOO_FAST]), result(f"newer {len(record.written)}", f"1{len(record.written)}")
    )
    outcome = send(record, result("older", "1"))
    assert (outcome.verdict, outcome.reason) == (Verdict.UNKNOWN, "newer_results")
    assert len(record.written) == MAX_WRITES


@pytest.mark.parametrize("refused", [TOO_FAST, GONE])
def test_refusal_is_passed_on(dynamo: MemoryDynamo, refused: Outcome) -> None:
    assert send(Record(answers=[refused]), result("mới")) == refused


@pytest.mark.parametrize("failure", [TOO_FAST, GONE, NO_ANSWER])
def test_failure_after_something_was_written_leaves_that_unknown(
    dynamo: MemoryDynamo, failure: Outcome
) -> None:
    record = Record(answers=[None, failure])
    record.meanwhile = lambda: send(Record(answers=[TOO_FAST]), result("newer", "2"))
    outcome = send(record, result("older", "1"))
    assert (outcome.verdict, outcome.reason) == (Verdict.UNKNOWN, failure.reason)


@pytest.mark.parametrize(("asked", "waits"), [(None, LANDING_TIME), (2, LANDING_TIME), (900, 900)])
def test_what_nobody_answered_is_not_sent_again_before_it_has_landed(
    dynamo: MemoryDynamo, asked: float | None, waits: float
) -> None:
    outcome = send(Record(answers=[NO_ANSWER._replace(retry_after=asked)]), result("mới"))
    assert (outcome.verdict, outcome.retry_after) == (Verdict.UNKNOWN, waits)


@pytest.mark.parametrize("operation", ["put_item", "query"])
def test_nothing_is_written_while_results_cannot_be_stored_or_read(
    dynamo: MemoryDynamo, operation: str
) -> None:
    dynamo.interference = Failing(operation)
    record = Record()
    outcome = send(record, result("mới"))
    assert (outcome.verdict, outcome.reason, record.written) == (Verdict.RETRY, "aws_unavailable", [])


def test_result_that_cannot_be_compared_afterwards_is_sent_again(dynamo: MemoryDynamo) -> None:
    def fail() -> None:
        dynamo.interference = Failing("query")

    outcome = send(Record(meanwhile=fail), result("mới"))
    assert (outcome.verdict, outcome.reason) == (Verdict.UNKNOWN, "aws_unavailable")


def test_results_expire_after_every_delivery_that_could_bring_an_older_one(dynamo: MemoryDynamo) -> None:
    send(Record(), result("mới"))
    (item,) = dynamo.items(SETTINGS["BUTTON_RESULTS_TABLE"])
    assert (int(item["expiresAt"]["N"]) - START.timestamp()) / 86_400 == 200
