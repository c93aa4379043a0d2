"""The model of a FIFO queue does what SQS's documentation says, and where moto does it too, the same."""

from datetime import timedelta

import boto3
import pytest

from tests.support.aws import moto_aws
from tests.support.clock import SimulatedClock
from tests.support.fifo_queue import DEDUPLICATED_FOR, FifoQueue, Received


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def queue(clock: SimulatedClock) -> FifoQueue:
    return FifoQueue(clock, dead_letters=FifoQueue(clock))


def received(queue: FifoQueue) -> Received:
    """Return the next message, which there must be."""
    message = queue.receive()
    assert message
    return message


def bodies(queue: FifoQueue) -> list[str]:
    """Return what can be received now, and is under way then."""
    found = []
    while (message := queue.receive()) is not None:
        found.append(message.body)
    return found


def test_groups_go_side_by_side_and_each_in_its_order(queue: FifoQueue) -> None:
    for number in range(6):
        queue.send(str(number), "ab"[number % 2], str(number))
    first, second = received(queue), received(queue)
    assert (first.body, second.body, queue.receive()) == ("0", "1", None)
    assert queue.delete(second)
    assert bodies(queue) == ["3"]


def test_what_was_not_deleted_comes_again_before_what_follows(
    queue: FifoQueue, clock: SimulatedClock
) -> None:
    queue.send("first", "a", "1")
    queue.send("second", "a", "2")
    assert bodies(queue) == ["first"]
    clock.advance(seconds=149)
    assert bodies(queue) == []
    clock.advance(seconds=1)
    assert bodies(queue) == ["first"]


def test_only_the_newest_receipt_deletes(queue: FifoQueue) -> None:
    queue.send("first", "a", "1")
    slow = received(queue)
    queue.show(slow)
    fast = received(queue)
    assert not queue.delete(slow)
    assert queue.delete(fast)
    assert len(queue) == 0


def test_a_receipt_is_void_once_the_message_shows_again(queue: FifoQueue, clock: SimulatedClock) -> None:
    queue.send("first", "a", "1")
    message = received(queue)
    clock.advance(seconds=150)
    assert not queue.delete(message)
    assert bodies(queue) == ["first"]


def test_what_was_received_three_times_goes_to_the_dead_letters_and_the_group_goes_on(
    queue: FifoQueue, clock: SimulatedClock
) -> None:
    queue.send("deadly", "a", "1")
    queue.send("harmless", "a", "2")
    for _ in range(3):
        assert bodies(queue) == ["deadly"]
        clock.advance(seconds=150)
    assert bodies(queue) == ["harmless"]
    assert queue.dead_letters
    assert bodies(queue.dead_letters) == ["deadly"]


def test_an_equal_id_is_dropped_for_five_minutes_whatever_the_body(
    queue: FifoQueue, clock: SimulatedClock
) -> None:
    assert queue.send("first", "a", "1")
    assert queue.delete(received(queue))
    clock.advance(seconds=(DEDUPLICATED_FOR - timedelta(seconds=1)).total_seconds())
    assert not queue.send("another", "b", "1")
    clock.advance(seconds=1)
    assert queue.send("another", "b", "1")


def test_moto_sends_and_receives_the_same(queue: FifoQueue) -> None:
    sent = [
        ("0", "a", "id-0"),
        ("1", "b", "id-1"),
        ("2", "a", "id-2"),
        ("3", "b", "id-1"),
        ("4", "a", "id-4"),
    ]
    with moto_aws() as settings:
        sqs, url = boto3.client("sqs"), settings["CHAT_QUEUE_URL"]
        theirs: list[str] = []
        for body, group, deduplication_id in sent:
            sqs.send_message(
                QueueUrl=url,
                MessageBody=body,
                MessageGroupId=group,
                MessageDeduplicationId=deduplication_id,
            )
            queue.send(body, group, deduplication_id)
        ours: list[str] = []
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages"):
            theirs.append(found[0]["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
            message = received(queue)
            ours.append(message.body)
            queue.delete(message)
    assert theirs == ours
    assert queue.receive() is None
