"""What makes a Base hard to live with: lag, hidden and lost answers."""

from typing import Any

import httpx
import pytest

from sandbox.faults import Fault
from sandbox.lark.cells import FieldType
from sandbox.lark.tables import Field
from tests.support.lark_calls import RECORD, TABLE, CalledLark, code

COLUMNS = [Field("fldA", "Mã"), Field("fldB", "Số", FieldType.NUMBER)]


@pytest.fixture
def lark() -> CalledLark:
    return CalledLark()


def test_reads_see_a_table_as_it_was_before_the_lag(lark: CalledLark) -> None:
    bases = lark.api.bases
    bases.create_table("app1", "tbl1", COLUMNS)
    bases.put("app1", "tbl1", "rec1", {"Số": 1})
    bases.put("app1", "tbl1", "rec2", {"Số": 1})
    bases.replica_lag = 3
    lark.clock.advance(seconds=10)
    bases.delete("app1", "tbl1", "rec1")
    bases.put("app1", "tbl1", "rec3", {"Số": 3})
    for number in (9, 2):
        lark.data("PUT", f"{TABLE}/records/rec2", {"fields": {"Số": number}})

    assert seen(lark) == {"rec1": 1, "rec2": 1}
    assert lark.data("POST", f"{TABLE}/records/batch_get", {"record_ids": ["rec1", "rec3"]})[
        "absent_record_ids"
    ] == ["rec3"]
    lark.clock.advance(seconds=3)
    assert seen(lark) == {"rec2": 2, "rec3": 3}


def test_a_retyped_column_has_no_values_of_its_old_type_however_reads_lag(lark: CalledLark) -> None:
    bases = lark.api.bases
    bases.create_table("app1", "tbl1", COLUMNS)
    bases.replica_lag = 60
    bases.put("app1", "tbl1", "rec1", {"Mã": "L1"})
    lark.clock.advance(seconds=60)
    bases.put("app1", "tbl1", "rec1", {"Mã": "12"})
    bases.retype_column("app1", "tbl1", "fldA", FieldType.NUMBER)
    condition = {"field_name": "Mã", "operator": "is", "value": ["12"]}
    found = lark.data(
        "POST",
        f"{TABLE}/records/search",
        {"filter": {"conjunction": "and", "conditions": [condition]}},
    )
    assert [one["fields"] for one in found["items"]] == [{"Mã": 12}]


def test_a_write_that_reads_do_not_see_yet_is_there_for_the_next_write(lark: CalledLark) -> None:
    lark.api.bases.create_table("app1", "tbl1", COLUMNS)
    lark.api.bases.replica_lag = 3
    record = lark.data("POST", f"{TABLE}/records", {"fields": {"Số": 1}})["record"]
    path = f"{TABLE}/records/{record['record_id']}"
    assert code(lark.call("GET", path)) == 1254043
    assert code(lark.call("PUT", path, {"fields": {"Số": 2}})) == 0


def test_advanced_permissions_hide_all_records_and_look_like_success(lark: CalledLark) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {"a": "x"})
    lark.api.bases.hidden.add("app1")
    for page in (lark.data("POST", f"{TABLE}/records/search", {}), lark.data("GET", f"{TABLE}/records")):
        assert page == {"items": [], "total": 0, "has_more": False}
    found = lark.data("POST", f"{TABLE}/records/batch_get", {"record_ids": ["rec1", "rec2"]})
    assert (found["records"], found["forbidden_record_ids"], found["absent_record_ids"]) == (
        [],
        ["rec1"],
        ["rec2"],
    )
    response = lark.call("PUT", RECORD, {"fields": {"a": "y"}})
    assert (response.status_code, code(response)) == (403, 1254302)
    assert lark.api.bases.get("app1", "tbl1", "rec1") == {"a": "x"}


def test_calls_are_counted_by_api(lark: CalledLark) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {"a": "x"})
    lark.call("GET", RECORD)
    lark.call("GET", RECORD)
    lark.call("PUT", RECORD, {"fields": {"z": 1}})
    assert lark.api.bases.calls == {"get": 2, "update": 1}


def test_reads_and_writes_fail_apart_and_a_lost_answer_is_written(lark: CalledLark) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {"a": "x"})
    lark.api.faults["base/writes"].set(Fault("answer_lost", times=1))
    assert code(lark.call("GET", RECORD)) == 0
    with pytest.raises(httpx.RemoteProtocolError):
        lark.call("PUT", RECORD, {"fields": {"a": "y"}})
    assert lark.api.bases.get("app1", "tbl1", "rec1") == {"a": "y"}
    lark.api.faults["base/reads"].set(Fault("error_code", code=1254607))
    assert code(lark.call("PUT", RECORD, {"fields": {"a": "z"}})) == 0
    assert code(lark.call("GET", RECORD)) == 1254607
    lark.api.faults["base"].set(Fault("error_500"))
    assert {lark.call("GET", RECORD).status_code, lark.call("PUT", RECORD, {"fields": {}}).status_code} == {
        500
    }


def seen(lark: CalledLark) -> dict[str, Any]:
    items = lark.data("POST", f"{TABLE}/records/search", {})["items"]
    return {one["record_id"]: one["fields"]["Số"] for one in items}
