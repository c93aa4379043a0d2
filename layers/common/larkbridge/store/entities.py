"""Things that a provider reports on, in any order and more than once: what is stored is the newest report.

Each row has the report's version, the event that it came with (`eventId`) and, where others have the same
version, the events that come before it (`earlier`).

A row is written by one request while events come in order. Otherwise, and whenever an event is processed
again, the stored events themselves decide: the one that wrote the row is read once more, by the code as it is
now. So a replay after a fix corrects the row, whatever the fix changes and in whatever order it is made.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise, permutations
from typing import Any, cast

from larkbridge.errors import AwsUnavailableError
from larkbridge.store.events import Event
from larkbridge.store.table import Table

MAX_TIED = 6
"""Of the events of one version, so many are kept in mind."""
_TRIES = 5
_OWN = {"version": "version", "eventId": "event_id", "earlier": "earlier"}
"""The attributes that a row has beside its entity's, and its fields for them."""
_ANY_OLDER: Any = object()


def version(moment: str, rank: int, *, final: bool = False) -> str:
    """Return a text that sorts as the reports on one thing follow one another.

    Parameters
    ----------
    moment
        When it was so, as `clock.to_text` writes it.
    rank
        Which of two reports of one moment is the later one.
    final
        Nothing follows this one, whatever its moment.
    """
    return f"{int(final)}{moment}#{rank}"


@dataclass(frozen=True, slots=True)
class Report[E: Mapping[str, Any]]:
    """What one event says of one thing; what is not known is None.

    `state` is the thing as the provider shows it; `previous` are those of its attributes that this event
    changed, as they were before, empty when the provider does not tell.
    """

    entity: E
    version: str
    state: Mapping[str, Any] = field(default_factory=dict)
    previous: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row[E: Mapping[str, Any]]:
    """One thing as it is stored; what is not known is absent, or None before it is stored.

    `earlier` are the events of the same version that `event_id` follows, oldest first.
    """

    entity: E
    version: str
    event_id: str
    earlier: list[str] = field(default_factory=list[str])


class EntityStore[E: Mapping[str, Any]]:
    """Every access to a table of such things, `E` as they are read."""

    def __init__(self, table_name: str, key: str) -> None:
        self._table = Table(table_name)
        self._key = key

    def get(self, entity_id: str) -> E | None:
        """Return what is known, read consistently."""
        row = self.row(entity_id)
        return row and row.entity

    def row(self, entity_id: str) -> Row[E] | None:
        """Return what is stored, read consistently."""
        record = self._table.get({self._key: entity_id})
        if record is None:
            return None
        entity = {name: value for name, value in record.items() if name not in _OWN}
        return Row(cast("E", entity), record["version"], record["eventId"], record["earlier"])

    def take_in(self, report: Report[E], event: Event, report_of: Callable[[str], Report[E] | None]) -> bool:
        """Take in what an event reports; one request, and a few more when it is not simply the newest.

        Guarantee: of the events that were taken in the newest one's report is stored, whatever their order,
        and an event that is processed again writes nothing over what a newer one wrote.

        Parameters
        ----------
        report_of
            Returns what a stored event reports, None when it is no longer there to say so.

        Returns
        -------
        bool
            Whether this event's report is what is stored now: it says the newest state. However often the
            event is processed again, that stays so until a newer one is taken in.
        """
        is_first_attempt = event.attempt_count <= 1
        if is_first_attempt and self.put(Row(report.entity, report.version, event.event_id)):
            return True
        entity_id = report.entity[self._key]
        for _ in range(_TRIES):
            stored = self.row(entity_id)
            row = _newest(self._reports(stored, report_of) | {event.event_id: report})
            if row == stored or self.put(row, stored):
                return row.event_id == event.event_id
        raise AwsUnavailableError("dynamodb put_item: too many conflicts")

    def put(self, row: Row[E], seen: Row[E] | None = _ANY_OLDER) -> bool:
        """Store a row in place of none or of one of a lower version; one request.

        Given what was `seen` (None: nothing), only in place of that.
        """
        none, values = f"attribute_not_exists({self._key})", dict[str, Any]()
        if seen is _ANY_OLDER:
            condition, values = f"{none} OR version < :version", {"version": row.version}
        elif seen is None:
            condition = none
        else:
            condition = "version = :version AND eventId = :eventId AND earlier = :earlier"
            values = {name: getattr(seen, field) for name, field in _OWN.items()}
        own = {name: getattr(row, field) for name, field in _OWN.items()}
        return self._table.put_if({**row.entity, **own}, condition, values)

    def _reports(
        self, stored: Row[E] | None, report_of: Callable[[str], Report[E] | None]
    ) -> dict[str, Report[E]]:
        """Return the reports that the stored row comes from, in their order."""
        if stored is None:
            return {}
        reports = {}
        for event_id in (*stored.earlier, stored.event_id):
            report = report_of(event_id)
            if report is not None and report.entity[self._key] == stored.entity[self._key]:
                reports[event_id] = report
        reports.setdefault(stored.event_id, Report(stored.entity, stored.version))
        return reports


def _newest[E: Mapping[str, Any]](reports: Mapping[str, Report[E]]) -> Row[E]:
    """Return the row that follows from reports by their events' ids."""
    version = max(report.version for report in reports.values())
    tied = {event_id: report for event_id, report in reports.items() if report.version == version}
    *earlier, last = in_order(dict(list(tied.items())[-MAX_TIED:]))
    known = {name: value for name, value in tied[last].entity.items() if value is not None}
    return Row(cast("E", known), version, last, earlier)


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
