"""Dates as people type them: three fields, or one text in Vietnamese or English."""

import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from pydantic_core import PydanticCustomError

from larkbridge.pages.questions import DATE_PARTS
from larkbridge.text import plain

_MONTHS = (
    ("một", "mot", "january"),
    ("hai", "february"),
    ("ba", "march"),
    ("tư", "tu", "bốn", "bon", "april"),
    ("năm", "nam", "may"),
    ("sáu", "sau", "june"),
    ("bảy", "bẩy", "bay", "july"),
    ("tám", "tam", "august"),
    ("chín", "chin", "september"),
    ("mười", "muoi", "october"),
    ("mười một", "muoi mot", "november"),
    ("mười hai", "muoi hai", "december"),
)
"""What each month is called: in Vietnamese after "tháng" only, where the first and the last of the lunar year
have names of their own that say nothing here."""

_THANG = r"(?:tháng|thang|thg|th|t)\b[\s.]*|(?:tháng|thang|thg|th|t)(?=\d)"
_GAP = r"[\s/.,-]+"
_ENDING = "(?:st|nd|rd|th)?"
_YEAR = r"(?:(?:năm|nam)\s*)?(?P<year>\d+)"
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}}){_GAP}(?P<month>\d{{1,2}}){_GAP}(?P<day>\d{{1,2}})", re.ASCII)
_DAY_FIRST = re.compile(
    rf"(?:(?:ngày|ngay)\s*)?(?P<day>\d{{1,2}}){_ENDING}(?:{_GAP}(?=\S)|(?=[^\W\d_]))(?:of\s+)?"
    rf"(?P<month>(?:{_THANG})?(?:\d{{1,2}}|[^\W\d_]+(?:\s[^\W\d_]+)??)){_GAP}{_YEAR}"
)
_MONTH_FIRST = re.compile(
    rf"(?P<month>[a-z]{{3,9}}){_GAP}(?P<day>\d{{1,2}}){_ENDING}{_GAP}(?P<year>\d+)", re.ASCII
)
_PREFIX = re.compile(rf"({_THANG})?(.*)")
_WEEKDAY = re.compile(
    r"(?:thứ \w+|chủ nhật|cn|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)\b[\s.,]+"
)
_LONGEST = 100


class TypedDate(NamedTuple):
    """The parts of a date as they were typed."""

    day: str
    month: str
    year: str

    def iso(self) -> str | PydanticCustomError:
        """Return the date as YYYY-MM-DD, or what is wrong with it."""
        month = _month(self.month)
        if not (month and _is_number(self.day, 2) and _is_number(self.year, 4)):
            return PydanticCustomError("typed_date", "not a date")
        if len(self.year) == 2:
            return PydanticCustomError("short_year", "a year of two digits")
        try:
            return date(int(self.year), month, int(self.day)).isoformat()
        except ValueError:
            return PydanticCustomError("no_such_day", "no such day")


def typed_date(text: str) -> str | PydanticCustomError:
    """Return a date that was typed in one piece as YYYY-MM-DD, or what is wrong with it."""
    written = _normal(text)
    if weekday := _WEEKDAY.match(written):
        written = written[weekday.end() :]
    for way in (_YEAR_FIRST, _DAY_FIRST, _MONTH_FIRST):
        if found := way.fullmatch(written):
            return TypedDate(found["day"], found["month"], found["year"]).iso()
    return PydanticCustomError("typed_date", "not a date")


def joined_date(parts: Mapping[str, str]) -> str | PydanticCustomError:
    """Return the date of three fields, "" if all of them are empty; one may have the whole date.

    Parameters
    ----------
    parts
        What was typed for each of `DATE_PARTS`.
    """
    typed = TypedDate(*(_normal(parts.get(part, "")) for part in DATE_PARTS))
    given = [text for text in typed if text]
    if not given:
        return ""
    if len(given) == 1 and not given[0].isdecimal():
        return typed_date(given[0])
    if len(given) < len(DATE_PARTS):
        return PydanticCustomError("part_of_date", "a part of the date is missing")
    return typed.iso()


def _normal(text: str) -> str:
    return " ".join(plain(text).casefold().split()) if len(text) <= _LONGEST else "…"


def _is_number(text: str, most_digits: int) -> bool:
    return text.isdecimal() and len(text) <= most_digits


def _month(text: str) -> int | None:
    """Return the number of a month that is written as number or name."""
    found = _PREFIX.fullmatch(text)
    prefix, name = found.groups() if found else ("", text)
    if _is_number(name, 2):
        return int(name) if 1 <= int(name) <= len(_MONTHS) else None
    for number, (*vietnamese, english) in enumerate(_MONTHS, start=1):
        if (prefix and name in vietnamese) or (
            not prefix and len(name) >= 3 and english.startswith(name.rstrip("."))
        ):
            return number
    return None
