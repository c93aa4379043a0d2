"""Lark tells that records or columns of a Base have changed.

An event says no more than where to look: what it leaves out, or says oddly, costs a longer look and never the
event.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from larkbridge.clock import from_text
from larkbridge.lark.base_event_types import COLUMNS_TYPE, RECORDS_TYPE
from larkbridge.processors.payload_fields import NAME, Fields, moment_told
from larkbridge.processors.subscriber import Handles, Incoming, NothingToDoError, Resources
from larkbridge.store.deliveries import Delivery
from larkbridge.sync.config.synced_table import Role, SyncedTable

if TYPE_CHECKING:
    from larkbridge.sync.table_sync import TableSync

_DELETED = "record_deleted"


class BaseChangesProcessor:
    """Brings single rows up to date.

    Parameters
    ----------
    sync
        Makes the parts when they are first needed: most events are about something else.
    """

    def __init__(self, sync: Callable[[], "TableSync"]) -> None:
        self._sync = sync

    def records(self, incoming: Incoming) -> Sequence[Delivery]:
        """Read the records again and write them; in a SOURCE table only deletions matter."""
        fields = Fields(incoming.document).object("event")
        table, entries = self._table(fields), _entries(fields.values)
        actions = {entry["record_id"]: entry.get("action") for entry in entries if _has_name(entry)}
        deleted = frozenset(record_id for record_id in actions if actions[record_id] == _DELETED)
        told = moment_told(fields.values.get("update_time"), from_text(incoming.event.received_at))
        changed_at = told.replace(microsecond=0)
        if table.role is Role.MIRROR:
            from larkbridge.sync.mirror.reported_changes import ReportedChange  # only these events need it

            if not entries or not all(map(_has_name, entries)):
                self._sync().request_full(table)
            self._sync().mirror_changes.apply(table, ReportedChange(changed_at, list(actions), deleted))
        elif deleted:
            self._sync().source_deletions.apply(table, sorted(deleted), changed_at)
        else:
            raise NothingToDoError("source_table")
        return ()

    def columns(self, incoming: Incoming) -> Sequence[Delivery]:
        """Have the table pulled whole, which notices drift."""
        self._sync().request_full(self._table(Fields(incoming.document).object("event")))
        return ()

    def _table(self, fields: Fields) -> SyncedTable:
        table = self._sync().registry.at(fields.text("file_token", NAME), fields.text("table_id", NAME))
        if table is None:
            raise NothingToDoError("table_not_connected")
        return table


def subscribers(resources: Resources) -> Sequence[Handles]:
    changes = BaseChangesProcessor(resources.sync)
    return [
        Handles("lark", (RECORDS_TYPE,), changes.records),
        Handles("lark", (COLUMNS_TYPE,), changes.columns),
    ]


def _entries(event: Mapping[str, Any]) -> list[Any]:
    listed = event.get("action_list")
    return listed if isinstance(listed, list) else []


def _has_name(entry: Any) -> bool:
    name = entry.get("record_id") if isinstance(entry, dict) else None
    return isinstance(name, str) and 0 < len(name) <= NAME.most and name.isprintable()
