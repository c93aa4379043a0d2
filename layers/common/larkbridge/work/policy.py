"""How a kind of work is attempted: every number that a reader could ask for."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
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
