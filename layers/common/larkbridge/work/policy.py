"""How a kind of work is attempted: every number that a reader could ask for."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

MAX_WAIT = timedelta(hours=48)
"""Between two attempts, also where the other side asks for more."""
WAITS = tuple(min(timedelta(minutes=1) * 2.5**number, MAX_WAIT) for number in range(11))
"""12 attempts over about 3 days: 2.9 days on average, and never 6."""
REFUSAL_WAITS = (timedelta(minutes=2), timedelta(minutes=12), timedelta(minutes=40))
"""4 attempts within an hour, and the last one when a deploy of some minutes is over."""


class Policy(NamedTuple):
    """How one kind of work is attempted.

    Parameters
    ----------
    noun, plural
        Name the work in logs and in metrics.
    head_start
        So long after it was stored nobody but whoever is to make the first attempt takes it up.
    lease
        Longer than any function that makes an attempt can live, so that nobody acts under one that lapsed.
    margin
        What one attempt may take when everything is at its slowest; none is started with less time left.
    attempts
        In one round; an admin's retry begins another.
    waits
        After each attempt that failed a wait is drawn evenly between nothing and one of these, so that a
        backlog spreads out; the last one is that of all further attempts.
    refusal_waits
        After each refusal in a row a wait is drawn evenly between half of one of these and the whole. A
        refusal after the last one is believed.
    throttled_for
        For so long the other side may say "too fast" and nothing else before the work is given up.
    deadline
        So long after the work came up nothing but a first attempt is made; None: it is never too late.
    token_window
        For how long the other side remembers the idempotency token; None: for ever.
    retention
        For how long work is kept; None: for ever.
    discarded_for
        For so long what a person has discarded can be restored.
    kept_from
        Whether `retention` counts from when it is done or given up, or from when it was stored.
    """

    noun: str
    plural: str
    head_start: timedelta = timedelta(minutes=1)
    lease: timedelta = timedelta(seconds=90)
    margin: timedelta = timedelta(seconds=25)
    attempts: int = 12
    waits: Sequence[timedelta] = WAITS
    refusal_waits: Sequence[timedelta] = REFUSAL_WAITS
    throttled_for: timedelta = timedelta(days=7)
    deadline: timedelta | None = None
    token_window: timedelta | None = None
    retention: timedelta | None = None
    discarded_for: timedelta = timedelta(days=30)
    kept_from: Literal["end", "start"] = "end"


EVENT = Policy(
    noun="event",
    plural="Events",
    margin=timedelta(seconds=30),
    retention=timedelta(days=30),
    kept_from="start",
)
