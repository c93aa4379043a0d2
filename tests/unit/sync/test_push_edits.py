"""Records of ours that are there: edited and deleted with their rows, whatever people do to them."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from larkbridge.lark.error_codes import NO_PERMISSION
from sandbox.faults import Fault
from sandbox.lark.tables import Field
from tests.support.source_tables import SourceWorld, source_world
from tests.support.tables import At

UPDATE, DELETE = "/batch_update", "/batch_delete"


@pytest.fixture
def world() -> Iterator[SourceWorld]:
    with source_world() as world:
        yield world


def write_rows(world: SourceWorld, number: int, name: str = "An") -> None:
    for one in range(number):
        world.write("students", f"s{one:02}", name=name)


@pytest.mark.parametrize("operation", [UPDATE, DELETE])
def test_lost_answers_of_edits_are_made_good(world: SourceWorld, operation: str) -> None:
    write_rows(world, 3)
    world.push("students")
    world.clock.advance(minutes=5)
    if operation == UPDATE:
        world.write("students", "s00", name="new")
    else:
        world.remove("students", "s00")
    world.bases.write_faults.set(Fault("answer_lost", times=1))
    world.push_until_done()
    assert world.in_lark("students") == world.here("students")
    assert world.creations("students").total() == 3


def test_none_clears_a_cell(world: SourceWorld) -> None:
    world.write("students", "s1", name="An", score=8)
    world.push("students")
    world.write("students", "s1", name="An")
    world.push("students")
    assert world.in_lark("students") == {"s1": {"name": "An"}}


def test_columns_of_staff_stay_as_they_are(world: SourceWorld) -> None:
    table = world.table("students")
    assert table.case is not None
    place = table.app_token, table.table_id
    world.write("students", "s1", name="An", score=8)
    world.push("students")
    staffs = {table.case.status: "Đã gọi", table.case.note: "2026-12-05 15:00, Hương: hẹn thứ 7"}
    for number, column in enumerate(staffs):
        world.bases.add_column(*place, Field(f"fldStaff{number}", column))
    record_id = world.record_id("students", "s1")
    world.bases.put(*place, record_id, staffs)
    before = world.records("students")[record_id]
    world.write("students", "s1", name="Bình")
    world.push_until_done()
    world.states.request("students", "full", accept_deletions=False)
    world.push_until_done()
    after = world.records("students")[record_id]
    assert world.in_lark("students") == {"s1": {"name": "Bình"}}
    assert {name: after[name] for name in staffs} == {name: before[name] for name in staffs}


def make_and_delete(world: SourceWorld, name: str, **age: Any) -> str:
    """Push three rows, and delete the record of the first in Lark after a while; returns its id."""
    ids = world.write_many(name, 3)
    world.push(name)
    world.clock.advance(**age)
    record_id = world.record_id(name, ids[0])
    world.delete(name, record_id)
    return record_id


def test_record_that_a_person_deleted_is_made_again_when_its_row_changes(world: SourceWorld) -> None:
    record_id = make_and_delete(world, "students", minutes=5)
    for row_id in ("row0000", "row0001"):
        world.write("students", row_id, name="An")
    assert world.push("students").missing == 1
    world.push_until_done()
    assert world.in_lark("students") == world.here("students")
    assert world.record_id("students", "row0000") != record_id
    assert world.creations("students") == {"row0000": 2, "row0001": 1, "row0002": 1}


def test_change_that_was_taken_here_outlives_a_deletion_by_a_person(world: SourceWorld) -> None:
    make_and_delete(world, "lessons", minutes=5)
    for row_id in ("row0000", "row0001"):
        world.write("lessons", row_id, topic="Toán")
    world.push_until_done()
    assert world.in_lark("lessons") == world.here("lessons")
    assert world.in_lark("lessons")["row0000"] == {"topic": "Toán"}
    assert world.creations("lessons") == {"row0000": 2, "row0001": 1, "row0002": 1}


@pytest.mark.parametrize("name", ["students", "lessons"])
@pytest.mark.parametrize("written", [False, True])
def test_row_that_is_written_again_after_a_deletion_without_answer_is_made_again(
    world: SourceWorld, name: str, written: bool
) -> None:
    world.write_many(name, 3)
    world.push(name)
    world.clock.advance(minutes=5)
    field = world.table(name).fields[1].name
    if written:
        world.writes.put(world.table(name), "row0000", {field: "old"})
        world.meddle = At(UPDATE, 0, lambda: world.remove(name, "row0000") and None)
        world.push(name)
    else:
        world.remove(name, "row0000")
    world.bases.write_faults.set(Fault("answer_lost"))
    world.push(name)
    assert len(world.in_lark(name)) == 2
    world.writes.put(world.table(name), "row0000", {field: "new"})
    world.bases.write_faults.clear()
    world.push_until_done()
    assert world.in_lark(name)["row0000"] == world.here(name)["row0000"]
    assert len(world.in_lark(name)) == 3


def test_deletion_of_what_is_gone_is_settled(world: SourceWorld) -> None:
    make_and_delete(world, "students", minutes=5)
    world.remove("students", "row0000")
    world.remove("students", "row0001")
    world.push("students")
    assert world.in_lark("students").keys() == {"row0002"}
    assert not world.waits("students")


@pytest.mark.parametrize("name", ["students", "lessons"])
@pytest.mark.parametrize("deleted", [True, False])
def test_record_that_a_lagging_replica_does_not_show_is_not_believed_gone(
    world: SourceWorld, name: str, deleted: bool
) -> None:
    world.bases.replica_lag = 50
    world.write_many(name, 2)
    world.push(name)
    world.clock.advance(seconds=5)
    if deleted:
        world.remove(name, "row0000")
    else:
        world.writes.put(world.table(name), "row0000", {world.table(name).fields[-1].name: None})
        world.writes.put(world.table(name), "row0000", {"name" if name == "students" else "topic": "An"})
    world.meddle = At("/batch_delete" if deleted else UPDATE, 0, lambda: (200, {"code": 1254043}, {}))
    world.push(name)
    assert world.row(name, "row0000").deleted is deleted
    assert world.waits(name)
    world.push_until_done()
    assert world.in_lark(name) == world.here(name)
    assert world.creations(name).total() == 2


@pytest.mark.parametrize("operation", [UPDATE, DELETE])
def test_record_that_lark_shows_and_misses_waits_alone(world: SourceWorld, operation: str) -> None:
    write_rows(world, 5)
    world.push("students")
    world.clock.advance(minutes=5)
    missed = world.record_id("students", "s02").encode()
    for row_id in world.here("students"):
        if operation == UPDATE:
            world.write("students", row_id, name="new")
        else:
            world.remove("students", row_id)

    def miss(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith(operation) and missed in request.content:
            return httpx.Response(200, json={"code": 1254043, "msg": "RecordIdNotFound"})
        return None

    world.meddle = miss
    assert world.push("students").tables == {"students": "pushed"}
    rows = world.source("students")
    assert [row_id for row_id, row in sorted(rows.items()) if row.queued] == ["s02"]
    assert rows["s02"].rejected is None
    world.meddle = lambda _: None
    world.push_until_done()
    assert world.in_lark("students") == world.here("students")
    assert world.creations("students").total() == 5


def test_deletion_that_lark_leaves_out_is_looked_into(world: SourceWorld) -> None:
    write_rows(world, 3)
    world.push("students")
    world.clock.advance(minutes=5)
    for row_id in ("s00", "s01"):
        world.remove("students", row_id)
    gone, there = (world.record_id("students", row_id) for row_id in ("s00", "s01"))

    def answer() -> tuple[int, Any, dict[str, str]]:
        world.delete("students", gone)
        records = [{"record_id": one, "deleted": False} for one in (gone, there)]
        return 200, {"code": 0, "data": {"records": records}}, {}

    world.meddle = At(DELETE, 0, answer)
    world.push("students")
    assert not world.row("students", "s00").queued
    assert world.row("students", "s01").queued
    world.push_until_done()
    assert world.in_lark("students").keys() == {"s02"}


def test_forbidden_record_is_refused_and_not_made_again(world: SourceWorld) -> None:
    write_rows(world, 2)
    world.push("students")
    world.clock.advance(minutes=5)
    world.bases.forbidden.add(world.record_id("students", "s00"))
    for row_id in ("s00", "s01"):
        world.write("students", row_id, name="new")
    world.push("students")
    rejected = world.row("students", "s00").rejected
    assert rejected is not None
    assert rejected["reason"] == NO_PERMISSION
    assert world.in_lark("students")["s01"] == {"name": "new"}
    assert world.creations("students").total() == 2


def test_hidden_base_makes_nothing_again(world: SourceWorld) -> None:
    write_rows(world, 2)
    world.push("students")
    world.clock.advance(minutes=5)
    world.bases.hidden.add("appOne")
    write_rows(world, 3, "Chi")
    for _ in range(20):
        world.clock.advance(minutes=30)
        world.push("students")
    assert not any(row.rejected or row.deleted for row in world.source("students").values())
    world.bases.hidden.clear()
    world.push_until_done()
    assert world.in_lark("students") == world.here("students")
    assert set(world.creations("students").values()) == {1}


def test_many_large_rows_are_deleted_at_once(world: SourceWorld) -> None:
    for one in range(80):
        world.write("students", f"s{one:02}", name="x" * 60_000)
    world.push_until_done()
    world.clock.advance(minutes=5)
    for one in range(80):
        world.remove("students", f"s{one:02}")
    assert world.push("students").tables == {"students": "pushed"}
    assert not world.waits("students")
    assert world.in_lark("students") == {}
