"""What ModelRiver's models wrote becomes content, and ModelRiver hears of it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from larkbridge.processors.modelriver_content import ModelRiverProcessor
from larkbridge.processors.payload_fields import MAX_ITEM_BYTES
from larkbridge.store.content import ContentStore, content_id, sort_key
from larkbridge.store.events import Event
from larkbridge.store.table import Table
from larkbridge.store.work import Status
from sandbox.faults import Fault
from tests.support.documents import TASK as DOCUMENTED
from tests.support.documents import WRITTEN
from tests.support.events import Events, every_stop, incoming, new_event, refusal
from tests.support.world import SANDBOX_ORIGIN

GENERATED = "task.ai_generated"
CALLBACK = f"{SANDBOX_ORIGIN}/v1/callback/channel-1"
TASK = DOCUMENTED | {"callback_url": CALLBACK}
RECEIVED_AT = "2026-09-01T02:00:00.000Z"
HALF = "a" * (MAX_ITEM_BYTES // 2)
NOWHERE = ModelRiverProcessor(ContentStore("nowhere"))


def task(document: Any = TASK, delivery_id: str = "1") -> Event:
    return new_event("modelriver", GENERATED, document, delivery_id)


def content(events: Events) -> Any:
    return ContentStore(events.world.environ["CONTENT_TABLE"]).of_channel("channel-1")


def callbacks(events: Events) -> list[Any]:
    return [one.body for one in events.outside.modelriver.callbacks]


def test_task_becomes_content_and_is_called_back(events: Events) -> None:
    event = events.handle(task())
    assert event.status == Status.SUCCESS
    record_id = content_id("channel-1")
    assert content(events) == {
        "contentId": record_id,
        "channelId": "channel-1",
        "eventName": "new_post",
        "title": "Ba bước tới điểm A",
        "body": "Luyện tập mỗi ngày.",
        "category": "blog",
        "metadata": {"category": "blog", "lesson": 7, "ai_model": "two", "ai_provider": "one"},
        "source": "modelriver",
        "createdAt": RECEIVED_AT,
    }
    assert callbacks(events) == [
        {
            "data": WRITTEN | {"id": record_id, "saved_at": RECEIVED_AT},
            "task_id": record_id,
            "metadata": {"table": "content", "record_id": record_id},
        }
    ]
    assert [one.status for one in events.deliveries()] == [Status.SENT]


def test_fields_may_stand_inside_data(events: Events) -> None:
    nested = {name: value for name, value in TASK.items() if name not in ("type", "timestamp")}
    events.handle(task({"type": GENERATED, "data": nested}))
    assert content(events)["title"] == "Ba bước tới điểm A"
    assert len(callbacks(events)) == 1


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ({"ai_response": {"data": {}}}, {"title": "Untitled", "body": ""}),
        (
            {"ai_response": {"data": {"title": "", "body": "Nội dung"}}},
            {"title": "Untitled", "body": "Nội dung"},
        ),
        ({"ai_response": {"data": {"description": "", "body": "Nội dung"}}}, {"body": "Nội dung"}),
        ({"customer_data": None, "meta": None}, {"category": "general", "metadata": {}}),
        ({"customer_data": {"category": None}}, {"category": "general"}),
        ({"meta": {"model": "two"}}, {"metadata": {"category": "blog", "lesson": 7, "ai_model": "two"}}),
        ({"event": None}, {"eventName": None}),
        ({"ai_response": {"data": {"body": "đứt \ud83d"}}}, {"body": "đứt ?"}),
        ({"customer_data": {"\ud83d": [10**50, 1e-200]}}, {"category": "general"}),
    ],
)
def test_what_is_left_out_has_a_default(
    events: Events, changes: Mapping[str, Any], known: Mapping[str, Any]
) -> None:
    assert events.handle(task({**TASK, **changes})).status == Status.SUCCESS
    stored = content(events)
    assert {name: stored.get(name) for name in known} == known


@pytest.mark.parametrize("url", [None, ""])
def test_without_an_address_nobody_is_called_back(events: Events, url: Any) -> None:
    assert events.handle(task(TASK | {"callback_url": url})).status == Status.SUCCESS
    assert content(events) is not None
    assert events.deliveries() == []


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v1/callback/channel-1",
        "https://api.modelriver.com.evil.example/",
        "https://api.modelriver.com@evil.example/",
        "http://api.modelriver.com/v1/callback/channel-1",
        "https://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:4571/",
        "file:///etc/passwd",
        "not an address",
    ],
)
def test_key_goes_to_no_other_address(events: Events, url: str) -> None:
    assert events.handle(task(TASK | {"callback_url": url})).status == Status.SUCCESS
    (delivery,) = events.deliveries()
    assert (delivery.status, (delivery.last_error or {})["reason"]) == (Status.DEAD, "callback_not_allowed")
    assert callbacks(events) == []


def test_replay_neither_changes_the_content_nor_calls_again(events: Events) -> None:
    event = events.handle(task())
    before = events.records("CONTENT_TABLE")
    events.clock.advance(hours=1)
    events.replay(event)
    events.settle()
    assert events.records("CONTENT_TABLE") == before
    assert len(events.deliveries()) == len(callbacks(events)) == 1


def test_callback_that_failed_is_made_again(events: Events) -> None:
    events.outside.modelriver.faults.set(Fault("down", times=2))
    assert events.handle(task()).status == Status.SUCCESS
    assert callbacks(events) == []
    events.settle()
    assert len(callbacks(events)) == 1


@pytest.mark.parametrize("document", [TASK, TASK | {"ai_response": None}], ids=["good", "bad"])
def test_stop_anywhere_ends_the_same(environ: dict[str, str], document: Any) -> None:
    event = task(document)
    for events, stop in every_stop(environ, lambda one: one.receive(event), lambda one: one.process(event)):
        events.settle()
        good = document is TASK
        assert events.stored(event).status == (Status.SUCCESS if good else Status.DEAD), stop
        assert (content(events) is not None) == good, stop
        assert [one.status for one in events.deliveries()] == [Status.SENT], stop
        assert {body.get("error") for body in callbacks(events)} == {None if good else "processing_failed"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ai_response": None}, "ai_response"),
        ({"ai_response": "written"}, "ai_response"),
        ({"ai_response": {}}, "ai_response.data"),
        ({"ai_response": {"data": ["written"]}}, "ai_response.data"),
        ({"ai_response": {"data": {"title": {"vi": "Tiêu đề"}}}}, "ai_response.data.title"),
        ({"ai_response": {"data": {"title": "t" * 1001}}}, "ai_response.data.title"),
        ({"ai_response": {"data": {"body": 7}}}, "ai_response.data.body"),
        ({"customer_data": "blog"}, "customer_data"),
        ({"customer_data": {"category": 7}}, "customer_data.category"),
        ({"meta": []}, "meta"),
        ({"meta": {"model": []}}, "meta.model"),
        ({"event": {}}, "event"),
        ({"channel_id": None}, "channel_id"),
        ({"channel_id": 7}, "channel_id"),
    ],
)
def test_nonsense_is_refused_by_name_and_called_back(changes: Mapping[str, Any], field: str) -> None:
    refused = refusal(NOWHERE.generated, task({**TASK, **changes}))
    assert refused.reason == "invalid_field"
    assert refused.message.startswith(f"{field} must be ")
    (delivery,) = refused.deliveries
    assert delivery.content["url"] == CALLBACK
    told = json.loads(delivery.content["body"])
    assert told == {"error": "processing_failed", "message": refused.message}


@pytest.mark.parametrize(
    "url", [7, ["https://api.modelriver.com"], "https://api.modelriver.com/" + "a" * 2000]
)
def test_address_that_is_none_is_refused(url: Any) -> None:
    refused = refusal(NOWHERE.generated, task(TASK | {"callback_url": url}))
    assert refused.message.startswith("callback_url must be ")
    assert list(refused.deliveries) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ai_response": {"data": {"body": "ễ" * (MAX_ITEM_BYTES // 3)}}}, "too_large"),
        ({"ai_response": {"data": WRITTEN | {"more": "a" * MAX_ITEM_BYTES}}}, "too_large"),
        ({"customer_data": {"note": "a" * MAX_ITEM_BYTES}}, "too_large"),
        ({"ai_response": {"data": {"body": HALF}}, "customer_data": {"note": HALF}}, "too_large"),
    ],
)
def test_what_no_item_can_hold_is_refused(changes: Mapping[str, Any], reason: str) -> None:
    assert refusal(NOWHERE.generated, task({**TASK, **changes})).reason == reason


def test_number_that_json_cannot_write_is_refused() -> None:
    overflow = '{"channel_id":"channel-1","ai_response":{"data":{"n":1e999}}}'
    assert refusal(NOWHERE.generated, task(overflow)).reason == "not_json"


@pytest.mark.parametrize("order", [("first", "second"), ("second", "first")])
def test_first_content_of_a_channel_stays_and_its_own_event_corrects_it(
    events: Events, order: tuple[str, str]
) -> None:
    known = {name: task(TASK | {"event": name}, name) for name in ("first", "second")}
    for event in known.values():
        events.handle(event)
    right = content(events)
    spoilt = events.records("CONTENT_TABLE")[0] | {"title": "wrong"}
    Table(events.world.environ["CONTENT_TABLE"]).put(spoilt)
    for name in order:
        events.replay(known[name])
    assert content(events) == right
    assert right["eventName"] == "first"


def test_event_that_comes_again_when_it_is_forgotten_leaves_the_content(events: Events) -> None:
    events.handle(task())
    first = content(events)
    processor = ModelRiverProcessor(ContentStore(events.world.environ["CONTENT_TABLE"]))
    processor.generated(incoming(replace(task(), received_at="2026-10-05T02:00:00.000Z")))
    assert content(events) == first


def test_newest_content_comes_first(events: Events) -> None:
    contents = ContentStore(events.world.environ["CONTENT_TABLE"])
    for minute in range(3):
        event = task(TASK | {"channel_id": f"channel-{minute}", "callback_url": None}, str(minute))
        ModelRiverProcessor(contents).generated(
            incoming(replace(event, received_at=f"2026-09-01T02:0{minute}:00.000Z"))
        )
    found = list(contents.newest(None))
    assert [one["channelId"] for one in found] == ["channel-2", "channel-1", "channel-0"]
    assert [one["channelId"] for one in contents.newest(sort_key(found[1]))] == ["channel-0"]
