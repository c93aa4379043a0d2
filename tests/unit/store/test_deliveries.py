"""A delivery is stored once, and whoever stores it hears whether it was there already."""

from collections.abc import Iterator

import pytest

from larkbridge.store.deliveries import Delivery, DeliveryStore, new_delivery
from tests.support.clock import START
from tests.support.memory_dynamo.aws import SETTINGS, memory_aws
from tests.support.memory_dynamo.client import Interference, MemoryDynamo


class SentTwice(Interference):
    """The SDK repeats every request, since the first answer is lost."""

    def sends_twice(self, operation: str) -> bool:
        return True


@pytest.fixture
def dynamo() -> Iterator[MemoryDynamo]:
    with memory_aws() as dynamo:
        yield dynamo


def delivery() -> Delivery:
    return new_delivery(
        "lark-card",
        about=("1",),
        destination="lark-api",
        subject="event",
        content={"text": "Xin chào"},
        now=START,
        next_attempt_at=START,
    )


def test_id_that_is_taken_is_told_even_when_nothing_was_done_with_it(dynamo: MemoryDynamo) -> None:
    store = DeliveryStore(SETTINGS["DELIVERIES_TABLE"])
    assert store.add(delivery()) is None
    taken = store.add(delivery())
    assert taken == store.get(delivery().delivery_id)


def test_repeated_request_of_the_sdk_is_no_other_delivery(dynamo: MemoryDynamo) -> None:
    dynamo.interference = SentTwice()
    assert DeliveryStore(SETTINGS["DELIVERIES_TABLE"]).add(delivery()) is None
