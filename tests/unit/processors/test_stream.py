"""What a batch of stream records does, and what of it goes back to the stream."""

from typing import Any

from botocore.exceptions import EndpointConnectionError

from larkbridge.processors.stream import process_records
from larkbridge.store.codec import to_item
from larkbridge.store.events import Event
from larkbridge.store.work import Status
from larkbridge.store.work_table import to_record
from tests.support.calls import Calls
from tests.support.output import captured
from tests.support.stream import stream_batch, stream_record
from tests.support.world import World


def received(world: World, *names: str) -> list[Event]:
    """Let GitHub events arrive and return them."""
    for name in names:
        assert world.webhook("github-push", {"ref": name}).status == 200
        world.clock.advance(seconds=1)
    events = [world.events.get(one.event_id) for one in world.events.backlog(["github"])]
    return [event for event in events if event]


def process(world: World, batch: dict[str, Any], seconds: float = 80) -> dict[str, Any]:
    return process_records(batch, world.processing, owner="request-1", seconds=seconds)


def statuses(world: World, events: list[Event]) -> list[Status]:
    stored = [world.events.get(event.event_id) for event in events]
    return [event.status for event in stored if event]


def test_batch_is_processed_and_nothing_goes_back(world: World) -> None:
    events = received(world, "a", "b", "c")
    assert process(world, stream_batch(events)) == {"batchItemFailures": []}
    assert statuses(world, events) == [Status.IGNORED] * 3


def test_same_batch_again_changes_nothing(world: World) -> None:
    events = received(world, "a")
    batch = stream_batch(events)
    process(world, batch)
    assert process(world, batch) == {"batchItemFailures": []}
    (event,) = [world.events.get(one.event_id) for one in events]
    assert event is not None
    assert event.attempt_count == 1


def test_only_a_record_that_cannot_be_read_goes_back(world: World) -> None:
    events = received(world, "a", "b")
    unreadable = [
        stream_record({"eventId": {"S": "github#x"}, "status": {"S": "received"}}, 90),
        stream_record(to_item(to_record(events[0]) | {"status": "of another version"}), 91),
        stream_record({"eventId": {"B": "binary"}}, 92),
        {"dynamodb": {"SequenceNumber": "93"}},
    ]
    batch = stream_batch(events)
    batch["Records"][1:1] = unreadable
    with captured() as output:
        answer = process(world, batch)
    assert [one["itemIdentifier"] for one in answer["batchItemFailures"]] == ["90", "91", "92", "93"]
    assert statuses(world, events) == [Status.IGNORED] * 2
    assert len(output.logged("stream record not readable")) == 4


class _AwsDown(Calls):
    def before(self, name: str) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.test")


def test_outage_of_the_table_sends_nothing_back_and_loses_nothing(world: World) -> None:
    events = received(world, "a", "b")
    with world.watch(_AwsDown()):
        assert process(world, stream_batch(events)) == {"batchItemFailures": []}
    assert statuses(world, events) == [Status.RECEIVED] * 2
    world.clock.advance(minutes=2)
    world.sweep()
    assert statuses(world, events) == [Status.IGNORED] * 2


def test_what_does_not_fit_into_the_time_is_left_to_the_retry_job(world: World) -> None:
    events = received(world, "a", "b")
    assert process(world, stream_batch(events), seconds=25) == {"batchItemFailures": []}
    assert statuses(world, events) == [Status.RECEIVED] * 2
    world.clock.advance(minutes=2)
    world.sweep()
    assert statuses(world, events) == [Status.IGNORED] * 2
