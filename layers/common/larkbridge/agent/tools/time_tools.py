"""What time it is, and which day has which weekday: what the model may not reckon itself. No request."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from larkbridge.agent.tools.local_time import DAY, Day, day_in_words, day_of, in_words, iso, today, weekday
from larkbridge.agent.tools.tool import Arguments, Asker, Result, Tool

STRIP = 14
"""Days in a strip."""
_NEAR = {0: "hôm nay", 1: "ngày mai", 2: "ngày kia"}


class NoArguments(Arguments):
    """Nothing is asked for."""


class FromDay(Arguments):
    start: Annotated[Day | None, Field(description="The first day; today unless it is given.")] = None


def strip(now: datetime, start: date | None = None) -> list[dict[str, str]]:
    """Return 14 days with their weekdays, from today or another day on."""
    first = start or today(now)
    return [_shown(first + number * DAY, today(now)) for number in range(STRIP)]


def _shown(day: date, now: date) -> dict[str, str]:
    near = _NEAR.get((day - now) // DAY)
    return {"date": day.isoformat(), "weekday": weekday(day), "inWords": day_in_words(day)} | (
        {"is": near} if near else {}
    )


def _now(asker: Asker, _: NoArguments) -> Result:
    words: dict[str, Any] = {"now": iso(asker.now), "inWords": in_words(asker.now)}
    return Result(words | {"timezone": "Asia/Ho_Chi_Minh"})


def _strip(asker: Asker, asked: FromDay) -> Result:
    return Result({"days": strip(asker.now, day_of(asked.start) if asked.start else None)})


TIME_TOOLS = (
    Tool(
        name="now",
        description="What day and time it is now in Ho Chi Minh City, with the weekday.",
        arguments=NoArguments,
        run=_now,
    ),
    Tool(
        name="days",
        description=(
            f"{STRIP} days with their dates and weekdays, from today or a given day on. Use it to find the "
            "date of words such as 'thứ 7 này' or 'tuần sau', and the weekday of a date; never reckon these "
            "yourself."
        ),
        arguments=FromDay,
        run=_strip,
    ),
)
