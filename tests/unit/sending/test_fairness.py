"""One destination or source that is down, slow or broken holds up nobody else."""

import random
from collections.abc import Callable, Collection, Iterator, MutableSequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from larkbridge.clock import to_text
from larkbridge.observability import flush_metrics
from larkbridge.processors.stream import Engine
from larkbridge.processors.subscriber import Incoming
from larkbridge.sending.workers import Running
from larkbridge.store.deliveries import Delivery, DeliveryStore
from larkbridge.store.work import Status
from larkbridge.targets.button_forward import Click, new_forward
from larkbridge.targets.policies import DELIVERY
from larkbridge.targets.target import Origin
from tests.support.events import Events, new_event
from tests.support.output import captured

CLICK = Click("app_1", "tbl_1", "rec_1", "ou_1", "Kết quả", "crm")


class InOrder(random.Random):
    """Chance at its worst: whoever is oldest comes first, every time."""

    def shuffle(self, x: MutableSequence[Any]) -> None:
        """Leave it as it is."""


class OneByOne:
    """Workers of whom there is one, as when all the others are kept waiting."""

    def start(self, work: Callable[[], None]) -> Running:
        running: Running = Future()
        running.set_result(work())
        return running

    def wait(self, running: Collection[Running], seconds: float | None) -> None:
        """Return at once: what was started has ended."""


class Hosts(httpx.BaseTransport):
    """A network on which the host's name says how it behaves."""

    def __init__(self, events: Events) -> None:
        self._clock = events.clock
        self.called: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.headers["host"]
        self.called.append(host)
        if host.startswith("down"):
            raise httpx.ConnectError("refused")
        request.extensions["trace"]("http11.send_request_headers.started", {})
        if host.startswith("slow"):
            self._clock.sleep(4.5)
        return httpx.Response(200, json={"ok": True})


@pytest.fixture
def hosts(events: Events, monkeypatch: pytest.MonkeyPatch) -> Hosts:
    """Sending whose forwards go to such a network."""
    hosts = Hosts(events)
    monkeypatch.setattr(
        "socket.getaddrinfo", lambda *_, **__: [(None, None, None, "", ("93.184.215.14", 443))]
    )
    events.world.use(events.world.parts(public_network=hosts, rng=InOrder(1)))
    return hosts


def store_forwards(events: Events, host: str, count: int) -> list[Delivery]:
    """Store deliveries that are due; each call's are younger than those before."""
    stored = []
    for number in range(count):
        events.clock.advance(seconds=0.01)
        stored.append(forward_to(events, host, f"{number} {to_text(events.clock.now())}"))
        events.world.deliveries.add(stored[-1])
    return stored


def forward_to(events: Events, host: str, name: str) -> Delivery:
    """Return a delivery that is due now."""
    origin = Origin((host, name), f"event {name}", events.clock.now() - DELIVERY.head_start)
    return new_forward(CLICK, f"https://{host}/hook", "{}", origin)


def store_of_another_version(events: Events, host: str) -> Delivery:
    """Store a delivery that is due, to a target that this version does not know."""
    events.clock.advance(seconds=0.01)
    unknown = replace(forward_to(events, host, "unknown"), target="of-another-version")
    events.world.deliveries.add(unknown)
    return unknown


def run_for(events: Events, runs: int) -> None:
    for _ in range(runs):
        started = events.clock.now()
        events.world.delivery_backlog().run(seconds=80)
        took = (events.clock.now() - started).total_seconds()
        events.clock.advance(seconds=max(0.0, 60 - took))


def status(events: Events, delivery: Delivery) -> Status:
    stored = events.world.deliveries.get(delivery.delivery_id)
    assert stored is not None
    return stored.status


def test_backlog_of_a_host_that_is_down_does_not_hide_another(events: Events, hosts: Hosts) -> None:
    store_forwards(events, "down.example", 60)
    (healthy,) = store_forwards(events, "healthy.example", 1)
    run_for(events, 2)
    assert status(events, healthy) == Status.SENT


def test_slow_host_leaves_time_to_the_others(events: Events, hosts: Hosts) -> None:
    store_forwards(events, "slow.example", 60)
    (healthy,) = store_forwards(events, "healthy.example", 1)
    run_for(events, 4)
    assert status(events, healthy) == Status.SENT
    assert hosts.called.count("slow.example") > 4


def test_no_host_is_always_behind_all_the_slow_ones(events: Events, hosts: Hosts) -> None:
    events.world.use(events.world.parts(public_network=hosts, rng=random.Random(1)))
    for number in range(2):
        store_forwards(events, f"slow{number}.example", 60)
    (last,) = store_forwards(events, "z-last.example", 1)
    for _ in range(6):
        events.world.delivery_backlog(OneByOne()).run(seconds=80)
    assert status(events, last) == Status.SENT


def test_deliveries_that_cannot_be_read_end_only_their_own_destinations_share(
    events: Events, hosts: Hosts
) -> None:
    for broken in store_forwards(events, "broken.example", 10):
        events.world.deliveries.change(broken, {"content": {"url": "https://broken.example/hook"}})
    (healthy,) = store_forwards(events, "healthy.example", 1)
    for _ in range(2):
        with pytest.raises(KeyError):
            run_for(events, 1)
        events.clock.advance(seconds=60)
    assert status(events, healthy) == Status.SENT


@pytest.mark.parametrize("place", [0, 2, 4], ids=["at the head", "in the middle", "at the end"])
def test_delivery_to_a_target_of_another_version_is_skipped_and_the_rest_of_its_lane_goes_on(
    events: Events, hosts: Hosts, place: int
) -> None:
    forwards = store_forwards(events, "healthy.example", place)
    unknown = store_of_another_version(events, "healthy.example")
    forwards += store_forwards(events, "healthy.example", 4 - place)
    with captured() as output:
        report = events.world.delivery_backlog().run(seconds=80)
        flush_metrics()
    assert (report.attempted, report.skipped, report.crashed) == (4, 1, 0)
    assert {status(events, forward) for forward in forwards} == {Status.SENT}
    assert status(events, unknown) == Status.PENDING
    assert output.metrics["DeliveriesUnreadable"] == [1.0]
    assert [line["deliveryId"] for line in output.logged("target not known")] == [unknown.id]


def test_lane_of_nothing_but_unknown_targets_takes_no_lease(events: Events, hosts: Hosts) -> None:
    unknown = store_of_another_version(events, "new.example")
    (healthy,) = store_forwards(events, "healthy.example", 1)
    report = events.world.delivery_backlog().run(seconds=80)
    assert (report.attempted, report.skipped) == (1, 1)
    assert (status(events, healthy), status(events, unknown)) == (Status.SENT, Status.PENDING)
    assert [row["destination"] for row in events.records("DESTINATIONS_TABLE")] == ["hook:healthy.example"]


def test_lane_of_nothing_but_unknown_targets_is_left_in_time(
    events: Events, hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = DeliveryStore.due

    def read_slowly(*which: Any) -> Iterator[Delivery]:
        for delivery in read(*which):
            events.clock.advance(seconds=1)
            yield delivery

    monkeypatch.setattr(DeliveryStore, "due", read_slowly)
    for number in range(100):
        unknown = forward_to(events, "new.example", str(number))
        events.world.deliveries.add(replace(unknown, target="of-another-version"))
    started = events.clock.now()
    with captured() as output:
        report = events.world.delivery_backlog().run(seconds=80)
        flush_metrics()
    assert events.clock.now() - started < timedelta(seconds=80)
    assert report.attempted == 0
    assert output.metrics["DueScansCut"] == [1.0]


def test_circuit_that_opens_names_no_phone_number(events: Events, hosts: Hosts) -> None:
    store_forwards(events, "down-0901234567.example", 5)
    with captured() as output:
        run_for(events, 1)
    (line,) = output.logged("circuit opened")
    assert line["destination"].startswith("sha256:")
    assert "0901234567" not in output.text


def test_source_whose_events_take_long_lets_the_others_through(events: Events) -> None:
    for number in range(100):
        events.receive(new_event("modelriver", "made.up", {}, f"slow {number}"))
    other = new_event("stripe", "made.up", {}, "quick")
    events.receive(other)
    events.clock.advance(minutes=2)

    def slow(_: Incoming) -> list[Delivery]:
        events.clock.advance(seconds=5)
        return []

    parts = (events.world.deliveries, events.clock, random.Random(1))
    engine = Engine(events.world.events, {("modelriver", "made.up"): [slow]}, *parts)
    engine.sweep(["modelriver", "stripe"], owner="tests", seconds=80)
    assert events.stored(other).status == Status.IGNORED


def test_delivery_expires_only_once_it_is_sent_or_given_up(events: Events, hosts: Hosts) -> None:
    (waiting,) = store_forwards(events, "down.example", 1)
    (sent,) = store_forwards(events, "healthy.example", 1)
    run_for(events, 1)
    assert expiry(events, waiting) is None
    kept_until = events.clock.now() + timedelta(days=90)
    assert expiry(events, sent) == pytest.approx(kept_until.timestamp(), abs=120)


def expiry(events: Events, delivery: Delivery) -> int | None:
    stored = events.world.deliveries.get(delivery.delivery_id)
    assert stored is not None
    return stored.expires_at
