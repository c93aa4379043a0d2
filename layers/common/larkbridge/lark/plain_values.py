"""Plain JSON values of a table's fields: which fit, and the one form of those that mean the same.

The limits are Lark's (open platform documentation, "Base record data structure").
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

from larkbridge.clock import to_text
from larkbridge.text import storable

type Json = str | int | float | bool | list[Json] | dict[str, Json] | None

MAX_TEXT = 100_000
MAX_PHONE = 64
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
VIETNAM = timezone(timedelta(hours=7))

_EXACT = 2**53
"""Lark's numbers are 64-bit floats: whole ones are exact below this."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_PHONE = re.compile(r"\+?\d*", re.ASCII)
_DEGREES = re.compile(r"-?\d{1,3}(\.\d{1,20})?", re.ASCII)


class ValueMismatchError(Exception):
    """A value does not fit a field's type; the text says how, without quoting the value."""


def text(value: Any) -> str | None:
    """Return a text, None for an empty one."""
    if not isinstance(value, str):
        raise ValueMismatchError("not a text")
    return storable(value) or None


def limited_text(value: Any) -> str | None:
    """Return a text that a cell can hold."""
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise ValueMismatchError(f"longer than {MAX_TEXT:,} characters")
    return text(value)


def number(value: Any) -> int | float:
    """Return a number as a 64-bit float has it, a whole one as int."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueMismatchError("not a number")
    try:
        given = float(value)
    except OverflowError:
        given = math.inf
    if not math.isfinite(given):
        raise ValueMismatchError("not a finite number")
    return int(given) if given.is_integer() and abs(given) < _EXACT else given


def moment(value: Any) -> str:
    """Return a moment as `to_text` writes it; a date is the midnight, in Vietnam, with which it begins."""
    if not isinstance(value, str):
        raise ValueMismatchError("not a text")
    try:
        if _DATE.fullmatch(value):
            given = datetime.combine(date.fromisoformat(value), time(tzinfo=VIETNAM))
        else:
            given = datetime.fromisoformat(value)
        if given.tzinfo is None:
            raise ValueMismatchError("a time without its offset from UTC")
        return to_text(given)
    except (ValueError, OverflowError):
        raise ValueMismatchError("neither a date nor a date and time of ISO 8601") from None


def flag(value: Any) -> bool:
    """Return what is true or false."""
    if not isinstance(value, bool):
        raise ValueMismatchError("neither true nor false")
    return value


def phone(value: Any) -> str | None:
    """Return a phone number, None for an empty one."""
    if not isinstance(value, str) or not _PHONE.fullmatch(value) or len(value) > MAX_PHONE:
        raise ValueMismatchError(f"not up to {MAX_PHONE} digits, with + before them or without")
    return value or None


def link(value: Any) -> Json:
    """Return a link and its text, which is the link itself unless given."""
    given = fields(value)
    if given.keys() - {"text", "link"}:
        raise ValueMismatchError("has more than text and link")
    target = text(given.get("link"))
    if target is None:
        raise ValueMismatchError("the link is empty")
    return {"text": text(given.get("text") or target), "link": target}


def attachments(limit: int) -> Callable[[Any], Json]:
    """Return what checks up to `limit` files, of each of which only the token is kept."""
    tokens = texts(limit)

    def check(value: Any) -> Json:
        given = tokens([fields(file).get("fileToken") for file in items(value)])
        return [{"fileToken": token} for token in given] if given else None

    return check


def place(value: Any) -> Json:
    """Return a location, of which only the coordinates are kept."""
    coordinates = fields(value).get("location")
    degrees = coordinates.replace(" ", "").split(",") if isinstance(coordinates, str) else []
    if len(degrees) != 2 or not all(map(_DEGREES.fullmatch, degrees)):
        raise ValueMismatchError("the location is not longitude,latitude in degrees")
    longitude, latitude = map(float, degrees)
    if abs(longitude) > 180 or abs(latitude) > 90:
        raise ValueMismatchError("the location is not on the globe")
    return {"location": ",".join(degrees)}


def texts(limit: int) -> Callable[[Any], list[Json] | None]:
    """Return what checks up to `limit` texts, each of which is kept once."""

    def check(value: Any) -> list[Json] | None:
        if len(items(value)) > limit:
            raise ValueMismatchError(f"more than {limit:,}")
        return unique(value)

    return check


def unique(values: list[Any]) -> list[Json] | None:
    """Return texts without repetition, None for no text at all."""
    if not all(isinstance(value, str) and value for value in values):
        raise ValueMismatchError("not a list of texts that are not empty")
    return list(dict.fromkeys(map(storable, values))) or None


def fields(value: Any) -> dict[str, Any]:
    """Return what is an object."""
    if not isinstance(value, dict):
        raise ValueMismatchError("not an object")
    return value


def items(value: Any) -> list[Any]:
    """Return what is a list."""
    if not isinstance(value, list):
        raise ValueMismatchError("not a list")
    return value
