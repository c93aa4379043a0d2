"""Records are created once, whatever times out, crashes or changes meanwhile."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.faults import Fault
from sandbox.lark.base_codes import ErrorCode
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.source_tables import CREATE, Creations, SourceWorld, lost, source_world
from tests.support.tables import At


@pytest.fixture
def world() -> Iterator[SourceWorld]:
    with source_world() as world:
        yield world


def test_lost_answer_of_what_was_created_creates_nothing_more(world: SourceWorld) -> None:
    world.write_many("students", 3)
    world.bases.write_faults.set(Fault("answer_lost", times=1))
    world.push()
    assert world.in_lark("students").keys() == {"row0000", "row0001", "row0002"}
    assert set(world.creations("students").values()) == {1}
    assert not world.waits("students")


def test_lost_request_that_created_nothing_is_made_again(world: SourceWorld) -> None:
    world.write_many("students", 3)
    world.meddle = sent = Creations(lost())
    world.push()
    assert len(world.in_lark("students")) == 3
    assert sent.bodies[0] == sent.bodies[1]


def test_client_token_is_a_random_uuid4(world: SourceWorld) -> None:
    world.meddle = sent = Creations()
    world.write("students", "s1")
    world.push()
    world.write("students", "s2")
    world.push()
    tokens = {token for token, _ in sent.bodies}
    assert len(tokens) == 2
    assert {uuid.UUID(token).version for token in tokens} == {4}


def test_what_stays_unknown_is_sent_again_unchanged_by_a_later_run(world: SourceWorld) -> None:
    world.write("students", "s1", name="An", score=0.1)
    world.bases.write_faults.set(Fault("answer_lost"))
    world.meddle = sent = Creations()
    assert world.push("students").tables == {"students": "no_answer"}
    world.write("students", "s1", name="Bình")
    world.bases.write_faults.clear()
    world.push_until_done()
    assert len(set(sent.bodies)) == 1
    assert world.in_lark("students") == {"s1": {"name": "Bình"}}
    assert world.creations("students") == {"s1": 1}


def test_batch_is_kept_before_it_is_sent(world: SourceWorld) -> None:
    world.write("students", "s1", name="An")
    kept = []

    def look(request: httpx.Request) -> None:
        if request.url.path.endswith(CREATE):
            kept.append((world.state("students").batch, request))

    world.meddle = look
    world.push()
    ((batch, request),) = kept
    assert batch is not None
    assert batch.client_token == request.url.params["client_token"]
    assert [{"fields": one} for one in json.loads(batch.body)] == json.loads(request.content)["records"]
    assert batch.rows == [("s1", 1)]
    assert world.state("students").batch is None


def test_refusal_of_the_second_attempt_says_nothing_of_the_first(world: SourceWorld) -> None:
    world.write("students", "s1")
    world.meddle = Creations(None, ErrorCode.TextFieldConvFail)
    world.bases.write_faults.set(Fault("answer_lost", times=1))
    world.push("students")
    assert world.row("students", "s1").rejected is None
    world.push_until_done()
    assert world.creations("students") == {"s1": 1}


def test_refusal_that_passes_leaves_the_batch_to_be_sent_again_as_it_is(world: SourceWorld) -> None:
    world.write("students", "s1")
    world.bases.write_faults.set(Fault("error_code", code=1254290))
    world.meddle = sent = Creations()
    world.push("students")
    world.bases.write_faults.clear()
    world.push_until_done()
    assert len(set(sent.bodies)) == 1
    assert world.creations("students") == {"s1": 1}


def test_write_conflicts_are_waited_for(world: SourceWorld) -> None:
    world.write("students", "s1")
    world.bases.write_faults.set(Fault("error_code", code=ErrorCode.WriteConflict, times=3))
    assert world.push("students").tables == {"students": "pushed"}
    assert world.state("students").failures == 0


def test_token_that_expires_in_mid_run_costs_nothing(world: SourceWorld) -> None:
    world.write_many("fees", 1001)
    revoked = iter([world.lark.tokens.revoke])
    world.meddle = lambda request: (
        next(revoked, lambda: None)() if request.url.path.endswith(CREATE) else None
    )
    assert world.push("fees").tables == {"fees": "pushed"}
    assert world.creations("fees").total() == len(world.in_lark("fees")) == 1001


def test_row_that_changes_while_it_is_created_is_written_after_that(world: SourceWorld) -> None:
    world.write("students", "s1", name="An")

    def change(request: httpx.Request) -> None:
        if request.url.path.endswith(CREATE):
            world.write("students", "s1", name="Bình")

    world.meddle = change
    world.push("students")
    row = world.row("students", "s1")
    assert (row.pushed_version, row.version, row.queued) == (1, 2, True)
    world.push_until_done()
    assert world.in_lark("students") == {"s1": {"name": "Bình"}}
    assert world.creations("students") == {"s1": 1}


@pytest.mark.parametrize("answered", [True, False])
def test_row_that_is_deleted_while_it_is_created_is_deleted_in_lark(
    world: SourceWorld, answered: bool
) -> None:
    world.write("students", "s1")

    def delete(request: httpx.Request) -> None:
        if request.url.path.endswith(CREATE) and not world.row("students", "s1").deleted:
            world.remove("students", "s1")

    world.meddle = delete
    if not answered:
        world.bases.write_faults.set(Fault("answer_lost"))
    world.push("students")
    world.bases.write_faults.clear()
    world.push_until_done()
    assert world.in_lark("students") == {}
    assert world.row("students", "s1").lark_record_id is None


@pytest.mark.parametrize("side", ["before", "after"])
def test_process_may_end_at_any_call(world: SourceWorld, side: Any) -> None:
    world.write("students", "gone")
    world.write("students", "kept")
    world.push("students")
    with world.watch() as calls:
        _one_of_each(world)
        before = len(calls.made)
        world.push("students")
    number = len(calls.made) - before
    assert number > 10
    for call in range(number):
        _fresh(world)
        _one_of_each(world)
        with world.watch(Calls((call, side))), pytest.raises(ProcessStoppedError):
            world.push("students")
        world.restart()
        world.clock.advance(minutes=7)
        world.push_until_done()
        assert world.in_lark("students") == world.here("students")
        assert set(world.creations("students").values()) == {1}, call


def _one_of_each(world: SourceWorld) -> None:
    world.remove("students", "gone")
    world.write("students", "kept", name="An")
    world.write("students", "new 1", name="Bình")
    world.write("students", "new 2")


def _fresh(world: SourceWorld) -> None:
    """Start again from two rows that Lark has."""
    for row_id in world.here("students"):
        world.remove("students", row_id)
    world.push_until_done()
    world.bases.created.clear()
    world.clock.advance(minutes=7)
    for row_id in ("gone", "kept"):
        world.write("students", row_id)
    world.push_until_done()
    world.clock.advance(minutes=7)


def test_batch_that_there_is_no_time_to_send_is_not_in_doubt(world: SourceWorld) -> None:
    world.write_many("fees", 501)
    assert world.push("fees", seconds=0.3).tables == {"fees": "time_up"}
    assert len(world.in_lark("fees")) == 500
    assert world.state("fees").batch is None


def test_record_that_is_deleted_before_its_batch_is_done_with_is_made_again(world: SourceWorld) -> None:
    world.write_many("students", 120)
    world.meddle = At(CREATE, 0, lambda: world.clock.advance(seconds=1))
    with (
        world.aws_fails("transact_write_items", only=1, error=ProcessStoppedError()),
        pytest.raises(ProcessStoppedError),
    ):
        world.push("students")
    world.restart()
    record_id, deleted_at = world.record_id("students", "row0000"), world.clock.now()
    world.delete("students", record_id)
    world.clock.advance(minutes=6)
    assert world.changes.apply(world.table("students"), [record_id], deleted_at) == 1
    world.push_until_done()
    assert world.in_lark("students") == world.here("students")
    assert world.creations("students")["row0000"] == 2
