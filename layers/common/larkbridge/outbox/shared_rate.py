"""One destination's rate, shared by processes: what they start in each second is counted in DynamoDB."""

from datetime import datetime, timedelta

from larkbridge.store.rate_limits import Limit, RateLimitStore


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
