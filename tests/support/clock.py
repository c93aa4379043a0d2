"""Time that only tests move."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)


class SimulatedClock:
    """A `larkbridge.clock.Clock` on which sleeping is instant."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def advance(self, **amount: float) -> None:
        """Move on, by `timedelta`'s keywords."""
        self._now += timedelta(**amount)

    def timestamp(self) -> float:
        """Return unix seconds, the form that the simulators take."""
        return self._now.timestamp()
