"""Searches: pages, order and filters."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.lark.cells import FieldType
from sandbox.lark.tables import Field
from tests.support.lark_calls import TABLE, CalledLark, code

T = FieldType
DAY = 24 * 60 * 60 * 1000
NOON = 1_788_238_800_000
"""Noon in Vietnam on 1 September 2026."""

ROWS: dict[str, dict[str, Any]] = {
    "recA": {"Tên": "An", "Số": 10, "Lớp": "A1", "Nhãn": ["mới", "gấp"], "Ngày": NOON, "Xong": True},
    "recB": {"Tên": "Bình", "Số": 9, "Lớp": "B1", "Nhãn": ["mới"], "Ngày": NOON + DAY, "Xong": False},
    "recC": {"Tên": "Châu An", "Số": 9, "Lớp": "A1", "Ngày": NOON - DAY, "Ai": [{"id": "ou_1"}]},
    "recD": {},
}


def table_of_rows() -> CalledLark:
    lark = CalledLark()
    types = [T.TEXT, T.NUMBER, T.SINGLE_SELECT, T.MULTI_SELECT, T.DATE_TIME, T.CHECKBOX, T.USER]
    names = ["Tên", "Số", "Lớp", "Nhãn", "Ngày", "Xong", "Ai"]
    columns = [Field(f"fld{name}", name, one) for name, one in zip(names, types, strict=True)]
    lark.api.bases.create_table("app1", "tbl1", [*columns, Field("fldF", "Tổng", T.FORMULA)])
    for record_id, fields in ROWS.items():
        lark.api.bases.put("app1", "tbl1", record_id, fields)
    return lark


@pytest.fixture
def lark() -> CalledLark:
    return table_of_rows()


def search(lark: CalledLark, body: Any, **query: str) -> Any:
    return lark.data("POST", f"{TABLE}/records/search", body, **query)


def found(lark: CalledLark, body: Any) -> list[str]:
    page = search(lark, body)
    ids = [one["record_id"] for one in page["items"]]
    assert page["total"] == len(ids)
    return ids


def pages(lark: CalledLark, body: Any, between: Any = lambda: None) -> list[list[str]]:
    """Return the ids of each page of two, with something done after the first."""
    page = search(lark, body, page_size="2")
    ids = [[one["record_id"] for one in page["items"]]]
    between()
    while page["has_more"]:
        page = search(lark, body, page_size="2", page_token=page["page_token"])
        ids.append([one["record_id"] for one in page["items"]])
    assert "page_token" not in page
    return ids


def where(name: str, operator: str, *value: str) -> dict[str, Any]:
    condition = {"field_name": name, "operator": operator, "value": list(value)}
    return {"filter": {"conjunction": "and", "conditions": [condition]}}


BY_NUMBER = {"sort": [{"field_name": "Số", "desc": False}]}


def test_records_come_in_the_order_of_their_creation(lark: CalledLark) -> None:
    lark.api.bases.put("app1", "tbl1", "recA", {"Tên": "Anh"})
    assert pages(lark, {}) == [["recA", "recB"], ["recC", "recD"]]


def test_a_page_goes_on_after_the_last_record_whatever_was_written_in_between(lark: CalledLark) -> None:
    def edit() -> None:
        lark.api.bases.delete("app1", "tbl1", "recB")
        lark.api.bases.put("app1", "tbl1", "recE", {"Tên": "Em"})

    assert pages(lark, {}, edit) == [["recA", "recB"], ["recC", "recD"], ["recE"]]


def test_a_sorted_search_keeps_the_order_of_its_first_page(lark: CalledLark) -> None:
    def edit() -> None:
        lark.api.bases.delete("app1", "tbl1", "recA")
        lark.api.bases.put("app1", "tbl1", "recB", {"Số": 99})

    assert pages(lark, BY_NUMBER, edit) == [["recB", "recC"], ["recD"]]


def test_a_page_token_is_good_for_its_request_alone(lark: CalledLark) -> None:
    token = search(lark, {}, page_size="2")["page_token"]
    assert len(search(lark, {}, page_size="1", page_token=token)["items"]) == 1
    lark.api.bases.put("app1", "tbl2", "rec1", {})
    for path, body, page_token in (
        (f"{TABLE}/records/search", BY_NUMBER, token),
        (f"{TABLE}/records/search", {}, f"{token[:-4]}AAAA"),
        (f"{TABLE}/records/search", {}, "2"),
        (f"{TABLE}/records/search", {}, "é"),
        (f"{TABLE}/records/search".replace("tbl1", "tbl2"), {}, token),
    ):
        assert code(lark.call("POST", path, body, page_token=page_token)) == 1254002


def test_a_forbidden_record_is_not_found(lark: CalledLark) -> None:
    lark.api.bases.forbidden.add("recB")
    assert pages(lark, {}) == [["recA", "recC"], ["recD"]]
    assert found(lark, BY_NUMBER) == ["recC", "recA", "recD"]


def test_only_the_fields_that_are_named_are_shown(lark: CalledLark) -> None:
    page = search(lark, {"field_names": ["Số", "Lớp"]})
    assert [one["fields"] for one in page["items"][:2]] == [{"Số": 10, "Lớp": "A1"}, {"Số": 9, "Lớp": "B1"}]
    assert "created_time" not in page["items"][0]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ([("Số", False)], ["recB", "recC", "recA", "recD"]),
        ([("Số", True)], ["recD", "recA", "recB", "recC"]),
        ([("Lớp", False), ("Số", True)], ["recA", "recC", "recB", "recD"]),
        ([("Tên", True)], ["recD", "recC", "recB", "recA"]),
        ([("Ngày", False)], ["recC", "recA", "recB", "recD"]),
    ],
)
def test_records_are_sorted_by_one_field_after_the_other(
    lark: CalledLark, sort: list[tuple[str, bool]], expected: list[str]
) -> None:
    assert found(lark, {"sort": [{"field_name": name, "desc": desc} for name, desc in sort]}) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (where("Tên", "is", "An"), "A"),
        (where("Tên", "isNot", "An"), "BCD"),
        (where("Tên", "contains", "An"), "AC"),
        (where("Tên", "doesNotContain", "An"), "BD"),
        (where("Tên", "isEmpty"), "D"),
        (where("Tên", "isNotEmpty"), "ABC"),
        (where("Số", "is", "9.0"), "BC"),
        (where("Số", "isNot", "9"), "AD"),
        (where("Số", "isGreater", "9"), "A"),
        (where("Số", "isGreaterEqual", "9"), "ABC"),
        (where("Số", "isLess", "10"), "BC"),
        (where("Số", "isLessEqual", "9"), "BC"),
        (where("Lớp", "is", "A1"), "AC"),
        (where("Lớp", "contains", "A1", "B1"), "ABC"),
        (where("Nhãn", "is", "mới"), "B"),
        (where("Nhãn", "contains", "gấp"), "A"),
        (where("Nhãn", "doesNotContain", "gấp"), "BCD"),
        (where("Ngày", "is", "ExactDate", str(NOON - 6 * 60 * 60 * 1000)), "A"),
        (where("Ngày", "isGreater", "ExactDate", str(NOON)), "B"),
        (where("Ngày", "isLess", "ExactDate", str(NOON)), "C"),
        (where("Ngày", "isEmpty"), "D"),
        (where("Xong", "is", "true"), "A"),
        (where("Xong", "is", "false"), "BCD"),
        (where("Ai", "is", "ou_1"), "C"),
        (where("Tổng", "isEmpty"), "ABCD"),
    ],
)
def test_a_filter_finds_what_fits(lark: CalledLark, condition: Any, expected: str) -> None:
    assert [one.removeprefix("rec") for one in found(lark, condition)] == list(expected)


def test_conditions_are_joined_and_so_are_their_groups(lark: CalledLark) -> None:
    class_a, nine = (where(*one)["filter"] for one in (("Lớp", "is", "A1"), ("Số", "is", "9")))
    conditions = class_a["conditions"] + nine["conditions"]
    assert found(lark, {"filter": {"conjunction": "and", "conditions": conditions}}) == ["recC"]
    either = {"filter": {"conjunction": "or", "conditions": conditions}}
    assert pages(lark, either) == [["recA", "recB"], ["recC"]]
    assert found(lark, {"filter": {"conjunction": "or", "children": [class_a, nine]}}) == [
        "recA",
        "recB",
        "recC",
    ]
    assert found(lark, either | {"sort": [{"field_name": "Tên", "desc": True}]}) == ["recC", "recB", "recA"]


@pytest.mark.parametrize(
    "given",
    [
        where("Ngày", "isNot", "ExactDate", str(NOON)),
        where("Ngày", "contains", "ExactDate", str(NOON)),
        where("Ngày", "doesNotContain", "ExactDate", str(NOON)),
        where("Ngày", "isGreaterEqual", "ExactDate", str(NOON)),
        where("Ngày", "isLessEqual", "ExactDate", str(NOON)),
        where("Ngày", "is", str(NOON)),
        where("Ngày", "is", "ExactDate", "9" * 30),
        where("Tên", "like", "An"),
        where("Tên", "in", "An"),
        where("Tên", "is"),
        where("Tên", "is", "An", "Bình"),
        where("Tên", "isEmpty", ""),
        where("Lớp", "is", "A1", "B1"),
        where("Lớp", "contains"),
        where("Số", "is", "chín"),
        where("Số", "contains", "9"),
        where("Xong", "isEmpty"),
        where("Xong", "is", "có"),
        where("Tổng", "is", "1"),
        where("Tên", "contains", *["An"] * 11),
        {"filter": {"conditions": []}},
        {"filter": {"conjunction": "xor", "conditions": []}},
        {
            "filter": {
                "conjunction": "and",
                "conditions": [where("Tên", "is", "An")["filter"]["conditions"][0]] * 51,
            }
        },
        {"filter": {"conjunction": "and", "conditions": ["x"]}},
        {"filter": {"conjunction": "and", "conditions": [{"field_name": "Tên", "operator": "isEmpty"}]}},
        {"filter": {"conjunction": "and", "children": [{"conjunction": "and", "children": []}]}},
        {"filter": "CurrentValue.[Tên]"},
    ],
)
def test_a_filter_that_is_not_allowed_is_refused(lark: CalledLark, given: Any) -> None:
    assert code(lark.call("POST", f"{TABLE}/records/search", given)) == 1254018


@pytest.mark.parametrize(
    ("body", "query", "expected"),
    [
        (where("Khác", "is", "x"), {}, 1254045),
        ({"sort": [{"field_name": "Khác"}]}, {}, 1254045),
        ({"sort": ["Tên"]}, {}, 1254045),
        ({"field_names": ["Khác"]}, {}, 1254045),
        ({"field_names": "Tên"}, {}, 1254024),
        ({"field_names": ["Tên"] * 201}, {}, 1254024),
        ({}, {"page_size": "501"}, 99992402),
        ({}, {"page_size": "0"}, 99992402),
        ({}, {"page_size": "x"}, 99992402),
        ([], {}, 99992402),
    ],
)
def test_a_search_that_is_wrong_is_refused(
    lark: CalledLark, body: Any, query: dict[str, str], expected: int
) -> None:
    assert code(lark.call("POST", f"{TABLE}/records/search", body, **query)) == expected


NAMES = st.sampled_from(["Tên", "Số", "Lớp", "Nhãn", "Ngày", "Xong", "Ai", "Tổng", "Khác"])
OPERATORS = st.sampled_from(
    ["is", "isNot", "contains", "doesNotContain", "isEmpty", "isGreater", "isLess", "like"]
)
VALUES = st.lists(st.text(max_size=5) | st.sampled_from(["ExactDate", "1788238800000", "9"]), max_size=3)
CONDITIONS = st.fixed_dictionaries({"field_name": NAMES, "operator": OPERATORS, "value": VALUES})
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | CONDITIONS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["conjunction", "conditions", "children", "desc"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
FILTERS = ANYTHING | st.fixed_dictionaries(
    {"conjunction": st.sampled_from(["and", "or"]), "conditions": st.lists(CONDITIONS, max_size=3)}
)
SORTS = ANYTHING | st.lists(st.fixed_dictionaries({"field_name": NAMES, "desc": st.booleans()}), max_size=3)


@given(searches=st.lists(st.tuples(FILTERS, SORTS, ANYTHING), min_size=1, max_size=10))
def test_any_search_is_answered(searches: list[tuple[Any, Any, Any]]) -> None:
    lark = table_of_rows()
    for given_filter, sort, names in searches:
        body = json.dumps({"filter": given_filter, "sort": sort, "field_names": names})
        response = lark.http.post(f"{TABLE}/records/search", content=body, headers=lark.headers)
        assert code(response) in (0, 1254018, 1254024, 1254045)
