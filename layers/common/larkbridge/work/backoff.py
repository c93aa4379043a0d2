"""When to try again: exponential with full jitter, 12 attempts over about 3 days.

The ceilings of the 11 waits are 1 min x 2.5^n, at most 48 h. A wait is drawn evenly between zero and its
ceiling, so that a backlog spreads out: on average the 12 attempts take 2.9 days, and never 6.

What the other side refuses is attempted 4 times within an hour: each wait is at least half its ceiling, so
that a deploy of some minutes is over before the last one.
"""

import random
from datetime import timedelta

_FIRST_CEILING = timedelta(minutes=1)
_FACTOR = 2.5
_CEILING = timedelta(hours=48)
_REFUSAL_CEILINGS = (timedelta(minutes=2), timedelta(minutes=12), timedelta(minutes=40))


def ceiling(attempt: int) -> timedelta:
    """Return the longest wait after the `attempt`-th attempt (from 1)."""
    return min(_FIRST_CEILING * _FACTOR ** (attempt - 1), _CEILING)


def delay(attempt: int, at_least: float | None, rng: random.Random) -> timedelta:
    """Return the wait after the `attempt`-th attempt.

    Parameters
    ----------
    at_least
        Seconds the other side asked for; honoured up to 48 h.
    """
    return max(ceiling(attempt) * rng.random(), timedelta(seconds=capped(at_least or 0)))


def refusal_delay(refusal: int, at_least: float | None, rng: random.Random) -> timedelta | None:
    """Return the wait after the `refusal`-th refusal in a row (from 1), None when it is to be believed."""
    if refusal > len(_REFUSAL_CEILINGS):
        return None
    wait = _REFUSAL_CEILINGS[refusal - 1] * (1 + rng.random()) / 2
    return max(wait, timedelta(seconds=capped(at_least or 0)))


def capped(seconds: float) -> float:
    """Return what is honoured of a wait that the other side asked for."""
    return min(seconds, _CEILING.total_seconds())
