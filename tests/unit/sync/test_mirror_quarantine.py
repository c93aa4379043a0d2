"""Columns that changed and records that do not fit: set aside with their reasons, and back when mended."""

from typing import Any

import pytest

from larkbridge.lark.cell_formats import FieldType
from larkbridge.observability import flush_metrics
from sandbox.lark.tables import Field
from tests.support.memory_dynamo.aws import SETTINGS, memory_aws
from tests.support.output import captured
from tests.support.tables import SyncWorld

BASE, TABLE = "appClasses", "tblClasses"


def code_of(world: SyncWorld, record_id: str) -> Any:
    values = world.mirrored("classes")[record_id].values
    return None if values is None else values["code"]


def test_renamed_column_is_reported_and_read_on(world: SyncWorld) -> None:
    world.put("classes", "rec1", code="A1")
    world.pull()
    world.bases.rename_column(BASE, TABLE, "fldCode", "Mã")
    world.clock.advance(hours=1)
    world.put("classes", "rec1", code="A2")
    with captured() as output:
        world.pull(full=True)
        flush_metrics()
    assert code_of(world, "rec1") == "A2"
    assert world.mirrored("classes")["rec1"].reasons is None
    assert world.state("classes").drift == [
        {"kind": "renamed", "field": "code", "fieldId": "fldCode", "was": "Mã lớp", "now": "Mã"}
    ]
    assert sum(output.metrics["ColumnsDrifted"]) == 1


def test_removed_column_sets_rows_aside_with_their_last_good_values(world: SyncWorld) -> None:
    world.put("classes", "rec1", code="A1", seats=12)
    world.pull()
    world.bases.remove_column(BASE, TABLE, "fldSeats")
    world.clock.advance(hours=1)
    world.pull(full=True)
    row = world.mirrored("classes")["rec1"]
    assert row.reasons == {"seats": "the column is gone"}
    assert row.values is not None
    assert row.values["seats"] == 12
    assert row.received is not None
    assert row.received["code"] == "A1"
    assert world.state("classes").drift[0]["kind"] == "removed"
    assert world.mirror_rows.count_quarantined("classes") == 1


def test_mended_column_brings_rows_back(world: SyncWorld) -> None:
    world.put("classes", "rec1", code="A1", seats=12)
    world.pull()
    world.bases.retype_column(BASE, TABLE, "fldSeats", FieldType.TEXT)
    world.clock.advance(hours=1)
    world.pull(full=True)
    row = world.mirrored("classes")["rec1"]
    assert row.reasons == {"seats": "the column is of type text, not number"}
    assert row.values is not None
    assert row.values["seats"] == 12
    world.bases.retype_column(BASE, TABLE, "fldSeats", FieldType.NUMBER)
    world.clock.advance(hours=1)
    world.pull(full=True)
    row = world.mirrored("classes")["rec1"]
    assert (row.reasons, row.received) == (None, None)
    assert not world.state("classes").drift
    assert world.mirror_rows.count_quarantined("classes") == 0


def test_column_that_changed_is_noticed_in_every_row_by_the_next_pull(
    world: SyncWorld, small_pages: int
) -> None:
    ids = world.settle("classes", "code", 4 * small_pages)
    world.bases.remove_column(BASE, TABLE, "fldSeats")
    world.pull()
    rows = world.mirrored("classes")
    assert [one for one in ids if rows[one].reasons is None] == []


def test_record_that_does_not_fit_is_set_aside_alone(world: SyncWorld) -> None:
    world.put("classes", "rec1", code="A1", seats=12)
    world.put("classes", "rec2", code="A2", seats=20)
    world.pull()
    world.clock.advance(hours=1)
    table = world.bases.table(BASE, TABLE)
    loose = Field("fldSeats", "Số chỗ", FieldType.NUMBER, loose=True)
    table.replace_field(table.fields["fldSeats"], loose)
    world.put("classes", "rec1", seats="a dozen")
    with captured() as output:
        world.pull(full=True)
        flush_metrics()
    rows = world.mirrored("classes")
    assert rows["rec2"].reasons is None
    assert set(rows["rec1"].reasons or {}) == {"seats"}
    assert rows["rec1"].values is not None
    assert rows["rec1"].values["seats"] == 12
    assert rows["rec1"].received is not None
    assert rows["rec1"].received["seats"] == "a dozen"
    assert world.last_pull("classes")["quarantined"] == 1
    assert output.metrics["MirrorRowsQuarantined"] == [1, 0]
    world.clock.advance(minutes=20)
    world.put("classes", "rec1", seats=13)
    world.pull()
    row = world.mirrored("classes")["rec1"]
    assert row.reasons is None
    assert row.values is not None
    assert row.values["seats"] == 13


def test_record_without_its_key_is_set_aside(world: SyncWorld) -> None:
    world.put("classes", "rec1", seats=12)
    world.pull()
    row = world.mirrored("classes")["rec1"]
    assert row.reasons == {"code": "the key is empty"}
    assert row.values is None


@pytest.mark.parametrize("cells", [{}, {"code": None}, {"code": ""}, {"code": "", "seats": None}])
def test_blank_record_is_no_row_yet(world: SyncWorld, cells: dict[str, Any]) -> None:
    world.put("classes", "rec1", **cells)
    world.put("rooms", "rec1")
    with captured() as output:
        world.pull()
        flush_metrics()
    assert world.mirrored("classes") == world.mirrored("rooms") == {}
    assert output.metrics["MirrorRowsQuarantined"] == [0, 0]
    assert world.last_pull("classes")["read"] == 1
    world.clock.advance(minutes=20)
    world.put("classes", "rec1", code="A1")
    world.pull()
    assert world.values("classes")["rec1"]["code"] == "A1"


def test_row_that_became_blank_is_shown_empty(world: SyncWorld) -> None:
    world.settle("classes", "code", 2)
    world.put("classes", "rec0000000", code=None)
    with captured() as output:
        world.pull()
        flush_metrics()
    rows = world.mirrored("classes")
    assert (rows["rec0000000"].reasons, rows["rec0000000"].deleted_at) == (None, None)
    assert world.values("classes")["rec0000000"]["code"] is None
    assert output.metrics["MirrorRowsQuarantined"] == [0]


def test_blank_record_of_a_table_with_a_lost_column_may_have_content(world: SyncWorld) -> None:
    world.put("classes", "rec1", seats=12)
    world.bases.remove_column("appClasses", "tblClasses", "fldSeats")
    world.pull()
    assert world.mirrored("classes")["rec1"].reasons is not None


def test_blank_row_leaves_quarantine(world: SyncWorld) -> None:
    world.put("classes", "rec1", seats=12)
    world.pull()
    assert world.mirror_rows.count_quarantined("classes") == 1
    world.clock.advance(minutes=20)
    world.put("classes", "rec1", seats=None)
    world.pull()
    assert world.mirror_rows.count_quarantined("classes") == 0


@pytest.mark.parametrize("text", ["ậ" * 95_000, "😀" * 50_000])
def test_row_that_is_too_large_is_set_aside_until_it_is_shorter(world: SyncWorld, text: str) -> None:
    world.put("rooms", "rec1", room="101")
    world.put("rooms", "rec2", room="102")
    world.pull()
    world.clock.advance(hours=2)
    world.put("rooms", "rec1", room=text)
    world.put("rooms", "rec2", room="103")
    assert world.pull()["rooms"] == "pulled"
    row = world.mirrored("rooms")["rec1"]
    assert row.reasons == {"*": "the row is too large to be kept"}
    assert (row.values, row.received) == ({"room": "101"}, {})
    assert world.values("rooms")["rec2"] == {"room": "103"}
    world.clock.advance(hours=2)
    world.put("rooms", "rec1", room="104")
    world.pull()
    row = world.mirrored("rooms")["rec1"]
    assert (row.values, row.reasons) == ({"room": "104"}, None)


@pytest.mark.parametrize("text", ["x" * 95_000, "ậ" * 50_000])
def test_long_text_is_kept(world: SyncWorld, text: str) -> None:
    world.put("rooms", "rec1", room=text)
    world.pull()
    assert world.values("rooms") == {"rec1": {"room": text}}


def test_half_of_a_character_does_not_stop_the_table(world: SyncWorld) -> None:
    table = world.bases.table(BASE, TABLE)
    loose = Field("fldSeats", "Số chỗ", FieldType.NUMBER, loose=True)
    table.replace_field(table.fields["fldSeats"], loose)
    world.put("classes", "rec1", code="A\ud83d1", seats="\ud83d")
    assert world.pull()["classes"] == "pulled"
    row = world.mirrored("classes")["rec1"]
    for content in (row.values, row.received):
        assert "\ud83d" not in str(content)


def test_many_large_rows_are_set_aside_at_once() -> None:
    with memory_aws():
        world = SyncWorld(SETTINGS)
        for one in range(40):
            world.put("classes", f"rec{one:02}", code="c" * 90_000)
        world.pull()
        world.bases.remove_column(BASE, TABLE, "fldSeats")
        world.clock.advance(hours=1)
        assert world.pull(full=True)["classes"] == "pulled"
        assert world.mirror_rows.count_quarantined("classes") == 40
