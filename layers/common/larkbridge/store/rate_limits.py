"""The RateLimits table: how often something happened in the current window, counted in DynamoDB.

Keys: `limitId` (the limit's name and its window's start). TTL on `expiresAt` tidies up.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from larkbridge.clock import from_text, to_text
from larkbridge.errors import TooManyRequestsError
from larkbridge.store.codec import Record
from larkbridge.store.table import Action, Table


class Limit(NamedTuple):
    """At most `hits`, one or more, in each window of `seconds`; `name` says of whom and of what."""

    name: str
    hits: int
    seconds: int = 60


class Earlier(NamedTuple):
    """The hits of a window so far, when the last one was, and what was remembered."""

    hits: int
    last_at: datetime | None
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
        counted = self._counted(limit, wanted, now, {})
        before = self._table.update(counted)["hits"] - wanted
        return max(0, min(wanted, limit.hits - before))

    def count(self, limit: Limit, now: datetime, remember: tuple[str, str] | None = None) -> Earlier:
        """Count one hit and return those before it, whatever the limit; one request.

        Parameters
        ----------
        remember
            A name and a value that stays until the window ends, unless the name has one.
        """
        fill = dict([remember]) if remember else {}
        before = self._table.update_over(self._counted(limit, 1, now, {"lastAt": to_text(now)}, fill))
        last, remembered = before.get("lastAt"), before.get(remember[0], "") if remember else ""
        return Earlier(before.get("hits", 0), last and from_text(last), remembered)

    def _counted(
        self, limit: Limit, hits: int, now: datetime, also: Record, fill: Record | None = None
    ) -> Action:
        window = _window(limit, now)
        changes = {"expiresAt": _expiry(limit, window), **also}
        key = {"limitId": f"{limit.name}#{window}"}
        return self._table.update_action(key, changes, add={"hits": hits}, fill=fill)

    def _hit(self, limit: Limit, now: datetime) -> Action:
        window = _window(limit, now)
        return self._table.update_action(
            {"limitId": f"{limit.name}#{window}"},
            {"expiresAt": _expiry(limit, window)},
            add={"hits": 1},
            condition="attribute_not_exists(hits) OR hits < :most",
            values={":most": limit.hits},
        )


def _window(limit: Limit, now: datetime) -> int:
    """Return when the window began that `now` is in, in unix seconds."""
    return int(now.timestamp()) // limit.seconds * limit.seconds


def _expiry(limit: Limit, window: int) -> int:
    return window + 10 * limit.seconds


def exceeded(limit: Limit, now: datetime, message: str = "too many requests") -> TooManyRequestsError:
    """Return the error for whoever is over a limit; it passes when the window ends."""
    left = limit.seconds - now.timestamp() % limit.seconds
    return TooManyRequestsError(message, retry_after=math.ceil(left))
