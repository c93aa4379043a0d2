"""A Base's table, as our client and Lark's own SDK both have it: the same expectations for the two."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from larkbridge.lark.api_error import LarkApiError
from sandbox.faults import Fault
from sandbox.lark.cells import FieldType
from sandbox.lark.openapi import OpenApi
from sandbox.lark.tables import Field
from tests.support.clock import SimulatedClock
from tests.support.lark_api_clients import code_of
from tests.support.lark_base_clients import TableClient, our_table, sdk_table
from tests.support.lark_sdk_apis import APP_ID, APP_SECRET
from tests.support.lark_sdk_base import TABLE

T = FieldType
TOKEN = "fe599b60-450f-46ff-b2ef-9f6675625b97"
OTHER_TOKEN = "0d0b5f3e-52a1-4f0c-8f51-6a2d8f1f7c44"
AN = [{"text": "An", "type": "text"}]
COLUMNS = [
    Field("fldA", "Tên"),
    Field("fldB", "Số", T.NUMBER),
    Field("fldC", "Lớp", T.SINGLE_SELECT),
    Field("fldD", "Sửa lúc", T.MODIFIED_TIME),
    Field("fldE", "Tổng", T.FORMULA),
]


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def lark(clock: SimulatedClock) -> OpenApi:
    api = OpenApi(clock.timestamp, APP_ID, [APP_SECRET])
    api.bases.create_table(*TABLE, COLUMNS)
    return api


@pytest.fixture(params=[our_table, sdk_table])
def table(request: pytest.FixtureRequest, lark: OpenApi, clock: SimulatedClock) -> Iterator[TableClient]:
    with request.param(lark, clock) as table:
        yield table


def put(lark: OpenApi, record_id: str, **fields: Any) -> None:
    lark.bases.put(*TABLE, record_id, fields)


def stored(lark: OpenApi) -> list[dict[str, Any]]:
    """Return what people see in the table, without what Lark fills in."""
    return [
        {name: value for name, value in fields.items() if name != "Sửa lúc"}
        for fields in lark.bases.records(*TABLE).values()
    ]


def test_columns_are_read_to_their_last_page(table: TableClient, lark: OpenApi) -> None:
    more = [Field(f"fld{number}", f"Cột {number}") for number in range(100)]
    lark.bases.create_table(*TABLE, [*COLUMNS, *more])
    columns = table.columns(page_size=100)
    assert columns[:2] == [("fldA", "Tên", 1, True), ("fldB", "Số", 2, False)]
    assert [one[0] for one in columns] == [one.field_id for one in (*COLUMNS, *more)]


def test_pages_are_read_to_the_last_which_has_no_token(
    table: TableClient, lark: OpenApi, clock: SimulatedClock
) -> None:
    for number in range(5):
        put(lark, f"rec{number}", Số=number)
        clock.advance(seconds=1)
    first = table.search(page_size=2)
    second = table.search(page_size=2, page_token=first.next_token)
    third = table.search(page_size=2, page_token=second.next_token)
    assert [list(one.fields) for one in (first, second, third)] == [
        ["rec0", "rec1"],
        ["rec2", "rec3"],
        ["rec4"],
    ]
    assert (first.total, third.total, third.next_token) == (5, 5, None)


def test_a_wrong_page_token_is_refused(table: TableClient, lark: OpenApi) -> None:
    for number in range(3):
        put(lark, f"rec{number}", Số=number)
    token = table.search(page_size=2).next_token
    assert code_of(lambda: table.search(page_size=2, page_token="x")) == 1254002
    assert code_of(lambda: table.search(page_size=2, page_token=token, sort=("Số", True))) == 1254002


def test_records_have_values_times_and_no_empty_fields(
    table: TableClient, lark: OpenApi, clock: SimulatedClock
) -> None:
    made = clock.now()
    put(lark, "rec1", Tên="An", Số=3, Lớp=None, Tổng={"type": 2, "value": [6]})
    clock.advance(seconds=90)
    put(lark, "rec1", Số=4)
    changed = made + timedelta(seconds=90)
    fields = {"Tên": AN, "Số": 4, "Sửa lúc": milliseconds(changed), "Tổng": {"type": 2, "value": [6]}}

    for rows in (table.search(), table.get(["rec1"])[0]):
        assert rows.fields == {"rec1": fields}
        assert rows.times == {"rec1": (made, changed)}


def test_only_the_columns_that_are_asked_for_are_read(table: TableClient, lark: OpenApi) -> None:
    put(lark, "rec1", Tên="An", Số=3)
    assert table.search(columns=["Số"]).fields == {"rec1": {"Số": 3}}
    assert code_of(lambda: table.search(columns=["Khác"])) == 1254045


def test_records_are_sorted(table: TableClient, lark: OpenApi, clock: SimulatedClock) -> None:
    for number in (2, 1, 3):
        put(lark, f"rec{number}", Số=number)
        clock.advance(seconds=1)
    put(lark, "rec2", Số=0)
    assert list(table.search(sort=("Số", False)).fields) == ["rec2", "rec1", "rec3"]
    latest = table.search(sort=("Sửa lúc", True), page_size=2)
    rest = table.search(sort=("Sửa lúc", True), page_size=2, page_token=latest.next_token)
    assert [list(one.fields) for one in (latest, rest)] == [["rec2", "rec3"], ["rec1"]]


def test_records_are_found_by_the_values_of_a_column(table: TableClient, lark: OpenApi) -> None:
    for record_id, name, group in (("rec1", "An", "A1"), ("rec2", "Bình", "B1"), ("rec3", "Châu", "C1")):
        put(lark, record_id, Tên=name, Lớp=group)
    found = table.search(any_of=("Tên", ["An", "Châu", "Dũng"]))
    assert (list(found.fields), found.total) == (["rec1", "rec3"], 2)
    assert list(table.search(any_of=("Lớp", ["B1"])).fields) == ["rec2"]
    assert table.search(any_of=("Tên", ["Dũng"])).fields == {}
    assert code_of(lambda: table.search(any_of=("Sửa lúc", ["An"]))) == 1254018


def test_each_record_that_is_asked_for_is_read_absent_or_forbidden(table: TableClient, lark: OpenApi) -> None:
    put(lark, "rec1", Số=1)
    put(lark, "rec2", Số=2)
    lark.bases.forbidden.add("rec2")
    rows, absent, forbidden = table.get(["rec1", "rec2", "rec3"])
    assert (list(rows.fields), absent, forbidden) == (["rec1"], {"rec3"}, {"rec2"})


def test_a_client_token_creates_once(table: TableClient, lark: OpenApi) -> None:
    ids = [table.create({"Tên": "An"}, TOKEN) for _ in range(2)]
    assert ids[0] == ids[1]
    many = [table.create_many([{"Số": 1}, {"Số": 2}], TOKEN) for _ in range(2)]
    assert many[0] == many[1]
    assert stored(lark) == [{"Tên": AN}, {"Số": 1}, {"Số": 2}]
    assert [one.record_id for one in lark.bases.created] == [ids[0], *many[0]]


def test_a_client_token_is_for_one_body_and_a_uuid(table: TableClient, lark: OpenApi) -> None:
    table.create({"Số": 1}, TOKEN)
    assert code_of(lambda: table.create({"Số": 2}, TOKEN)) == 1255006
    assert code_of(lambda: table.create({"Số": 3}, "x")) == 1254037
    assert code_of(lambda: table.create_many([{"Số": 3}], "x")) == 1254037
    table.create({"Số": 1}, OTHER_TOKEN)
    assert stored(lark) == [{"Số": 1}, {"Số": 1}]


def test_records_are_updated_one_by_one_and_together(table: TableClient, lark: OpenApi) -> None:
    put(lark, "rec1", Tên="An", Số=1)
    put(lark, "rec2", Tên="An", Số=2)
    table.update("rec1", {"Số": 5})
    assert stored(lark) == [{"Tên": AN, "Số": 5}, {"Tên": AN, "Số": 2}]
    table.update_many({"rec1": {"Số": 6}, "rec2": {"Lớp": "A1"}})
    assert stored(lark) == [{"Tên": AN, "Số": 6}, {"Tên": AN, "Số": 2, "Lớp": "A1"}]


def test_records_are_deleted_one_by_one_and_together(table: TableClient, lark: OpenApi) -> None:
    for number in range(4):
        put(lark, f"rec{number}", Số=number)
    table.delete("rec0")
    assert table.delete_many(["rec1", "rec2"]) == {"rec1", "rec2"}
    assert stored(lark) == [{"Số": 3}]


def test_a_record_that_is_not_there_is_neither_updated_nor_deleted(table: TableClient, lark: OpenApi) -> None:
    put(lark, "rec1", Số=1)
    for call in (
        lambda: table.update("rec9", {"Số": 2}),
        lambda: table.delete("rec9"),
        lambda: table.update_many({"rec1": {"Số": 2}, "rec9": {"Số": 2}}),
        lambda: table.delete_many(["rec1", "rec9"]),
    ):
        assert code_of(call) == 1254043
    assert stored(lark) == [{"Số": 1}]


def test_a_batch_is_all_or_nothing(table: TableClient, lark: OpenApi) -> None:
    put(lark, "rec1", Số=1)
    assert code_of(lambda: table.create_many([{"Số": 2}, {"Số": "ba"}], TOKEN)) == 1254061
    assert code_of(lambda: table.create_many([{"Số": 2}, {"Khác": 3}], TOKEN)) == 1254045
    assert code_of(lambda: table.update_many({"rec1": {"Lớp": ["A1"]}})) == 1254062
    assert stored(lark) == [{"Số": 1}]


def test_without_the_right_to_manage_a_base_its_records_are_not_found(
    table: TableClient, lark: OpenApi
) -> None:
    put(lark, "rec1", Số=1)
    lark.bases.hidden.add(TABLE[0])
    page = table.search()
    assert (page.fields, page.total, page.next_token) == ({}, 0, None)
    rows, absent, forbidden = table.get(["rec1"])
    assert (rows.fields, absent, forbidden) == ({}, set(), {"rec1"})
    assert code_of(lambda: table.update("rec1", {"Số": 2})) == 1254302


def test_a_rate_is_kept_until_its_second_is_over(
    table: TableClient, lark: OpenApi, clock: SimulatedClock
) -> None:
    for _ in range(20):
        table.search()
    assert code_of(table.search) == 99991400
    clock.advance(seconds=1)
    table.search()


def test_a_second_write_at_once_is_a_conflict(
    table: TableClient, lark: OpenApi, clock: SimulatedClock
) -> None:
    put(lark, "rec1", Số=1)
    lark.bases.write_seconds = 0.2
    table.update("rec1", {"Số": 2})
    assert code_of(lambda: table.update("rec1", {"Số": 3})) == 1254291
    clock.advance(seconds=0.2)
    table.update("rec1", {"Số": 3})


def test_a_create_whose_answer_is_lost_is_made_again_without_creating_twice(
    table: TableClient, lark: OpenApi
) -> None:
    lark.faults["base/writes"].set(Fault("answer_lost", times=1))
    with pytest.raises((LarkApiError, OSError)):
        table.create({"Số": 1}, TOKEN)
    assert stored(lark) == [{"Số": 1}]
    record_id = table.create({"Số": 1}, TOKEN)
    assert [one.record_id for one in lark.bases.created] == [record_id]


def test_null_clears_a_field_and_the_sdk_cannot_say_it(lark: OpenApi, clock: SimulatedClock) -> None:
    put(lark, "rec1", Tên="An", Số=1)
    with sdk_table(lark, clock) as sdk:
        sdk.update("rec1", {"Số": None})
        sdk.update_many({"rec1": {"Số": None}})
    assert stored(lark) == [{"Tên": AN, "Số": 1}]
    with our_table(lark, clock) as ours:
        ours.update("rec1", {"Số": None})
    assert stored(lark) == [{"Tên": AN}]


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def test_records_are_found_by_conditions_and_by_a_view(table: TableClient, lark: OpenApi) -> None:
    for number, name in enumerate(("An", "Bình", "Châu"), 1):
        put(lark, f"rec{number}", Tên=name, Số=number)
    more_than_one = ("Số", "isGreater", ["1"])
    assert list(table.search(all_of=[more_than_one]).fields) == ["rec2", "rec3"]
    assert list(table.search(all_of=[more_than_one, ("Tên", "contains", ["â"])]).fields) == ["rec3"]
    assert code_of(lambda: table.search(all_of=[("Số", "contains", ["1"])])) == 1254018
    conditions = [{"field_name": "Số", "operator": "isLess", "value": ["3"]}]
    view = {"filter": {"conjunction": "and", "conditions": conditions}}
    lark.bases.views[TABLE] = {"vew1": view | {"sort": [{"field_name": "Số", "desc": True}]}}
    first = table.search(view_id="vew1", page_size=1)
    rest = table.search(view_id="vew1", page_size=1, page_token=first.next_token)
    assert [list(page.fields) for page in (first, rest)] == [["rec2"], ["rec1"]]
    assert code_of(lambda: table.search(view_id="vew2")) == 1254042
