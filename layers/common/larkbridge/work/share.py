"""How processes that share no memory share one destination's rate: the clock divides it.

While a drain holds its destination's lease, it alone sends in the first 2 of every 5 seconds (of unix time).
So a backlog gets on, however many first attempts there are.
"""

import math
from datetime import UTC, datetime

_ROUND = 5
_DRAINS = 2


def drains_part(now: datetime) -> bool:
    """Return whether `now` lies in the drain's part of the clock."""
    return math.floor(now.timestamp()) % _ROUND < _DRAINS


def others_turn(now: datetime) -> datetime:
    """Return the earliest moment, now or later, that lies outside the drain's part."""
    if not drains_part(now):
        return now
    second = math.floor(now.timestamp())
    return datetime.fromtimestamp(second - second % _ROUND + _DRAINS, UTC)


def drains_turn(now: datetime) -> datetime:
    """Return the earliest moment, now or later, that lies in the drain's part."""
    if drains_part(now):
        return now
    second = math.floor(now.timestamp())
    return datetime.fromtimestamp(second - second % _ROUND + _ROUND, UTC)
