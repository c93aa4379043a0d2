"""When the next first attempt at a destination may start: below its rate, and beside its drain."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from larkbridge.store.deliveries import Delivery
from larkbridge.store.rate_limits import Limit, RateLimitStore
from larkbridge.work.pacer import WINDOW
from larkbridge.work.share import others_turn


class Turns:
    """Says when the next request may start while others are under way.

    A request reaches the other side between its start and its end. So with at most `per_second` requests
    that are under way or ended less than a window ago, no second can see more.
    """

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._under_way = 0
        self._ends: deque[datetime] = deque(maxlen=per_second)

    def next_turn(self, now: datetime) -> datetime | None:
        """Return the earliest moment, now or later, for a start; None: not before one of them has ended."""
        room = self._per_second - self._under_way
        if room <= 0:
            return None
        if len(self._ends) < room:
            return now
        return max(now, self._ends[-room] + WINDOW)

    def start(self) -> None:
        """Take note of a request that starts."""
        self._under_way += 1

    def end(self, now: datetime) -> None:
        """Take note of the end of one, not before its time."""
        self._under_way -= 1
        self._ends.append(now)

    def is_idle(self, now: datetime) -> bool:
        """Return whether nothing of the past holds the next request up."""
        return not self._under_way and (not self._ends or self._ends[-1] + WINDOW <= now)


class SharedRate:
    """One process's part in a destination's rate.

    The stream of a table that takes many writes has several shards, and each has a process of its own.
    """

    def __init__(self, limits: RateLimitStore, destination: str, per_second: int) -> None:
        self._limits = limits
        self._limit = Limit(name=f"send:{destination}", hits=per_second, seconds=1)
        self._second: datetime | None = None
        self._left = 0

    def take(self, wanted: int, now: datetime) -> datetime | None:
        """Take one start in this second; one request for the first of a second.

        Parameters
        ----------
        wanted
            How many starts this second could have, one or more.

        Returns
        -------
        datetime or None
            When to ask again, if the others have taken what there is; None: it may start.

        Raises
        ------
        AwsUnavailableError
            When it cannot be counted.
        """
        second = now.replace(microsecond=0)
        if second != self._second:
            self._left = self._limits.take(self._limit, min(wanted, self._limit.hits), now)
            self._second = second
        if not self._left:
            return second + timedelta(seconds=1)
        self._left -= 1
        return None


@dataclass(slots=True)
class Lane:
    """The deliveries of one batch to one destination.

    Parameters
    ----------
    drained_until
        So long a drain holds the destination, and a part of the clock is its own.
    not_before
        When the next attempt may start, going by the rate that is shared with other processes.
    longest
        What the slowest attempt of the batch took.
    too_fast
        Whether an attempt was too fast for the destination: the drain sends the rest.
    """

    turns: Turns
    rate: SharedRate
    drained_until: datetime | None
    not_before: datetime
    waiting: deque[Delivery] = field(default_factory=deque)
    longest: timedelta = timedelta(0)
    too_fast: bool = False

    def next_start(self, now: datetime) -> datetime | None:
        """Return when the next attempt may start; None: not before another has ended, or never."""
        turn = self.turns.next_turn(now) if self.waiting and not self.too_fast else None
        if turn is None:
            return None
        turn = max(turn, self.not_before)
        return others_turn(turn) if self.drained_until and turn < self.drained_until else turn
