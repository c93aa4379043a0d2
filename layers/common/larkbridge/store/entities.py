"""Things that a provider reports on, in any order and more than once: what is stored is the newest report."""

from collections.abc import Mapping
from typing import Any, cast

from larkbridge.store.table import Table

_VERSION = "version"


def version(moment: int, rank: int, event_id: str, *, final: bool = False) -> str:
    """Return a text that sorts as the reports on one thing follow one another.

    Parameters
    ----------
    moment
        When it was so, in the provider's own unit, the same for all reports.
    rank
        Which of two reports of one moment is the later one; beyond that the event's id decides, so that
        the order in which they arrive never does.
    final
        Nothing follows this one, whatever its moment.
    """
    return f"{int(final)}{moment:015d}#{rank}#{event_id}"


class EntityStore[E: Mapping[str, Any]]:
    """Every access to a table of such things, `E` as they are stored; what is not known is absent."""

    def __init__(self, table_name: str, key: str) -> None:
        self._table = Table(table_name)
        self._key = key

    def put(self, entity: E, version: str) -> bool:
        """Store it in place of an older report; one request, and False when this is the older one."""
        return self._table.put_newest({**entity, _VERSION: version}, self._key, _VERSION)

    def get(self, entity_id: str) -> E | None:
        """Return what is known, read consistently."""
        record = self._table.get({self._key: entity_id})
        if record is None:
            return None
        return cast("E", {name: value for name, value in record.items() if name != _VERSION})
