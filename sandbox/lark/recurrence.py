"""When an event that repeats takes place.

Source: RFC 5545, 3.3.10, of which the parts FREQ (daily, weekly, monthly), INTERVAL, COUNT, UNTIL and BYDAY
are read; a rule with any other part is refused. The clock time stays the same in the event's own zone.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY"})


@dataclass(frozen=True, slots=True)
class Rule:
    """How often something happens; `until` is the last moment, `count` how many there are at most."""

    frequency: str
    interval: int
    count: int | None
    until: float | None
    days: tuple[int, ...]


def parsed_rule(text: str) -> Rule:
    """Return a rule such as ``FREQ=WEEKLY;BYDAY=TU``; raises ValueError for any other text."""
    parts = dict(part.split("=", 1) for part in text.removeprefix("RRULE:").split(";"))
    if parts.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY") or not parts.keys() <= _PARTS:
        raise ValueError("the rule is not simulated")
    return Rule(
        parts["FREQ"],
        max(1, int(parts.get("INTERVAL", "1"))),
        int(parts["COUNT"]) if "COUNT" in parts else None,
        _moment(parts["UNTIL"]) if "UNTIL" in parts else None,
        tuple(sorted(DAYS.index(day) for day in parts["BYDAY"].split(","))) if "BYDAY" in parts else (),
    )


def starts(rule: Rule, first: datetime) -> Iterator[datetime]:
    """Yield every moment at which it happens, in order, from the first; without end if the rule has none."""
    for number, start in enumerate(_candidates(rule, first)):
        if rule.count is not None and number >= rule.count:
            return
        if rule.until is not None and start.timestamp() > rule.until:
            return
        yield start


def first_start(event: Mapping[str, Any]) -> datetime:
    """Return when an event takes place first, in its own zone; a whole day begins at midnight in UTC."""
    start = event["start_time"]
    if "date" in start:
        return datetime.fromisoformat(start["date"]).replace(tzinfo=UTC)
    return datetime.fromtimestamp(float(start["timestamp"]), ZoneInfo(start["timezone"]))


def _candidates(rule: Rule, first: datetime) -> Iterator[datetime]:
    if rule.frequency == "MONTHLY":
        yield from _months(rule, first)
        return
    step = timedelta(days=rule.interval * (7 if rule.frequency == "WEEKLY" else 1))
    week = first - timedelta(days=first.weekday())
    for number in itertools.count():
        if rule.frequency == "WEEKLY" and rule.days:
            days = (week + number * step + timedelta(days=day) for day in rule.days)
            yield from (day for day in days if day >= first)
        else:
            yield first + number * step


def _months(rule: Rule, first: datetime) -> Iterator[datetime]:
    for number in itertools.count(step=rule.interval):
        years, month = divmod(first.month - 1 + number, 12)
        try:
            yield first.replace(year=first.year + years, month=month + 1)
        except ValueError:
            # The month has no such day.
            continue


def _moment(text: str) -> float:
    pattern = "%Y%m%dT%H%M%SZ" if "T" in text else "%Y%m%d"
    return datetime.strptime(text, pattern).replace(tzinfo=UTC).timestamp()
