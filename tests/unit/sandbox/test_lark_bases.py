from typing import Any

import pytest

from sandbox.lark.cells import FieldType
from sandbox.lark.envelope import RefusedError
from sandbox.lark.tables import Field
from tests.support.lark_calls import RECORD, TABLE, CalledLark, code

COLUMNS = [
    Field("fldA", "Mã"),
    Field("fldB", "Số", FieldType.NUMBER),
    Field("fldC", "Nhãn", FieldType.MULTI_SELECT),
]


@pytest.fixture
def lark() -> CalledLark:
    return CalledLark()


def test_records_are_read_one_by_one_and_in_batches(lark: CalledLark) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {"Tên": "An", "Ghi chú": None})
    lark.api.bases.put("app1", "tbl1", "rec2", {"Tên": "Bình"})
    lark.api.bases.forbidden.add("rec2")
    record = {"record_id": "rec1", "fields": {"Tên": "An"}}
    assert lark.data("GET", RECORD) == {"record": record | {"id": "rec1"}}
    assert lark.data("POST", f"{TABLE}/records/batch_get", {"record_ids": ["rec1", "rec2", "rec3"]}) == {
        "records": [record],
        "absent_record_ids": ["rec3"],
        "forbidden_record_ids": ["rec2"],
    }
    assert code(lark.call("GET", f"{TABLE}/records/rec2")) == 1254043


@pytest.mark.parametrize("ids", [None, [], "rec1", [1], ["rec1"] * 101])
def test_a_batch_is_one_to_a_hundred_ids(lark: CalledLark, ids: Any) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {})
    response = lark.call("POST", f"{TABLE}/records/batch_get", {"record_ids": ids})
    assert (response.status_code, code(response)) == (400, 99992402)


def test_an_update_is_incremental_answers_what_it_wrote_and_is_recorded(lark: CalledLark) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {"a": 1, "b": 2, "c": 3})
    written = {"b": None, "c": "x"}
    assert lark.data("PUT", RECORD, {"fields": written}) == {
        "record": {"record_id": "rec1", "fields": written}
    }
    assert lark.api.bases.get("app1", "tbl1", "rec1") == {"a": 1, "c": "x"}
    (write,) = lark.api.bases.writes
    assert (write.app_token, write.table_id, write.record_id, write.fields) == (
        "app1",
        "tbl1",
        "rec1",
        written,
    )


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (RECORD.replace("app1", "app2"), {"fields": {}}, 91402),
        (RECORD.replace("tbl1", "tbl2"), {"fields": {}}, 1254041),
        (RECORD.replace("rec1", "rec2"), {"fields": {}}, 1254043),
        (RECORD, {"fields": {"z": 1}}, 1254045),
        (RECORD, {"fields": [1]}, 99992402),
        (RECORD, [], 99992402),
    ],
)
def test_an_update_that_is_wrong_writes_nothing(
    lark: CalledLark, path: str, body: Any, expected: int
) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {"a": 1})
    assert code(lark.call("PUT", path, body)) == expected
    assert lark.api.bases.writes == []


def test_fields_have_pages_and_the_first_is_the_primary_one(lark: CalledLark) -> None:
    lark.api.bases.create_table("app1", "tbl1", COLUMNS)
    first = lark.data("GET", f"{TABLE}/fields", page_size="2")
    second = lark.data("GET", f"{TABLE}/fields", page_size="2", page_token=first["page_token"])
    assert [one["field_id"] for one in first["items"] + second["items"]] == ["fldA", "fldB", "fldC"]
    assert (first["total"], first["has_more"], second["has_more"]) == (3, True, False)
    assert first["items"][0] == {
        "field_id": "fldA",
        "field_name": "Mã",
        "type": 1,
        "ui_type": "Text",
        "is_primary": True,
        "property": None,
    }
    assert "page_token" not in second
    assert code(lark.call("GET", f"{TABLE}/fields", page_size="101")) == 99992402
    assert code(lark.call("GET", f"{TABLE}/fields", page_token="x")) == 1254002


def test_a_renamed_column_keeps_its_values_under_the_new_name(lark: CalledLark) -> None:
    lark.api.bases.create_table("app1", "tbl1", COLUMNS)
    lark.api.bases.put("app1", "tbl1", "rec1", {"Mã": "L1", "Số": 3})
    lark.api.bases.rename_column("app1", "tbl1", "fldB", "Số buổi")
    assert lark.data("GET", RECORD)["record"]["fields"] == {"Mã": "L1", "Số buổi": "3"}
    assert code(lark.call("PUT", RECORD, {"fields": {"Số": 4}})) == 1254045


def test_a_removed_column_takes_its_values_along(lark: CalledLark) -> None:
    lark.api.bases.create_table("app1", "tbl1", COLUMNS)
    lark.api.bases.put("app1", "tbl1", "rec1", {"Mã": "L1", "Số": 3})
    lark.api.bases.remove_column("app1", "tbl1", "fldB")
    lark.api.bases.add_column("app1", "tbl1", Field("fldB", "Số", FieldType.NUMBER))
    assert lark.api.bases.get("app1", "tbl1", "rec1") == {"Mã": [{"text": "L1", "type": "text"}]}


@pytest.mark.parametrize(
    ("new", "kept"),
    [
        (FieldType.TEXT, [{"text": "3", "type": "text"}]),
        (FieldType.MULTI_SELECT, ["3"]),
        (FieldType.CHECKBOX, None),
    ],
)
def test_a_retyped_column_keeps_the_values_that_fit(lark: CalledLark, new: FieldType, kept: Any) -> None:
    lark.api.bases.create_table("app1", "tbl1", COLUMNS)
    lark.api.bases.put("app1", "tbl1", "rec1", {"Số": 3})
    lark.api.bases.put("app1", "tbl1", "rec2", {"Số": None})
    lark.api.bases.retype_column("app1", "tbl1", "fldB", new)
    assert (lark.api.bases.get("app1", "tbl1", "rec1") or {}).get("Số") == kept
    assert lark.api.bases.get("app1", "tbl1", "rec2") == {}
    assert lark.data("GET", f"{TABLE}/fields")["items"][1]["type"] == new


def test_a_record_knows_when_and_by_whom_it_was_made_and_changed(lark: CalledLark) -> None:
    lark.api.bases.create_table(
        "app1",
        "tbl1",
        [
            Field("fld1", "Tên"),
            Field("fld2", "Tạo lúc", FieldType.CREATED_TIME),
            Field("fld3", "Sửa lúc", FieldType.MODIFIED_TIME),
            Field("fld4", "Người tạo", FieldType.CREATED_USER),
            Field("fld5", "Người sửa", FieldType.MODIFIED_USER),
            Field("fld6", "Số", FieldType.AUTO_NUMBER),
        ],
    )
    made = int(lark.clock.timestamp() * 1000)
    lark.api.bases.put("app1", "tbl1", "rec1", {"Tên": "An"})
    lark.clock.advance(seconds=5)
    lark.data("PUT", RECORD, {"fields": {"Tên": "Bình"}})

    [record] = lark.data("POST", f"{TABLE}/records/search", {"automatic_fields": True})["items"]
    fields = record["fields"]
    assert (fields["Tạo lúc"], fields["Sửa lúc"], fields["Số"]) == (made, made + 5000, "1")
    assert [fields[name][0]["id"] for name in ("Người tạo", "Người sửa")] == ["ou_person", "ou_app"]
    assert (record["created_time"], record["last_modified_time"]) == (made, made + 5000)
    assert (record["created_by"]["id"], record["last_modified_by"]["id"]) == ("ou_person", "ou_app")


def test_what_changes_nothing_leaves_the_time_of_the_last_change(lark: CalledLark) -> None:
    columns = [
        Field("fld1", "Tên"),
        Field("fld2", "Sửa lúc", FieldType.MODIFIED_TIME),
        Field("fld3", "Tổng", FieldType.FORMULA),
        Field("fld4", "Ghi chú"),
    ]
    lark.api.bases.create_table("app1", "tbl1", columns)
    lark.api.bases.put("app1", "tbl1", "rec1", {"Tên": "An"})
    before = (lark.api.bases.get("app1", "tbl1", "rec1") or {})["Sửa lúc"]
    lark.clock.advance(seconds=5)
    lark.data("PUT", RECORD, {"fields": {"Tên": "An", "Ghi chú": None}})
    lark.api.bases.put("app1", "tbl1", "rec1", {"Tổng": {"type": 2, "value": [3]}})
    assert (lark.api.bases.get("app1", "tbl1", "rec1") or {})["Sửa lúc"] == before


def test_a_person_cannot_write_a_column_that_is_not_there_or_the_wrong_kind_of_value(
    lark: CalledLark,
) -> None:
    lark.api.bases.create_table("app1", "tbl1", COLUMNS)
    for fields in ({"Khác": "x"}, {"Số": "ba"}):
        with pytest.raises(RefusedError):
            lark.api.bases.put("app1", "tbl1", "rec1", fields)
    assert lark.api.bases.records("app1", "tbl1") == {}


def test_a_list_shows_numbers_and_texts_as_strings_and_its_pages_go_on(lark: CalledLark) -> None:
    lark.api.bases.create_table("app1", "tbl1", COLUMNS)
    for number in range(3):
        lark.api.bases.put("app1", "tbl1", f"rec{number}", {"Mã": f"L{number}", "Số": number + 0.5})
    first = lark.data("GET", f"{TABLE}/records", page_size="2", automatic_fields="true")
    second = lark.data("GET", f"{TABLE}/records", page_size="2", page_token=first["page_token"])
    arrays = lark.data("GET", f"{TABLE}/records", text_field_as_array="true", field_names='["Mã"]')

    assert [one["fields"] for one in first["items"] + second["items"]] == [
        {"Mã": f"L{number}", "Số": f"{number}.5"} for number in range(3)
    ]
    assert "created_time" in first["items"][0]
    assert arrays["items"][0]["fields"] == {"Mã": [{"text": "L0", "type": "text"}]}
    assert code(lark.call("GET", f"{TABLE}/records", filter="CurrentValue.[Số]>1")) == 1254018
    assert code(lark.call("GET", f"{TABLE}/records", field_names="Mã")) == 1254024
