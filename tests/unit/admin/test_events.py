"""What the admin API shows of inbound events."""

import itertools
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import boto3
import pytest

from larkbridge.clock import to_text
from larkbridge.inbound.all_providers import SOURCES
from larkbridge.store.events import PART_BYTES, STATUSES
from tests.support.admin import Admin, event, received
from tests.support.aws_faults import aws_fails
from tests.support.clock import START
from tests.support.documents import noise
from tests.support.world import World

LIST = "GET /v1/events"
GET = "GET /v1/events/{eventId}"
REPLAY = "POST /v1/events/{eventId}/replay"
STATES = ("received", "processing", "success", "failed", "dead", "ignored")


@pytest.fixture
def admin(world: World) -> Admin:
    return Admin(world)


def ids(admin: Admin, **query: str) -> list[str]:
    return [item["eventId"] for item in admin.ask(LIST, **query).body["items"]]


@pytest.mark.parametrize("route", [GET, REPLAY])
@pytest.mark.parametrize(
    "event_id",
    [
        "stripe#evt_unknown",
        "stripe",
        "stripe#",
        "#evt_1",
        "#",
        " ",
        "stripe#has a space",
        "stripe#ễ",
        "stripe#\x00",
        f"stripe#{'x' * 201}",
        "x" * 3000,
        "../stripe#evt_1",
    ],
)
def test_unknown_event_is_404(admin: Admin, route: str, event_id: str) -> None:
    answer = admin.ask(route, quote(event_id, safe=""))
    assert (answer.status, answer.body["error"]) == (404, "not_found")


@pytest.mark.parametrize("route", [GET, REPLAY])
def test_part_of_a_payload_is_no_event(world: World, admin: Admin, route: str) -> None:
    event_id = _receive_large(world)
    assert world.events.table.get({"eventId": f"{event_id}#1"}) is not None
    assert admin.ask(route, quote(f"{event_id}#1", safe="")).status == 404


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"source": "party"}, {"source"}),
        ({"source": ""}, {"source"}),
        ({"status": "lost"}, {"status"}),
        ({"status": "sent"}, {"status"}),
        ({"status": "sending"}, {"status"}),
        ({"limit": "0"}, {"limit"}),
        ({"limit": "101"}, {"limit"}),
        ({"cursor": "next"}, {"cursor"}),
        ({"subject": "x"}, {"subject"}),
        ({"eventType": "x", "source": "party", "limit": "many"}, {"eventType", "source", "limit"}),
    ],
)
def test_wrong_parameters_are_400_and_named(admin: Admin, query: dict[str, str], named: set[str]) -> None:
    answer = admin.ask(LIST, **query)
    assert (answer.status, set(answer.body["fields"])) == (400, named)


@pytest.mark.parametrize("route", [LIST, GET, REPLAY])
def test_unreadable_store_is_500_with_an_id_and_nothing_else(admin: Admin, route: str) -> None:
    with aws_fails("dynamodb", "Query"), aws_fails("dynamodb", "GetItem"):
        answer = admin.ask(route, quote("stripe#evt_1", safe=""))
    assert (answer.status, answer.body.keys()) == (500, {"error", "message", "requestId"})


def test_list_is_empty_at_first(admin: Admin) -> None:
    assert admin.ask(LIST).body == {"items": [], "cursor": None}


def test_list_is_newest_first_over_all_sources(world: World, admin: Admin) -> None:
    stored = [received(world, f"evt_{source}", source=source) for source in SOURCES]
    assert ids(admin) == stored[::-1]


def test_list_shows_what_an_admin_looks_for_and_no_more(world: World, admin: Admin) -> None:
    event_id = received(world, state="failed", payload='{"card": "4242"}')
    (item,) = admin.ask(LIST).body["items"]
    assert item == {
        "eventId": event_id,
        "source": "stripe",
        "type": "invoice.paid",
        "receivedAt": to_text(START),
        "status": "failed",
        "attemptCount": 1,
        "nextAttemptAt": event(world, event_id).next_attempt_at,
        "processedAt": None,
        "lastError": {"reason": "not_connected"},
    }


@pytest.mark.parametrize("state", ["success", "ignored"])
def test_event_that_is_done_has_its_time(world: World, admin: Admin, state: str) -> None:
    received(world, state=state)
    (item,) = admin.ask(LIST).body["items"]
    assert (item["processedAt"], item["nextAttemptAt"], item["lastError"]) == (to_text(START), None, None)


@pytest.mark.parametrize("source", SOURCES)
def test_list_of_one_source(world: World, admin: Admin, source: str) -> None:
    for one in SOURCES:
        received(world, source=one)
    assert ids(admin, source=source) == [f"{source}#evt_1"]


@pytest.mark.parametrize("state", STATES)
def test_list_of_one_status(world: World, admin: Admin, state: str) -> None:
    for one in STATES:
        received(world, one, state=one)
    (item,) = admin.ask(LIST, status=state).body["items"]
    assert (item["eventId"], item["status"]) == (f"stripe#{state}", state)
    assert ids(admin, status=state, source="stripe") == [f"stripe#{state}"]
    assert ids(admin, status=state, source="github") == []


def test_every_status_can_be_asked_for() -> None:
    assert {*STATUSES} == {*STATES}


def test_list_of_one_type(world: World, admin: Admin) -> None:
    received(world, "1", type="invoice.paid")
    received(world, "2", type="invoice.created")
    assert ids(admin, type="invoice.created") == ["stripe#2"]
    assert ids(admin, type="invoice") == []


def test_what_came_in_is_listed_and_shown(world: World, admin: Admin) -> None:
    world.webhook("stripe", {"id": "evt_9", "type": "charge.failed", "note": "Học phí"})
    assert ids(admin, type="charge.failed", status="received") == ["stripe#evt_9"]
    shown = admin.ask(GET, "stripe%23evt_9").body
    assert shown["payload"] == {"id": "evt_9", "type": "charge.failed", "note": "Học phí"}


@pytest.mark.parametrize("query", [{}, {"status": "received"}])
def test_pages_cover_more_than_a_hundred_once_while_new_ones_arrive(
    world: World, admin: Admin, query: dict[str, str]
) -> None:
    stored = [received(world, f"evt_{n}", source=("stripe", "github")[n % 2]) for n in range(125)]
    late = itertools.count()
    arrive: Callable[[], object] = lambda: received(world, f"late_{next(late)}")  # noqa: E731
    pages = admin.pages(LIST, {"limit": "100"} | query, arrive)
    assert [len(page) for page in pages] == [100, 25]
    assert [item["eventId"] for page in pages for item in page] == stored[::-1]


def test_detail_shows_payload_subject_and_every_attempt(world: World, admin: Admin) -> None:
    event_id = received(world, state="dead", payload='{"id": "evt_1", "n": [1, null]}', subject="customer:7")
    shown = admin.ask(GET, quote(event_id, safe="")).body
    (listed,) = admin.ask(LIST).body["items"]
    assert shown == listed | {
        "subject": "customer:7",
        "payload": {"id": "evt_1", "n": [1, None]},
        "requestedBy": None,
        "attempts": [
            {
                "number": 1,
                "startedAt": to_text(START),
                "endedAt": to_text(START),
                "verdict": "reject",
                "reason": "invalid_field",
                "message": "id is missing",
            }
        ],
    }


LARGE_NOTE = "é" + noise(2 * PART_BYTES)


def _receive_large(world: World) -> str:
    document = {"id": "evt_1", "type": "invoice.paid", "note": LARGE_NOTE}
    assert world.webhook("stripe", document).status == 200
    return "stripe#evt_1"


def test_detail_of_a_large_event_has_all_of_its_payload(world: World, admin: Admin) -> None:
    event_id = _receive_large(world)
    assert event(world, event_id).parts
    assert admin.ask(GET, quote(event_id, safe="")).body["payload"]["note"] == LARGE_NOTE


def test_payload_of_which_a_part_is_gone_is_null(world: World, admin: Admin) -> None:
    event_id = _receive_large(world)
    boto3.client("dynamodb").delete_item(
        TableName=world.environ["EVENTS_TABLE"], Key={"eventId": {"S": f"{event_id}#1"}}
    )
    answer = admin.ask(GET, quote(event_id, safe=""))
    assert (answer.status, answer.body["payload"], answer.body["type"]) == (200, None, "invoice.paid")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r'{"half": "a\ud83db"}', {"half": "a?b"}),
        (r'{"\udc00": 1}', {"?": 1}),
        (r'{"whole": "\ud83d\ude00"}', {"whole": "😀"}),
        ('"just a text"', "just a text"),
    ],
)
def test_payload_that_utf_8_cannot_hold_is_shown_all_the_same(
    world: World, admin: Admin, text: str, shown: Any
) -> None:
    event_id = received(world, payload=text)
    response = admin.ask(GET, quote(event_id, safe=""))
    assert json.dumps(response.body, ensure_ascii=False).encode()
    assert response.body["payload"] == shown
