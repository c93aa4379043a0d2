"""Lark tells that records or columns of a Base have changed."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from larkbridge.processors.processor import Incoming, NothingToDoError, UnprocessableEventError
from larkbridge.processors.reading import Fields
from larkbridge.store.deliveries import Delivery
from larkbridge.sync.assembly import Sync
from larkbridge.sync.changes import Change
from larkbridge.sync.tables import Role, Table

RECORDS_TYPE = "drive.file.bitable_record_changed_v1"
COLUMNS_TYPE = "drive.file.bitable_field_changed_v1"
_DELETED = "record_deleted"


class BaseChangesProcessor:
    """Brings single rows up to date.

    Parameters
    ----------
    sync
        Makes the parts when they are first needed: most events are about something else.
    """

    def __init__(self, sync: Callable[[], Sync]) -> None:
        self._sync = sync

    def records(self, incoming: Incoming) -> Sequence[Delivery]:
        """Read the records again and write them; in a SOURCE table only deletions matter."""
        fields = Fields(incoming.document).object("event")
        table, change = self._table(fields), _change(fields)
        if table.role is Role.MIRROR:
            self._sync().mirror_changes.apply(table, change)
        elif change.deleted:
            self._sync().source_changes.deleted_in_lark(table, sorted(change.deleted), change.changed_at)
        else:
            raise NothingToDoError("source_table")
        return ()

    def columns(self, incoming: Incoming) -> Sequence[Delivery]:
        """Have the table pulled whole, which notices drift."""
        self._sync().request_full(self._table(Fields(incoming.document).object("event")))
        return ()

    def _table(self, fields: Fields) -> Table:
        table = self._sync().registry.at(fields.name("file_token"), fields.name("table_id"))
        if table is None:
            raise NothingToDoError("table_not_connected")
        return table


def _change(fields: Fields) -> Change:
    last = {one.name("record_id"): one.name("action") for one in fields.objects("action_list")}
    if not last:
        raise UnprocessableEventError("invalid_field", "event.action_list must not be empty")
    return Change(
        changed_at=datetime.fromtimestamp(fields.seconds("update_time"), UTC),
        record_ids=list(last),
        deleted=frozenset(record_id for record_id, action in last.items() if action == _DELETED),
    )
