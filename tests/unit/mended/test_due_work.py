"""A run of the retry job costs what is due, and "too fast" is neither "down" nor an attempt."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import httpx
import pytest

from larkbridge.clock import to_text
from larkbridge.store.button_configs import ButtonConfig, ButtonConfigStore
from larkbridge.store.destinations import LARK_FORMS, Destination, DestinationStore
from larkbridge.store.work import Status
from larkbridge.targets.policies import TARGETS
from sandbox.faults import Fault
from sandbox.lark.workflow import ErrorCode
from sandbox.routing import Router
from sandbox.transport import RouterTransport
from tests.support.admin import Admin
from tests.support.calls import WatchedTransport
from tests.support.events import new_event
from tests.support.functions import Handler, environment, functions, loaded, references
from tests.support.recorder import Recorder
from tests.support.submissions import submission_at
from tests.support.webhooks import LARK_APP_ID
from tests.support.world import SANDBOX_ORIGIN, WEBHOOK_URL, Context, World

TOO_FAST = Fault("error_code", code=ErrorCode.RATE_LIMITED)
DOWN = Fault("down")
CLICK = {"app_token": "app", "table_id": "tbl", "record_id": "rec1", "button_id": "b", "user_id": "ou_1"}
FEW, MANY = 2, 400
"""Pieces of open work: within a page, and over several."""


class Network(httpx.BaseTransport):
    """The simulators, and receivers on hosts of their own, which refuse connections or answer badly."""

    def __init__(self, world: World) -> None:
        self._simulators = RouterTransport(Router(world.simulators.routes()))
        self.during: Callable[[], object] = lambda: None
        self.called: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.headers["host"]
        self.called.append(host)
        self.during()
        if not host.endswith(".example"):
            return self._simulators.handle_request(request)
        if host.startswith("dead"):
            raise httpx.ConnectError("refused")
        request.extensions["trace"]("http11.send_request_headers.started", {})
        return httpx.Response(500)


@pytest.fixture
def network(world: World, monkeypatch: pytest.MonkeyPatch) -> Network:
    """A network on which every name leads to a public address."""
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: public)
    network = Network(world)
    world.transport = WatchedTransport(network)
    world.restart()
    return network


@contextmanager
def retry_job(world: World, network: Network) -> Iterator[tuple[Handler, Recorder]]:
    """The scheduled function in a process of its own, and what it does."""
    function, record = functions()["retry_due"], Recorder()
    refs = references(
        world.environ,
        LarkFormWebhookUrl=WEBHOOK_URL,
        LarkAppId=LARK_APP_ID,
        LocalOrigin=SANDBOX_ORIGIN,
    )
    with (
        record.recording(),
        loaded(function, environment(function, refs), clock=world.clock, transport=network) as handler,
    ):
        yield handler, record


def requests_of_a_run(world: World, network: Network, backlog: str) -> int:
    """Return how many requests of DynamoDB one run of the scheduled function makes."""
    with retry_job(world, network) as (handler, record):
        before = len(record.calls)
        handler({"backlog": backlog}, Context("run"))
        return sum(action.startswith("dynamodb:") for action, _ in record.calls[before:])


def failed_forms(world: World, count: int) -> list[str]:
    """Post forms while Lark is down, let them come due, and return their ids."""
    world.lark.faults.set(DOWN)
    ids = []
    for _ in range(count):
        ids.append(world.post().body["submissionId"])
        world.clock.advance(seconds=1)
    world.lark.faults.clear()
    world.clock.advance(minutes=5)
    return ids


def click(world: World, host: str) -> Any:
    """Click a button whose owner has the click at this host; return the delivery to it."""
    store = ButtonConfigStore(world.environ["BUTTON_CONFIGS_TABLE"])
    table = f"tbl{host.split('.')[0]}"
    world.simulators.openapi.bases.put("app", table, "rec1", {"Tên": "An", "Kết quả": None})
    store.put(ButtonConfig(owner=host, app_token="app", table_id=table, webhook_url=f"https://{host}/"))
    timestamp = f"{world.clock.timestamp() * 1000:.0f}"
    document = CLICK | {"table_id": table, "timestamp": timestamp}
    assert world.webhook("feishu-button", document).status == 200
    world.wake()
    return next(one for one in every_delivery(world) if one.destination == f"hook:{host}")


def every_delivery(world: World) -> list[Any]:
    found = [world.deliveries.get(one.id) for one in world.deliveries.listed(TARGETS, [*Status], None)]
    return [one for one in found if one]


def add_deliveries(world: World, model: Any, count: int, **changes: Any) -> None:
    for number in range(count):
        identity = f"{model.delivery_id}-{number}"
        sort_key = f"{model.created_at}#{identity}"
        copy = replace(model, delivery_id=identity, sort_key=sort_key, lease_owner=None, **changes)
        world.deliveries.add(copy)


def open_submissions(world: World, network: Network, count: int) -> None:
    later = to_text(world.clock.now() + timedelta(days=1))
    for _ in range(count):
        model = submission_at(-60)
        world.submissions.add(replace(model, status=Status.FAILED, next_attempt_at=later))


def open_events(world: World, network: Network, count: int) -> None:
    later = to_text(world.clock.now() + timedelta(days=1))
    for number in range(count):
        event = new_event("stripe", "made.up", {}, str(number))
        waiting = {"status": Status.FAILED, "attempt_count": 1, "next_attempt_at": later}
        world.events.add(replace(event, **waiting))


def open_deliveries(world: World, network: Network, count: int) -> None:
    add_deliveries(world, parked(world, "dead.example"), count)


def parked(world: World, host: str) -> Any:
    """Return a delivery that has failed once and is due tomorrow."""
    later = to_text(world.clock.now() + timedelta(days=1))
    return world.deliveries.change(click(world, host), {"next_attempt_at": later})


def open_circuit(world: World, destination: str) -> None:
    now, later = (to_text(world.clock.now() + timedelta(minutes=passed)) for passed in (0, 10))
    store = DestinationStore(world.environ["DESTINATIONS_TABLE"])
    store.acquire(destination, owner="drain", now=now, until=later)
    store.release(destination, Destination(failures=5, trips=1, open_until=later), owner="drain")


@pytest.mark.parametrize(
    ("backlog", "load"),
    [("submissions", open_submissions), ("events", open_events), ("deliveries", open_deliveries)],
)
def test_run_costs_no_more_for_what_is_not_due(
    world: World, network: Network, backlog: str, load: Callable[[World, Network, int], None]
) -> None:
    load(world, network, FEW)
    few = requests_of_a_run(world, network, backlog)
    load(world, network, MANY)
    assert requests_of_a_run(world, network, backlog) <= few + 1


def test_run_costs_no_more_for_what_waits_behind_an_open_circuit(world: World, network: Network) -> None:
    dead, other = parked(world, "dead.example"), parked(world, "other.example")
    open_circuit(world, "hook:dead.example")
    due = {"next_attempt_at": to_text(world.clock.now())}
    requests = []
    for count in (FEW, MANY):
        add_deliveries(world, replace(dead, delivery_id=f"dead-{count}"), count, **due)
        add_deliveries(world, replace(other, delivery_id=f"other-{count}"), 1, **due)
        called = network.called.count("other.example")
        requests.append(requests_of_a_run(world, network, "deliveries"))
        assert network.called.count("other.example") == called + 1
    assert requests[1] <= requests[0]


def test_too_fast_opens_no_circuit_and_parents_get_through_once_it_is_over(world: World) -> None:
    ids = failed_forms(world, 8)
    world.lark.faults.set(TOO_FAST)
    for _ in range(5):
        assert world.retry_due().stopped != "circuit_open"
        world.clock.advance(minutes=1)
    world.lark.faults.clear()
    world.clock.advance(minutes=15)
    parent = world.post().body["submissionId"]
    for _ in range(2):
        world.retry_due()
        world.clock.advance(minutes=1)
    assert [world.runs_of(one) for one in (*ids, parent)] == [1] * 9


def test_too_fast_uses_up_no_attempt(world: World) -> None:
    (waiting,) = failed_forms(world, 1)
    world.lark.faults.set(TOO_FAST)
    for _ in range(20):
        world.retry_due()
        world.clock.advance(minutes=16)
    assert world.posts_of(waiting) == 20
    world.lark.faults.clear()
    world.retry_due()
    assert world.runs_of(waiting) == 1


def test_only_seven_days_of_nothing_but_too_fast_end_it(world: World) -> None:
    world.lark.faults.set(TOO_FAST)
    waiting = world.post().body["submissionId"]
    for _ in range(27):
        world.clock.advance(hours=6)
        world.retry_due()
    assert world.stored(waiting).status == Status.FAILED
    world.clock.advance(hours=6)
    world.retry_due()
    assert world.stored(waiting).status == Status.DEAD


def test_used_up_quota_waits_until_the_month_ends_in_vietnam(world: World) -> None:
    world.lark.faults.set(Fault("error_code", code=99991403, times=1))
    waiting = world.post().body["submissionId"]
    month_ends = datetime(2026, 9, 30, 17, tzinfo=UTC)
    for moment in (timedelta(minutes=-1), timedelta(seconds=1)):
        world.clock.advance(seconds=(month_ends + moment - world.clock.now()).total_seconds())
        world.retry_due()
        assert world.posts_of(waiting) == 1 + (moment > timedelta(0))
    assert world.runs_of(waiting) == 1


def test_form_is_answered_at_once_and_not_posted_while_the_circuit_is_open(world: World) -> None:
    open_circuit(world, LARK_FORMS)
    answer = world.post()
    assert (answer.status, answer.body["larkStatus"], len(world.lark.requests)) == (200, "failed", 0)
    world.clock.advance(minutes=11)
    world.retry_due()
    assert world.runs_of(answer.body["submissionId"]) == 1


def expires(world: World, table: str, key: str, value: str) -> bool:
    """Tell whether a record may be forgotten some day, as DynamoDB's TTL sees it."""
    name = world.environ[table]
    return "expiresAt" in boto3.client("dynamodb").get_item(TableName=name, Key={key: {"S": value}})["Item"]


def test_delivery_that_is_retried_does_not_expire_while_it_is_open(world: World, network: Network) -> None:
    waiting = click(world, "dead.example")
    world.deliveries.change(
        waiting, {"status": Status.DEAD, "next_attempt_at": None, "expires_at": 1_800_000_000}
    )
    answer = Admin(world).ask("POST /v1/deliveries/{deliveryId}/retry", waiting.delivery_id)
    assert answer.status in (200, 202)
    assert not expires(world, "DELIVERIES_TABLE", "deliveryId", waiting.delivery_id)


def test_event_that_is_replayed_does_not_expire_while_it_is_open(world: World) -> None:
    event = new_event("stripe", "made.up", {}, "1")
    world.events.add(event)
    world.wake()
    world.clock.advance(days=29)
    answer = Admin(world).ask("POST /v1/events/{eventId}/replay", event.event_id)
    assert answer.status in (200, 202)
    assert not expires(world, "EVENTS_TABLE", "eventId", event.event_id)


def test_record_whose_next_attempt_is_no_time_stops_nothing(world: World) -> None:
    broken, waiting = failed_forms(world, 2)
    boto3.client("dynamodb").update_item(
        TableName=world.environ["SUBMISSIONS_TABLE"],
        Key={"submissionId": {"S": broken}},
        UpdateExpression="SET nextAttemptAt = :wrong",
        ExpressionAttributeValues={":wrong": {"S": "soon"}},
    )
    with suppress(ValueError):
        world.retry_due()
    assert world.runs_of(waiting) == 1


def test_second_run_with_the_same_request_id_sends_nothing(world: World, network: Network) -> None:
    failed_forms(world, 3)
    beside: list[dict[str, Any]] = []
    with retry_job(world, network) as (handler, _):

        def deliver_twice() -> None:
            network.during = lambda: None
            beside.append(handler({"backlog": "submissions"}, Context("same")))

        network.during = deliver_twice
        handler({"backlog": "submissions"}, Context("same"))
    assert [(run["attempted"], run["stopped"]) for run in beside] == [(0, "already_running")]
