"""Times as an action that waits keeps them: moments or whole days, as texts."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from larkbridge.agent.tools.local_time import iso, moment_or_day

type Time = datetime | date


def times_of(start: str, end: str) -> tuple[Time, Time]:
    """Return two moments, or two whole days."""
    return moment_or_day(start), moment_or_day(end)


def frozen_time(when: Time) -> str:
    """Return the text of a moment or a day, which `moment_or_day` reads."""
    return iso(when) if isinstance(when, datetime) else when.isoformat()


def frozen_times(start: Time, end: Time) -> dict[str, str]:
    """Return begin and end as they are kept, each time in one form alone."""
    return {"start": frozen_time(start), "end": frozen_time(end)}


def thawed_times(frozen: Mapping[str, Any]) -> tuple[Time, Time]:
    """Return begin and end."""
    return times_of(frozen["start"], frozen["end"])
