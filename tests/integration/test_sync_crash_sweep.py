"""A pull that stops at any call, or that another overtakes there: the next ones leave every row right."""

from collections.abc import Callable
from contextlib import suppress
from typing import Literal

import pytest

from larkbridge.clock import to_text
from sandbox.faults import Fault, FaultKind, FaultSwitch
from tests.integration.test_two_at_once import Interrupted
from tests.support.aws import create_tables
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.tables import SyncWorld

SIDES: tuple[Literal["before", "after"], ...] = ("before", "after")
PLACE = ("classes=appClasses/tblClasses",)

type Change = Callable[[SyncWorld], None]


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of two records, each with a checkpoint."""
    monkeypatch.setattr("larkbridge.sync.shared.table_reader.MAX_PAGE", 2)
    monkeypatch.setattr("larkbridge.sync.shared.table_reader._CHECKPOINT_PAGES", 1)


def first(world: SyncWorld) -> None:
    """Have six records that were never pulled."""
    world.fill("classes", "code", 6)


def later(world: SyncWorld) -> None:
    """Have a full pull due that finds one record new, one changed, one gone and one that does not fit."""
    world.fill("classes", "code", 5)
    world.pull()
    world.clock.advance(hours=1)
    world.put("classes", "rec0000000", code="changed")
    world.put("classes", "rec0000001", code=None)
    world.delete("classes", "rec0000002")
    world.put("classes", "rec0000009", code="new")
    world.clock.advance(hours=1)
    world.request("classes")


def incremental(world: SyncWorld) -> None:
    """Have an incremental pull due that finds three records changed."""
    world.fill("classes", "code", 6)
    world.clock.advance(hours=1)
    world.pull()
    world.clock.advance(hours=1)
    for one in range(3):
        world.put("classes", f"rec000000{one}", code=f"changed {one}")


CHANGES: dict[str, Change] = {"first": first, "later": later, "incremental": incremental}


def new_world(environ: dict[str, str], change: Change) -> SyncWorld:
    world = SyncWorld(environ | create_tables(), places=PLACE)
    change(world)
    return world


def content(world: SyncWorld) -> dict[str, tuple[object, ...]]:
    """Return what is told of every row, and not how it came to be."""
    return {
        one: (row.values, row.received, row.reasons, row.content_hash, row.deleted_at is None)
        for one, row in world.mirrored("classes").items()
    }


def go_on(world: SyncWorld) -> None:
    """Let a new process pull until everything that is due is done."""
    world.restart()
    for _ in range(10):
        world.clock.advance(minutes=7)
        if world.pull() == {"classes": "pulled"} and world.state("classes").pull is None:
            return
    raise AssertionError("it never ends")


def expected(environ: dict[str, str], change: Change) -> tuple[int, dict[str, tuple[object, ...]]]:
    """Return how many calls a pull takes when nothing goes wrong, and what it leaves."""
    world = new_world(environ, change)
    with world.watch() as calls:
        assert world.pull() == {"classes": "pulled"}
    return len(calls.made), content(world)


@pytest.mark.parametrize("name", CHANGES)
def test_stop_at_any_call_is_made_good(name: str, environ: dict[str, str]) -> None:
    total, rows = expected(environ, CHANGES[name])
    for number in range(total):
        for side in SIDES:
            world = new_world(environ, CHANGES[name])
            with world.watch(Calls(stop_at=(number, side))), suppress(ProcessStoppedError):
                world.pull()
            go_on(world)
            assert content(world) == rows, f"{side} call {number}"


def test_stop_at_any_call_keeps_what_was_read(environ: dict[str, str]) -> None:
    total, _ = expected(environ, first)
    untouched = new_world(environ, first)
    untouched.pull()
    for number in range(total):
        world = new_world(environ, first)
        with world.watch(Calls(stop_at=(number, "after"))), suppress(ProcessStoppedError):
            world.pull()
        world.restart()
        world.clock.advance(minutes=7)
        world.pull()
        assert world.bases.calls["search"] <= untouched.bases.calls["search"] + 1, f"after call {number}"


@pytest.mark.parametrize("fault", ["down", "error_500", "answer_lost"])
def test_fault_at_any_call_of_lark_is_made_good(fault: FaultKind, environ: dict[str, str]) -> None:
    _, rows = expected(environ, later)
    at, happened = 0, True
    while happened:
        world = new_world(environ, later)
        switches = [world.lark.faults[area] for area in ("token", "base", "files")]

        def fail(switches: list[FaultSwitch] = switches) -> None:
            for switch in switches:
                switch.set(Fault(fault, times=1))

        calls = Interrupted(at=at, meanwhile=fail)
        with world.watch(calls):
            world.pull()
        happened = calls.happened
        for switch in switches:
            switch.clear()
        if world.state("classes").last_error is not None or world.state("classes").pull is not None:
            go_on(world)
        assert content(world) == rows, at
        at += 1


def overtaking(world: SyncWorld) -> None:
    """Pull as another run that takes the first for dead."""
    world.clock.advance(minutes=30)
    world.request("classes")
    world.pull()


def pulling(world: SyncWorld) -> None:
    """Pull as another run that finds the table taken, or not."""
    world.pull()


@pytest.mark.parametrize("meanwhile", [overtaking, pulling])
@pytest.mark.parametrize("name", CHANGES)
def test_run_in_the_middle_of_another_does_no_harm(
    name: str, meanwhile: Change, environ: dict[str, str]
) -> None:
    _, rows = expected(environ, CHANGES[name])
    at, happened = 0, True
    while happened:
        world = new_world(environ, CHANGES[name])
        calls = Interrupted(at=at, meanwhile=lambda world=world: meanwhile(world))
        with world.watch(calls):
            world.pull()
        happened = calls.happened
        go_on(world)
        assert content(world) == rows, at
        at += 1


@pytest.mark.parametrize("name", CHANGES)
def test_request_in_the_middle_of_a_pull_is_honoured(name: str, environ: dict[str, str]) -> None:
    at, happened = 0, True
    while happened:
        world = new_world(environ, CHANGES[name])
        asked_at: list[str] = []

        def ask(world: SyncWorld = world, asked_at: list[str] = asked_at) -> None:
            world.clock.advance(seconds=1)
            asked_at.append(to_text(world.clock.now()))
            world.request("classes")

        calls = Interrupted(at=at, meanwhile=ask)
        with world.watch(calls):
            world.pull()
        happened = calls.happened
        for _ in range(2):
            world.pull()
        last_full = world.state("classes").last_full
        assert last_full is not None
        assert not asked_at or last_full["startedAt"] >= asked_at[0], at
        at += 1
