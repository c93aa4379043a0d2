"""Rows that are pushed while nothing goes wrong: each is in Lark as it is here, in few calls."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest

from larkbridge.observability import flush_metrics
from tests.support.output import captured
from tests.support.source_tables import SourceWorld, source_world


@pytest.fixture
def world() -> Iterator[SourceWorld]:
    with source_world() as world:
        yield world


def test_new_changed_and_deleted_rows_reach_lark(world: SourceWorld) -> None:
    world.write("students", "s1", name="An", score=8)
    world.write("students", "s2", name="Bình")
    assert world.push("students").tables == {"students": "pushed"}
    assert world.in_lark("students") == {"s1": {"name": "An", "score": 8}, "s2": {"name": "Bình"}}
    world.write("students", "s1", name="An Nhiên")
    world.remove("students", "s2")
    assert world.push("students").pushed == 2
    assert world.in_lark("students") == {"s1": {"name": "An Nhiên"}}
    assert not world.waits("students")


def test_row_has_its_record_and_what_was_pushed(world: SourceWorld) -> None:
    world.write("students", "s1", name="An")
    world.push()
    row = world.row("students", "s1")
    assert row.lark_record_id in world.records("students")
    assert (row.pushed_version, row.version, row.queued) == (1, 1, False)


def test_several_changes_of_a_row_are_one_push_of_the_last(world: SourceWorld) -> None:
    for score in range(5):
        world.write("students", "s1", score=score)
    world.push()
    assert [one.fields["Điểm"] for one in world.bases.created] == [4]
    assert not world.bases.writes


def test_row_that_comes_and_goes_before_a_push_costs_no_write(world: SourceWorld) -> None:
    world.write("students", "s1")
    world.remove("students", "s1")
    world.push()
    assert not world.bases.created
    assert not world.waits("students")


def test_nothing_waiting_asks_lark_nothing(world: SourceWorld) -> None:
    assert world.push().tables == {"students": "idle", "lessons": "idle", "fees": "idle"}
    assert not world.bases.calls


def test_batches_are_as_large_as_lark_takes_and_half_a_second_apart(world: SourceWorld) -> None:
    world.write_many("fees", 1001)
    started = world.clock.now()
    world.push("fees")
    assert len(world.in_lark("fees")) == 1001
    assert world.bases.calls["batch_create"] == 3
    times = sorted({one.time for one in world.bases.created})
    assert min(after - before for before, after in pairwise(times)) >= 0.5
    assert world.clock.now() - started < timedelta(seconds=5)


def test_long_rows_go_in_batches_that_one_item_can_keep(world: SourceWorld) -> None:
    for number in range(5):
        world.write("students", f"s{number}", name="ễ" * 30_000)
    world.push("students")
    assert world.bases.calls["batch_create"] == 2
    assert len(world.in_lark("students")) == 5


def test_tables_of_one_base_are_written_one_after_another(world: SourceWorld) -> None:
    world.bases.write_seconds = 0.4
    for name in ("students", "lessons"):
        world.write_many(name, 2)
    world.push("students", "lessons")
    first, second = sorted({one.time for one in world.bases.created})
    assert second - first >= 0.5


def test_only_the_tables_that_are_asked_for_are_pushed(world: SourceWorld) -> None:
    world.write_many("students", 1)
    world.write_many("fees", 1)
    world.push("fees")
    assert (world.waits("students"), world.waits("fees")) == (True, False)


def test_stale_index_sends_nothing_twice(world: SourceWorld) -> None:
    world.write_many("students", 3)
    world.push()
    ids = ["row0000", "row0001", "row0001", "unknown"]
    world.source_rows.waiting = lambda table: iter(ids if table == "students" else [])
    world.write("students", "row0001", name="An")
    world.push("students")
    assert [one.fields["Mã học viên"] for one in world.bases.writes] == ["row0001"]
    assert world.creations("students").total() == 3


def test_renamed_column_is_followed_and_reported(world: SourceWorld) -> None:
    world.bases.rename_column("appOne", "tblStudents", "fldName", "Tên gọi")
    world.write("students", "s1", name="An")
    world.push()
    (record,) = world.records("students").values()
    assert "Tên gọi" in record
    assert [one["kind"] for one in world.state("students").drift] == ["renamed"]
    world.bases.rename_column("appOne", "tblStudents", "fldName", "Họ tên")
    world.write("students", "s1", name="Bình")
    world.push()
    assert list(world.state("students").drift) == []


def test_metrics_tell_what_was_pushed_and_how_long_rows_wait(world: SourceWorld) -> None:
    world.write_many("students", 3)
    world.clock.advance(minutes=5)
    with captured() as output:
        world.push()
        flush_metrics()
    assert output.metrics["SourceRowsPushed"] == [3]
    assert sorted(output.metrics["SourceLag"]) == [0, 0, 300]


def test_base_is_subscribed_to_at_first_and_when_all_is_asked_for(world: SourceWorld) -> None:
    subscribed = world.lark.files.subscribed
    world.write("students", "s1")
    world.push("students")
    assert subscribed == {"appOne"}
    assert (world.state("students").subscription or {})["ok"] is True
    subscribed.clear()
    world.write("students", "s2")
    world.request("students", "incremental")
    world.push("students")
    assert not subscribed
    world.request("students")
    world.push("students")
    assert subscribed == {"appOne"}
