"""Whatever a processor does, its event ends processed, ignored or dead, and the others go on."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from larkbridge.clock import from_text
from larkbridge.errors import AwsRefusedError, AwsUnavailableError
from larkbridge.lark.api_error import error_of
from larkbridge.processors.stream import Engine
from larkbridge.processors.subscriber import (
    Incoming,
    NothingToDoError,
    Subscriber,
    UnprocessableEventError,
)
from larkbridge.store.deliveries import Delivery
from larkbridge.store.events import PART_BYTES, Event, EventStore
from larkbridge.store.work import Status
from larkbridge.store.work_table import KEPT_ATTEMPTS
from larkbridge.targets.modelriver_callback import new_callback
from larkbridge.targets.target import Origin
from larkbridge.work import policy, states
from larkbridge.work.outcome import Outcome, Verdict
from tests.support.aws_faults import aws_fails
from tests.support.clock import START
from tests.support.documents import noise
from tests.support.events import Events, new_event
from tests.support.world import SANDBOX_ORIGIN

EVENT = new_event("stripe", "made.up", {"id": "evt_1"})
CALLBACK = new_callback(f"{SANDBOX_ORIGIN}/v1/callback/c", "{}", Origin(("1",), EVENT.event_id, START))
RATE_LIMITED = Outcome(verdict=Verdict.RETRY, reason="rate_limited", retry_after=3600)
REFUSED = Outcome(verdict=Verdict.REJECT, reason="no_permission")


class Part:
    """A processor that does what it is told and counts its runs."""

    def __init__(self, error: BaseException | None = None, deliveries: Sequence[Delivery] = ()) -> None:
        self.error = error
        self.deliveries = deliveries
        self.seen: list[Incoming] = []

    def __call__(self, incoming: Incoming) -> Sequence[Delivery]:
        self.seen.append(incoming)
        if self.error:
            raise self.error
        return self.deliveries


def engine(events: Events, *processors: Subscriber[Incoming]) -> Engine:
    parts = events.processing
    return Engine(
        parts.events,
        {("stripe", "made.up"): processors},
        events.world.deliveries,
        events.clock,
        random.Random(0),
    )


def run(events: Events, processor: Subscriber[Incoming], event: Event = EVENT) -> Event:
    assert engine(events, processor).process(events.receive(event), "tests")
    return events.stored(event)


def reason(event: Event) -> str:
    return (event.last_error or {})["reason"]


def test_processor_gets_the_event_and_its_document(events: Events) -> None:
    processor = Part()
    event = run(events, processor)
    assert (event.status, event.attempt_count) == (Status.SUCCESS, 1)
    assert event.processed_at == "2026-09-01T02:00:00.000Z"
    (incoming,) = processor.seen
    assert (incoming.event.event_id, incoming.document) == ("stripe#1", {"id": "evt_1"})


def test_large_document_arrives_whole(events: Events) -> None:
    processor, text = Part(), "ễ" + noise(2 * PART_BYTES)
    event = new_event("stripe", "made.up", {"text": text})
    events.world.events.add_counted(event, [], events.clock)
    summary = next(events.world.events.backlog(["stripe"]))
    assert engine(events, processor).process(summary, "tests")
    assert processor.seen[0].document == {"text": text}


def test_type_without_a_processor_is_ignored(events: Events) -> None:
    event = run(events, Part(), new_event("stripe", "unheard.of", {}))
    assert (event.status, event.attempts[-1]["reason"]) == (Status.IGNORED, "no_processor")


def test_nothing_to_do_is_ignored(events: Events) -> None:
    event = run(events, Part(NothingToDoError("chat_receipt")))
    assert (event.status, event.attempts[-1]["reason"]) == (Status.IGNORED, "chat_receipt")


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (ValueError("quotes +84912345678"), "crashed"),
        (KeyError("id"), "crashed"),
        (AwsUnavailableError("dynamodb put_item: down"), "aws_unavailable"),
        (error_of(RATE_LIMITED), "rate_limited"),
    ],
)
def test_what_passes_is_tried_again(events: Events, error: Exception, why: str) -> None:
    processor = Part(error)
    event = run(events, processor)
    assert (event.status, reason(event)) == (Status.FAILED, why)
    assert event.next_attempt_at is not None
    assert "+84912345678" not in str(event)
    processor.error = None
    events.clock.advance(hours=2)
    assert engine(events, processor).sweep(["stripe"], owner="tests", seconds=80).attempted == 1
    assert events.stored(EVENT).status == Status.SUCCESS


def test_wait_that_lark_asks_for_is_kept(events: Events) -> None:
    event = run(events, Part(error_of(RATE_LIMITED)))
    assert from_text(event.next_attempt_at or "") == START + timedelta(hours=1)


def test_what_lark_refuses_is_given_up(events: Events) -> None:
    event = run(events, Part(error_of(REFUSED)))
    assert (event.status, reason(event)) == (Status.DEAD, "no_permission")


def test_event_is_given_up_after_twelve_attempts(events: Events) -> None:
    processor = Part(ValueError("always"))
    run(events, processor)
    one = engine(events, processor)
    while events.stored(EVENT).status == Status.FAILED:
        events.clock.advance(hours=48)
        one.sweep(["stripe"], owner="tests", seconds=80)
    assert (len(processor.seen), events.stored(EVENT).status) == (12, Status.DEAD)
    assert one.sweep(["stripe"], owner="tests", seconds=80).attempted == 0


def test_refusal_hands_its_deliveries_over_all_the_same(events: Events) -> None:
    event = run(events, Part(UnprocessableEventError("invalid_field", "x must be a text", [CALLBACK])))
    assert event.last_error == {"reason": "invalid_field", "message": "x must be a text"}
    assert event.status == Status.DEAD
    events.world.send_new()
    assert [one.status for one in events.deliveries()] == [Status.SENT]


def test_event_is_not_done_before_its_deliveries_are_stored(events: Events) -> None:
    processor = Part(deliveries=[CALLBACK])
    events.receive(EVENT)
    with aws_fails("dynamodb", "PutItem"):
        engine(events, processor).process(EVENT, "tests")
    assert (events.stored(EVENT).status, reason(events.stored(EVENT))) == (Status.FAILED, "aws_unavailable")
    assert events.deliveries() == []
    events.clock.advance(hours=1)
    engine(events, processor).sweep(["stripe"], owner="tests", seconds=80)
    assert [one.delivery_id for one in events.deliveries()] == [CALLBACK.delivery_id]


def test_payload_that_has_expired_is_given_up(events: Events) -> None:
    event = run(events, Part(), replace(EVENT, parts=1))
    assert (event.status, reason(event)) == (Status.DEAD, "payload_expired")


def test_event_is_processed_by_one_only(events: Events) -> None:
    inner: list[bool | None] = []
    second = engine(events, Part())

    def meanwhile(incoming: Incoming) -> Sequence[Delivery]:
        inner.append(second.process(EVENT, "tests"))
        return []

    run(events, meanwhile)
    assert inner == [False]
    assert second.process(EVENT, "tests") is False
    assert events.stored(EVENT).attempt_count == 1


def test_one_that_crashes_leaves_the_others_alone(events: Events) -> None:
    three = [new_event("stripe", "made.up", {"crash": number == 1}, str(number)) for number in range(3)]
    for event in three:
        events.receive(event)

    def fragile(incoming: Incoming) -> Sequence[Delivery]:
        return incoming.document["nothing"] if incoming.document["crash"] else []

    events.clock.advance(minutes=2)
    report = engine(events, fragile).sweep(["stripe"], owner="tests", seconds=80)
    assert report.attempted == 3
    assert [events.stored(one).status for one in three] == [Status.SUCCESS, Status.FAILED, Status.SUCCESS]


def test_one_whose_outcome_cannot_be_written_leaves_the_others_alone(events: Events) -> None:
    for number in range(3):
        events.receive(new_event("stripe", "made.up", {}, str(number)))
    events.clock.advance(minutes=2)
    with aws_fails("dynamodb", "UpdateItem"):
        report = engine(events, Part()).sweep(["stripe"], owner="tests", seconds=80)
    assert (report.attempted, report.crashed) == (0, 3)
    report = engine(events, Part()).sweep(["stripe"], owner="tests", seconds=80)
    assert report.attempted == 3


def test_sweep_ends_before_its_time_is_up(events: Events) -> None:
    for number in range(3):
        events.receive(new_event("stripe", "made.up", {}, str(number)))
    events.clock.advance(minutes=2)

    def slow(incoming: Incoming) -> Sequence[Delivery]:
        events.clock.advance(seconds=30)
        return []

    report = engine(events, slow).sweep(["stripe"], owner="tests", seconds=80)
    assert (report.attempted, report.stopped) == (2, "time_up")


def test_sweep_leaves_what_is_not_due(events: Events) -> None:
    events.receive(EVENT)
    assert engine(events, Part()).sweep(["stripe"], owner="tests", seconds=80).attempted == 0


def test_event_that_was_cut_off_is_taken_up_when_its_lease_is_over(events: Events) -> None:
    processor = Part(KeyboardInterrupt())
    events.receive(EVENT)
    with pytest.raises(KeyboardInterrupt):
        engine(events, processor).process(EVENT, "tests")
    processor.error = None
    events.clock.advance(seconds=80)
    assert engine(events, processor).sweep(["stripe"], owner="tests", seconds=80).attempted == 0
    events.clock.advance(minutes=10)
    engine(events, processor).sweep(["stripe"], owner="tests", seconds=80)
    stored = events.stored(EVENT)
    assert (stored.status, [one["reason"] for one in stored.attempts]) == (
        Status.SUCCESS,
        ["interrupted", "processed"],
    )


def test_history_keeps_its_last_attempts_only(events: Events) -> None:
    events.receive(EVENT)
    failing = engine(events, Part(UnprocessableEventError("refused", "x" * 300)))
    for _ in range(50):
        stored = events.stored(EVENT)
        restart = states.restart(stored, policy.EVENT, events.clock.now())
        restarted = events.world.events.change(stored, restart.fields)
        failing.process(restarted, "tests")
    numbers = [one["number"] for one in events.stored(EVENT).attempts]
    assert numbers[-1] == 50
    assert len(numbers) <= KEPT_ATTEMPTS + 1


def test_item_that_aws_takes_for_invalid_is_given_up(events: Events) -> None:
    assert engine(events, Part(AwsRefusedError("too large"))).process(events.receive(EVENT), "tests")
    dead = events.stored(EVENT)
    assert (dead.status, dead.last_error) == (
        Status.DEAD,
        {"reason": "aws_refused", "message": "too large"},
    )


def test_error_that_nobody_expected_is_this_events_own(
    events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(*_: object, **__: object) -> None:
        raise RuntimeError("a defect")

    events.receive(EVENT)
    monkeypatch.setattr(EventStore, "change", defect)
    assert engine(events, Part()).process(EVENT, "tests") is None
