"""Lark's cells in every format, as plain JSON and back."""

import math
from typing import Any

import pytest

from larkbridge.lark.cell_formats import (
    READ_ONLY,
    FieldType,
    ValueMismatchError,
    canonical,
    from_milliseconds,
    read,
    write,
)

T = FieldType
WRITABLE = sorted(set(FieldType) - READ_ONLY)
PERSON = {"id": "ou_1", "name": "An", "en_name": "An", "email": "an@example.com", "avatar_url": "https://a"}
GROUP = {"id": "oc_1", "name": "Lớp K12", "avatar_url": "https://a"}
FILE = {
    "file_token": "f1",
    "name": "a.png",
    "type": "image/png",
    "size": 9,
    "url": "https://a",
    "tmp_url": "https://b",
}
PLACE = {
    "location": "106.7,10.8",
    "pname": "Hồ Chí Minh",
    "cityname": "",
    "adname": "Quận 1",
    "address": "1 Lê Lợi",
    "name": "Chợ",
    "full_address": "Chợ, 1 Lê Lợi",
}

READ = [
    (
        T.TEXT,
        [{"type": "text", "text": "Báo "}, {"type": "mention", "text": "@An", "token": "ou_1"}],
        "Báo @An",
    ),
    (T.TEXT, [{"type": "url", "text": "an@example.com", "link": "mailto:an@example.com"}], "an@example.com"),
    (T.TEXT, "như list trả về", "như list trả về"),
    (T.TEXT, "\ud800", "?"),
    (T.TEXT, [], None),
    (T.TEXT, "", None),
    (T.NUMBER, 2323.2323, 2323.2323),
    (T.NUMBER, 3.0, 3),
    (T.NUMBER, 0, 0),
    (T.NUMBER, "100", 100),
    (T.NUMBER, "-1.5e3", -1500),
    (T.NUMBER, 2**53 + 1, float(2**53)),
    (T.SINGLE_SELECT, "Đang học", "Đang học"),
    (T.MULTI_SELECT, ["A", "B", "A"], ["A", "B"]),
    (T.MULTI_SELECT, ["\ud800"], ["?"]),
    (T.MULTI_SELECT, [], None),
    (T.DATETIME, 1690992000000, "2023-08-02T16:00:00.000Z"),
    (T.DATETIME, 0, "1970-01-01T00:00:00.000Z"),
    (T.DATETIME, -1, "1969-12-31T23:59:59.999Z"),
    (T.CHECKBOX, False, False),
    (T.USER, [PERSON, {"id": "ou_2"}], ["ou_1", "ou_2"]),
    (T.PHONE, "+84901234567", "+84901234567"),
    (T.URL, {"text": "Trang", "link": "https://a"}, {"text": "Trang", "link": "https://a"}),
    (T.URL, {"link": "https://a"}, {"text": "https://a", "link": "https://a"}),
    (T.URL, {"text": "", "link": ""}, None),
    (T.ATTACHMENT, [FILE], [{"fileToken": "f1", "name": "a.png", "type": "image/png", "size": 9}]),
    (T.LINK, {"link_record_ids": ["rec1", "rec2"]}, ["rec1", "rec2"]),
    (T.LINK, {"link_record_ids": None}, None),
    (T.DUPLEX_LINK, ["rec1"], ["rec1"]),
    (
        T.LOCATION,
        PLACE,
        {
            "location": "106.7,10.8",
            "pname": "Hồ Chí Minh",
            "adname": "Quận 1",
            "address": "1 Lê Lợi",
            "name": "Chợ",
            "fullAddress": "Chợ, 1 Lê Lợi",
        },
    ),
    (T.GROUP, [GROUP], ["oc_1"]),
    (T.CREATED_TIME, 1690992000000, "2023-08-02T16:00:00.000Z"),
    (T.MODIFIED_TIME, 1690992000000, "2023-08-02T16:00:00.000Z"),
    (T.CREATED_BY, [PERSON], ["ou_1"]),
    (T.MODIFIED_BY, PERSON, ["ou_1"]),
    (T.AUTO_NUMBER, "17", "17"),
    (T.FORMULA, {"type": 1, "value": [{"type": "text", "text": "✅ Đủ"}]}, "✅ Đủ"),
    (
        T.FORMULA,
        {"type": 1, "value": [{"text": "Xem "}, {"text": "https://a.vn", "type": "url"}]},
        "Xem https://a.vn",
    ),
    (T.FORMULA, {"type": 1, "value": [{"type": "text", "text": ""}]}, None),
    (T.FORMULA, {"type": 1, "value": ["A", "B"]}, ["A", "B"]),
    (T.LOOKUP, {"type": 1, "value": [{"text": "A"}, {"text": "B"}]}, ["A", "B"]),
    (T.FORMULA, {"type": 2, "value": [3.0]}, 3),
    (T.FORMULA, {"type": 2, "value": [1, 2]}, [1, 2]),
    (T.FORMULA, {"type": 2, "value": []}, None),
    (T.FORMULA, {"type": 2, "value": [None]}, None),
    (T.FORMULA, {"type": 5, "value": [0]}, "1970-01-01T00:00:00.000Z"),
    (T.FORMULA, {"type": 11, "value": [PERSON]}, ["ou_1"]),
    (T.FORMULA, {"type": 4, "value": ["A"]}, ["A"]),
    (T.FORMULA, {"type": 11, "value": []}, None),
    (T.FORMULA, {"type": 999, "value": [{"x": 1}]}, {"x": 1}),
    (T.FORMULA, 7, 7),
    (T.LOOKUP, {"type": 1, "value": [{"text": "a"}, {"text": "b"}]}, ["a", "b"]),
    (T.LOOKUP, {"type": 2, "value": [3]}, [3]),
    (
        T.LOOKUP,
        {"type": 18, "value": [{"link_record_ids": ["rec1"]}, {"link_record_ids": ["rec2"]}]},
        ["rec1", "rec2"],
    ),
    (T.LOOKUP, {"type": 20, "value": [{"type": 2, "value": [3]}]}, [{"type": 2, "value": [3]}]),
    (T.LOOKUP, {"type": 1, "value": []}, []),
    (3001, {"anything": [1, None]}, {"anything": [1, None]}),
]

UNREADABLE = [
    (T.TEXT, 7),
    (T.TEXT, [{"type": "text"}]),
    (T.TEXT, ["a"]),
    (T.NUMBER, True),
    (T.NUMBER, "một"),
    (T.NUMBER, "1_000"),
    (T.NUMBER, "nan"),
    (T.NUMBER, math.nan),
    (T.NUMBER, math.inf),
    (T.NUMBER, 10**400),
    (T.NUMBER, "9" * 399),
    (T.SINGLE_SELECT, ["A"]),
    (T.MULTI_SELECT, ["A", 1]),
    (T.DATETIME, "2026-11-22"),
    (T.DATETIME, True),
    (T.DATETIME, 10**18),
    (T.CHECKBOX, 1),
    (T.USER, ["ou_1"]),
    (T.USER, [{"name": "An"}]),
    (T.PHONE, 84901234567),
    (T.URL, "https://a"),
    (T.URL, {"link": 7}),
    (T.ATTACHMENT, [{"name": "a.png"}]),
    (T.ATTACHMENT, [{"file_token": "f1", "size": "9"}]),
    (T.LINK, {"link_record_ids": "rec1"}),
    (T.LINK, "rec1"),
    (T.LINK, {}),
    (T.URL, {}),
    (T.LOCATION, {}),
    (T.LOCATION, 7),
    (T.CREATED_BY, "ou_1"),
    (T.AUTO_NUMBER, 17),
    (T.FORMULA, {"type": 2, "value": ["một"]}),
    (T.FORMULA, {"type": 2}),
    (T.LOOKUP, {"value": 3}),
]

WRITTEN = [
    (T.TEXT, "Nguyễn Minh An", "Nguyễn Minh An"),
    (T.TEXT, "", None),
    (T.NUMBER, 3.0, 3),
    (T.SINGLE_SELECT, "Đang học", "Đang học"),
    (T.MULTI_SELECT, ["B", "A", "B"], ["B", "A"]),
    (T.MULTI_SELECT, [], None),
    (T.DATETIME, "2026-11-22", 1795280400000),
    (T.DATETIME, "2026-11-22T00:00:00+07:00", 1795280400000),
    (T.DATETIME, "2026-11-21T17:00:00.0009Z", 1795280400000),
    (T.CHECKBOX, False, False),
    (T.USER, ["ou_1"], [{"id": "ou_1"}]),
    (T.PHONE, "+84901234567", "+84901234567"),
    (T.URL, {"link": "https://a"}, {"text": "https://a", "link": "https://a"}),
    (T.ATTACHMENT, [{"fileToken": "f1", "name": "a.png"}], [{"file_token": "f1"}]),
    (T.LINK, ["rec1"], ["rec1"]),
    (T.DUPLEX_LINK, ["rec1"], ["rec1"]),
    (T.LOCATION, {"location": "106.7, 10.8", "name": "Chợ"}, "106.7,10.8"),
    (T.GROUP, ["oc_1"], [{"id": "oc_1"}]),
]

UNWRITABLE = [
    (T.TEXT, 7, "not a text"),
    (T.TEXT, "x" * 100_001, "100,000"),
    (T.NUMBER, "100", "not a number"),
    (T.NUMBER, True, "not a number"),
    (T.NUMBER, math.inf, "finite"),
    (T.MULTI_SELECT, "A", "not a list"),
    (T.MULTI_SELECT, [""], "not empty"),
    (T.MULTI_SELECT, [str(one) for one in range(1_001)], "1,000"),
    (T.DATETIME, "2026-11-22T00:00:00", "offset"),
    (T.DATETIME, "2026-13-01", "ISO 8601"),
    (T.DATETIME, "0001-01-01", "ISO 8601"),
    (T.DATETIME, 1795280400000, "not a text"),
    (T.CHECKBOX, "true", "true nor false"),
    (T.USER, [{"id": "ou_1"}], "list of texts"),
    (T.PHONE, "090 123", "digits"),
    (T.PHONE, "0" * 65, "64"),
    (T.PHONE, "٠٩", "digits"),
    (T.URL, "https://a", "object"),
    (T.URL, {"text": "Trang"}, "link|text"),
    (T.URL, {"text": "Trang", "link": ""}, "empty"),
    (T.URL, {"link": "https://a", "image": "x"}, "more than"),
    (T.ATTACHMENT, [{"file_token": "f1"}], "list of texts"),
    (T.ATTACHMENT, [{"fileToken": str(one)} for one in range(101)], "100"),
    (T.LINK, [str(one) for one in range(501)], "500"),
    (T.GROUP, [str(one) for one in range(11)], "10"),
    (T.LOCATION, {"location": "106.7"}, "longitude"),
    (T.LOCATION, {"location": "10.8,106.7"}, "globe"),
    (T.LOCATION, {"location": "181,10.8"}, "globe"),
    (T.LOCATION, {"name": "Chợ"}, "longitude"),
    (3001, "x", "cannot be written"),
]


@pytest.mark.parametrize(("field_type", "cell", "value"), READ)
def test_a_cell_is_read_in_every_format(field_type: int, cell: Any, value: Any) -> None:
    result = read(field_type, cell)
    assert (result, type(result)) == (value, type(value))


@pytest.mark.parametrize("field_type", [*FieldType, 3001])
def test_an_absent_cell_is_none_and_none_clears(field_type: int) -> None:
    assert read(field_type, None) is None
    if field_type in WRITABLE:
        assert write(field_type, None) is canonical(field_type, None) is None


@pytest.mark.parametrize(("field_type", "cell"), UNREADABLE)
def test_a_cell_of_another_type_is_a_mismatch(field_type: FieldType, cell: Any) -> None:
    with pytest.raises(ValueMismatchError):
        read(field_type, cell)


@pytest.mark.parametrize(("field_type", "value", "cell"), WRITTEN)
def test_a_value_is_written_as_lark_takes_it(field_type: FieldType, value: Any, cell: Any) -> None:
    assert write(field_type, value) == cell


@pytest.mark.parametrize(("field_type", "value", "words"), UNWRITABLE)
def test_a_value_that_does_not_fit_is_a_mismatch(field_type: int, value: Any, words: str) -> None:
    for call in (write, canonical):
        with pytest.raises(ValueMismatchError, match=words):
            call(field_type, value)


@pytest.mark.parametrize("field_type", sorted(READ_ONLY))
@pytest.mark.parametrize("value", [None, "x"])
def test_what_lark_fills_by_itself_cannot_be_written(field_type: FieldType, value: Any) -> None:
    with pytest.raises(ValueMismatchError, match="cannot be written"):
        write(field_type, value)


def test_a_mismatch_does_not_quote_the_value() -> None:
    for field_type in WRITABLE:
        for call in (read, write):
            with pytest.raises(ValueMismatchError) as caught:
                call(field_type, {"0901234567": ["0901234567"]})
            assert "0901234567" not in str(caught.value)


@pytest.mark.parametrize("value", [None, "0", 1.0, True, 10**18, -(10**18)])
def test_what_is_no_time_in_milliseconds_is_none(value: Any) -> None:
    assert from_milliseconds(value) is None
