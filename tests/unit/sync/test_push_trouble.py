"""Tables that must stop and runs that are cut short: nothing is lost and the others go on."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from larkbridge.clock import from_text
from larkbridge.errors import AwsUnavailableError
from larkbridge.lark.error_codes import FIELD_NOT_FOUND, NO_PERMISSION, TABLE_FULL
from larkbridge.lark.hints import HINTS
from larkbridge.observability import flush_metrics
from larkbridge.sync.source.table_push import DRIFTED
from sandbox.faults import Fault
from tests.support.output import captured
from tests.support.source_tables import CREATE, SourceWorld, source_world
from tests.support.tables import At


@pytest.fixture
def world() -> Iterator[SourceWorld]:
    with source_world() as world:
        yield world


@pytest.mark.parametrize("damage", ["retyped", "removed"])
def test_table_waits_while_its_columns_are_not_as_they_were(world: SourceWorld, damage: str) -> None:
    world.write("students", "s1", score=8)
    if damage == "retyped":
        world.bases.retype_column("appOne", "tblStudents", "fldScore", 1)
    else:
        world.bases.remove_column("appOne", "tblStudents", "fldScore")
    assert world.push("students").tables == {"students": DRIFTED}
    state = world.state("students")
    assert [one["kind"] for one in state.drift] == [damage]
    assert state.last_error is not None
    assert (state.last_error["reason"], "score" in state.last_error["message"]) == (DRIFTED, True)
    assert state.last_error["hint"]
    assert not world.bases.created


def test_table_without_permission_stops_with_the_hint_for_a_day_and_the_others_go_on(
    world: SourceWorld,
) -> None:
    for name in ("students", "lessons", "fees"):
        world.write_many(name, 2)

    def deny(request: httpx.Request) -> httpx.Response | None:
        if "/tblStudents/records" in request.url.path:
            return httpx.Response(200, json={"code": 1254302, "msg": "Permission denied."})
        return None

    world.meddle = deny
    with captured() as output:
        report = world.push()
        flush_metrics()
    assert report.tables == {"students": NO_PERMISSION, "lessons": "pushed", "fees": "pushed"}
    assert output.metrics["TableSyncFailed"] == [1]
    with captured() as output:
        world.push()
        flush_metrics()
    assert sorted(output.metrics["TablesFailing"]) == [0, 0, 1]
    state = world.state("students")
    assert state.last_error is not None
    assert state.last_error["hint"] == HINTS[NO_PERMISSION]
    assert state.batch is None
    world.meddle = lambda _: None
    world.clock.advance(hours=23)
    assert world.push("students").tables == {"students": "not_due"}
    world.clock.advance(hours=2)
    assert world.push("students").tables == {"students": "pushed"}
    assert world.state("students").last_error is None


def test_admin_ends_the_wait(world: SourceWorld) -> None:
    world.write("students", "s1")
    world.bases.write_faults.set(Fault("error_code", code=1254302))
    world.push("students")
    world.bases.write_faults.clear()
    world.request("students", "incremental")
    assert world.push("students").tables == {"students": "pushed"}


def test_failures_that_pass_are_tried_less_and_less_often(world: SourceWorld) -> None:
    world.write("students", "s1")
    world.bases.faults.set(Fault("down"))
    pauses = []
    for _ in range(8):
        while world.push("students").tables == {"students": "not_due"}:
            world.clock.advance(seconds=30)
        assert world.push("students").tables == {"students": "not_due"}
        not_before = world.state("students").not_before
        assert not_before is not None
        pauses.append((from_text(not_before) - world.clock.now()) / timedelta(minutes=1))
    assert pauses == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60])
    world.bases.faults.clear()
    world.push_until_done()
    assert world.state("students").failures == 0


def test_second_run_finds_the_base_taken(world: SourceWorld) -> None:
    world.write("students", "s1")
    world.write("fees", "f1")
    reports = []

    def run_again(request: httpx.Request) -> None:
        if request.url.path.endswith(f"tblStudents/records{CREATE}"):
            reports.append(world.push("students", "lessons"))

    world.meddle = run_again
    world.push("students")
    assert [one.tables for one in reports] == [{"students": "taken", "lessons": "idle"}]
    assert world.creations("students") == {"s1": 1}


def test_run_that_lost_its_lease_in_mid_batch_changes_nothing_more(world: SourceWorld) -> None:
    world.write_many("students", 3)

    def hang() -> None:
        world.clock.advance(minutes=10)
        world.meddle = lambda _: None
        world.push_until_done()

    world.meddle = At(CREATE, 0, hang)
    assert world.push("students", seconds=60).tables == {"students": "lost"}
    world.push_until_done()
    assert world.state("students").batch is None
    assert world.in_lark("students") == world.here("students")


def test_run_stops_in_time_and_the_next_goes_on(world: SourceWorld) -> None:
    world.write_many("fees", 1600)
    assert world.push("fees", seconds=1.2).tables == {"fees": "time_up"}
    assert 0 < len(world.in_lark("fees")) < 1600
    world.push_until_done()
    assert world.creations("fees").total() == len(world.in_lark("fees")) == 1600


def test_each_base_gets_a_share_of_the_time(world: SourceWorld) -> None:
    for name in ("students", "fees"):
        world.write_many(name, 1600)
    world.push("students", "fees", seconds=1.2)
    assert (len(world.in_lark("students")), len(world.in_lark("fees"))) == (1000, 1000)


def test_aws_failure_ends_that_table_alone_and_is_raised(world: SourceWorld) -> None:
    for name in ("students", "lessons", "fees"):
        world.write_many(name, 2)
    with (
        captured() as output,
        world.aws_fails("transact_write_items", "'table': {'S': 'students'}"),
        pytest.raises(AwsUnavailableError),
    ):
        world.push()
    assert output.logged("table not pushed")[0]["table"] == "students"
    assert [world.waits(name) for name in ("students", "lessons", "fees")] == [True, False, False]
    world.push_until_done()
    assert set(world.creations("students").values()) == {1}


def test_state_that_cannot_be_read_holds_up_no_other_table(world: SourceWorld) -> None:
    for name in ("students", "lessons", "fees"):
        world.write_many(name, 2)
    with world.aws_fails("get_item", "{'S': 'lessons'}"), pytest.raises(AwsUnavailableError):
        world.push()
    assert [world.waits(name) for name in ("students", "lessons", "fees")] == [False, True, False]


def test_column_that_is_renamed_in_mid_run_costs_a_minute(world: SourceWorld) -> None:
    world.write("students", "s1", name="An")
    world.meddle = At(CREATE, 0, lambda: world.bases.rename_column("appOne", "tblStudents", "fldName", "Tên"))
    assert world.push("students").tables == {"students": FIELD_NOT_FOUND}
    world.clock.advance(minutes=1)
    assert world.push("students").tables == {"students": "pushed"}
    (record,) = world.records("students").values()
    assert "Tên" in record


def test_deletions_make_room_in_a_table_that_is_full(world: SourceWorld) -> None:
    for row_id in ("old", "kept"):
        world.write("students", row_id, name="An")
    world.push("students")
    world.clock.advance(minutes=5)
    world.write_many("students", 510)
    world.clock.advance(minutes=1)
    world.remove("students", "old")
    world.write("students", "kept", name="Bình")
    world.meddle = lambda request: (
        httpx.Response(200, json={"code": 1254103, "msg": "RecordExceedLimit"})
        if request.url.path.endswith(CREATE)
        else None
    )
    assert world.push("students").tables == {"students": TABLE_FULL}
    assert world.in_lark("students") == {"kept": {"name": "Bình"}}
