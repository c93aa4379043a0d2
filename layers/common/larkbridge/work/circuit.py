"""The circuit breaker: nothing hammers a destination that is down, neither a backlog nor a first attempt.

Closed until 5 failures in a row, then open for 1 min, 2 min, 4 min ... at most 15 min. When that time is
over one request is let through: its success closes the circuit, its failure opens it for longer. An answer
that says "too fast" is neither: it pauses for as long as it asks, at most 15 min.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from larkbridge.clock import Clock, from_text, to_text
from larkbridge.store.destinations import Destination, DestinationStore
from larkbridge.work.outcome import Outcome, Verdict

MAX_FAILURES = 5
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(minutes=15)
_FIRST_THROTTLE_PAUSE = timedelta(seconds=0.25)


def is_open(state: Destination, now: datetime) -> bool:
    """Return whether the destination is taken for down now."""
    return state.open_until is not None and now < from_text(state.open_until)


def is_closed_off(state: Destination, now: datetime) -> bool:
    """Return whether nothing may be sent now: it is taken for down, or it has asked for a pause."""
    return now < from_text(not_before(state, now))


def not_before(state: Destination, now: datetime) -> str:
    """Return the moment, now or later, from which something may be sent."""
    return max(to_text(now), state.open_until or "", state.paused_until or "")


def observe(state: Destination, outcome: Outcome, now: datetime) -> Destination:
    """Return the state after one more answer.

    A rejection or a refusal is an answer too: the destination is up. So is "too fast", which asks for a
    pause and says nothing about the failures before it.
    """
    if outcome.throttled or outcome.quota_used_up:
        wait = min(_pause(state, outcome), _LONGEST_PAUSE)
        return replace(state, throttles=state.throttles + 1, paused_until=to_text(now + wait))
    state = replace(state, throttles=0)
    if outcome.refused or outcome.verdict not in (Verdict.RETRY, Verdict.UNKNOWN):
        return replace(state, failures=0, trips=0, open_until=None)
    failures = state.failures + 1
    if state.trips == 0 and failures < MAX_FAILURES:
        return replace(state, failures=failures, open_until=None)
    pause = min(_FIRST_PAUSE * 2 ** min(state.trips, 10), _LONGEST_PAUSE)
    return replace(state, failures=failures, trips=state.trips + 1, open_until=to_text(now + pause))


def _pause(state: Destination, outcome: Outcome) -> timedelta:
    """Return for how long to leave a destination alone: as it says, or longer each time it says nothing."""
    if outcome.quota_used_up:
        return _LONGEST_PAUSE
    if outcome.retry_after:
        return timedelta(seconds=min(outcome.retry_after, _LONGEST_PAUSE.total_seconds()))
    return _FIRST_THROTTLE_PAUSE * 2 ** min(state.throttles, 10)


KNOWN_FOR = timedelta(seconds=10)
"""So old may what is known of a destination be."""


class KnownStates:
    """Reads destinations' states, however often they are asked for."""

    def __init__(self, destinations: DestinationStore, clock: Clock) -> None:
        self._destinations = destinations
        self._clock = clock
        self._known: dict[str, tuple[datetime, Destination]] = {}

    def get(self, name: str) -> Destination:
        """Return a destination's state of now or some seconds ago; one request, or none.

        Raises
        ------
        AwsUnavailableError
            When it is not known and cannot be read.
        """
        now = self._clock.now()
        self._known = {key: known for key, known in self._known.items() if now < known[0] + KNOWN_FOR}
        if name not in self._known:
            self._known[name] = now, self._destinations.get(name)
        return self._known[name][1]
