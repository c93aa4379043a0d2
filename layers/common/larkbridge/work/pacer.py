"""Keeps a run below a destination's published rate, whatever the network does to the spacing."""

from collections import deque
from datetime import datetime, timedelta

WINDOW = timedelta(seconds=1.05)
"""One second, and something for the difference between two clocks."""


class Pacer:
    """Says when the next request of a run may start.

    A request reaches the other side between its start and its end. So with at most `per_second` requests
    between the end of one and the start of a later one that is a window away, no second can see more.

    Parameters
    ----------
    last_ended
        When the last request of an earlier run ended; a whole window passes after it.
    """

    def __init__(self, per_second: int, last_ended: datetime | None) -> None:
        self._interval = timedelta(seconds=1 / per_second)
        self._ends: deque[datetime] = deque(maxlen=per_second)
        self._not_before = last_ended + WINDOW if last_ended else None

    def next_turn(self, now: datetime) -> datetime:
        """Return the earliest moment, now or later, at which a request may start."""
        turns = [now]
        if self._not_before:
            turns.append(self._not_before)
        if len(self._ends) == self._ends.maxlen:
            turns.append(self._ends[0] + WINDOW)
        return max(turns)

    def note(self, started: datetime, ended: datetime) -> None:
        """Take note of a request."""
        self._not_before = started + self._interval
        self._ends.append(ended)
