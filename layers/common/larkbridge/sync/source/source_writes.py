"""SOURCE tables: what is written here. The push brings it to Lark."""

from collections.abc import Mapping
from typing import Any

from larkbridge.clock import Clock, to_text
from larkbridge.errors import ConditionFailedError, ConflictError, NotFoundError
from larkbridge.store.source_rows import GONE, SourceRow, SourceRowStore
from larkbridge.store.table import Action
from larkbridge.sync.config.tables import Table
from larkbridge.sync.source.source_input import complete_row, fitting_row
from larkbridge.sync.state.hashing import content_hash

_TRIES = 5


class SourceWrites:
    """Writes rows; once a method returns, the row is stored, and Lark will take it or refuse it."""

    def __init__(self, rows: SourceRowStore, clock: Clock) -> None:
        self._rows = rows
        self._clock = clock

    def put(self, table: Table, row_id: str, body: Mapping[str, Any]) -> SourceRow:
        """Write a row in place of what it was; the same again changes nothing.

        The same as what Lark has refused is handed to Lark once more.

        Raises
        ------
        InvalidFieldsError
            When `row_id` or a field is not valid.
        ConflictError
            When others keep on changing the row.
        """
        values = complete_row(table, row_id, body)
        return self._write(table, row_id, values, content_hash(values))

    def delete(self, table: Table, row_id: str) -> SourceRow:
        """Delete a row; again changes nothing, for as long as it is known to have been there.

        Raises
        ------
        NotFoundError
            When there never was such a row, or it was deleted long ago.
        ConflictError
            When others keep on changing the row.
        """
        return self._write(table, row_id, None, GONE)

    def feed_action(self, table: Table, row_id: str, fields: Mapping[str, Any]) -> Action:
        """Return the write of a new row, as a part of a transaction.

        It has those of `fields` that the table has, without those that do not fit their type. Its condition
        fails when there is such a row.
        """
        values = fitting_row(table, row_id, fields)
        return self._change(None, table, row_id, values, content_hash(values))

    def _write(self, table: Table, row_id: str, values: Mapping[str, Any] | None, new_hash: str) -> SourceRow:
        for _ in range(_TRIES):
            stored = self._rows.get(table.name, row_id)
            if stored is None and values is None:
                raise NotFoundError("there is no such row")
            if stored is None or stored.content_hash != new_hash:
                action = self._change(stored, table, row_id, values, new_hash)
            elif stored.rejected is None:
                return stored
            else:
                action = self._rows.requeue_action(stored, self._clock.now())
            try:
                return self._rows.change(action)
            except ConditionFailedError:
                continue
        raise ConflictError("the row is being changed by others; try again")

    def _change(
        self,
        stored: SourceRow | None,
        table: Table,
        row_id: str,
        values: Mapping[str, Any] | None,
        new_hash: str,
    ) -> Action:
        now = to_text(self._clock.now())
        return self._rows.change_action(stored, table.name, row_id, values, new_hash, now)
