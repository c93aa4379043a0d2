"""The RateLimits table: how often something happened in the current window, counted in DynamoDB.

Keys: `limitId` (the limit's name and its window's start). TTL on `expiresAt` tidies up.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from larkbridge.errors import TooManyRequestsError
from larkbridge.store.table import Action, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `hits`, one or more, in each window of `seconds`; `name` says of whom and of what."""

    name: str
    hits: int
    seconds: int = 60


class RateLimitStore:
    """Counts hits as parts of a transaction, so that only what is accepted counts."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def actions(self, limits: Sequence[Limit], now: datetime) -> list[Action]:
        """Return the writes that count one hit for each limit and fail where it is used up."""
        return [self._hit(limit, int(now.timestamp()) // limit.seconds * limit.seconds) for limit in limits]

    def _hit(self, limit: Limit, window: int) -> Action:
        return self._table.update_action(
            {"limitId": f"{limit.name}#{window}"},
            {"expiresAt": window + 10 * limit.seconds},
            add={"hits": 1},
            condition="attribute_not_exists(hits) OR hits < :most",
            values={":most": limit.hits},
        )


def exceeded(limit: Limit, now: datetime) -> TooManyRequestsError:
    """Return the error for whoever is over a limit; it passes when the window ends."""
    left = limit.seconds - now.timestamp() % limit.seconds
    return TooManyRequestsError("too many requests", retry_after=math.ceil(left))
