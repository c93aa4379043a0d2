"""A date is understood however people write it, and never taken for another one."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from larkbridge.pages.questions import DATE_PARTS
from larkbridge.pages.typed_dates import joined_date, typed_date

FULL_WIDTH = str.maketrans("0123456789/", "０１２３４５６７８９／")
ENGLISH = (
    "Jan",
    "Feb",
    "March",
    "April",
    "May",
    "june",
    "July",
    "AUG",
    "Sept",
    "October",
    "Nov.",
    "December",
)
VIETNAMESE = ("một", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười", "mười một", "mười hai")

days = st.dates(date(1900, 1, 1), date(2100, 12, 31))


def ways(day: date) -> list[str]:
    """Return a date in many writings."""
    d, m, y = day.day, day.month, day.year
    english, vietnamese = ENGLISH[m - 1], VIETNAMESE[m - 1]
    return [
        f"{d}/{m}/{y}",
        f"{d:02}-{m:02}-{y}",
        f"{d}.{m}.{y}",
        f"{d} {m} {y}",
        f"{d},{m},{y}",
        f" {d} / {m} / {y} ",
        f"{d}–{m}–{y}",
        day.isoformat(),
        f"{y}/{m}/{d}",
        f"{d}/{m}/{y}".translate(FULL_WIDTH),
        f"{d}\u200b/{m}/{y}",
        f"ngày {d} tháng {m} năm {y}",
        f"Ngày {d} tháng {vietnamese} năm {y}",
        f"{d} tháng {vietnamese} {y}",
        f"{d} thg {m}, {y}",
        f"{d} Thg {m} {y}",
        f"{d}/T{m}/{y}",
        f"{d} th{m} {y}",
        f"{d} {english} {y}",
        f"{d}th of {english}, {y}",
        f"{english} {d}, {y}",
        f"{d}-{english}-{y}",
        f"Thứ Ba, {d} thg {m}, {y}",
        f"Tuesday, {english} {d}, {y}",
    ]


def fault(found: object) -> str:
    assert isinstance(found, PydanticCustomError), found
    return found.type


@given(days)
def test_every_writing_is_the_same_day(day: date) -> None:
    for way in ways(day):
        assert typed_date(way) == day.isoformat(), way


@given(days, st.sampled_from(DATE_PARTS), st.data())
def test_whole_date_in_one_of_three_fields_is_that_date(day: date, part: str, data: st.DataObject) -> None:
    way = data.draw(st.sampled_from(ways(day)))
    assert joined_date({part: way}) == day.isoformat()


@given(days)
def test_three_fields_are_one_date(day: date) -> None:
    months = (
        f"{day.month}",
        f"{day.month:02}",
        f"tháng {day.month}",
        f"thg {day.month}",
        ENGLISH[day.month - 1],
    )
    for month in months:
        parts = {"day": f" {day.day} ", "month": month, "year": str(day.year).translate(FULL_WIDTH)}
        assert joined_date(parts) == day.isoformat()


@pytest.mark.parametrize("parts", [{}, {"day": ""}, {"day": " ", "month": "\u200b", "year": ""}])
def test_three_empty_fields_are_no_date(parts: dict[str, str]) -> None:
    assert joined_date(parts) == ""


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        (("1", "", "2026"), "part_of_date"),
        (("5", "", ""), "part_of_date"),
        (("", "9", ""), "part_of_date"),
        (("1", "9", "26"), "short_year"),
        (("31", "2", "2026"), "no_such_day"),
        (("29", "tháng 2", "2027"), "no_such_day"),
        (("0", "9", "2026"), "no_such_day"),
        (("1", "13", "2026"), "typed_date"),
        (("mai", "9", "2026"), "typed_date"),
        (("1", "giêng", "2026"), "typed_date"),
        (("123", "9", "2026"), "typed_date"),
        (("1", "9", "20266"), "typed_date"),
        (("hôm nay", "", ""), "typed_date"),
    ],
)
def test_what_is_wrong_with_three_fields(parts: tuple[str, str, str], kind: str) -> None:
    assert fault(joined_date(dict(zip(DATE_PARTS, parts, strict=True)))) == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1/9/26", "short_year"),
        ("26-09-01", "short_year"),
        ("1 tháng 9 năm 26", "short_year"),
        ("31/2/2026", "no_such_day"),
        ("2026-02-30", "no_such_day"),
        ("9/25/2026", "typed_date"),
        ("1/9", "typed_date"),
        ("01092026", "typed_date"),
        ("5 năm 2026", "typed_date"),
        ("5 tháng giêng 2026", "typed_date"),
        ("mai", "typed_date"),
        ("1/9/2026 sáng", "typed_date"),
        ("1" * 9000, "typed_date"),
        ("1/9/2026" + " " * 9000 + "x", "typed_date"),
        ("1\x00/9/2026", "typed_date"),
    ],
)
def test_what_says_no_day_is_not_guessed(text: str, kind: str) -> None:
    assert fault(typed_date(text)) == kind


@given(st.text())
def test_any_text_is_a_day_or_a_fault(text: str) -> None:
    found = typed_date(text)
    assert isinstance(found, PydanticCustomError) or date.fromisoformat(found)
    joined_date(dict.fromkeys(DATE_PARTS, text))
