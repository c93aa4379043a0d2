"""What is written to a SOURCE table here: checked by name, stored once, and waiting for Lark."""

from collections.abc import Iterator

import pytest

from larkbridge.errors import ConflictError, InvalidFieldsError, NotFoundError
from larkbridge.store.source_rows import SourceRow
from larkbridge.store.transactions import transact
from tests.support.memory_dynamo.writes import service_error
from tests.support.source_tables import SourceWorld, source_world


@pytest.fixture
def world() -> Iterator[SourceWorld]:
    with source_world() as world:
        yield world


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"nickname": "An"}, "nickname"),
        ({"score": "8"}, "score"),
        ({"score": True}, "score"),
        ({"name": ["An"]}, "name"),
        ({"studentId": "another"}, "studentId"),
        ({"studentId": 7}, "studentId"),
    ],
)
def test_field_that_does_not_fit_is_named_and_nothing_stored(
    world: SourceWorld, body: dict, field: str
) -> None:
    with pytest.raises(InvalidFieldsError) as caught:
        world.writes.put(world.table("students"), "s1", body)
    assert set(caught.value.fields) == {field}
    assert world.source("students") == {}


def test_every_field_at_fault_is_named(world: SourceWorld) -> None:
    with pytest.raises(InvalidFieldsError) as caught:
        world.write("students", "s1", name=1, score="8", colour="red", shape="round")
    assert set(caught.value.fields) == {"name", "score", "colour", "shape"}


@pytest.mark.parametrize("row_id", ["", "x" * 201, "a\nb", "a\x00", " a", "a ", "\u200b"])
def test_row_id_that_is_no_id_is_refused(world: SourceWorld, row_id: str) -> None:
    with pytest.raises(InvalidFieldsError) as caught:
        world.write("students", row_id)
    assert set(caught.value.fields) == {"id"}


@pytest.mark.parametrize("row_id", ["a", "x" * 200, "học viên/7", "a b"])
def test_any_printable_row_id_becomes_the_key(world: SourceWorld, row_id: str) -> None:
    assert world.write("students", row_id).values["studentId"] == row_id


def test_put_replaces_the_whole_row(world: SourceWorld) -> None:
    world.write("students", "s1", name="An", score=8)
    row = world.write("students", "s1", score=9.0, studentId="s1")
    assert row.values == {"studentId": "s1", "name": None, "score": 9}
    assert (row.version, row.queued) == (2, True)


def test_same_again_writes_nothing(world: SourceWorld) -> None:
    first = world.write("students", "s1", name="An", score=8)
    world.clock.advance(minutes=1)
    assert world.write("students", "s1", score=8.0, name="An", studentId=None) == first


def test_same_again_is_queued_once_more_when_lark_had_refused_it(world: SourceWorld) -> None:
    refused = world.write("students", "s1", name="An")
    world.source_rows.change(world.source_rows.reject_action(refused, {"reason": "wrong_field_type"}))
    assert not world.row("students", "s1").queued
    again = world.write("students", "s1", name="An")
    assert (again.queued, again.rejected, again.version) == (True, None, 1)


def test_delete_of_what_never_was_is_not_found(world: SourceWorld) -> None:
    with pytest.raises(NotFoundError):
        world.remove("students", "s1")


def test_deleted_row_stays_deleted_however_often_and_comes_back_by_a_put(world: SourceWorld) -> None:
    world.write("students", "s1", name="An")
    deleted = world.remove("students", "s1")
    assert (deleted.deleted, deleted.queued, deleted.version) == (True, True, 2)
    assert world.remove("students", "s1") == deleted
    assert not world.write("students", "s1", name="An").deleted


def test_write_that_loses_the_race_is_tried_again_on_what_is_there(world: SourceWorld) -> None:
    world.write("students", "s1", name="An")
    with _others_write(world, times=1):
        row = world.write("students", "s1", name="Bình")
    assert (row.values["name"], row.version) == ("Bình", 3)


def test_write_that_always_loses_is_a_conflict(world: SourceWorld) -> None:
    world.write("students", "s1", name="An")
    with _others_write(world, times=99), pytest.raises(ConflictError):
        world.write("students", "s1", name="Bình")


def test_form_feeds_what_fits_and_never_fails(world: SourceWorld) -> None:
    fields = {"name": "An", "score": "eight", "parentName": "Hà", "studentId": "x"}
    transact([world.writes.feed_action(world.table("students"), "sub-1", fields)])
    row = world.row("students", "sub-1")
    assert row.values == {"studentId": "sub-1", "name": "An", "score": None}
    assert row.queued


def test_form_does_not_replace_a_row(world: SourceWorld) -> None:
    stored = world.write("students", "sub-1", name="An")
    action = world.writes.feed_action(world.table("students"), "sub-1", {"name": "Bình"})
    assert action["Update"]["ConditionExpression"]
    with pytest.raises(Exception, match="ConditionalCheckFailed"):
        transact([action])
    assert world.row("students", "sub-1") == stored


class _others_write:  # noqa: N801 - used as a function
    """Lets somebody else write the row between each read and the write that follows it."""

    def __init__(self, world: SourceWorld, times: int) -> None:
        self._world = world
        self._left = times
        self._get = world.source_rows.get

    def __enter__(self) -> None:
        self._world.source_rows.get = self._interfere

    def __exit__(self, *_: object) -> None:
        self._world.source_rows.get = self._get

    def _interfere(self, table: str, row_id: str) -> SourceRow | None:
        row = self._get(table, row_id)
        if self._left:
            self._left -= 1
            change = self._world.source_rows.change_action(
                row, table, row_id, {"name": f"other {self._left}"}, f"other {self._left}", "2026-09-01"
            )
            self._world.source_rows.change(change)
        return row


def test_write_that_meets_a_transaction_of_the_push_is_made_again(world: SourceWorld) -> None:
    world.write("students", "s1", name="An")
    conflict = service_error("TransactionConflictException", "update_item")
    with world.aws_fails("update_item", only=0, error=conflict):
        world.write("students", "s1", name="Bình")
    assert world.row("students", "s1").values["name"] == "Bình"
