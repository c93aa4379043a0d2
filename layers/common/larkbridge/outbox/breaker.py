"""The circuit breaker: stops a backlog from hammering a destination that is down.

Closed until 5 failures in a row, then open for 1 min, 2 min, 4 min ... at most 15 min. When that time is
over one request is let through: its success closes the circuit, its failure opens it for longer.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from larkbridge.clock import from_text, to_text
from larkbridge.outcome import Verdict
from larkbridge.store.destinations import Destination

MAX_FAILURES = 5
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(minutes=15)


def is_open(state: Destination, now: datetime) -> bool:
    """Return whether nothing may be sent now."""
    return state.open_until is not None and now < from_text(state.open_until)


def observe(state: Destination, verdict: Verdict, now: datetime) -> Destination:
    """Return the state after one more answer. A rejection is an answer too: the destination is up."""
    if verdict not in (Verdict.RETRY, Verdict.UNKNOWN):
        return replace(state, failures=0, trips=0, open_until=None)
    failures = state.failures + 1
    if state.trips == 0 and failures < MAX_FAILURES:
        return replace(state, failures=failures, open_until=None)
    pause = min(_FIRST_PAUSE * 2 ** min(state.trips, 10), _LONGEST_PAUSE)
    return replace(state, failures=failures, trips=state.trips + 1, open_until=to_text(now + pause))


def pause(state: Destination, seconds: float, now: datetime) -> Destination:
    """Return the state of a destination that asked to be left alone for `seconds`; honoured up to 15 min."""
    until = now + min(timedelta(seconds=seconds), _LONGEST_PAUSE)
    return replace(state, open_until=max(to_text(until), state.open_until or ""))
