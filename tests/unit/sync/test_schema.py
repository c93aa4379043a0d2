"""Lark's records as our rows: what fits, what does not and why, and which rows are equal."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.lark.base_answers import BaseRecord, Column
from larkbridge.lark.cell_formats import FieldType
from larkbridge.store.synced_rows import content_hash
from larkbridge.sync.config.synced_table import SyncedTable
from larkbridge.sync.config.table_registry import Registry
from larkbridge.sync.shared.schema import RecordContent, Schema
from tests.support.tables import TABLES

COLUMNS = [
    Column("fldCode", "Mã lớp", FieldType.TEXT, is_primary=True),
    Column("fldSeats", "Số chỗ", FieldType.NUMBER, is_primary=False),
    Column("fldCreated", "Tạo lúc", FieldType.CREATED_TIME, is_primary=False),
    Column("fldModified", "Sửa lúc", FieldType.MODIFIED_TIME, is_primary=False),
    Column("fldOther", "Khác", FieldType.TEXT, is_primary=False),
]
NAMES = st.text(max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
ROWS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=4)


def table(name: str = "classes") -> SyncedTable:
    found = Registry(TABLES).get(name)
    assert found is not None
    return found


def schema(**changes: tuple[str, int] | None) -> Schema:
    """Return the classes' columns, some with another name and type, or gone."""
    columns = []
    for column in COLUMNS:
        name, kind = changes.get(column.field_id, (column.name, column.type)) or ("", 0)
        if name:
            columns.append(Column(column.field_id, name, kind, column.is_primary))
    return Schema(table(), columns)


def read(cells: dict[str, Any], **changes: tuple[str, int] | None) -> RecordContent:
    return schema(**changes).read(BaseRecord("rec1", cells))


def test_record_is_read_by_our_names() -> None:
    content = read({"Mã lớp": [{"text": "A"}, {"text": "1"}], "Số chỗ": 12, "Khác": "?"})
    assert content.values == {"code": "A1", "seats": 12, "createdAt": None, "modifiedAt": None}
    assert content.reasons == {}


def test_fields_are_found_by_their_ids() -> None:
    content = read({"Mã": "A1", "Mã lớp": "the name of another column now"}, fldCode=("Mã", FieldType.TEXT))
    assert content.values["code"] == "A1"


def test_no_drift_without_a_difference() -> None:
    assert schema().drift == []
    assert schema().complete


@pytest.mark.parametrize(
    ("change", "kind", "was", "now"),
    [
        (("Chỗ", FieldType.NUMBER), "renamed", "Số chỗ", "Chỗ"),
        (None, "removed", "Số chỗ", ""),
        (("Số chỗ", FieldType.TEXT), "retyped", "number", "text"),
        (("Chỗ", FieldType.TEXT), "retyped", "number", "text"),
        (("Số chỗ", 3001), "retyped", "number", "type 3001"),
    ],
)
def test_difference_is_told(change: Any, kind: str, was: str, now: str) -> None:
    found = schema(fldSeats=change)
    assert found.drift == [{"kind": kind, "field": "seats", "fieldId": "fldSeats", "was": was, "now": now}]
    assert found.complete == (kind == "renamed")


@pytest.mark.parametrize("change", [None, ("Số chỗ", FieldType.TEXT)])
def test_lost_column_is_not_asked_for_and_sets_every_row_aside(change: Any) -> None:
    found = schema(fldSeats=change)
    assert found.columns == ["Mã lớp", "Tạo lúc", "Sửa lúc"]
    content = found.read(BaseRecord("rec1", {"Mã lớp": "A1", "Số chỗ": "12"}))
    assert content.values["seats"] is None
    assert set(content.reasons) == {"seats"}
    assert content.values["code"] == "A1"


def test_cell_that_does_not_fit_stays_as_it_is_with_a_reason_that_does_not_quote_it() -> None:
    content = read({"Mã lớp": "A1", "Số chỗ": "a dozen"})
    assert content.values["seats"] == "a dozen"
    assert set(content.reasons) == {"seats"}
    assert "dozen" not in content.reasons["seats"]


@pytest.mark.parametrize("cell", [None, "", []])
def test_mirrored_row_without_its_key_does_not_fit(cell: Any) -> None:
    assert read({"Mã lớp": cell, "Số chỗ": 0}).reasons == {"code": "the key is empty"}


@pytest.mark.parametrize("cell", [None, "", []])
def test_record_that_nobody_has_filled_in_is_blank(cell: Any) -> None:
    content = read({"Mã lớp": cell})
    assert (content.blank, content.reasons) == (True, {})


@pytest.mark.parametrize("cells", [{"Mã lớp": "A1"}, {"Số chỗ": 0}, {"Số chỗ": "a dozen"}])
def test_record_with_any_content_is_not_blank(cells: dict[str, Any]) -> None:
    assert not read(cells).blank


def test_row_without_a_key_field_may_be_empty() -> None:
    rooms = Schema(table("rooms"), [Column("fldRoom", "Phòng", FieldType.TEXT, is_primary=True)])
    assert rooms.read(BaseRecord("rec1", {})) == RecordContent({"room": None}, {}, blank=True)


def test_row_is_written_by_larks_names_and_none_clears() -> None:
    students = Schema(
        table("students"),
        [
            Column("fldId", "Mã", FieldType.TEXT, is_primary=True),
            Column("fldName", "Họ tên", FieldType.TEXT, is_primary=False),
            Column("fldBorn", "Ngày sinh", FieldType.DATETIME, is_primary=False),
        ],
    )
    row = {"studentId": "s1", "name": None, "bornOn": "2015-03-04T00:00:00.000Z"}
    assert students.write(row) == {"Mã": "s1", "Họ tên": None, "Ngày sinh": 1_425_427_200_000}


@given(row=ROWS, data=st.data())
def test_equal_rows_share_a_hash_whatever_their_order(row: dict[str, Any], data: st.DataObject) -> None:
    names = data.draw(st.permutations(list(row)))
    assert content_hash({name: row[name] for name in names}) == content_hash(row)


@given(row=ROWS, value=VALUES, data=st.data())
def test_row_with_another_value_has_another_hash(
    row: dict[str, Any], value: Any, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(list(row)))
    assert content_hash({**row, name: value}) != content_hash(row) or value == row[name]


@pytest.mark.parametrize(
    ("row", "other"),
    [({"a": 1}, {"a": True}), ({"a": "1"}, {"a": 1}), ({"a": None}, {}), ({"a": 1}, {"b": 1})],
)
def test_rows_that_look_alike_share_no_hash(row: dict[str, Any], other: dict[str, Any]) -> None:
    assert content_hash(row) != content_hash(other)


def test_reasons_are_a_part_of_the_content() -> None:
    assert RecordContent({"a": 1}, {}).hash != RecordContent({"a": 1}, {"a": "no"}).hash


@pytest.mark.parametrize(
    "change", [{"fldSeats": None}, {"fldSeats": ("Chỗ", FieldType.NUMBER)}, {"fldSeats": ("Số chỗ", 1)}]
)
def test_fingerprint_changes_with_the_columns(change: dict[str, Any]) -> None:
    assert schema(**change).fingerprint != schema().fingerprint


def test_fingerprint_is_not_that_of_columns_nobody_maps() -> None:
    assert schema(fldOther=None).fingerprint == schema().fingerprint
