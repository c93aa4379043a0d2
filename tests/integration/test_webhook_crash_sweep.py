"""A process that stops at any call on a webhook's way: nothing is lost, nothing is applied twice."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

import pytest

from larkbridge.inbound.all_providers import SOURCES
from larkbridge.store.work import DONE, Status
from larkbridge.targets.policies import TARGETS
from tests.support.aws import create_tables
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.documents import noise
from tests.support.world import SANDBOX_ORIGIN, World

SIDES: tuple[Literal["before", "after"], ...] = ("before", "after")
CLICK = {"app_token": "app", "table_id": "tbl", "record_id": "rec1", "button_id": "b", "user_id": "ou_1"}

type Sender = Callable[[World], Any]


def send_generated(world: World) -> Any:
    document = {
        "type": "task.ai_generated",
        "channel_id": "c1",
        "ai_response": {"data": {"title": "Tóm tắt"}},
        "callback_url": f"{SANDBOX_ORIGIN}/v1/callback/c1",
    }
    return world.webhook("modelriver", document)


def send_click(world: World) -> Any:
    return world.webhook("feishu-button", CLICK | {"timestamp": "1788228000000"})


def send_large(world: World) -> Any:
    document = {"type": "task.ai_generated", "channel_id": "c1", "ai_response": {"data": {"title": "T"}}}
    large = document | {"callback_url": f"{SANDBOX_ORIGIN}/v1/callback/c1", "padding": noise(800_000)}
    return world.webhook("modelriver", large)


def configure(world: World) -> None:
    world.simulators.openapi.bases.put("app", "tbl", "rec1", {"Tên": "An", "Kết quả": None})
    config = {"app_token": "app", "table_id": "tbl", "webhook_url": f"{SANDBOX_ORIGIN}/hooks/h"}
    assert world.call_admin("POST /v1/feishu/config", body=config).status == 200


SENDERS: dict[str, Sender] = {"generated": send_generated, "click": send_click, "large": send_large}


def calls_on_the_way(world: World, send: Sender) -> int:
    """Return how many calls the whole way takes when nothing goes wrong."""
    with world.watch() as calls:
        send(world)
        world.wake()
    return len(calls.made)


def go_on(world: World, send: Sender) -> None:
    """Let the provider send again what was not accepted, and the jobs run until all is done."""
    world.restart()
    assert send(world).status == 200
    for number in range(60):
        if not [*world.events.backlog(SOURCES), *world.deliveries.backlog(TARGETS)]:
            return
        world.clock.advance(minutes=1 if number < 20 else 10)
        world.sweep()
    raise AssertionError("it never ends")


def effects(world: World) -> dict[str, set[str]]:
    """Return what reached the outside, by what tells repeats apart there."""
    simulators = world.simulators
    return {
        "callbacks": {one.body["task_id"] for one in simulators.modelriver.callbacks},
        "forwards": {one.headers["webhook-id"] for one in simulators.hooks.requests("h")},
        "cards": {one.uuid for one in simulators.openapi.messages.sent},
        "results": {str(one.fields) for one in simulators.openapi.bases.writes},
    }


@pytest.mark.parametrize("kind", SENDERS)
def test_stop_at_any_call_loses_nothing_and_repeats_nothing(kind: str, environ: dict[str, str]) -> None:
    send = SENDERS[kind]
    untouched = World(environ)
    configure(untouched)
    total = calls_on_the_way(untouched, send)
    expected = {name: len(found) for name, found in effects(untouched).items()}
    for number in range(total):
        for side in SIDES:
            world = World(environ | create_tables())
            configure(world)
            with world.watch(Calls(stop_at=(number, side))), suppress(ProcessStoppedError):
                send(world)
                world.wake()
            go_on(world, send)
            stop = f"{side} call {number}"
            assert {name: len(found) for name, found in effects(world).items()} == expected, stop
            (event,) = world.events.listed(SOURCES, set(Status), None)
            assert event.status == Status.SUCCESS, stop
            deliveries = list(world.deliveries.listed(TARGETS, set(Status), None))
            assert {one.status for one in deliveries} <= DONE, stop
