"""Whether a first attempt at something may be made by whoever stores it."""

from datetime import datetime

from larkbridge.clock import to_text
from larkbridge.errors import AwsUnavailableError
from larkbridge.observability import logger
from larkbridge.outbox import breaker, share
from larkbridge.outbox.known_states import KnownStates


class Gate:
    """Knows when first attempts to one destination are held back; what it knows is up to 10 seconds old."""

    def __init__(self, states: KnownStates, destination: str) -> None:
        self._states = states
        self._destination = destination

    def held_back(self, now: datetime) -> str | None:
        """Return why nothing may be sent now, None when it may; also when that cannot be found out."""
        try:
            state = self._states.get(self._destination)
        except AwsUnavailableError as error:
            logger.warning("destination's state not known", reason=error.message)
            return None
        if breaker.is_open(state, now):
            return "circuit_open"
        is_drained = state.lease_until is not None and to_text(now) < state.lease_until
        if breaker.is_closed_off(state, now) or (is_drained and share.drains_part(now)):
            return "rate_shared"
        return None
