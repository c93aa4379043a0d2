"""Columns and records of a Base, read."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from larkbridge.lark.base import Base, BaseRecord, BaseTable, Column, Found, RecordPage
from larkbridge.lark.permissions import NotAgreedError
from larkbridge.lark.record_filter import AnyOf, Condition, Sort, Where, on_day
from sandbox.lark.tables import Field
from tests.support.lark import Platform
from tests.support.lark_table import NAME, TABLE, answered, asked, platform_with_table


@pytest.fixture
def lark() -> Platform:
    return platform_with_table()


@pytest.fixture
def table(lark: Platform) -> BaseTable:
    return Base(lark.client).table(*TABLE)


def test_columns_are_read_over_all_pages(lark: Platform, table: BaseTable) -> None:
    assert table.columns() == [
        Column("fld1", "Tên", 1, True),
        Column("fld2", "Số buổi", 2, False),
        Column("fld3", "Ghi chú", 1, False),
        Column("fld4", "Tổng", 20, False),
    ]
    lark.api.bases.create_table(*TABLE, [Field(f"fld{number}", f"Cột {number}") for number in range(250)])
    assert [column.field_id for column in table.columns()] == [f"fld{number}" for number in range(250)]
    assert lark.api.bases.calls["fields"] == 1 + 3


def test_a_record_is_read_with_its_times_and_without_its_empty_fields(
    lark: Platform, table: BaseTable
) -> None:
    created = lark.clock.now()
    lark.clock.advance(seconds=90)
    lark.api.bases.put(*TABLE, "rec1", {"Số buổi": 4})
    record = table.get_one("rec1")
    assert record.fields == {"Tên": NAME, "Số buổi": 4}
    assert (record.created_at, record.modified_at) == (created, lark.clock.now())


@pytest.mark.parametrize("fields", [None, {}, {"Tên": None}])
def test_a_record_without_fields_is_empty(fields: Any) -> None:
    table, _ = answered({"records": [{"record_id": "rec1", "fields": fields}]})
    assert table.get_one("rec1") == BaseRecord("rec1", {})


@pytest.mark.parametrize("time", [None, "1690992000000", True, 10**30, 1.5])
def test_a_time_that_lark_does_not_give_is_none(time: Any) -> None:
    item = {"record_id": "rec1", "fields": {}, "created_time": time, "last_modified_time": 1690992000001}
    table, _ = answered({"items": [item], "total": 1})
    (record,) = table.search().records
    assert record.created_at is None
    assert record.modified_at == datetime(2023, 8, 2, 16, 0, 0, 1000, UTC)


def test_a_search_goes_through_all_pages_in_the_order_that_is_asked_for(
    lark: Platform, table: BaseTable
) -> None:
    for number in (9, 5, 7):
        lark.api.bases.put(*TABLE, f"rec{number}", {"Số buổi": number})
    sort = Sort("Số buổi", descending=True)
    first = table.search(sort=sort, page_size=3)
    assert first.next_token is not None
    last = table.search(sort=sort, page_size=3, page_token=first.next_token)
    assert [one.record_id for page in (first, last) for one in page.records] == [
        "rec9",
        "rec7",
        "rec5",
        "rec1",
    ]
    assert (first.total, last.total, last.next_token) == (4, 4, None)


def test_a_search_finds_any_of_the_values_and_reads_the_columns_it_is_told(
    lark: Platform, table: BaseTable
) -> None:
    for number in range(2, 6):
        lark.api.bases.put(*TABLE, f"rec{number}", {"Tên": f"K{number}", "Ghi chú": "x"})
    page = table.search(where=AnyOf("Tên", ["K2", "K4", "K9"]), columns=["Ghi chú"])
    assert {record.record_id: record.fields for record in page.records} == {
        "rec2": {"Ghi chú": [{"text": "x", "type": "text"}]},
        "rec4": {"Ghi chú": [{"text": "x", "type": "text"}]},
    }


def test_a_search_is_asked_for_as_lark_documents_it() -> None:
    table, lark = answered({"items": [], "total": 0, "has_more": False, "page_token": "rest"})
    page = table.search(
        columns=["Tên"], sort=Sort("Tạo lúc"), where=AnyOf("Mã", ["a", "b"]), page_size=7, page_token="p1"
    )
    assert page == RecordPage([], 0, None)
    assert asked(lark) == (
        "POST",
        "/records/search",
        {"user_id_type": "open_id", "page_size": "7", "page_token": "p1"},
        {
            "automatic_fields": True,
            "field_names": ["Tên"],
            "sort": [{"field_name": "Tạo lúc", "desc": False}],
            "filter": {
                "conjunction": "or",
                "conditions": [
                    {"field_name": "Mã", "operator": "is", "value": ["a"]},
                    {"field_name": "Mã", "operator": "is", "value": ["b"]},
                ],
            },
        },
    )


def test_a_plain_search_asks_for_500_records_and_their_times() -> None:
    table, lark = answered({})
    assert table.search() == RecordPage([], 0, None)
    query = {"user_id_type": "open_id", "page_size": "500"}
    assert asked(lark) == ("POST", "/records/search", query, {"automatic_fields": True})


def test_every_record_that_is_asked_for_is_found_absent_or_forbidden(
    lark: Platform, table: BaseTable
) -> None:
    lark.api.bases.put(*TABLE, "rec2", {"Tên": "B"})
    lark.api.bases.forbidden.add("rec2")
    found = table.get(["rec1", "rec2", "rec3", "rec1", "no id"])
    assert [record.record_id for record in found.records] == ["rec1"]
    assert (found.absent, found.forbidden) == ({"rec3", "no id"}, {"rec2"})


def test_a_record_that_lark_calls_both_is_not_absent() -> None:
    record = {"record_id": "rec1", "fields": {}}
    both = ["rec1", "rec2"]
    table, lark = answered({"records": [record], "absent_record_ids": both, "forbidden_record_ids": both})
    assert table.get(["rec1", "rec2"]) == Found([BaseRecord("rec1", {})], frozenset(), frozenset({"rec2"}))
    body = {"record_ids": both, "automatic_fields": True, "user_id_type": "open_id"}
    assert asked(lark) == ("POST", "/records/batch_get", {}, body)


def test_a_filter_travels_as_lark_documents_it() -> None:
    table, lark = answered({"items": [], "total": 0})
    where = Where(
        [
            Condition("Tên", "contains", ["An"]),
            Condition("Ghi chú", "isEmpty"),
            on_day("Ngày", "isGreater", datetime(2026, 9, 1, tzinfo=UTC)),
        ]
    )
    table.search(where=where)
    (_, _, _, body) = asked(lark)
    assert body["filter"] == {
        "conjunction": "and",
        "conditions": [
            {"field_name": "Tên", "operator": "contains", "value": ["An"]},
            {"field_name": "Ghi chú", "operator": "isEmpty", "value": []},
            {"field_name": "Ngày", "operator": "isGreater", "value": ["ExactDate", "1788220800000"]},
        ],
    }
    assert Where(where.conditions, any_of=True).written()["conjunction"] == "or"


def test_a_view_is_asked_for_alone() -> None:
    table, lark = answered({"items": [], "total": 0})
    table.search(view_id="vew1")
    assert asked(lark)[3] == {"automatic_fields": True, "view_id": "vew1"}
    with pytest.raises(ValueError, match="its own"):
        table.search(view_id="vew1", where=AnyOf("Tên", ["An"]))
    with pytest.raises(ValueError, match="its own"):
        table.search(view_id="vew1", sort=Sort("Tên"))


@pytest.mark.parametrize("size", [0, 501])
def test_a_page_is_never_larger_than_lark_gives(size: int) -> None:
    table, lark = answered({"items": []})
    with pytest.raises(ValueError, match="500"):
        table.search(page_size=size)
    assert lark.calls == []


@pytest.mark.parametrize(
    "make",
    [
        lambda: Where([]),
        lambda: Where([Condition("Tên", "isEmpty")] * 51),
        lambda: Condition("Tên", "is"),
        lambda: Condition("Tên", "contains", ["x"] * 11),
        lambda: Condition("Tên", "isEmpty", ["x"]),
    ],
)
def test_a_filter_that_lark_would_not_take_is_not_made(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"value|at once"):
        make()


def test_a_person_searches_as_themselves(lark: Platform) -> None:
    lark.api.bases.put(*TABLE, "rec1", {"Tên": "An"})
    token = lark.api.tokens.user_tokens.issue("ou_1", BaseTable.SCOPES["search"])
    table = Base(lark.client, token).table(*TABLE)
    assert [record.record_id for record in table.search().records] == ["rec1"]
    with pytest.raises(NotAgreedError):
        table.update("rec1", {"Tên": "Bình"})
    lark.api.tokens.revoke()
    assert table.get_one("rec1").record_id == "rec1"
