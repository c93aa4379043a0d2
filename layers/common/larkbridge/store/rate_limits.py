"""The RateLimits table: how often something happened in the current window, counted in DynamoDB.

Keys: `limitId` (the limit's name and its window's start). TTL on `expiresAt` tidies up.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from larkbridge.errors import TooManyRequestsError
from larkbridge.store.codec import Record
from larkbridge.store.table import Action, Table


class Limit(NamedTuple):
    """At most `hits`, one or more, in each window of `seconds`; `name` says of whom and of what."""

    name: str
    hits: int
    seconds: int = 60


class Earlier(NamedTuple):
    """The hits of a window so far, when the last one was in unix seconds, and what was remembered."""

    hits: int
    last_at: float
    remembered: str = ""


class RateLimitStore:
    """Counts hits."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def actions(self, limits: Sequence[Limit], now: datetime) -> list[Action]:
        """Return the writes that count one hit for each limit and fail where it is used up.

        They are parts of a transaction, so that only what is accepted counts.
        """
        return [self._hit(limit, now) for limit in limits]

    def take(self, limit: Limit, wanted: int, now: datetime) -> int:
        """Count so many hits and return how many of them are within the limit; one request."""
        key, changes = _window(limit, now)
        counting = self._table.update_action(key, changes, add={"hits": wanted})
        before = self._table.update(counting)["hits"] - wanted
        return max(0, min(wanted, limit.hits - before))

    def count(self, limit: Limit, now: datetime, remember: tuple[str, str] | None = None) -> Earlier:
        """Count one hit and return those before it, whatever the limit; one request.

        Parameters
        ----------
        remember
            A name and a value that stays until the window ends, unless the name has one.
        """
        key, changes = _window(limit, now)
        counting = self._table.update_action(
            key,
            changes | {"lastAt": now.timestamp()},
            add={"hits": 1},
            fill=dict([remember]) if remember else None,
        )
        before = self._table.write(counting, read="before")
        remembered = before.get(remember[0], "") if remember else ""
        return Earlier(before.get("hits", 0), before.get("lastAt", 0), remembered)

    def _hit(self, limit: Limit, now: datetime) -> Action:
        key, changes = _window(limit, now)
        return self._table.update_action(
            key,
            changes,
            add={"hits": 1},
            condition="attribute_not_exists(hits) OR hits < :most",
            values={":most": limit.hits},
        )


def _window(limit: Limit, now: datetime) -> tuple[Record, Record]:
    """Return the key of the record of the window that `now` is in, and when that record expires."""
    began = int(now.timestamp()) // limit.seconds * limit.seconds
    return {"limitId": f"{limit.name}#{began}"}, {"expiresAt": began + 10 * limit.seconds}


def exceeded(limit: Limit, now: datetime, message: str = "too many requests") -> TooManyRequestsError:
    """Return the error for whoever is over a limit; it passes when the window ends."""
    left = limit.seconds - now.timestamp() % limit.seconds
    return TooManyRequestsError(message, retry_after=math.ceil(left))
