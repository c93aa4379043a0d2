"""What Lark has is compared with what is here: nothing of ours is undone, nothing of others' touched."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from larkbridge.observability import flush_metrics
from larkbridge.sync.config.table_registry import Registry
from sandbox.faults import Fault
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.output import captured
from tests.support.source_tables import PLACES, TABLES, SourceWorld, source_world
from tests.support.tables import At

SEARCH, LOOK = "/records/search", "/batch_get"


@pytest.fixture
def world() -> Iterator[SourceWorld]:
    with source_world() as world:
        yield world


def fill(world: SourceWorld, name: str = "students", number: int = 4) -> list[str]:
    """Push rows, and let the time pass in which a replica may lag; returns their record ids."""
    ids = world.write_many(name, number)
    world.push(name)
    world.clock.advance(minutes=5)
    return [world.record_id(name, row_id) for row_id in ids]


def reconcile(world: SourceWorld, name: str = "students") -> dict[str, Any]:
    """Compare a table at once, push what follows, and return the report."""
    world.request(name)
    world.push_until_done()
    report = world.state(name).last_full
    assert report is not None
    return dict(report)


def test_records_that_are_as_their_rows_cost_no_write(world: SourceWorld) -> None:
    world.write("students", "s1", name="An", score=8.5)
    world.write("students", "s2")
    fill(world)
    with world.watch() as calls:
        assert reconcile(world)["read"] == 6
    assert not world.bases.writes
    assert len(world.bases.created) == 6
    assert calls.count("dynamodb update_item") < 12


NAME_FIELD = '  { name = "name", id = "fldName", column = "Họ tên", type = "text" },\n'


def test_field_that_joins_or_leaves_the_registry_makes_no_row_differ(world: SourceWorld) -> None:
    world.write("students", "s1", name="An")
    fill(world)
    smaller = TABLES.replace(NAME_FIELD, "")
    assert smaller != TABLES
    world.registry = Registry(smaller, PLACES)
    assert reconcile(world)["written"] == 0
    world.write("students", "s2", score=8)
    world.push("students")
    world.registry = Registry(TABLES, PLACES)
    world.clock.advance(minutes=5)
    assert reconcile(world)["written"] == 0


def test_what_a_person_edits_is_written_over(world: SourceWorld) -> None:
    first, second, *_ = fill(world)
    world.edit("students", first, name="changed", score=3)
    world.edit("students", second, studentId="another key")
    assert reconcile(world)["written"] == 2
    assert world.in_lark("students") == world.here("students")
    assert {one.record_id for one in world.bases.writes} == {first, second}
    assert world.creations("students").total() == 4


def test_value_that_fits_no_row_is_written_over(world: SourceWorld) -> None:
    first, *_ = fill(world)
    world.meddle = At(
        SEARCH, 0, lambda: (200, _page({"record_id": first, "fields": {"Điểm": {"odd": 1}}}), {})
    )
    world.request("students")
    world.push("students")
    assert world.row("students", "row0000").queued


def _page(*items: dict[str, Any]) -> dict[str, Any]:
    data = {"items": list(items), "total": len(items), "has_more": False}
    return {"code": 0, "msg": "success", "data": data}


def test_record_that_a_person_adds_is_counted_and_left_alone(world: SourceWorld) -> None:
    fill(world)
    world.edit("students", "recByHand", name="Chi")
    world.edit("students", "recKeyed", studentId="nobody's", name="Dung")
    report = reconcile(world)
    assert (report["strangers"], report["deleted"]) == (2, 0)
    assert {"recByHand", "recKeyed"} < world.records("students").keys()
    assert len(world.source("students")) == 4


def test_second_record_with_the_key_of_a_row_is_left_alone(world: SourceWorld) -> None:
    first, *_ = fill(world)
    world.edit("students", "recCopy", studentId="row0000", name="copy")
    assert reconcile(world)["strangers"] == 1
    assert world.record_id("students", "row0000") == first
    assert "Họ tên" in world.records("students")["recCopy"]


def test_record_with_the_key_of_a_row_that_has_none_is_taken_for_it(world: SourceWorld) -> None:
    fill(world)
    world.write("students", "refused", name="An")
    row = world.row("students", "refused")
    world.source_rows.change(world.source_rows.reject_action(row, {"reason": "wrong_field_type"}))
    world.edit("students", "recMine", studentId="refused", name="old")
    world.edit("students", "recTwin", studentId="refused", name="older")
    world.source_rows.rejected = lambda table, before: iter(())
    world.request("students")
    world.push_until_done()
    world.push_until_done()
    assert world.record_id("students", "refused") in ("recMine", "recTwin")
    assert world.records("students")[world.record_id("students", "refused")]["Họ tên"][0]["text"] == "An"
    assert world.creations("students")["refused"] == 0


def test_record_with_the_key_of_a_deleted_row_is_a_persons_own(world: SourceWorld) -> None:
    fill(world)
    world.remove("students", "row0000")
    world.push("students")
    world.edit("students", "recByHand", studentId="row0000")
    assert reconcile(world)["strangers"] == 1
    assert "recByHand" in world.records("students")


@pytest.mark.parametrize("name", ["students", "lessons"])
def test_record_that_a_person_deletes_follows_the_policy(world: SourceWorld, name: str) -> None:
    first, *_ = fill(world, name)
    world.delete(name, first)
    assert reconcile(world, name)["deleted"] == 1
    assert world.in_lark(name) == world.here(name)
    assert len(world.here(name)) == (4 if name == "students" else 3)


@pytest.mark.parametrize("name", ["students", "lessons"])
def test_hidden_table_is_not_taken_for_an_empty_one(world: SourceWorld, name: str) -> None:
    fill(world, name)
    world.bases.hidden.add("appOne")
    world.request(name)
    with captured() as output:
        world.push(name)
        flush_metrics()
    assert output.metrics["DeletionsStopped"] == [1]
    assert world.state(name).suspicious is not None
    world.bases.hidden.clear()
    reconcile(world, name)
    assert world.state(name).suspicious is None
    assert len(world.in_lark(name)) == len(world.here(name)) == 4
    assert world.creations(name).total() == 4


@pytest.mark.parametrize("accept", [True, False])
def test_many_missing_records_are_believed_only_when_an_admin_says_so(
    world: SourceWorld, accept: bool
) -> None:
    records = fill(world, "lessons", 30)
    world.delete("lessons", *records[:15])
    world.request("lessons", accept_deletions=accept)
    world.push_until_done()
    assert len(world.here("lessons")) == (15 if accept else 30)
    assert bool(world.state("lessons").suspicious) is not accept


def test_record_that_search_leaves_out_and_batch_get_has_is_kept_and_compared(world: SourceWorld) -> None:
    first, *_ = fill(world, "lessons")
    world.edit("lessons", first, topic="changed")
    others = [{"record_id": one, "fields": {}} for one in world.records("lessons") if one != first]
    world.meddle = At(SEARCH, 0, lambda: (200, _page(*others), {}))
    assert reconcile(world, "lessons")["deleted"] == 0
    assert world.in_lark("lessons") == world.here("lessons")
    assert len(world.here("lessons")) == 4


@pytest.mark.parametrize("name", ["students", "lessons"])
def test_record_of_a_moment_ago_is_not_missed(world: SourceWorld, name: str) -> None:
    world.bases.replica_lag = 50
    fill(world, name)
    world.writes.put(world.table(name), "new", {})
    world.request(name)
    world.push(name)
    world.push_until_done()
    assert world.in_lark(name) == world.here(name)
    assert "new" in world.here(name)
    assert set(world.creations(name).values()) == {1}


def test_write_of_a_moment_ago_is_not_made_again_for_a_lagging_replica(world: SourceWorld) -> None:
    fill(world)
    world.bases.replica_lag = 50
    world.write("students", "row0000", name="new")
    world.request("students")
    world.push("students")
    assert not world.source_rows.count_waiting("students")


@pytest.mark.parametrize("path", [SEARCH, LOOK])
@pytest.mark.parametrize("deleted", [True, False])
@pytest.mark.parametrize("name", ["students", "lessons"])
def test_own_writes_meanwhile_are_not_undone(world: SourceWorld, name: str, path: str, deleted: bool) -> None:
    first, *_ = fill(world, name)
    world.delete(name, first)
    field = world.table(name).fields[1].name

    def write() -> None:
        for row_id in ("row0000", "row0001"):
            if deleted:
                world.remove(name, row_id)
            else:
                world.writes.put(world.table(name), row_id, {field: "new"})

    world.meddle = At(path, 0, write)
    world.request(name)
    world.push(name)
    row = world.row(name, "row0000")
    assert (row.queued, row.deleted, row.version) == (True, deleted, 2)
    world.push_until_done()
    assert world.in_lark(name) == world.here(name)


def test_refused_page_token_begins_again(world: SourceWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("larkbridge.sync.shared.table_reader.MAX_PAGE", 2)
    monkeypatch.setattr("larkbridge.sync.shared.table_reader._CHECKPOINT_PAGES", 1)
    first, *_ = fill(world, number=7)
    world.edit("students", first, name="changed")

    def refuse(request: httpx.Request) -> httpx.Response | None:
        if request.url.params.get("page_token"):
            return httpx.Response(200, json={"code": 1254002, "msg": "Fail"})
        return None

    world.meddle = refuse
    world.request("students")
    assert world.push("students").tables == {"students": "failed"}
    tokens = list[str | None]()
    world.meddle = lambda request: (
        tokens.append(request.url.params.get("page_token")) if request.url.path.endswith(SEARCH) else None
    )
    world.push_until_done()
    assert tokens[0] is None
    assert world.in_lark("students") == world.here("students")


def test_what_lark_adds_to_a_value_is_no_difference(world: SourceWorld) -> None:
    world.write("fees", "f1", receipt=[{"fileToken": "boxReceipt"}])
    world.push("fees")
    world.clock.advance(minutes=5)
    (record,) = world.records("fees").values()
    assert record["Biên lai"][0].keys() > {"file_token"}
    assert reconcile(world, "fees")["written"] == 0


def test_column_that_is_renamed_meanwhile_makes_no_row_differ(world: SourceWorld) -> None:
    fill(world)
    world.request("students")
    world.bases.read_faults.set(Fault("error_code", code=1254290))
    world.push("students")
    world.bases.read_faults.clear()
    world.bases.rename_column("appOne", "tblStudents", "fldName", "Tên")
    world.push_until_done()
    assert world.state("students").last_full is not None
    assert not world.bases.writes


@pytest.mark.parametrize("side", ["before", "after"])
def test_process_may_end_at_any_call(world: SourceWorld, side: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("larkbridge.sync.shared.table_reader.MAX_PAGE", 3)
    monkeypatch.setattr("larkbridge.sync.shared.table_reader._CHECKPOINT_PAGES", 1)
    fill(world, number=8)
    world.edit("students", "recByHand", name="Chi")
    call = 0
    while True:
        world.delete("students", world.record_id("students", "row0000"))
        world.edit("students", world.record_id("students", "row0003"), name="changed")
        world.request("students")
        try:
            with world.watch(Calls((call, side))):
                world.push("students")
        except ProcessStoppedError:
            world.restart()
        else:
            break
        world.clock.advance(minutes=7)
        world.push_until_done()
        world.clock.advance(minutes=5)
        by_hand = {"": {"name": "Chi"}}
        assert world.in_lark("students") == world.here("students") | by_hand, call
        call += 1
    assert call > 20


def test_row_that_waits_again_has_waited_since_then(world: SourceWorld) -> None:
    first, *_ = fill(world)
    world.clock.advance(hours=24 * 90)
    world.edit("students", first, name="by hand")
    world.request("students")
    world.push("students")
    assert world.source_rows.count_waiting("students") == 1
    world.clock.advance(minutes=1)
    with captured() as output:
        world.push("students")
        flush_metrics()
    assert output.metrics["SourceLag"] == pytest.approx([60], abs=5)
