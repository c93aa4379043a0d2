"""What first attempts leave to the retry job, and what they never do."""

from datetime import timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from larkbridge.clock import to_text
from larkbridge.store.deliveries import Delivery
from larkbridge.store.destinations import Destination, DestinationStore
from larkbridge.store.work import Status
from larkbridge.targets.button_forward import Click, new_forward
from larkbridge.targets.lark_card import cards_to
from larkbridge.targets.target import Origin
from larkbridge.work.share import drains_part
from tests.support.calls import Calls
from tests.support.output import captured
from tests.support.world import World
from tests.unit.mended.test_sending import SLOW, Network, network, world

__all__ = ["network", "world"]

CLICK = Click("app", "tbl", "rec1", "", "Kết quả", "crm")


def store(world: World, host: str, count: int = 1) -> list[Delivery]:
    """Store new forwards to a host."""
    forwards, now = [], world.clock.now()
    for number in range(count):
        origin = Origin((host, to_text(now), str(number)), f"feishu-button#{number}", now)
        forwards.append(new_forward(CLICK, f"https://{host}/hook", "{}", origin))
        world.deliveries.add(forwards[-1])
    return forwards


def announce(world: World) -> None:
    """Let the stream announce what is new once, not what follows from it."""
    world.first_attempts.run(world.new_deliveries(), owner="send")


def status(world: World, delivery: Delivery) -> Status:
    stored = world.deliveries.get(delivery.id)
    assert stored is not None
    return stored.status


def note(world: World, host: str, state: Destination) -> None:
    """Write a destination's state as a drain leaves it."""
    destinations, now = DestinationStore(world.environ["DESTINATIONS_TABLE"]), to_text(world.clock.now())
    destinations.acquire(f"hook:{host}", owner="drain", now=now, until=now)
    destinations.release(f"hook:{host}", state, owner="drain")


def most_in_a_second(network: Network, host: str) -> int:
    """Return how many calls the busiest second of a host saw."""
    moments = network.called[host]
    return max(sum(start <= one < start + timedelta(seconds=1) for one in moments) for start in moments)


def test_slow_host_gets_what_its_rate_allows_at_once_and_the_rest_later(
    world: World, network: Network
) -> None:
    forwards, started = store(world, "slow.example", 25), world.clock.now()
    announce(world)
    assert network.called["slow.example"] == [started] * 10
    assert (world.clock.now() - started).total_seconds() == pytest.approx(SLOW)
    for _ in range(3):
        world.clock.advance(minutes=1)
        world.sweep()
    assert {status(world, one) for one in forwards} == {Status.SENT}


def test_batch_ends_in_time_and_the_retry_job_sends_what_was_left(world: World, network: Network) -> None:
    forwards, started = store(world, "busy.example", 80), world.clock.now()
    announce(world)
    assert timedelta(seconds=3) < world.clock.now() - started <= timedelta(seconds=5)
    sent = [one for one in forwards if status(world, one) == Status.SENT]
    assert len(sent) == len(network.called["busy.example"]) == 50
    world.clock.advance(minutes=1)
    world.sweep()
    assert {status(world, one) for one in forwards} == {Status.SENT}


def test_rate_holds_from_one_batch_to_the_next(world: World, network: Network) -> None:
    for _ in range(3):
        world.clock.advance(seconds=0.01)
        store(world, "busy.example", 7)
        announce(world)
    assert len(network.called["busy.example"]) == 21
    assert most_in_a_second(network, "busy.example") == 10


def test_rate_holds_for_several_processes_together(world: World, network: Network) -> None:
    another = world.another_sender()
    store(world, "busy.example", 14)
    new = world.new_deliveries()
    another.run(new[:7], owner="another")
    world.first_attempts.run(new[7:], owner="send")
    assert len(network.called["busy.example"]) == 14
    assert most_in_a_second(network, "busy.example") == 10


def test_while_a_drain_is_at_work_first_attempts_keep_out_of_its_part(world: World, network: Network) -> None:
    now, later = world.clock.now(), to_text(world.clock.now() + timedelta(seconds=50))
    destinations = DestinationStore(world.environ["DESTINATIONS_TABLE"])
    destinations.acquire("hook:busy.example", owner="drain", now=to_text(now), until=later)
    assert drains_part(now)
    store(world, "busy.example", 20)
    store(world, "other.example")
    announce(world)
    assert len(network.called["busy.example"]) == 20
    assert not any(map(drains_part, network.called["busy.example"]))
    assert network.called["other.example"] == [now]


@pytest.mark.parametrize("minutes", [5, -5], ids=["open", "to be probed by the drain"])
def test_host_whose_circuit_is_not_closed_is_left_alone(world: World, network: Network, minutes: int) -> None:
    until = to_text(world.clock.now() + timedelta(minutes=minutes))
    note(world, "down.example", Destination(failures=5, trips=1, open_until=until))
    (forward,) = store(world, "down.example")
    announce(world)
    assert not network.called
    world.clock.advance(minutes=6)
    world.sweep()
    assert network.called.keys() == {"down.example"}
    assert status(world, forward) == Status.SENT


def test_host_that_asked_for_a_pause_is_left_alone_for_as_long(world: World, network: Network) -> None:
    paused_until = to_text(world.clock.now() + timedelta(seconds=30))
    note(world, "busy.example", Destination(throttles=1, paused_until=paused_until))
    store(world, "busy.example")
    announce(world)
    assert not network.called["busy.example"]
    world.clock.advance(seconds=30)
    store(world, "busy.example")
    announce(world)
    assert len(network.called["busy.example"]) == 1


def test_host_that_says_too_fast_gets_no_more_of_the_batch(world: World, network: Network) -> None:
    forwards = store(world, "toofast.example", 25)
    announce(world)
    assert len(network.called["toofast.example"]) == 10
    waiting = [status(world, one) for one in forwards]
    assert (waiting.count(Status.FAILED), waiting.count(Status.PENDING)) == (10, 15)


def test_host_that_was_down_and_is_up_again_is_called(world: World, network: Network) -> None:
    note(world, "fine.example", Destination(open_until=to_text(world.clock.now() - timedelta(minutes=5))))
    (forward,) = store(world, "fine.example")
    announce(world)
    assert status(world, forward) == Status.SENT


def test_state_is_read_once_in_ten_seconds(world: World, network: Network) -> None:
    reads = []
    for _ in range(4):
        world.clock.advance(seconds=4)
        store(world, "fine.example", 2)
        new = world.new_deliveries()
        with world.watch() as calls:
            world.first_attempts.run(new, owner="send")
        reads.append(calls.made.count("dynamodb GetItem"))
    results = 1  # of the first forwards, on the way to Lark
    assert reads == [1, results, 0, 1]


class _DestinationsUnknown(Calls):
    def __init__(self, call: str) -> None:
        super().__init__()
        self._call = call

    def before(self, name: str) -> None:
        super().before(name)
        if name == self._call:
            raise EndpointConnectionError(endpoint_url="https://dynamodb.test")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("dynamodb GetItem", "destination's state not known"),
        ("dynamodb UpdateItem", "destination's rate not known"),
    ],
)
def test_without_state_or_rate_nothing_is_sent_and_nothing_lost(
    world: World, network: Network, call: str, said: str
) -> None:
    (forward,) = store(world, "fine.example")
    new = world.new_deliveries()
    with world.watch(_DestinationsUnknown(call)), captured() as output:
        world.first_attempts.run(new, owner="send")
    assert not network.called
    assert output.logged(said)
    world.clock.advance(minutes=1)
    world.sweep()
    assert status(world, forward) == Status.SENT


def test_one_that_is_broken_leaves_the_others_alone(world: World, network: Network) -> None:
    (broken,) = store(world, "broken.example")
    world.deliveries.change(broken, {"content": {"url": "https://broken.example/hook"}})
    (forward,) = store(world, "fine.example")
    with captured() as output:
        announce(world)
    assert status(world, forward) == Status.SENT
    assert output.logged("first attempt failed")[0]["deliveryId"] == broken.id
    assert status(world, broken) == Status.SENDING


def test_announced_twice_is_sent_once(world: World, network: Network) -> None:
    forwards = store(world, "fine.example", 3)
    new = world.new_deliveries()
    for _ in range(2):
        world.first_attempts.run(new, owner="send")
    assert len(network.called["fine.example"]) == 3
    assert {status(world, one) for one in forwards} == {Status.SENT}


def test_what_is_stored_for_later_waits(world: World, network: Network) -> None:
    origin = Origin(("1",), "feishu-button#1", world.clock.now() + timedelta(hours=1))
    world.deliveries.add(new_forward(CLICK, "https://fine.example/hook", "{}", origin))
    announce(world)
    assert not network.called


def test_target_without_its_settings_waits(world: World) -> None:
    world.restart(LARK_APP_ID="")
    origin = Origin(("1",), "feishu-button#1", world.clock.now())
    (card,) = cards_to("ou_1", "Đã xong", "Xong", "green", origin)
    world.deliveries.add(card)
    announce(world)
    assert status(world, card) == Status.PENDING
