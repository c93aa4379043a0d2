"""Rows that Lark refuses: each alone, with its reason, and the others go on."""

from collections.abc import Iterator

import httpx
import pytest

from larkbridge.lark.hints import HINTS
from sandbox.lark.base_codes import ErrorCode
from tests.support.source_tables import CREATE, SourceWorld, source_world

POISON = b"poison"
NOW = "2026-09-01T02:00:00.000Z"


@pytest.fixture
def world() -> Iterator[SourceWorld]:
    with source_world() as world:
        yield world


def refuse_poison(request: httpx.Request) -> httpx.Response | None:
    """Refuse every write that holds a poisoned row."""
    if POISON not in request.content:
        return None
    answer = {"code": ErrorCode.TextFieldConvFail, "msg": "TextFieldConvFail"}
    return httpx.Response(200, json=answer, headers={"x-tt-logid": "log-poison"})


def write_rows(world: SourceWorld, number: int, poisoned: set[int]) -> None:
    for one in range(number):
        world.write("students", f"s{one:02}", name="poison" if one in poisoned else f"name {one}")


@pytest.mark.parametrize("poisoned", [{0}, {9}, {3, 4}, {0, 5, 9}, set(range(10))])
@pytest.mark.parametrize("new", [True, False])
def test_poisoned_rows_fail_alone_with_their_reason(
    world: SourceWorld, poisoned: set[int], new: bool
) -> None:
    if not new:
        write_rows(world, 10, set())
        world.push("students")
        world.clock.advance(minutes=5)
    write_rows(world, 10, poisoned)
    world.meddle = refuse_poison
    report = world.push("students")
    assert (report.tables, report.rejected) == ({"students": "pushed"}, len(poisoned))
    rows = world.source("students")
    assert {row_id for row_id, row in rows.items() if row.rejected} == {f"s{one:02}" for one in poisoned}
    good = {f"s{one:02}" for one in range(10) if one not in poisoned} | (set() if new else set(rows))
    assert world.in_lark("students").keys() == good
    assert set(world.creations("students").values()) <= {1}
    assert not world.waits("students")


def test_refused_row_says_why(world: SourceWorld) -> None:
    write_rows(world, 1, {0})
    world.meddle = refuse_poison
    world.push("students")
    reason = world.row("students", "s00").rejected
    assert reason is not None
    assert (reason["reason"], reason["hint"]) == ("wrong_field_type", HINTS["wrong_field_type"])
    assert (reason["larkCode"], reason["logId"]) == (ErrorCode.TextFieldConvFail, "log-poison")
    assert reason["at"]


def test_refused_row_goes_out_again_when_it_changes_or_all_is_asked_for(world: SourceWorld) -> None:
    write_rows(world, 2, {0, 1})
    world.meddle = refuse_poison
    world.push("students")
    assert world.push("students").tables == {"students": "idle"}
    world.write("students", "s00", name="mended")
    world.push("students")
    assert world.in_lark("students").keys() == {"s00"}
    world.meddle = lambda _: None
    world.request("students", "incremental")
    world.push("students")
    assert world.in_lark("students").keys() == {"s00"}
    world.request("students")
    world.push("students")
    assert world.in_lark("students").keys() == {"s00", "s01"}
    assert not world.waits("students")


def test_batch_that_is_too_large_for_lark_is_halved(world: SourceWorld) -> None:
    write_rows(world, 6, set())

    def refuse_many(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith(CREATE) and request.content.count(b"fields") > 2:
            return httpx.Response(200, json={"code": 1254104, "msg": "too many"})
        return None

    world.meddle = refuse_many
    world.push("students")
    assert len(world.in_lark("students")) == 6
    assert set(world.creations("students").values()) == {1}


def test_row_changed_while_it_is_refused_keeps_waiting(world: SourceWorld) -> None:
    write_rows(world, 1, {0})

    def change(request: httpx.Request) -> httpx.Response | None:
        refusal = refuse_poison(request)
        if refusal:
            world.write("students", "s00", name="mended")
        return refusal

    world.meddle = change
    world.push("students")
    world.push_until_done()
    assert world.in_lark("students") == {"s00": {"name": "mended"}}


def test_row_of_an_older_registry_is_refused_alone(world: SourceWorld) -> None:
    write_rows(world, 2, set())
    stored = world.row("students", "s00")
    action = world.source_rows.change_action(stored, "students", "s00", {"score": "8"}, "h", NOW)
    world.source_rows.change(action)
    world.push("students")
    rejected = world.row("students", "s00").rejected
    assert rejected is not None
    assert rejected["reason"] == "wrong_field_type"
    assert world.in_lark("students").keys() == {"s01"}


@pytest.mark.parametrize("code", [1254043, 99992361, 1254073, 1254106])
@pytest.mark.parametrize("new", [True, False])
def test_whatever_lark_says_of_one_row_the_others_go_on(world: SourceWorld, code: int, new: bool) -> None:
    if not new:
        world.write_many("students", 5)
        world.push("students")
        world.clock.advance(minutes=5)
    for one in range(5):
        world.write("students", f"row000{one}", name="poison" if one == 2 else "An")
    world.meddle = lambda request: (
        httpx.Response(200, json={"code": code, "msg": "said"}) if POISON in request.content else None
    )
    assert world.push("students").tables == {"students": "pushed"}
    taken = {row_id for row_id, fields in world.in_lark("students").items() if fields == {"name": "An"}}
    assert taken == {"row0000", "row0001", "row0003", "row0004"}


def test_comparison_has_its_turn_however_many_rows_are_refused(world: SourceWorld) -> None:
    world.write("students", "good", name="An")
    world.push("students")
    world.clock.advance(minutes=5)
    world.edit("students", world.record_id("students", "good"), name="by hand")
    write_rows(world, 40, set(range(40)))
    world.meddle = refuse_poison
    world.request("students")
    for _ in range(10):
        world.push("students", seconds=10)
        world.clock.advance(minutes=1)
    assert world.source_rows.count_rejected("students") == 40
    assert world.in_lark("students") == {"good": {"name": "An"}}
    assert not world.waits("students")
