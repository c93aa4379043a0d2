"""Lists in pages: everything once, in bounded steps, from cursors that nobody can make up."""

import base64
import itertools
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.admin.paging import Scan, from_cursor, page, to_cursor
from larkbridge.clock import to_text
from larkbridge.errors import BadRequestError

MOMENT = "2026-09-01T02:00:00.000Z"
IDS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=300)
MOMENTS = st.datetimes(timezones=st.just(UTC), min_value=datetime(1000, 1, 1))  # noqa: DTZ001


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "x", "next", "é", "====", "%%", "A" * 5000),
        encoded("x"),
        encoded("\xff"),
        encoded(MOMENT),
        encoded(f"{MOMENT}#"),
        encoded(f"{MOMENT}#has a space"),
        encoded(f"{MOMENT}#ends in a line feed\n"),
        encoded(f"{MOMENT}#ễ"),
        encoded(f"{MOMENT}#{'x' * 301}"),
        encoded("2026-09-01#stripe#evt_1"),
        encoded("２０２６-09-01T02:00:00.000Z#stripe#evt_1"),
        encoded(f" {MOMENT}#stripe#evt_1"),
    ],
)
def test_no_list_gave_out_this_cursor(cursor: str) -> None:
    with pytest.raises(BadRequestError) as raised:
        from_cursor(cursor)
    assert raised.value.fields.keys() == {"cursor"}


@given(MOMENTS, IDS)
def test_a_cursor_leads_back_to_its_place(moment: datetime, item_id: str) -> None:
    sort_key = f"{to_text(moment)}#{item_id}"
    assert from_cursor(to_cursor(sort_key)) == sort_key


@given(st.text(max_size=400))
def test_any_other_text_is_refused_and_nothing_worse(text: str) -> None:
    with suppress(BadRequestError):
        assert from_cursor(text) is not None


def test_no_cursor_is_the_start() -> None:
    assert from_cursor(None) is None


def key(number: int) -> str:
    return f"{MOMENT}#{number:04}"


def numbers(cursor: str | None, count: int) -> range:
    """Return the numbers of a list that stands after a cursor, the highest first."""
    before = from_cursor(cursor)
    return range(count - 1 if before is None else int(before.rpartition("#")[2]) - 1, -1, -1)


@given(
    count=st.integers(0, 60),
    limit=st.integers(1, 12),
    most=st.integers(1, 12),
    divisor=st.integers(1, 5),
)
def test_pages_have_everything_that_matches_once(count: int, limit: int, most: int, divisor: int) -> None:
    found: list[int] = []
    cursor = None
    for _ in range(count + 1):
        rest = numbers(cursor, count)
        scan = Scan(rest, key, limit=limit, most=most, matches=lambda one: one % divisor == 0)
        answer = page(scan, lambda one: {"number": one})
        assert len(answer["items"]) <= limit
        found += [item["number"] for item in answer["items"]]
        cursor = answer["cursor"]
        if cursor is None:
            break
    assert found == [one for one in range(count - 1, -1, -1) if one % divisor == 0]
    assert cursor is None


def test_a_scan_that_finds_nothing_ends_and_says_where_to_go_on() -> None:
    endless = itertools.count()
    scan = Scan(endless, key, limit=10, most=100, matches=lambda _: False)
    assert (list(scan), scan.cursor()) == ([], to_cursor(key(99)))
    assert next(endless) < 110
