"""Creations of which nothing tells what became of them: they are looked up by key, and never made twice."""

from collections.abc import Iterator

import pytest

from larkbridge.errors import ConditionFailedError
from larkbridge.sync.source.creations import DOUBTFUL, NOTHING_VISIBLE
from sandbox.faults import Fault
from tests.support.source_tables import TRUSTED, Creations, SourceWorld, lost, source_world


@pytest.fixture
def world() -> Iterator[SourceWorld]:
    with source_world() as world:
        yield world


@pytest.mark.parametrize("applied", [True, False])
def test_token_that_is_too_old_is_never_sent_again_but_looked_up(world: SourceWorld, applied: bool) -> None:
    world.write("students", "s0")
    world.push("students")
    world.write_many("students", 60)
    world.meddle = sent = Creations(*[] if applied else [lost()] * 9)
    if applied:
        world.bases.write_faults.set(Fault("answer_lost"))
    world.push("students")
    world.bases.write_faults.clear()
    world.bases.client_token_seconds = 0
    world.clock.advance(seconds=TRUSTED.total_seconds())
    first = sent.bodies[0]
    sent.bodies.clear()
    assert world.push("students").tables == {"students": DOUBTFUL}
    world.push_until_done()
    assert first not in sent.bodies
    assert bool(sent.bodies) is not applied
    assert world.creations("students").total() == 61
    assert set(world.creations("students").values()) == {1}
    assert world.here("students") == world.in_lark("students")


@pytest.mark.parametrize("code", [1255006, 1254608])
def test_conflict_of_tokens_is_looked_up_and_not_within_a_minute(world: SourceWorld, code: int) -> None:
    world.write("students", "s1", name="An")
    world.bases.write_faults.set(Fault("answer_lost", times=1))
    world.meddle = Creations(None, *[code] * 20)
    world.push("students")
    assert world.state("students").batch is not None
    searches = world.bases.calls["search"]
    world.clock.advance(seconds=50)
    world.request("students", "incremental")
    world.push("students")
    assert world.bases.calls["search"] == searches
    world.push_until_done()
    assert world.creations("students") == {"s1": 1}
    assert world.in_lark("students") == {"s1": {"name": "An"}}


@pytest.mark.parametrize("code", [1255006, 1254608])
def test_conflict_with_what_was_never_sent_is_looked_up_as_well(world: SourceWorld, code: int) -> None:
    world.write("students", "s0")
    world.push("students")
    world.write("students", "s1")
    world.meddle = Creations(*[code] * 6)
    assert world.push("students").tables == {"students": DOUBTFUL}
    world.push_until_done()
    assert world.creations("students") == {"s0": 1, "s1": 1}


def test_row_that_has_a_record_takes_no_other(world: SourceWorld) -> None:
    world.write("students", "s1")
    world.push("students")
    row = world.row("students", "s1")
    with pytest.raises(ConditionFailedError):
        world.source_rows.change(world.source_rows.adopt_action(row, "recOther", world.clock.now()))


def test_every_page_of_a_look_up_is_read(world: SourceWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("larkbridge.sync.source.creations.MAX_PAGE", 2)
    world.write_many("students", 5)
    world.bases.write_faults.set(Fault("answer_lost"))
    world.push("students")
    world.bases.write_faults.clear()
    world.clock.advance(hours=2)
    world.push_until_done()
    assert world.creations("students").total() == 5


def test_deleted_row_that_may_have_been_created_is_looked_up_and_deleted(world: SourceWorld) -> None:
    world.write_many("students", 2)
    world.bases.write_faults.set(Fault("answer_lost"))
    world.push("students")
    world.bases.write_faults.clear()
    world.remove("students", "row0000")
    world.clock.advance(hours=2)
    world.push_until_done()
    assert world.in_lark("students").keys() == {"row0001"}


def test_hidden_table_is_not_taken_for_an_empty_one(world: SourceWorld) -> None:
    world.write("students", "s1")
    world.bases.write_faults.set(Fault("answer_lost"))
    world.push("students")
    world.bases.write_faults.clear()
    world.bases.hidden.add("appOne")
    for _ in range(30):
        world.clock.advance(minutes=10)
        world.push("students")
    error = world.state("students").last_error
    assert error is not None
    assert error["reason"] == NOTHING_VISIBLE
    assert "right to manage" in error["hint"]
    world.bases.hidden.clear()
    world.push_until_done()
    assert world.creations("students") == {"s1": 1}


def test_admin_may_say_that_a_table_is_really_empty(world: SourceWorld) -> None:
    world.write("students", "s1")
    world.meddle = Creations(*[lost()] * 9)
    world.push("students")
    for _ in range(9):
        world.clock.advance(hours=1)
        world.push("students")
    assert world.in_lark("students") == {}
    world.request("students", accept_deletions=True)
    world.push_until_done()
    assert world.creations("students") == {"s1": 1}


def test_oldest_of_several_records_with_a_key_is_taken_and_the_others_reported(world: SourceWorld) -> None:
    world.write("students", "s1", name="An")
    world.bases.write_faults.set(Fault("answer_lost"))
    world.push("students")
    world.bases.write_faults.clear()
    (ours,) = world.records("students")
    world.clock.advance(hours=2)
    world.bases.put("appOne", "tblStudents", "recOther", {"Mã học viên": "s1"})
    world.push("students")
    world.clock.advance(minutes=2)
    assert world.push("students").duplicates == 1
    assert world.record_id("students", "s1") == ours
    assert world.records("students").keys() == {ours, "recOther"}


def test_record_of_another_row_is_not_taken_for_its_key(world: SourceWorld) -> None:
    world.write("students", "s1", name="An")
    world.push("students")
    world.clock.advance(minutes=5)
    ours = world.record_id("students", "s1")
    world.edit("students", ours, studentId="s2")
    world.write("students", "s2", name="Bình")
    world.meddle = Creations(lost(), 1255006)
    assert world.push("students").tables == {"students": DOUBTFUL}
    world.push_until_done()
    world.clock.advance(minutes=5)
    world.request("students")
    world.push_until_done()
    assert world.record_id("students", "s1") == ours
    assert world.in_lark("students") == {"s1": {"name": "An"}, "s2": {"name": "Bình"}}
