"""The states of destinations as one process knows them: each is read once in 10 seconds at most."""

from datetime import datetime, timedelta

from larkbridge.clock import Clock
from larkbridge.store.destinations import Destination, DestinationStore

_KNOWN_FOR = timedelta(seconds=10)


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
        self._known = {one: known for one, known in self._known.items() if now < known[0] + _KNOWN_FOR}
        if name not in self._known:
            self._known[name] = now, self._destinations.get(name)
        return self._known[name][1]
