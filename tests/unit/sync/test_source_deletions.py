"""A record of ours that a person deletes in Lark and does not take back: its row follows the policy."""

from collections.abc import Iterator

import pytest

from larkbridge.lark.api_error import LarkApiError
from larkbridge.sync.source.absences import UNDO
from sandbox.faults import Fault
from tests.support.source_tables import SourceWorld, source_world
from tests.support.tables import At


@pytest.fixture
def world() -> Iterator[SourceWorld]:
    with source_world() as world:
        yield world


def fill(world: SourceWorld, name: str) -> str:
    """Push two rows and return the first one's record id."""
    world.write_many(name, 2)
    world.push(name)
    world.clock.advance(minutes=5)
    return world.record_id(name, "row0000")


def report(world: SourceWorld, name: str, *record_ids: str) -> int:
    """Tell of deletions of this moment, once nobody takes them back any more; returns how many count."""
    deleted_at = world.clock.now()
    world.clock.advance(seconds=UNDO.total_seconds())
    return world.changes.apply(world.table(name), record_ids, deleted_at)


@pytest.mark.parametrize("name", ["students", "lessons"])
def test_deletion_follows_the_policy_once(world: SourceWorld, name: str) -> None:
    record_id = fill(world, name)
    world.delete(name, record_id)
    assert report(world, name, record_id, "recStranger") == 1
    assert report(world, name, record_id) == 0
    world.push_until_done()
    assert world.in_lark(name) == world.here(name)
    assert len(world.here(name)) == (2 if name == "students" else 1)


def test_record_that_is_deleted_as_soon_as_it_is_made_is_made_again(world: SourceWorld) -> None:
    world.write("students", "s1")
    world.push("students")
    world.delete("students", world.record_id("students", "s1"))
    assert report(world, "students", world.record_id("students", "s1")) == 1
    world.push_until_done()
    assert world.in_lark("students").keys() == {"s1"}


def test_deletion_is_to_be_tried_again_while_it_may_be_taken_back(world: SourceWorld) -> None:
    record_id = fill(world, "lessons")
    world.delete("lessons", record_id)
    deleted_at = world.clock.now()
    world.clock.advance(seconds=UNDO.total_seconds() - 1)
    with pytest.raises(LarkApiError) as caught:
        world.changes.apply(world.table("lessons"), [record_id], deleted_at)
    assert caught.value.outcome.reason == "data_not_ready"
    assert len(world.here("lessons")) == 2
    world.clock.advance(seconds=1)
    assert world.changes.apply(world.table("lessons"), [record_id], deleted_at) == 1


@pytest.mark.parametrize("name", ["students", "lessons"])
def test_deletion_that_is_taken_back_changes_nothing(world: SourceWorld, name: str) -> None:
    record_id, table = fill(world, name), world.table(name)
    kept = world.bases.table(table.app_token, table.table_id).rows.by_id[record_id]
    world.delete(name, record_id)
    deleted_at = world.clock.now()
    world.clock.advance(seconds=2)
    with pytest.raises(LarkApiError):
        world.changes.apply(table, [record_id], deleted_at)
    world.push(name)
    world.bases.table(table.app_token, table.table_id).rows.put(kept)
    world.clock.advance(seconds=UNDO.total_seconds())
    assert world.changes.apply(table, [record_id], deleted_at) == 0
    world.request(name)
    world.push_until_done()
    assert world.record_id(name, "row0000") == record_id
    assert len(world.in_lark(name)) == len(world.here(name)) == 2


def test_own_deletion_comes_back_as_an_event_and_changes_nothing(world: SourceWorld) -> None:
    record_id = fill(world, "students")
    world.remove("students", "row0000")
    assert report(world, "students", record_id) == 0
    world.push("students")
    before = world.row("students", "row0000")
    assert report(world, "students", record_id) == 0
    assert world.row("students", "row0000") == before


def test_write_that_waits_is_left_to_the_push(world: SourceWorld) -> None:
    record_id = fill(world, "students")
    world.write("students", "row0000", name="new")
    world.delete("students", record_id)
    assert report(world, "students", record_id) == 0
    world.push_until_done()
    assert world.in_lark("students")["row0000"] == {"name": "new"}


@pytest.mark.parametrize("name", ["students", "lessons"])
def test_row_that_got_another_record_meanwhile_keeps_it(world: SourceWorld, name: str) -> None:
    record_id = fill(world, name)
    world.delete(name, record_id)

    def push() -> None:
        world.meddle = lambda _: None
        row = world.row(name, "row0000")
        world.source_rows.change(world.source_rows.restore_action(row, world.clock.now()))
        world.push(name)

    world.meddle = At("/batch_get", 0, push)
    assert report(world, name, record_id) == 0
    world.push_until_done()
    assert world.creations(name) == {"row0000": 2, "row0001": 1}
    assert len(world.in_lark(name)) == 2


def test_trouble_with_lark_is_for_the_caller_to_try_again(world: SourceWorld) -> None:
    record_id = fill(world, "students")
    world.delete("students", record_id)
    world.bases.read_faults.set(Fault("down", times=1))
    with pytest.raises(LarkApiError):
        report(world, "students", record_id)
    assert report(world, "students", record_id) == 1
