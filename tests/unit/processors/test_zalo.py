"""A receipt of Zalo's tells that a person has a message."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from larkbridge.processors.zalo_receipts import ZaloProcessor
from larkbridge.store.deliveries import Delivery, DeliveryStore
from larkbridge.store.events import Event
from larkbridge.store.work import Status
from larkbridge.targets.modelriver_callback import new_callback
from larkbridge.targets.target import Origin
from tests.support.clock import START
from tests.support.events import Events, every_stop, new_event, refusal

RECEIVED = "user_received_message"
DELIVERY = new_callback("https://example.com", "{}", Origin(("1",), "zalo#0", START + timedelta(days=9)))
MESSAGE = {"delivery_time": "1788228060456", "msg_id": "m1", "tracking_id": DELIVERY.delivery_id}


def receipt(message: Any = MESSAGE, delivery_id: str = "1") -> Event:
    document = {"event_name": RECEIVED, "recipient": {"id": "84900000000"}, "message": message}
    return new_event("zalo", RECEIVED, document, delivery_id)


def noted(events: Events) -> Delivery:
    found = events.world.deliveries.get(DELIVERY.delivery_id)
    assert found is not None
    return found


def test_receipt_is_noted_on_its_delivery(events: Events) -> None:
    events.world.deliveries.add(DELIVERY)
    event = events.handle(receipt())
    assert event.status == Status.SUCCESS
    assert noted(events).receipt_at == "2026-09-01T02:01:00.456Z"
    assert noted(events).status == DELIVERY.status


def test_first_receipt_stays(events: Events) -> None:
    events.world.deliveries.add(DELIVERY)
    first = events.handle(receipt())
    again = receipt(MESSAGE | {"delivery_time": 1_788_228_999_000}, "2")
    assert events.handle(again).status == Status.SUCCESS
    events.replay(first)
    assert noted(events).receipt_at == "2026-09-01T02:01:00.456Z"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"msg_id": "m1", "text": "chào"}, "chat_receipt"),
        ({"msg_id": "m1", "delivery_time": None, "tracking_id": DELIVERY.delivery_id}, "chat_receipt"),
        (MESSAGE | {"tracking_id": "of somebody else"}, "unknown_tracking_id"),
        (MESSAGE | {"tracking_id": ""}, "unknown_tracking_id"),
        ({"delivery_time": "1788228060456"}, "unknown_tracking_id"),
    ],
)
def test_other_receipts_are_only_logged(events: Events, message: Any, reason: str) -> None:
    event = events.handle(receipt(message))
    assert event.status == Status.IGNORED
    assert event.attempts[-1]["reason"] == reason
    assert events.deliveries() == []


def test_stop_anywhere_ends_the_same(environ: dict[str, str]) -> None:
    def prepare(events: Events) -> None:
        events.world.deliveries.add(DELIVERY)
        events.receive(receipt())

    for events, stop in every_stop(environ, prepare, lambda one: one.process(receipt())):
        while events.stored(receipt()).status != Status.SUCCESS:
            events.clock.advance(minutes=5)
            events.process(events.stored(receipt()))
        assert noted(events).receipt_at == "2026-09-01T02:01:00.456Z", stop


@pytest.mark.parametrize("odd", ["soon", "", "٣", "9" * 16, "9" * 15, {}, -1])
def test_time_that_is_none_is_that_of_receipt(events: Events, odd: Any) -> None:
    events.world.deliveries.add(DELIVERY)
    event = events.handle(receipt(MESSAGE | {"delivery_time": odd}))
    assert event.status == Status.SUCCESS
    assert noted(events).receipt_at == event.received_at


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (None, "message"),
        ("m1", "message"),
        ([MESSAGE], "message"),
        (MESSAGE | {"tracking_id": 7}, "message.tracking_id"),
        (MESSAGE | {"tracking_id": "t" * 201}, "message.tracking_id"),
    ],
)
def test_nonsense_is_refused_by_name(message: Mapping[str, Any], field: str) -> None:
    refused = refusal(ZaloProcessor(DeliveryStore("nowhere")).receipt, receipt(message))
    assert refused.reason == "invalid_field"
    assert refused.message.startswith(f"{field} must be ")
