"""Tables that are projections of events: each row says what the newest event about one thing reports.

A row is written by one request while events come in order. Otherwise, and whenever an event is processed
again, the stored events themselves decide: the one that wrote the row is read once more, by the code as it is
now. So a replay after a fix corrects the row, whatever the fix changes and in whatever order it is made.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise, permutations
from typing import Any, cast

from larkbridge.errors import AwsUnavailableError, NotFoundError
from larkbridge.processors.processor import Incoming, UnprocessableEventError
from larkbridge.store.entities import EntityStore, Row
from larkbridge.store.events import EventStore

MAX_TIED = 6
"""Of the events of one version, so many are kept in mind."""
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Report[E: Mapping[str, Any]]:
    """What one event says of one thing.

    `state` is the thing as the provider shows it; `previous` are those of its attributes that this event
    changed, as they were before, empty when the provider does not tell.
    """

    entity: E
    version: str
    state: Mapping[str, Any] = field(default_factory=dict)
    previous: Mapping[str, Any] = field(default_factory=dict)


class Projection[E: Mapping[str, Any]]:
    """Keeps one table.

    Guarantee: of the events that were processed the newest one's report is stored, whatever their order,
    and an event that is processed again writes nothing over what a newer one wrote.

    Parameters
    ----------
    read
        Returns what an event reports. Pure; raises UnprocessableEventError.
    """

    def __init__(
        self, store: EntityStore[E], events: EventStore, read: Callable[[Incoming], Report[E]]
    ) -> None:
        self._store = store
        self._events = events
        self._read = read

    def apply(self, incoming: Incoming) -> None:
        """Take an event's report in; one request, and a few more when the event is not simply the newest."""
        report, event = self._read(incoming), incoming.event
        first_attempt = event.attempt_count <= 1
        if first_attempt and self._store.put_newer(
            Row(_known(report.entity), report.version, event.event_id)
        ):
            return
        entity_id = self._store.id_of(report.entity)
        for _ in range(_TRIES):
            stored = self._store.row(entity_id)
            row = _newest(self._reports(stored, entity_id) | {event.event_id: report})
            if row == stored or self._store.replace(stored, row):
                return
        raise AwsUnavailableError("dynamodb put_item: too many conflicts")

    def _reports(self, stored: Row[E] | None, entity_id: str) -> dict[str, Report[E]]:
        """Return the reports that the stored row comes from, in their order."""
        if stored is None:
            return {}
        earlier = {event_id: self._report(event_id, entity_id) for event_id in stored.earlier}
        written = self._report(stored.event_id, entity_id) or Report(stored.entity, stored.version)
        known = {event_id: report for event_id, report in earlier.items() if report}
        return known | {stored.event_id: written}

    def _report(self, event_id: str, entity_id: str) -> Report[E] | None:
        """Return what a stored event reports on a thing, None when it is no longer there to say so."""
        event = self._events.get(event_id)
        if event is None:
            return None
        try:
            event = self._events.whole(event)
            report = self._read(Incoming(event, json.loads(event.payload)))
        except (NotFoundError, UnprocessableEventError):
            return None
        return report if self._store.id_of(report.entity) == entity_id else None


def _newest[E: Mapping[str, Any]](reports: Mapping[str, Report[E]]) -> Row[E]:
    """Return the row that follows from reports by their events' ids."""
    version = max(report.version for report in reports.values())
    tied = {event_id: report for event_id, report in reports.items() if report.version == version}
    *earlier, last = in_order(dict(list(tied.items())[-MAX_TIED:]))
    return Row(_known(tied[last].entity), version, last, tuple(earlier))


def in_order(reports: Mapping[str, Report[Any]]) -> list[str]:
    """Return the events of one version as they follow one another.

    Each one's `previous` must be part of the state before it; of several such orders the given one is
    preferred. Where there is none, what no other follows comes last, and then the greatest id.
    """
    for order in permutations(reports):
        if all(_follows(reports[later], reports[earlier]) for earlier, later in pairwise(order)):
            return list(order)

    def is_last(event_id: str) -> bool:
        return not any(_follows(other, reports[event_id]) for other in reports.values())

    return sorted(reports, key=lambda event_id: (is_last(event_id), event_id))


def _follows(later: Report[Any], earlier: Report[Any]) -> bool:
    return bool(later.previous) and _is_part(later.previous, earlier.state)


def _is_part(part: Any, whole: Any) -> bool:
    """Tell whether an object's members are in another one, at any depth; what is null may be absent."""
    if not (isinstance(part, Mapping) and isinstance(whole, Mapping)):
        return part == whole
    return all(_is_part(value, whole.get(name)) for name, value in part.items())


def _known[E: Mapping[str, Any]](entity: E) -> E:
    """Return an entity as it is stored, without what is not known."""
    return cast("E", {name: value for name, value in entity.items() if value is not None})
