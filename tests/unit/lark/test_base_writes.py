"""Records of a Base, written."""

from collections.abc import Callable
from typing import Any

import pytest

from larkbridge.lark.base import Base, BaseTable
from larkbridge.work.outcome import Verdict
from tests.support.lark import Platform, refused
from tests.support.lark_table import NAME, TABLE, TOKEN, answered, asked, platform_with_table


@pytest.fixture
def lark() -> Platform:
    return platform_with_table()


@pytest.fixture
def table(lark: Platform) -> BaseTable:
    return Base(lark.client).table(*TABLE)


def test_an_update_changes_what_it_names_and_none_clears(lark: Platform, table: BaseTable) -> None:
    table.update("rec1", {"Số buổi": 4, "Ghi chú": "đã báo"})
    table.update("rec1", {"Số buổi": None})
    assert table.get_one("rec1").fields == {"Tên": NAME, "Ghi chú": [{"text": "đã báo", "type": "text"}]}
    assert [write.fields for write in lark.api.bases.writes] == [
        {"Số buổi": 4, "Ghi chú": "đã báo"},
        {"Số buổi": None},
    ]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"Số buổi": 4, "Tên mới": "x"}, "field_not_found"),
        ({"Số buổi": "bốn"}, "wrong_field_type"),
        ({"Tổng": 4}, "wrong_field_type"),
        ({"Ghi chú": "x" * 100_001}, "cell_too_large"),
    ],
)
def test_a_write_that_does_not_fit_is_refused_as_a_whole(
    lark: Platform, table: BaseTable, fields: dict[str, Any], reason: str
) -> None:
    lark.api.bases.put(*TABLE, "rec2", {"Tên": "B"})
    before = lark.api.bases.records(*TABLE)
    for write in (
        lambda: table.update("rec1", fields),
        lambda: table.update_many({"rec2": {"Số buổi": 5}, "rec1": fields}),
        lambda: table.create_many([{"Tên": "C"}, fields], TOKEN),
    ):
        outcome = refused(write)
        assert (outcome.verdict, outcome.reason) == (Verdict.REJECT, reason)
    assert lark.api.bases.records(*TABLE) == before


def test_records_are_created_once_in_the_order_of_their_rows(lark: Platform, table: BaseTable) -> None:
    rows = [{"Tên": f"K{number}"} for number in range(500)]
    ids = table.create_many(rows, TOKEN)
    assert table.create_many(rows, TOKEN) == ids
    assert len(lark.api.bases.records(*TABLE)) == 501
    stored = [lark.api.bases.get(*TABLE, one) for one in ids]
    assert stored == [{"Tên": [{"text": row["Tên"], "type": "text"}]} for row in rows]


def test_one_record_is_created_once(lark: Platform, table: BaseTable) -> None:
    record_id = table.create({"Tên": "B"}, TOKEN)
    assert table.create({"Tên": "B"}, TOKEN) == record_id
    assert set(lark.api.bases.records(*TABLE)) == {"rec1", record_id}
    assert refused(lambda: table.create({"Tên": "C"}, TOKEN)).reason == "client_token_conflict"
    assert refused(lambda: table.create({"Tên": "C"}, "token-1")).reason == "bad_client_token"


def test_many_records_are_updated_and_deleted(lark: Platform, table: BaseTable) -> None:
    lark.api.bases.put(*TABLE, "rec2", {"Tên": "B", "Số buổi": 1})
    table.update_many({"rec1": {"Số buổi": 8}, "rec2": {"Số buổi": None}})
    assert lark.api.bases.records(*TABLE) == {
        "rec1": {"Tên": NAME, "Số buổi": 8},
        "rec2": {"Tên": [{"text": "B", "type": "text"}]},
    }
    table.delete("rec1")
    assert table.delete_many(["rec2"]) == {"rec2"}
    assert lark.api.bases.records(*TABLE) == {}
    assert refused(lambda: table.delete_many(["rec2"])).reason == "record_not_found"


def test_only_what_lark_says_it_has_deleted_is_deleted() -> None:
    records = [{"record_id": "rec1", "deleted": True}, {"record_id": "rec2", "deleted": False}, "rec3"]
    table, lark = answered({"records": records})
    assert table.delete_many(["rec1", "rec2", "rec3"]) == {"rec1"}
    assert asked(lark) == ("POST", "/records/batch_delete", {}, {"records": ["rec1", "rec2", "rec3"]})


@pytest.mark.parametrize(
    ("use", "data", "call"),
    [
        (
            lambda table: table.create({"Tên": "A"}, TOKEN),
            {"record": {"record_id": "rec1"}},
            (
                "POST",
                "/records",
                {"client_token": TOKEN, "user_id_type": "open_id"},
                {"fields": {"Tên": "A"}},
            ),
        ),
        (
            lambda table: table.create_many([{"Tên": "A"}], TOKEN),
            {"records": [{"record_id": "rec1"}]},
            (
                "POST",
                "/records/batch_create",
                {"client_token": TOKEN, "user_id_type": "open_id"},
                {"records": [{"fields": {"Tên": "A"}}]},
            ),
        ),
        (
            lambda table: table.update("rec1", {"Tên": None}),
            {},
            ("PUT", "/records/rec1", {"user_id_type": "open_id"}, {"fields": {"Tên": None}}),
        ),
        (
            lambda table: table.update_many({"rec1": {"Tên": "A"}}),
            {},
            (
                "POST",
                "/records/batch_update",
                {"user_id_type": "open_id"},
                {"records": [{"record_id": "rec1", "fields": {"Tên": "A"}}]},
            ),
        ),
        (
            lambda table: table.delete("rec1"),
            {"deleted": True, "record_id": "rec1"},
            ("DELETE", "/records/rec1", {}, None),
        ),
    ],
)
def test_a_write_is_made_as_lark_documents_it(
    use: Callable[[BaseTable], object], data: Any, call: Any
) -> None:
    table, lark = answered(data)
    use(table)
    assert asked(lark) == call
