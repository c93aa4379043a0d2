"""For how long an answer asks to be left alone: seconds or a date (RFC 9110, 10.2.3)."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 48 * 3600.0
"""Seconds: nobody who asks for more is believed."""

_SECONDS = re.compile(r"\d+(\.\d+)?", re.ASCII)


def wait_asked_for(headers: Mapping[str, str], *names: str, now: datetime) -> float | None:
    """Return the whole seconds that the first readable one of these headers asks to wait, 48 hours at most.

    A date counts from the answer's own `Date`, by the sender's clock, and from `now` where there is none.
    """
    for name in names:
        value = headers.get(name, "").strip()
        seconds = _number_of(value) if _SECONDS.fullmatch(value) else _until(value, headers, now)
        if seconds is not None:
            return float(min(math.ceil(max(seconds, 0.0)), LONGEST_WAIT))
    return None


def _number_of(value: str) -> float:
    return min(float(value), LONGEST_WAIT)


def _until(value: str, headers: Mapping[str, str], now: datetime) -> float | None:
    moment = _http_date(value)
    return None if moment is None else (moment - (_http_date(headers.get("date", "")) or now)).total_seconds()


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
