"""What day it is: around midnight and the ends of months and years, and what no calendar has."""

import calendar
import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from larkbridge.agent.tools.local_time import (
    InRange,
    day_in_words,
    in_words,
    iso,
    range_in_words,
    range_of,
    weekday,
)
from larkbridge.agent.tools.time_tools import TIME_TOOLS
from larkbridge.agent.tools.tool import ToolError
from larkbridge.clock import HO_CHI_MINH
from tests.support.agent_tools import asker, named, run

MOMENTS = st.integers(0, 99 * 365 * 24 * 3600).map(
    lambda seconds: datetime(2001, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
NEAR_MIDNIGHT = st.builds(
    lambda day, seconds: datetime(day.year, day.month, day.day, 17, tzinfo=UTC) + timedelta(seconds=seconds),
    st.dates(date(2001, 1, 1), date(2099, 12, 1)),
    st.integers(-2, 2),
)
"""Midnight in Vietnam is 17:00 in UTC."""


def now(at: datetime) -> dict[str, Any]:
    return run(named(TIME_TOOLS, "now"), asker(now=at)).content


def days(at: datetime, **arguments: str) -> list[dict[str, str]]:
    return run(named(TIME_TOOLS, "days"), asker(now=at), **arguments).content["days"]


@pytest.mark.parametrize(
    "start",
    [
        "2026-02-29",
        "2026-13-01",
        "2026-11-31",
        "tomorrow",
        "",
        "1999-12-31",
        "2101-01-01",
        "2026-12-05T09:00",
    ],
)
def test_a_day_that_no_calendar_has_is_refused(start: str) -> None:
    with pytest.raises(ValidationError):
        run(named(TIME_TOOLS, "days"), asker(), start=start)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-02-30", "2026-03-02"),
        ("2026-12-05T25:00", "2026-12-06"),
        ("2026-12-05T09:60", "2026-12-06"),
        ("chiều mai", "2026-12-06"),
        ("2026-12-05", "12/06/2026"),
        ("9999-12-31", "9999-12-31"),
        ("0001-01-01T00:00:00+07:00", "2026-01-01"),
    ],
)
def test_a_time_that_does_not_exist_is_refused_with_words(start: str, end: str) -> None:
    with pytest.raises(ValidationError, match=r"no day or time that there is|a year from"):
        InRange(start=start, end=end)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-12-06", "2026-12-05", "ends before it begins"),
        ("2026-12-05T10:00", "2026-12-05T10:00", "ends before it begins"),
        ("2026-12-05T09:00+07:00", "2026-12-05T01:59Z", "ends before it begins"),
        ("2026-11-01", "2026-12-11", "more than 40 days"),
    ],
)
def test_a_range_that_is_none_is_refused(start: str, end: str, words: str) -> None:
    with pytest.raises(ToolError, match=words):
        range_of(InRange(start=start, end=end))


def test_a_range_over_the_end_of_a_month_has_both_days_whole() -> None:
    found = range_of(InRange(start="2026-11-30", end="2026-12-01"))
    assert [iso(moment) for moment in found] == ["2026-11-30T00:00:00+07:00", "2026-12-02T00:00:00+07:00"]


def test_forty_days_are_a_range() -> None:
    found = range_of(InRange(start="2026-11-01", end="2026-12-10"))
    assert found.end - found.start == timedelta(days=40)


def test_a_time_without_an_offset_is_that_of_ho_chi_minh_city() -> None:
    found = range_of(InRange(start="2026-12-05T09:00", end="2026-12-05T03:00:00Z"))
    assert [iso(moment) for moment in found] == ["2026-12-05T09:00:00+07:00", "2026-12-05T10:00:00+07:00"]


def test_now_has_its_weekday_in_words() -> None:
    assert now(datetime(2026, 12, 5, 2, 30, tzinfo=UTC)) == {
        "now": "2026-12-05T09:30:00+07:00",
        "inWords": "Thứ Bảy 05/12/2026, 09:30",
        "timezone": "Asia/Ho_Chi_Minh",
    }


def test_the_strip_says_which_day_is_tomorrow() -> None:
    found = days(datetime(2026, 12, 31, 16, 59, tzinfo=UTC))
    assert found[:3] == [
        {"date": "2026-12-31", "weekday": "Thứ Năm", "inWords": "Thứ Năm 31/12/2026", "is": "hôm nay"},
        {"date": "2027-01-01", "weekday": "Thứ Sáu", "inWords": "Thứ Sáu 01/01/2027", "is": "ngày mai"},
        {"date": "2027-01-02", "weekday": "Thứ Bảy", "inWords": "Thứ Bảy 02/01/2027", "is": "ngày kia"},
    ]


def test_the_strip_can_begin_on_another_day() -> None:
    found = days(datetime(2026, 12, 5, tzinfo=UTC), start="2028-02-28")
    assert [day["date"] for day in found[:3]] == ["2028-02-28", "2028-02-29", "2028-03-01"]
    assert not any("is" in day for day in found)


@given(MOMENTS | NEAR_MIDNIGHT)
@example(datetime(2026, 12, 31, 17, tzinfo=UTC))
@example(datetime(2028, 2, 28, 17, tzinfo=UTC))
def test_today_changes_at_midnight_in_vietnam_and_nowhere_else(at: datetime) -> None:
    there = (at + timedelta(hours=7)).replace(tzinfo=None)
    found = days(at)
    assert found[0]["date"] == there.date().isoformat() == now(at)["now"][:10]
    assert found[0]["is"] == "hôm nay"


@given(MOMENTS | NEAR_MIDNIGHT)
def test_a_strip_has_fourteen_days_in_a_row_each_with_its_own_weekday(at: datetime) -> None:
    found = [date.fromisoformat(day["date"]) for day in days(at)]
    assert [after - before for before, after in itertools.pairwise(found)] == [timedelta(1)] * 13
    names = ["Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật"]
    for day, shown in zip(found, days(at), strict=True):
        assert shown["weekday"] == names[calendar.weekday(day.year, day.month, day.day)]
        assert shown["inWords"] == f"{shown['weekday']} {day.day:02}/{day.month:02}/{day.year}"


@given(MOMENTS | NEAR_MIDNIGHT)
def test_what_the_model_gets_it_can_give_back(at: datetime) -> None:
    second = at.replace(microsecond=0)
    found = range_of(InRange(start=iso(second), end=iso(second + timedelta(seconds=1))))
    assert found.start == second
    assert in_words(second) == f"{day_in_words(second.astimezone(HO_CHI_MINH))}, {iso(second)[11:16]}"


@given(NEAR_MIDNIGHT, st.timedeltas(timedelta(seconds=1), timedelta(days=40)))
def test_a_range_names_its_second_day_only_where_it_has_one(start: datetime, length: timedelta) -> None:
    end = start + length
    spans = iso(start)[:10] != iso(end)[:10]
    assert range_in_words(start, end).count("/") == (4 if spans else 2)
    assert range_in_words(start, end).startswith(weekday(start.astimezone(HO_CHI_MINH)))
