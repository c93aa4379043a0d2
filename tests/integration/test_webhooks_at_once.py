"""Lets one thing happen to an event in the middle of another, at every call: each effect happens once."""

from typing import Any

import pytest

from larkbridge.inbound.all_providers import SOURCES
from larkbridge.store.work import Status
from larkbridge.targets.policies import TARGETS
from tests.integration.test_two_at_once import Action, Interrupted
from tests.integration.test_webhook_crash_sweep import configure, effects, send_click, send_generated
from tests.support.aws import create_tables
from tests.support.world import World


def generated(world: World) -> None:
    """Let a generated text arrive, and the retry job be allowed to take it."""
    assert send_generated(world).status == 200
    world.clock.advance(minutes=2)


def click(world: World) -> None:
    """Let a click arrive, and the retry job be allowed to take it."""
    configure(world)
    assert send_click(world).status == 200
    world.clock.advance(minutes=2)


def wake(world: World) -> None:
    world.wake()


def sweep(world: World) -> None:
    world.sweep()


def sent_again(world: World) -> None:
    answer: Any = send_generated(world)
    assert answer.status == 200


def replay(world: World) -> None:
    world.call_admin("POST /v1/events/replay", body={"status": "success"})
    world.call_admin("POST /v1/events/replay", body={})


@pytest.mark.parametrize(
    ("prepare", "action", "meanwhile"),
    [
        (generated, wake, wake),
        (generated, wake, sweep),
        (generated, sweep, wake),
        (generated, wake, sent_again),
        (generated, wake, replay),
        (generated, replay, wake),
        (click, wake, sweep),
        (click, sweep, sweep),
    ],
)
def test_each_effect_happens_once(
    environ: dict[str, str], prepare: Action, action: Action, meanwhile: Action
) -> None:
    at, happened = 0, True
    while happened:
        world = World(environ | create_tables())
        prepare(world)
        calls = Interrupted(at=at, meanwhile=lambda world=world: meanwhile(world))
        with world.watch(calls):
            action(world)
        happened = calls.happened
        finish(world)
        (event,) = world.events.listed(SOURCES, set(Status), None)
        assert event.status == Status.SUCCESS, at
        found = effects(world)
        assert {name: len(one) for name, one in found.items()} == EXPECTED[prepare], at
        assert len(world.simulators.modelriver.callbacks) == EXPECTED[prepare]["callbacks"], at
        assert len(world.simulators.hooks.requests("h")) == EXPECTED[prepare]["forwards"], at
        at += 1


EXPECTED: dict[Action, dict[str, int]] = {
    generated: {"callbacks": 1, "forwards": 0, "cards": 0, "results": 0},
    click: {"callbacks": 0, "forwards": 1, "cards": 1, "results": 1},
}


def finish(world: World) -> None:
    """Let the jobs run until nothing is left to do."""
    for number in range(60):
        if not [*world.events.backlog(SOURCES), *world.deliveries.backlog(TARGETS)]:
            return
        world.clock.advance(minutes=1 if number < 20 else 10)
        world.sweep()
    raise AssertionError("it never ends")
