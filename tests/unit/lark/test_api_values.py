"""Moments on their way to Lark and back, and lists page by page."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.api_values import (
    MILLISECOND,
    SECOND,
    each,
    from_number,
    from_rfc3339,
    to_number,
    to_rfc3339,
)

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MICROSECONDS = st.integers(0, 7_000_000_000_000_000).map(lambda number: timedelta(microseconds=number))
MOMENTS = st.builds(
    lambda since, offset: (datetime(1990, 1, 1, tzinfo=UTC) + since).astimezone(offset), MICROSECONDS, OFFSETS
)


@given(moment=MOMENTS)
def test_a_moment_comes_back_from_seconds_to_the_second(moment: datetime) -> None:
    found = from_number(to_number(moment, SECOND), SECOND)
    assert timedelta() <= moment - found < SECOND
    assert found.utcoffset() == timedelta()


@given(moment=MOMENTS)
def test_a_moment_comes_back_from_milliseconds_to_the_millisecond(moment: datetime) -> None:
    found = from_number(to_number(moment, MILLISECOND), MILLISECOND)
    assert timedelta() <= moment - found < MILLISECOND


@given(moment=MOMENTS)
def test_a_moment_comes_back_from_a_text_with_its_offset(moment: datetime) -> None:
    found = from_rfc3339(to_rfc3339(moment))
    assert timedelta() <= moment - found < SECOND
    assert found.utcoffset() == moment.utcoffset()


@given(moment=MOMENTS, other=OFFSETS)
def test_one_moment_is_one_number_in_every_zone(moment: datetime, other: timezone) -> None:
    assert to_number(moment, SECOND) == to_number(moment.astimezone(other), SECOND)


@given(year=st.integers(2020, 2040), month=st.integers(1, 12), offset=OFFSETS)
def test_the_last_second_of_a_month_is_not_the_next(year: int, month: int, offset: timezone) -> None:
    first = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=offset)
    last = from_number(to_number(first - SECOND, SECOND), SECOND).astimezone(offset)
    assert (last.year, last.month) == (year, month)


@given(number=st.integers(-(10**17), 10**17) | st.text(max_size=5) | st.floats() | st.none() | st.booleans())
def test_whatever_stands_for_a_moment_is_read_or_refused(number: Any) -> None:
    for value in (number, str(number)):
        try:
            assert from_number(value, SECOND).tzinfo is UTC
        except LarkApiError:
            continue


def test_a_moment_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        to_rfc3339(datetime(2026, 9, 1))  # noqa: DTZ001


def test_a_list_is_read_to_its_end_and_not_without_one() -> None:
    asked: list[dict[str, str]] = []

    def call(query: dict[str, str]) -> dict[str, Any]:
        asked.append(query)
        return {"items": [{"number": len(asked)}], "has_more": True, "page_token": str(len(asked))}

    found = each(call, "items", {"page_size": "1"})
    assert next(found) == {"number": 1}
    assert asked == [{"page_size": "1"}]
    with pytest.raises(LarkApiError) as caught:
        list(found)
    assert caught.value.outcome.reason == "answer_too_large"
    assert (len(asked), asked[1]) == (100, {"page_size": "1", "page_token": "1"})
