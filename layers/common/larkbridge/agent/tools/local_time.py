"""Moments and days between the model and people, all in the time of Ho Chi Minh City.

The model gives and gets texts of ISO 8601. What it gets has its weekday in words beside it: it is not left to
reckon days.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field

from larkbridge.agent.tools.tool import Arguments, ToolError
from larkbridge.clock import HO_CHI_MINH, from_text

MAX_RANGE = timedelta(days=40)
DAY = timedelta(days=1)
_YEARS = range(2000, 2101)
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")


class Range(NamedTuple):
    """From one moment to another."""

    start: datetime
    end: datetime


def weekday(day: date) -> str:
    """Return a day's weekday as people in Vietnam call it."""
    return WEEKDAYS[day.weekday()]


def day_in_words(day: date) -> str:
    """Return a day with its weekday.

    >>> day_in_words(date(2026, 12, 5))
    'Thứ Bảy 05/12/2026'
    """
    return f"{weekday(day)} {day:%d/%m/%Y}"


def in_words(moment: datetime) -> str:
    """Return a moment with its weekday.

    >>> in_words(datetime(2026, 12, 5, 9, 30, tzinfo=HO_CHI_MINH))
    'Thứ Bảy 05/12/2026, 09:30'
    """
    local = moment.astimezone(HO_CHI_MINH)
    return f"{day_in_words(local)}, {local:%H:%M}"


def range_in_words(start: datetime, end: datetime) -> str:
    """Return from when to when, with the weekdays.

    >>> nine = datetime(2026, 12, 5, 9, tzinfo=HO_CHI_MINH)
    >>> range_in_words(nine, nine + timedelta(hours=1))
    'Thứ Bảy 05/12/2026, 09:00–10:00'
    """
    last = end.astimezone(HO_CHI_MINH)
    same_day = last.date() == start.astimezone(HO_CHI_MINH).date()
    return f"{in_words(start)}–{last:%H:%M}" if same_day else f"{in_words(start)} – {in_words(end)}"


def iso(moment: datetime) -> str:
    """Return a moment as a text with its offset, to the second.

    >>> iso(datetime.fromisoformat("2026-12-31T17:00Z"))
    '2027-01-01T00:00:00+07:00'
    """
    return moment.astimezone(HO_CHI_MINH).isoformat(timespec="seconds")


def told(moment: datetime) -> dict[str, str]:
    """Return a moment as the model gets it."""
    return {"at": iso(moment), "inWords": in_words(moment)}


def stored(text: str) -> dict[str, str]:
    """Return the stored text of a moment as the model gets it."""
    return told(from_text(text))


def today(now: datetime) -> date:
    """Return the day that it is."""
    return now.astimezone(HO_CHI_MINH).date()


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins."""
    return datetime.combine(day, time(), HO_CHI_MINH)


def end_of(text: str) -> datetime:
    """Return the moment at which what a `Moment` stands for ends; a day is included."""
    end = moment_or_day(text)
    return end if isinstance(end, datetime) else midnight(end) + DAY


def day_of(text: str) -> date:
    """Return the day that a text stands for; raises ValueError for one that no calendar has."""
    return _known(date.fromisoformat, text)


def _as_given(read: Callable[[str], object]) -> AfterValidator:
    """Return what refuses the texts that cannot be read, and leaves the others as they are."""

    def check(text: str) -> str:
        read(text)
        return text

    return AfterValidator(check)


def moment_or_day(text: str) -> date | datetime:
    """Return the day or the moment that a `Moment` stands for; raises ValueError."""
    if len(text) <= len("2026-12-05"):
        return day_of(text)
    found = _known(datetime.fromisoformat, text)
    return found if found.tzinfo else found.replace(tzinfo=HO_CHI_MINH)


def _known[T: date](read: Callable[[str], T], text: str) -> T:
    try:
        found = read(text)
    except ValueError:
        raise ValueError("no day or time that there is: ask which is meant") from None
    if found.year not in _YEARS:
        raise ValueError(f"a year from {_YEARS.start} to {_YEARS.stop - 1}")
    return found


Moment = Annotated[
    str,
    _as_given(moment_or_day),
    Field(max_length=40, examples=["2026-12-05T09:00:00+07:00", "2026-12-05"]),
]
"""A day or a moment; without an offset it is in Ho Chi Minh City's time."""

Day = Annotated[str, _as_given(day_of), Field(max_length=10, examples=["2026-12-05"])]


class InRange(Arguments):
    """What is asked for of a time."""

    start: Annotated[
        Moment,
        Field(description="From when. A day begins at 00:00. Without an offset: Ho Chi Minh City's time."),
    ]
    end: Annotated[
        Moment,
        Field(description="Until when; a day given alone is included. At most 40 days after the start."),
    ]


def range_of(asked: InRange) -> Range:
    """Return the range that is asked for; raises ToolError when it ends before it begins, or is too long."""
    start = moment_or_day(asked.start)
    first, last = start if isinstance(start, datetime) else midnight(start), end_of(asked.end)
    if last <= first:
        raise ToolError("The range ends before it begins: check the two times, or ask which are meant.")
    if last - first > MAX_RANGE:
        raise ToolError(f"The range has more than {MAX_RANGE.days} days: ask for a part of it.")
    return Range(first, last)
