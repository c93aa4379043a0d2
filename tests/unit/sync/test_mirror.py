"""A pull leaves each row as its record is, and writes only what has changed."""

from typing import Any

import pytest

from larkbridge.observability import flush_metrics
from tests.support.output import captured
from tests.support.tables import At, SyncWorld

BASE, TABLE = "appClasses", "tblClasses"


def code_of(world: SyncWorld, record_id: str) -> Any:
    values = world.mirrored("classes")[record_id].values
    return None if values is None else values["code"]


def test_rows_are_as_their_records(world: SyncWorld, small_pages: int) -> None:
    for number in range(2 * small_pages + 1):
        world.put("classes", f"rec{number}", code=f"A{number}", seats=number)
    assert world.pull() == {"classes": "pulled", "rooms": "pulled"}
    rows = world.values("classes")
    assert {one: (row["code"], row["seats"]) for one, row in rows.items()} == {
        f"rec{number}": (f"A{number}", number) for number in range(2 * small_pages + 1)
    }
    assert rows["rec0"]["modifiedAt"] == "2026-09-01T02:00:00.000Z"


def test_unchanged_table_costs_its_searches_and_no_row_write(world: SyncWorld) -> None:
    world.fill("classes", "code", 20)
    world.pull()
    world.clock.advance(hours=1)
    world.request("classes")
    world.bases.calls.clear()
    with world.watch() as calls:
        assert world.pull()["classes"] == "pulled"
    assert world.bases.calls["search"] == 2
    assert "batch_get" not in world.bases.calls
    assert world.last_pull("classes")["written"] == 0
    checkpoints = calls.made.count("dynamodb TransactWriteItems")
    assert checkpoints == len(("classes", "rooms"))


def test_changed_rows_alone_are_written(world: SyncWorld) -> None:
    world.fill("classes", "code", 20)
    world.pull()
    before = world.mirrored("classes")
    world.clock.advance(hours=1)
    world.put("classes", "rec0000007", code="B7")
    world.put("classes", "rec0000099", code="new")
    world.request("classes")
    world.pull()
    assert world.last_pull("classes")["written"] == 2
    assert code_of(world, "rec0000007") == "B7"
    assert code_of(world, "rec0000099") == "new"
    after = world.mirrored("classes")
    assert [one for one in before if after[one] != before[one]] == ["rec0000007"]


def test_incremental_pull_reads_no_further_than_what_is_known(world: SyncWorld, small_pages: int) -> None:
    world.settle("classes", "code", 6 * small_pages)
    world.put("classes", "rec0000001", code="B1")
    world.bases.calls.clear()
    assert world.pull()["classes"] == "pulled"
    report = world.last_pull("classes")
    assert (report["mode"], report["read"], report["written"]) == ("incremental", small_pages, 1)
    assert world.bases.calls["search"] == 1
    assert code_of(world, "rec0000001") == "B1"


def test_incremental_pull_reads_all_that_has_changed(world: SyncWorld, small_pages: int) -> None:
    ids = world.settle("classes", "code", 6 * small_pages)
    changed = ids[: 2 * small_pages]
    for one in changed:
        world.clock.advance(seconds=1)
        world.put("classes", one, code=f"changed {one}")
    world.pull()
    assert all(code_of(world, one) == f"changed {one}" for one in changed)
    assert world.last_pull("classes")["written"] == len(changed)
    assert world.last_pull("classes")["read"] <= len(changed) + small_pages


def test_change_during_a_pull_is_found_by_the_next_one(world: SyncWorld, small_pages: int) -> None:
    world.fill("classes", "code", 3 * small_pages)

    def change() -> None:
        world.put("classes", "rec0000000", code="late")

    world.meddle = At("/records/search", 2, change)
    world.pull()
    assert code_of(world, "rec0000000") == "code 0"
    world.clock.advance(minutes=15)
    world.pull()
    assert world.last_pull("classes")["mode"] == "incremental"
    assert code_of(world, "rec0000000") == "late"


def test_incremental_pull_deletes_nothing(world: SyncWorld) -> None:
    ids = world.fill("classes", "code", 3)
    world.pull()
    world.delete("classes", ids[0])
    world.clock.advance(minutes=20)
    world.pull()
    assert world.last_pull("classes")["mode"] == "incremental"
    assert sorted(world.values("classes")) == ids


def test_table_without_a_modified_time_is_always_pulled_whole(world: SyncWorld) -> None:
    world.put("rooms", "rec1", room="101")
    world.pull()
    world.clock.advance(minutes=61)
    world.put("rooms", "rec1", room="102")
    world.pull()
    assert world.last_pull("rooms")["mode"] == "full"
    assert world.values("rooms") == {"rec1": {"room": "102"}}


def test_table_that_lost_its_modified_time_is_pulled_whole(world: SyncWorld) -> None:
    world.put("classes", "rec1", code="A1")
    world.pull()
    world.bases.remove_column(BASE, TABLE, "fldModified")
    world.clock.advance(minutes=20)
    assert world.pull()["classes"] == "pulled"
    assert world.last_pull("classes")["mode"] == "full"


def test_each_table_has_its_own_schedule(world: SyncWorld) -> None:
    assert set(world.pull().values()) == {"pulled"}
    world.clock.advance(minutes=14)
    assert set(world.pull().values()) == {"not_due"}
    world.clock.advance(minutes=2)
    assert world.pull() == {"classes": "pulled", "rooms": "not_due"}
    world.clock.advance(minutes=45)
    assert world.pull() == {"classes": "pulled", "rooms": "pulled"}


def test_base_is_subscribed_to(world: SyncWorld) -> None:
    world.pull()
    assert world.lark.files.subscribed == {"appClasses", "appRooms"}
    assert world.state("classes").subscription == {"ok": True, "at": "2026-09-01T02:00:00.000Z"}


def test_subscription_that_lark_refuses_stops_no_pull(world: SyncWorld) -> None:
    world.put("classes", "rec1", code="A1")
    denied = (403, {"code": 1069603, "msg": "forbidden"}, {})
    world.meddle = At("/subscribe", 0, lambda: denied)
    assert world.pull()["classes"] == "pulled"
    subscription = world.state("classes").subscription
    assert subscription is not None
    assert (subscription["ok"], subscription["reason"]) == (False, "no_permission")
    assert subscription["hint"]
    assert set(world.values("classes")) == {"rec1"}


def test_lag_is_measured_for_every_table(world: SyncWorld) -> None:
    world.pull()
    world.clock.advance(minutes=5)
    with captured() as output:
        world.pull()
        flush_metrics()
    assert output.metrics["MirrorLag"] == pytest.approx([300, 300], abs=1)


def test_record_whose_modification_time_goes_back_is_taken(world: SyncWorld) -> None:
    world.put("classes", "rec1", code="A1")
    rows = world.bases.table(BASE, TABLE).rows
    before = rows.by_id["rec1"]
    world.clock.advance(hours=1)
    world.put("classes", "rec1", code="B1")
    world.pull()
    rows.put(before)
    world.clock.advance(hours=1)
    world.pull(full=True)
    assert code_of(world, "rec1") == "A1"


def test_incremental_pull_of_a_table_that_looks_empty_leaves_nothing_out(world: SyncWorld) -> None:
    ids = world.settle("classes", "code", 3)
    watermark = world.state("classes").watermark
    world.bases.hidden.add(BASE)
    world.put("classes", ids[0], code="B1")
    world.pull()
    state = world.state("classes")
    assert (state.last_pull or {})["mode"] == "incremental"
    assert (state.suspicious or {})["reason"] == "Lark answered without any record"
    assert state.watermark == watermark
    world.bases.hidden.clear()
    world.clock.advance(minutes=20)
    world.pull()
    assert world.last_pull("classes")["mode"] == "incremental"
    assert code_of(world, ids[0]) == "B1"
