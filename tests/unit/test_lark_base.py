"""Records read from and written to a Base."""

from typing import Any

import pytest

from larkbridge.lark.base import Base, Record
from larkbridge.lark.errors import LarkApiError, RecordNotFoundError
from larkbridge.outcome import Verdict
from sandbox.faults import Fault
from tests.support.lark import Platform, ScriptedLark, lark_client, refused

RETRY, REJECT, UNKNOWN = Verdict.RETRY, Verdict.REJECT, Verdict.UNKNOWN
PLACE = ("app1", "tbl1", "rec1")
FIELDS = {"Tên": [{"type": "text", "text": "Nguyễn Minh An"}], "Số buổi": 3}


@pytest.fixture
def lark() -> Platform:
    platform = Platform()
    platform.api.bases.put(*PLACE, FIELDS | {"Ghi chú": None})
    return platform


@pytest.fixture
def base(lark: Platform) -> Base:
    return Base(lark.client)


def test_a_record_is_read_without_its_empty_fields(base: Base) -> None:
    assert base.get_record(*PLACE) == Record("rec1", FIELDS)


@pytest.mark.parametrize("record_id", ["rec2", "REC1", "", "rec1/../rec1", "..", "ế", "r" * 101, "rec 1"])
def test_a_record_that_does_not_exist_is_not_found(base: Base, record_id: str) -> None:
    for call in (
        lambda: base.get_record("app1", "tbl1", record_id),
        lambda: base.update_record("app1", "tbl1", record_id, {"Tên": "B"}),
    ):
        with pytest.raises(RecordNotFoundError) as caught:
            call()
        assert (caught.value.outcome.verdict, caught.value.outcome.reason) == (REJECT, "record_not_found")


@pytest.mark.parametrize(
    ("app_token", "table_id", "reason"),
    [
        ("app2", "tbl1", "base_not_found"),
        ("app1", "tbl2", "table_not_found"),
        ("", "tbl1", "base_not_found"),
        ("app1/tables/tbl1/../..", "tbl1", "base_not_found"),
        ("app1", "..", "table_not_found"),
        ("app1", "tbl1?x=1", "table_not_found"),
    ],
)
def test_a_base_or_table_that_does_not_exist_is_refused(
    base: Base, app_token: str, table_id: str, reason: str
) -> None:
    for call in (
        lambda: base.get_record(app_token, table_id, "rec1"),
        lambda: base.update_record(app_token, table_id, "rec1", {"Tên": "B"}),
    ):
        outcome = refused(call)
        assert (outcome.verdict, outcome.reason) == (REJECT, reason)


@pytest.mark.parametrize("text", ["..", "a/b", "a?b", "a#b", "a%2fb", "", "é", "a\n"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_no_id_never_becomes_a_path(text: str, place: int) -> None:
    lark, ids = ScriptedLark(), [str(one) for one in PLACE]
    ids[place] = text
    with pytest.raises(LarkApiError):
        Base(lark_client(lark.network)).update_record(ids[0], ids[1], ids[2], {})
    assert lark.calls == []


def test_a_forbidden_record_is_no_permission(lark: Platform, base: Base) -> None:
    lark.api.bases.forbidden.add("rec1")
    with pytest.raises(LarkApiError) as caught:
        base.get_record(*PLACE)
    assert not isinstance(caught.value, RecordNotFoundError)
    assert (caught.value.outcome.verdict, caught.value.outcome.reason) == (REJECT, "no_permission")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"records": []},
        {"records": [{"record_id": "rec2", "fields": {}}]},
        {"records": ["rec1"], "absent_record_ids": None, "forbidden_record_ids": "rec1"},
    ],
)
def test_an_answer_that_says_nothing_of_the_record_does_not_say_it_is_gone(data: dict[str, Any]) -> None:
    lark = ScriptedLark({"code": 0, "data": data})
    outcome = refused(lambda: Base(lark_client(lark.network)).get_record(*PLACE))
    assert (outcome.verdict, outcome.reason) == (RETRY, "incomplete_answer")


@pytest.mark.parametrize("fields", [None, [], "x"])
def test_a_record_without_fields_is_empty(fields: Any) -> None:
    lark = ScriptedLark({"code": 0, "data": {"records": [{"record_id": "rec1", "fields": fields}]}})
    assert Base(lark_client(lark.network)).get_record(*PLACE) == Record("rec1", {})


def test_an_update_changes_what_it_names_and_none_clears(lark: Platform, base: Base) -> None:
    base.update_record(*PLACE, {"Số buổi": 4, "Ghi chú": "đã báo"})
    base.update_record(*PLACE, {"Số buổi": None})
    assert base.get_record(*PLACE).fields == {"Tên": FIELDS["Tên"], "Ghi chú": "đã báo"}
    assert [write.fields for write in lark.api.bases.writes] == [
        {"Số buổi": 4, "Ghi chú": "đã báo"},
        {"Số buổi": None},
    ]


def test_an_update_of_an_unknown_field_is_refused_and_writes_nothing(lark: Platform, base: Base) -> None:
    outcome = refused(lambda: base.update_record(*PLACE, {"Số buổi": 4, "Tên mới": "x"}))
    assert (outcome.verdict, outcome.reason) == (REJECT, "field_not_found")
    assert lark.api.bases.get(*PLACE) == FIELDS
    assert lark.api.bases.writes == []


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
def test_an_update_that_fails_may_be_made_again(
    lark: Platform, base: Base, fault: Fault, verdict: Verdict, reason: str, written: bool
) -> None:
    lark.api.faults["base"].set(fault)
    outcome = refused(lambda: base.update_record(*PLACE, {"Số buổi": 4}))
    assert (outcome.verdict, outcome.reason) == (verdict, reason)
    assert bool(lark.api.bases.writes) == written
    lark.api.faults["base"].clear()
    base.update_record(*PLACE, {"Số buổi": 4})
    assert lark.api.bases.get(*PLACE) == FIELDS | {"Số buổi": 4}
