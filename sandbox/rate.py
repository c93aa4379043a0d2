"""Rate limits as a service counts them."""

RATE_WINDOW_SECONDS = 1.0


class RateWindow:
    """At most `limit` acceptances in any sliding second; what is refused does not count."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._times: list[float] = []

    def is_full(self, now: float) -> bool:
        """Say whether one more acceptance now would exceed the limit."""
        self._times = [time for time in self._times if time <= now < time + RATE_WINDOW_SECONDS]
        return len(self._times) >= self._limit

    def add(self, now: float) -> None:
        """Count one acceptance."""
        self._times.append(now)
