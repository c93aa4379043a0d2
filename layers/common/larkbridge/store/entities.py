"""Things that a provider reports on, in any order and more than once: what is stored is the newest report.

Each row has the report's version, the event that it came with (`eventId`) and, where others have the same
version, the events that come before it (`earlier`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from larkbridge.store.table import Record, Table

_OWN = frozenset({"version", "eventId", "earlier"})


def version(moment: int, rank: int, *, final: bool = False) -> str:
    """Return a text that sorts as the reports on one thing follow one another.

    Parameters
    ----------
    moment
        When it was so, in the provider's own unit, the same for all reports.
    rank
        Which of two reports of one moment is the later one.
    final
        Nothing follows this one, whatever its moment.
    """
    return f"{int(final)}{moment:015d}#{rank}"


@dataclass(frozen=True, slots=True)
class Row[E: Mapping[str, Any]]:
    """One thing as it is stored; what is not known is absent.

    `earlier` are the events of the same version that `event_id` follows, oldest first.
    """

    entity: E
    version: str
    event_id: str
    earlier: tuple[str, ...] = ()


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
        return Row(cast("E", entity), record["version"], record["eventId"], tuple(record["earlier"]))

    def id_of(self, entity: E) -> str:
        """Return the value of its key."""
        return entity[self._key]

    def put_newer(self, row: Row[E]) -> bool:
        """Store a row if there is none, or one of a lower version; one request."""
        condition = f"attribute_not_exists({self._key}) OR version < :version"
        return self._table.put_if(_record(row), condition, {"version": row.version})

    def replace(self, seen: Row[E] | None, row: Row[E]) -> bool:
        """Store a row if what is stored is still what was `seen`; one request."""
        if seen is None:
            return self._table.put_if(_record(row), f"attribute_not_exists({self._key})", {})
        condition = "version = :version AND eventId = :eventId AND earlier = :earlier"
        return self._table.put_if(_record(row), condition, _stamp(seen))


def _stamp(row: Row[Any]) -> Record:
    return {"version": row.version, "eventId": row.event_id, "earlier": list(row.earlier)}


def _record(row: Row[Any]) -> Record:
    return {**row.entity, **_stamp(row)}
