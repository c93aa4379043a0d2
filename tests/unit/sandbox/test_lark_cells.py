"""Every type of field: what may be written, and what each API shows of it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.lark.cells import FieldType
from sandbox.lark.tables import Field
from tests.support.lark_calls import TABLE, CalledLark, code

T = FieldType
TEXT = [{"text": "An", "type": "text"}]
PEOPLE_KEYS = {"id", "name", "en_name", "email", "avatar_url"}


def table_of(*columns: Field) -> CalledLark:
    lark = CalledLark()
    lark.api.bases.create_table("app1", "tbl1", columns)
    return lark


def shown(lark: CalledLark) -> tuple[Any, Any]:
    """Return the one value of the one record as search shows it and as list does."""
    [searched] = lark.data("POST", f"{TABLE}/records/search", {})["items"]
    [listed] = lark.data("GET", f"{TABLE}/records")["items"]
    return searched["fields"].get("F"), listed["fields"].get("F")


@pytest.mark.parametrize(
    ("field_type", "written", "searched", "listed"),
    [
        (T.TEXT, "An", TEXT, "An"),
        (T.NUMBER, 3, 3, "3"),
        (T.NUMBER, 3.0, 3, "3"),
        (T.NUMBER, -2.5, -2.5, "-2.5"),
        (T.SINGLE_SELECT, "A1", "A1", "A1"),
        (T.MULTI_SELECT, ["A1", "B2"], ["A1", "B2"], ["A1", "B2"]),
        (T.DATE_TIME, 1_675_526_400_000, 1_675_526_400_000, 1_675_526_400_000),
        (T.CHECKBOX, True, True, True),
        (T.CHECKBOX, False, False, False),
        (T.PHONE, "+84900000001", "+84900000001", "+84900000001"),
        (
            T.URL,
            {"text": "web", "link": "https://lark.test"},
            {"link": "https://lark.test", "text": "web"},
            ...,
        ),
        (
            T.URL,
            {"link": "https://lark.test"},
            {"link": "https://lark.test", "text": "https://lark.test"},
            ...,
        ),
        (T.SINGLE_LINK, ["rec1", "rec2"], {"link_record_ids": ["rec1", "rec2"]}, ...),
        (T.DUPLEX_LINK, ["rec1"], {"link_record_ids": ["rec1"]}, ...),
    ],
)
def test_a_value_is_read_in_the_format_of_the_api(
    field_type: FieldType, written: Any, searched: Any, listed: Any
) -> None:
    lark = table_of(Field("fld1", "F", field_type))
    echo = lark.data("POST", f"{TABLE}/records", {"fields": {"F": written}})["record"]["fields"]
    assert echo == {"F": written}
    assert shown(lark) == (searched, searched if listed is ... else listed)


@pytest.mark.parametrize(
    ("field_type", "written", "keys"),
    [
        (T.USER, [{"id": "ou_1"}], PEOPLE_KEYS),
        (T.GROUP_CHAT, [{"id": "oc_1"}], {"id", "name", "avatar_url"}),
        (T.ATTACHMENT, [{"file_token": "f1"}], {"file_token", "name", "type", "size", "url", "tmp_url"}),
    ],
)
def test_lark_adds_what_it_knows_of_people_groups_and_files(
    field_type: FieldType, written: Any, keys: set[str]
) -> None:
    lark = table_of(Field("fld1", "F", field_type))
    lark.data("POST", f"{TABLE}/records", {"fields": {"F": written}})
    [value], listed = shown(lark)
    assert value.keys() == keys
    assert value.items() >= written[0].items()
    assert listed == [value]


def test_a_location_gets_an_address() -> None:
    lark = table_of(Field("fld1", "F", T.LOCATION))
    lark.data("POST", f"{TABLE}/records", {"fields": {"F": "105.8,21.03"}})
    value, _ = shown(lark)
    assert value["location"] == "105.8,21.03"
    assert value.keys() == {"location", "pname", "cityname", "adname", "address", "name", "full_address"}


def test_a_mail_address_is_a_link() -> None:
    lark = table_of(Field("fld1", "F", T.TEXT, ui_type="Email"))
    lark.data("POST", f"{TABLE}/records", {"fields": {"F": "an@lark.test"}})
    segment = {"link": "mailto:an@lark.test", "text": "an@lark.test", "type": "url"}
    assert shown(lark) == ([segment], "an@lark.test")


@pytest.mark.parametrize(
    ("field_type", "wrong", "expected"),
    [
        (T.TEXT, 1, 1254060),
        (T.TEXT, TEXT, 1254060),
        (T.TEXT, "x" * 100_001, 1254130),
        (T.NUMBER, "1", 1254061),
        (T.NUMBER, True, 1254061),
        (T.NUMBER, 10**400, 1254061),
        (T.SINGLE_SELECT, ["A1"], 1254062),
        (T.MULTI_SELECT, "A1", 1254063),
        (T.MULTI_SELECT, [1], 1254063),
        (T.DATE_TIME, "2026-09-01", 1254064),
        (T.DATE_TIME, 1.5, 1254064),
        (T.DATE_TIME, 10**18, 1254064),
        (T.CHECKBOX, 1, 1254065),
        (T.CHECKBOX, "true", 1254065),
        (T.USER, "ou_1", 1254066),
        (T.USER, [{"name": "An"}], 1254066),
        (T.USER, ["ou_1"], 1254066),
        (T.SINGLE_LINK, "rec1", 1254067),
        (T.SINGLE_LINK, {"link_record_ids": ["rec1"]}, 1254067),
        (T.SINGLE_LINK, ["rec1"] * 501, 1254130),
        (T.URL, "https://lark.test", 1254068),
        (T.URL, {"text": "web"}, 1254068),
        (T.ATTACHMENT, ["f1"], 1254069),
        (T.ATTACHMENT, [{"file_token": "f1"}] * 101, 1254130),
        (T.PHONE, "09 00", 1254072),
        (T.PHONE, "0" * 65, 1254072),
        (T.DUPLEX_LINK, [{"id": "rec1"}], 1254074),
        (T.LOCATION, "Hà Nội", 1254015),
        (T.GROUP_CHAT, "oc_1", 1254015),
        (T.LOOKUP, "x", 1254015),
        (T.FORMULA, None, 1254015),
        (T.CREATED_TIME, 1_675_526_400_000, 1254015),
        (T.AUTO_NUMBER, "1", 1254015),
        (3001, "x", 1254015),
    ],
)
def test_a_wrong_value_is_refused_by_its_type(field_type: int, wrong: Any, expected: int) -> None:
    lark = table_of(Field("fld1", "F", field_type))
    response = lark.call("POST", f"{TABLE}/records", {"fields": {"F": wrong}})
    assert (code(response), response.status_code) == (expected, 400 if expected == 1254015 else 200)
    assert lark.api.bases.records("app1", "tbl1") == {}


@pytest.mark.parametrize(
    ("field_type", "full", "empty"),
    [
        (T.TEXT, "An", ""),
        (T.TEXT, "An", None),
        (T.NUMBER, 0, None),
        (T.MULTI_SELECT, ["A1"], []),
        (T.CHECKBOX, False, None),
        (T.USER, [{"id": "ou_1"}], []),
        (T.SINGLE_LINK, ["rec1"], []),
        (T.PHONE, "1", ""),
    ],
)
def test_a_value_without_content_clears_the_cell_and_is_left_out(
    field_type: FieldType, full: Any, empty: Any
) -> None:
    lark = table_of(Field("fld1", "F", field_type))
    record = lark.data("POST", f"{TABLE}/records", {"fields": {"F": full}})["record"]["record_id"]
    assert shown(lark)[0] is not None
    lark.data("PUT", f"{TABLE}/records/{record}", {"fields": {"F": empty}})
    assert shown(lark) == (None, None)


@pytest.mark.parametrize(
    ("field_type", "value"),
    [
        (T.FORMULA, {"type": 1, "value": TEXT}),
        (T.LOOKUP, {"type": 2, "value": [1, 2]}),
        (T.TEXT, [{"type": "mention", "text": "@An", "token": "ou_1", "mentionType": "User"}]),
        (3001, {"any": ["thing"]}),
    ],
)
def test_people_and_lark_itself_enter_what_no_api_can_write(field_type: int, value: Any) -> None:
    lark = table_of(Field("fld1", "F", field_type))
    lark.api.bases.put("app1", "tbl1", "rec1", {"F": value})
    assert shown(lark)[0] == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(field_type=st.sampled_from(FieldType), value=JSON)
def test_any_value_is_taken_or_refused_and_what_is_taken_can_be_read(
    field_type: FieldType, value: Any
) -> None:
    lark = table_of(Field("fld1", "F", field_type))
    body = json.dumps({"fields": {"F": value}})
    response = lark.http.post(f"{TABLE}/records", content=body, headers=lark.headers)
    if code(response) == 0:
        shown(lark)
    else:
        assert 1254000 <= code(response) < 1255000
