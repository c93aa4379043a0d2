from typing import Any

import pytest

from tests.support.lark_calls import RECORD, TABLE, CalledLark, code


@pytest.fixture
def lark() -> CalledLark:
    return CalledLark()


def test_records_are_read_one_by_one_and_in_batches(lark: CalledLark) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {"Tên": "An", "Ghi chú": None})
    lark.api.bases.put("app1", "tbl1", "rec2", {"Tên": "Bình"})
    lark.api.bases.forbidden.add("rec2")
    record = {"record_id": "rec1", "fields": {"Tên": "An"}}
    assert lark.data("GET", RECORD) == {"record": record}
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
        (RECORD.replace("app1", "app2"), {"fields": {}}, 1254040),
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


def test_a_search_has_pages(lark: CalledLark) -> None:
    for number in range(5):
        lark.api.bases.put("app1", "tbl1", f"rec{number}", {"n": number})
    token, pages = "0", []
    while token:
        page = lark.data("POST", f"{TABLE}/records/search", {}, page_size="2", page_token=token)
        assert page["total"] == 5
        assert ("page_token" in page) == page["has_more"]
        pages.append([item["fields"]["n"] for item in page["items"]])
        token = page.get("page_token")
    assert pages == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize(
    ("query", "body", "expected"),
    [
        ({"page_size": "501"}, {}, 99992402),
        ({"page_token": "x"}, {}, 1254002),
        ({}, {"filter": {"conjunction": "and"}}, 1254018),
    ],
)
def test_a_search_that_is_not_simulated_or_wrong_is_refused(
    lark: CalledLark, query: dict[str, str], body: Any, expected: int
) -> None:
    lark.api.bases.put("app1", "tbl1", "rec1", {})
    assert code(lark.call("POST", f"{TABLE}/records/search", body, **query)) == expected
