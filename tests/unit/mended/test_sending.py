"""Who processes an event does not send: all that goes out for it starts at once, and nobody waits for it."""

import socket
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from larkbridge.clock import from_text, to_text
from larkbridge.store.button_configs import ButtonConfig, ButtonConfigStore
from larkbridge.store.destinations import Destination, DestinationStore
from sandbox.routing import Router
from sandbox.transport import RouterTransport
from tests.support.calls import WatchedTransport
from tests.support.documents import SESSION, stripe_document
from tests.support.world import World

SECOND = timedelta(seconds=1)
CLICK = {"app_token": "app", "table_id": "tbl", "record_id": "rec1", "button_id": "b", "user_id": "ou_1"}
SLOW = 4.9
"""Seconds; a call may take five."""


class Network(httpx.BaseTransport):
    """The simulators, and receivers on hosts of their own whose names say how they behave."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._simulators = RouterTransport(Router(world.simulators.routes()))
        self.called: dict[str, list[datetime]] = defaultdict(list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.headers["host"]
        if not host.endswith(".example"):
            return self._simulators.handle_request(request)
        self.called[host].append(self._world.clock.now())
        if host.startswith("dead"):
            raise httpx.ConnectError("refused")
        request.extensions["trace"]("http11.send_request_headers.started", {})
        if host.startswith("slow"):
            self._world.clock.sleep(SLOW)
        if host.startswith("toofast"):
            return httpx.Response(429, headers={"Retry-After": "30"})
        return httpx.Response(200, json={"ok": True})


@pytest.fixture
def world(environ: dict[str, str]) -> World:
    return World(environ)


@pytest.fixture
def network(world: World, monkeypatch: pytest.MonkeyPatch) -> Network:
    """A network on which every name leads to a public address."""
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: public)
    network = Network(world)
    world.transport = WatchedTransport(network)
    world.restart()
    return network


def configure(world: World, hosts: Sequence[str]) -> None:
    """Let an owner on each host have the clicks of one table."""
    world.simulators.openapi.bases.put("app", "tbl", "rec1", {"Tên": "An", "Kết quả": None})
    store = ButtonConfigStore(world.environ["BUTTON_CONFIGS_TABLE"])
    for number, host in enumerate(hosts):
        url = f"https://{host}/{number}"
        store.put(ButtonConfig(owner=f"{host} {number}", app_token="app", table_id="tbl", webhook_url=url))


def click(world: World, times: int = 1) -> None:
    for number in range(times):
        timestamp = f"{world.clock.timestamp() * 1000:.0f}"
        document = CLICK | {"timestamp": timestamp, "number": str(number)}
        assert world.webhook("feishu-button", document).status == 200


def called_within(network: Network, host: str, since: datetime) -> float:
    """Return how many seconds passed until a host was called; it must have been."""
    assert network.called[host], f"{host} was not called"
    return (network.called[host][0] - since).total_seconds()


def event_of(world: World, source: str) -> Any:
    """Return the one event of a source, as the admin API shows it."""
    (listed,) = world.call_admin("GET /v1/events", query={"source": source}).body["items"]
    event = world.events.get(listed["eventId"])
    assert event is not None
    return event


def open_circuit(world: World, destination: str) -> None:
    now, later = (to_text(world.clock.now() + timedelta(minutes=passed)) for passed in (0, 10))
    store = DestinationStore(world.environ["DESTINATIONS_TABLE"])
    store.acquire(destination, owner="drain", now=now, until=later)
    store.release(destination, Destination(failures=5, trips=1, open_until=later), owner="drain")


def test_all_that_goes_out_for_one_event_starts_at_once(world: World, network: Network) -> None:
    owners = ["one.example", "two.example", "three.example"]
    configure(world, owners)
    click(world)
    started = world.clock.now()
    world.wake()
    assert network.called.keys() == {*owners}
    assert max(called_within(network, host, started) for host in owners) <= 1


def test_results_of_a_forward_go_out_at_once_too(world: World, network: Network) -> None:
    configure(world, ["one.example", "two.example"])
    click(world)
    world.wake()
    assert len(world.simulators.openapi.bases.writes) == 2
    assert len(world.simulators.openapi.messages.sent) == 2


def test_host_whose_circuit_is_open_is_not_called_and_its_neighbour_is(
    world: World, network: Network
) -> None:
    configure(world, ["down.example", "fine.example"])
    open_circuit(world, "hook:down.example")
    click(world)
    world.wake()
    assert network.called.keys() == {"fine.example"}


def test_slow_receiver_does_not_delay_events(world: World, network: Network) -> None:
    configure(world, ["slow.example"])
    click(world, times=4)
    payment = stripe_document("checkout.session.completed", SESSION)
    assert world.webhook("stripe", payment).status == 200
    started = world.clock.now()
    world.wake()
    (event,) = world.call_admin("GET /v1/events", query={"source": "stripe"}).body["items"]
    assert from_text(event["processedAt"]) - started <= SECOND
    assert network.called["slow.example"]


def test_slow_and_dead_receivers_delay_nobody(world: World, network: Network) -> None:
    bad = [f"dead{number}.example" for number in range(20)] + [f"slow{number}.example" for number in range(5)]
    configure(world, [*bad, "z-fine.example"])
    click(world, times=2)
    started = world.clock.now()
    world.wake()
    assert called_within(network, "z-fine.example", started) <= 5


def test_first_attempts_keep_to_the_rate_of_their_destination(world: World, network: Network) -> None:
    configure(world, ["busy.example"])
    click(world, times=15)
    world.wake()
    moments = network.called["busy.example"]
    assert len(moments) == 15
    busiest = max(sum(start <= moment < start + SECOND for moment in moments) for start in moments)
    assert busiest <= 10
