"""What stored events report, read by the code as it is now."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from larkbridge.errors import NotFoundError
from larkbridge.processors.subscriber import Incoming, UnprocessableEventError
from larkbridge.store.entities import Report
from larkbridge.store.events import EventStore


def reports_of[E: Mapping[str, Any]](
    events: EventStore, read: Callable[[Incoming], Report[E]]
) -> Callable[[str], Report[E] | None]:
    """Return what says by its id what a stored event reports, None when it is no longer there to say so.

    Parameters
    ----------
    read
        Returns what an event reports. Pure; raises UnprocessableEventError.
    """

    def report_of(event_id: str) -> Report[E] | None:
        event = events.get(event_id)
        if event is None:
            return None
        try:
            event = events.with_payload(event)
            return read(Incoming(event, json.loads(event.payload)))
        except (NotFoundError, UnprocessableEventError):
            return None

    return report_of
