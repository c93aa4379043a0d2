"""Time that only tests move."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)


class SimulatedClock:
    """A `larkbridge.clock.Clock` on which sleeping is instant, unless a `sleeper` does it instead."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self.sleeper: Callable[[float], None] | None = None

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        if self.sleeper:
            self.sleeper(seconds)
        else:
            self._now += timedelta(seconds=seconds)

    def advance(self, **amount: float) -> None:
        """Move on, by `timedelta`'s keywords."""
        self.sleep(timedelta(**amount).total_seconds())

    def move_to(self, moment: datetime) -> None:
        """Move on to a moment, unless it is over."""
        self._now = max(self._now, moment)

    def timestamp(self) -> float:
        """Return unix seconds, the form that the simulators take."""
        return self._now.timestamp()


class EndingClock:
    """A clock on which something comes to its end when somebody waits for the first time."""

    def __init__(self, clock: SimulatedClock, end: Callable[[], object]) -> None:
        self._clock = clock
        self._end = end
        self.ended = False

    def now(self) -> datetime:
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)
        if not self.ended:
            self.ended = True
            self._end()
