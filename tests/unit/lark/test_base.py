"""What a Base refuses, and what its answers do not say."""

from collections.abc import Callable
from typing import Any

import pytest

from larkbridge.lark.api_error import LarkApiError, RecordNotFoundError
from larkbridge.lark.base import Base, BaseTable, Found, RecordPage
from larkbridge.lark.record_filter import AnyOf
from larkbridge.work.outcome import Verdict
from sandbox.faults import Fault
from tests.support.lark import Platform, ScriptedLark, lark_client, refused
from tests.support.lark_table import TABLE, TOKEN, answered, platform_with_table

RETRY, REJECT, UNKNOWN = Verdict.RETRY, Verdict.REJECT, Verdict.UNKNOWN

type Use = Callable[[BaseTable], object]
TOO_MANY: list[tuple[Use, str]] = [
    (lambda table: table.get(["rec1"] * 101), "100"),
    (lambda table: table.create_many([{}] * 501, TOKEN), "500"),
    (lambda table: table.update_many({f"rec{number}": {} for number in range(501)}), "500"),
    (lambda table: table.delete_many(["rec1"] * 501), "500"),
]
EVERY_CALL: list[Use] = [
    lambda table: table.columns(),
    lambda table: table.search(),
    lambda table: table.get(["rec1"]),
    lambda table: table.get_one("rec1"),
    lambda table: table.create({}, TOKEN),
    lambda table: table.update("rec1", {"Tên": "B"}),
    lambda table: table.delete("rec1"),
    lambda table: table.create_many([{}], TOKEN),
    lambda table: table.update_many({"rec1": {}}),
    lambda table: table.delete_many(["rec1"]),
]
BY_ID: list[Callable[[BaseTable, str], object]] = [
    lambda table, record_id: table.get_one(record_id),
    lambda table, record_id: table.update(record_id, {"Tên": "B"}),
    lambda table, record_id: table.delete(record_id),
]


@pytest.fixture
def lark() -> Platform:
    return platform_with_table()


@pytest.fixture
def table(lark: Platform) -> BaseTable:
    return Base(lark.client).table(*TABLE)


@pytest.mark.parametrize("text", ["..", "a/b", "a?b", "a#b", "a%2fb", "", "é", "a\n", "r" * 101])
@pytest.mark.parametrize("use", EVERY_CALL)
def test_what_is_no_id_never_becomes_a_path(use: Use, text: str) -> None:
    lark = ScriptedLark()
    base = Base(lark_client(lark.network))
    for place, reason in (((text, "tbl1"), "base_not_found"), (("app1", text), "table_not_found")):
        outcome = refused(lambda place=place: use(base.table(*place)))
        assert (outcome.verdict, outcome.reason) == (REJECT, reason)
    for by_id in BY_ID:
        assert refused(lambda by_id=by_id: by_id(base.table(*TABLE), text)).reason == "record_not_found"
    assert lark.calls == []


@pytest.mark.parametrize(("use", "limit"), TOO_MANY)
def test_more_than_one_call_takes_is_a_mistake_of_the_caller(use: Use, limit: str) -> None:
    table, lark = answered({})
    with pytest.raises(ValueError, match=limit):
        use(table)
    assert lark.calls == []


def test_nothing_is_asked_for_nothing() -> None:
    table, lark = answered({})
    assert table.get([]) == Found([], frozenset(), frozenset())
    assert table.create_many([], TOKEN) == []
    table.update_many({})
    assert table.delete_many([]) == frozenset()
    assert lark.calls == []


@pytest.mark.parametrize("count", [0, 51])
def test_a_filter_has_1_to_50_values(count: int) -> None:
    with pytest.raises(ValueError, match=r"values|50"):
        AnyOf("Tên", ["An"] * count)


@pytest.mark.parametrize("use", EVERY_CALL)
def test_a_base_or_table_that_does_not_exist_is_refused(lark: Platform, use: Use) -> None:
    for place, reason in ((("app2", "tbl1"), "base_not_found"), (("app1", "tbl2"), "table_not_found")):
        outcome = refused(lambda place=place: use(Base(lark.client).table(*place)))
        assert (outcome.verdict, outcome.reason) == (REJECT, reason)


@pytest.mark.parametrize("record_id", ["rec2", "REC1"])
@pytest.mark.parametrize("use", BY_ID)
def test_a_record_that_does_not_exist_is_not_found(
    table: BaseTable, use: Callable[[BaseTable, str], object], record_id: str
) -> None:
    with pytest.raises(RecordNotFoundError) as caught:
        use(table, record_id)
    assert (caught.value.outcome.verdict, caught.value.outcome.reason) == (REJECT, "record_not_found")
    assert "deleted" in caught.value.hint


def test_a_forbidden_record_is_no_permission(lark: Platform, table: BaseTable) -> None:
    lark.api.bases.forbidden.add("rec1")
    with pytest.raises(LarkApiError) as caught:
        table.get_one("rec1")
    assert not isinstance(caught.value, RecordNotFoundError)
    assert (caught.value.outcome.verdict, caught.value.outcome.reason) == (REJECT, "no_permission")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"records": []},
        {"records": [{"record_id": "rec2", "fields": {}}]},
        {"records": ["rec1"]},
        {"records": [{"fields": {}}]},
        {"records": [{"record_id": "rec1", "fields": "x"}]},
        {"absent_record_ids": "rec1"},
        {"absent_record_ids": ["rec2"]},
    ],
)
def test_an_answer_that_says_nothing_of_the_record_does_not_say_it_is_gone(data: dict[str, Any]) -> None:
    table, _ = answered(data)
    outcome = refused(lambda: table.get_one("rec1"))
    assert (outcome.verdict, outcome.reason) == (RETRY, "incomplete_answer")


@pytest.mark.parametrize(
    "data",
    [
        {"items": [{"fields": {}}], "total": 1},
        {"items": ["rec1"], "total": 1},
        {"items": {}, "total": 1},
        {"items": [{"record_id": "rec1", "fields": []}], "total": 1},
        {"items": [], "has_more": True},
        {"items": [], "has_more": True, "page_token": ""},
        {"items": [], "has_more": True, "page_token": 7},
        {"items": [], "has_more": True, "page_token": "same"},
    ],
)
def test_a_page_that_is_not_whole_is_no_page(data: dict[str, Any]) -> None:
    table, _ = answered(data)
    outcome = refused(lambda: table.search(page_token="same"))
    assert (outcome.verdict, outcome.reason) == (RETRY, "incomplete_answer")


@pytest.mark.parametrize(
    "item", [{}, "fld1", {"field_id": "fld1", "field_name": "Tên"}, {"field_id": "fld1", "type": 1}]
)
def test_a_column_that_is_not_whole_is_no_column(item: Any) -> None:
    table, _ = answered({"items": [item]})
    assert refused(table.columns).reason == "incomplete_answer"


@pytest.mark.parametrize(
    ("use", "data"),
    [
        (lambda table: table.create({}, TOKEN), {}),
        (lambda table: table.create({}, TOKEN), {"record": {"record_id": ""}}),
        (lambda table: table.create_many([{}, {}], TOKEN), {}),
        (lambda table: table.create_many([{}, {}], TOKEN), {"records": [{"record_id": "rec1"}]}),
        (lambda table: table.create_many([{}, {}], TOKEN), {"records": [{"record_id": "rec1"}, {}]}),
        (lambda table: table.create_many([{}, {}], TOKEN), {"records": [{"record_id": "rec1"}] * 2}),
        (
            lambda table: table.create_many([{}, {}], TOKEN),
            {"records": [{"record_id": "rec1"}, {"record_id": "rec2"}, {"record_id": "rec2"}]},
        ),
        (lambda table: table.delete("rec1"), {}),
        (lambda table: table.delete("rec1"), {"deleted": False}),
        (lambda table: table.delete_many(["rec1"]), {}),
    ],
)
def test_a_write_whose_answer_is_not_whole_may_have_been_made(use: Use, data: dict[str, Any]) -> None:
    table, _ = answered(data)
    outcome = refused(lambda: use(table))
    assert (outcome.verdict, outcome.reason) == (UNKNOWN, "incomplete_answer")


@pytest.mark.parametrize("use", EVERY_CALL)
def test_an_answer_too_large_refuses_a_read_and_leaves_a_write_unknown(use: Use) -> None:
    lark = ScriptedLark({"code": 1254030, "msg": "TooLargeResponse"})
    outcome = refused(lambda: use(Base(lark_client(lark.network)).table(*TABLE)))
    reads = EVERY_CALL[:4]
    assert (outcome.verdict, outcome.reason) == (REJECT if use in reads else UNKNOWN, "answer_too_large")


@pytest.mark.parametrize(
    ("fault", "verdict", "reason", "written"),
    [
        (Fault("down"), RETRY, "not_connected", False),
        (Fault("error_500"), UNKNOWN, "http_500", False),
        (Fault("error_code", code=1254291), RETRY, "write_conflict", False),
        (Fault("answer_lost"), UNKNOWN, "no_answer", True),
        (Fault("slow", delay_seconds=6), UNKNOWN, "no_answer", True),
    ],
)
def test_a_write_that_fails_may_be_made_again(
    lark: Platform, table: BaseTable, fault: Fault, verdict: Verdict, reason: str, written: bool
) -> None:
    lark.api.faults["base"].set(fault)
    for write in (
        lambda: table.update("rec1", {"Số buổi": 4}),
        lambda: table.create_many([{"Tên": "B"}, {"Tên": "C"}], TOKEN),
    ):
        outcome = refused(write)
        assert (outcome.verdict, outcome.reason) == (verdict, reason)
    assert bool(lark.api.bases.writes) == bool(lark.api.bases.created) == written
    lark.api.faults["base"].clear()
    table.update("rec1", {"Số buổi": 4})
    ids = table.create_many([{"Tên": "B"}, {"Tên": "C"}], TOKEN)
    assert set(lark.api.bases.records(*TABLE)) == {"rec1", *ids}


def test_a_base_that_hides_its_rows_gives_an_empty_page(lark: Platform, table: BaseTable) -> None:
    lark.api.bases.hidden.add("app1")
    assert table.search() == RecordPage([], 0, None)
    assert table.get(["rec1"]).forbidden == {"rec1"}
