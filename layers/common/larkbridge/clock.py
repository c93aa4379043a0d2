"""Time, as one injectable thing, and the one text form in which it is stored."""

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

HO_CHI_MINH = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Vietnam has kept UTC+7 without daylight saving since 1975; a Lambda need not have a zone database."""


class Clock(Protocol):
    """What the code needs of time; tests give it a simulated one."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def to_text(moment: datetime) -> str:
    """Return `moment` as ISO-8601 UTC with milliseconds, a form that sorts as time does.

    >>> to_text(datetime(2026, 11, 22, 5, 9, 1, 123456, UTC))
    '2026-11-22T05:09:01.123Z'
    """
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def from_text(text: str) -> datetime:
    """Return the moment that `to_text` wrote; raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment


def shown(moment: datetime) -> str:
    """Return `moment` as people in Vietnam write it, in their time.

    >>> shown(datetime(2026, 11, 22, 5, 9, tzinfo=UTC))
    '12:09, 22/11/2026'
    """
    local = moment.astimezone(HO_CHI_MINH)
    return f"{local:%H:%M}, {local.day}/{local.month}/{local.year}"
