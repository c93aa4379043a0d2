"""What the admin API shows of outbound deliveries, and how they are sent again."""

import importlib
import pkgutil

import pytest

from larkbridge import targets
from larkbridge.clock import to_text
from larkbridge.store.deliveries import STATUSES
from larkbridge.store.work import Status
from larkbridge.targets.policies import TARGETS
from larkbridge.work.states import tries
from tests.support.admin import UNKNOWN_ID, Admin, delivery, handed_over
from tests.support.aws_faults import aws_fails
from tests.support.clock import START
from tests.support.world import World

LIST = "GET /v1/deliveries"
GET = "GET /v1/deliveries/{deliveryId}"
RETRY = "POST /v1/deliveries/{deliveryId}/retry"
STATES = ("pending", "sending", "sent", "failed", "dead")


@pytest.fixture
def admin(world: World) -> Admin:
    return Admin(world)


def ids(admin: Admin, **query: str) -> list[str]:
    return [item["deliveryId"] for item in admin.ask(LIST, **query).body["items"]]


@pytest.mark.parametrize("route", [GET, RETRY])
@pytest.mark.parametrize("delivery_id", [UNKNOWN_ID, "x", "%00", "x" * 3000, UNKNOWN_ID.upper() + "A"])
def test_unknown_delivery_is_404(admin: Admin, route: str, delivery_id: str) -> None:
    assert admin.ask(route, delivery_id).status == 404


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"target": "party"}, {"target"}),
        ({"status": "lost"}, {"status"}),
        ({"status": "received"}, {"status"}),
        ({"limit": "101"}, {"limit"}),
        ({"cursor": "next"}, {"cursor"}),
        ({"eventId": "x", "target": "party"}, {"eventId", "target"}),
    ],
)
def test_wrong_parameters_are_400_and_named(admin: Admin, query: dict[str, str], named: set[str]) -> None:
    answer = admin.ask(LIST, **query)
    assert (answer.status, set(answer.body["fields"])) == (400, named)


@pytest.mark.parametrize("route", [LIST, GET, RETRY])
def test_unreadable_store_is_500_with_an_id_and_nothing_else(admin: Admin, route: str) -> None:
    with aws_fails("dynamodb", "Query"), aws_fails("dynamodb", "GetItem"):
        answer = admin.ask(route, UNKNOWN_ID)
    assert (answer.status, answer.body.keys()) == (500, {"error", "message", "requestId"})


def test_every_target_of_deliveries_can_be_asked_for() -> None:
    modules = [importlib.import_module(f"{targets.__name__}.{one.name}") for one in _modules()]
    names = {
        found.name
        for module in modules
        for found in vars(module).values()
        if isinstance(found, type) and hasattr(found, "follow_ups") and hasattr(found, "name")
    }
    assert names == {*TARGETS}


def _modules() -> list[pkgutil.ModuleInfo]:
    return [*pkgutil.iter_modules(targets.__path__)]


def test_every_status_can_be_asked_for() -> None:
    assert {*STATUSES} == {*STATES}


def test_list_is_newest_first_over_all_targets(world: World, admin: Admin) -> None:
    stored = [handed_over(world, target=target) for target in TARGETS]
    assert ids(admin) == stored[::-1]
    assert [ids(admin, target=target) for target in TARGETS] == [[one] for one in stored]


@pytest.mark.parametrize("state", STATES)
def test_list_of_one_status(world: World, admin: Admin, state: str) -> None:
    stored = {one: handed_over(world, one, state=one) for one in STATES}
    (item,) = admin.ask(LIST, status=state).body["items"]
    assert (item["deliveryId"], item["status"]) == (stored[state], state)
    assert ids(admin, status=state, target="button-forward") == []


def test_list_shows_what_an_admin_looks_for_and_no_more(world: World, admin: Admin) -> None:
    delivery_id = handed_over(world, state="failed")
    (item,) = admin.ask(LIST).body["items"]
    assert item == {
        "deliveryId": delivery_id,
        "target": "modelriver-callback",
        "destination": "hook:receiver.example",
        "eventId": "modelriver#1",
        "createdAt": to_text(START),
        "status": "failed",
        "attemptCount": 1,
        "nextAttemptAt": delivery(world, delivery_id).next_attempt_at,
        "sentAt": None,
        "receiptAt": None,
        "maybeDuplicate": False,
        "lastError": {"reason": "not_connected"},
    }


@pytest.mark.parametrize("query", [{}, {"status": "pending"}])
def test_pages_cover_more_than_a_hundred_once(world: World, admin: Admin, query: dict[str, str]) -> None:
    stored = [handed_over(world, str(n), target=TARGETS[n % 2]) for n in range(103)]
    pages = admin.pages(LIST, {"limit": "100"} | query)
    assert [len(page) for page in pages] == [100, 3]
    assert [item["deliveryId"] for page in pages for item in page] == stored[::-1]


def test_detail_shows_content_and_every_attempt(world: World, admin: Admin) -> None:
    delivery_id = handed_over(world, state="sent")
    shown = admin.ask(GET, delivery_id).body
    (listed,) = admin.ask(LIST).body["items"]
    moment = to_text(START)
    assert shown == listed | {
        "content": {"url": "https://receiver.example/done", "body": '{"ok": true}'},
        "requestedBy": None,
        "attempts": [
            {"number": 1, "startedAt": moment, "endedAt": moment, "verdict": "ok", "reason": "accepted"}
        ],
    }


@pytest.mark.parametrize("state", ["sent", "dead"])
def test_receipt_is_shown(world: World, admin: Admin, state: str) -> None:
    delivery_id = handed_over(world, state=state)
    assert world.deliveries.note_receipt(delivery_id, "2026-09-02T00:00:00Z")
    (listed,) = admin.ask(LIST, status=state).body["items"]
    assert listed["receiptAt"] == admin.ask(GET, delivery_id).body["receiptAt"] == "2026-09-02T00:00:00Z"


@pytest.mark.parametrize("state", ["sent", "sending"])
def test_delivery_that_has_arrived_or_is_on_its_way_cannot_be_retried(
    world: World, admin: Admin, state: str
) -> None:
    delivery_id = handed_over(world, state=state)
    before = delivery(world, delivery_id)
    answer = admin.ask(RETRY, delivery_id)
    assert (answer.status, answer.body["error"]) == (409, "conflict")
    assert delivery(world, delivery_id) == before


@pytest.mark.parametrize("state", ["failed", "dead"])
def test_retried_delivery_is_due_now_with_twelve_attempts(world: World, admin: Admin, state: str) -> None:
    delivery_id = handed_over(world, state=state)
    answer = admin.ask(RETRY, delivery_id)
    assert (answer.status, answer.body["deliveryId"], answer.body["status"]) == (200, delivery_id, "failed")
    due = delivery(world, delivery_id)
    assert (due.next_attempt_at, tries(due)) == (to_text(world.clock.now()), 0)


def test_retry_that_cannot_be_written_is_500(world: World, admin: Admin) -> None:
    delivery_id = handed_over(world, state="dead")
    with aws_fails("dynamodb", "UpdateItem"):
        assert admin.ask(RETRY, delivery_id).status == 500
    assert delivery(world, delivery_id).status == Status.DEAD
