"""Deletions of single records of SOURCE tables that Lark reports."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import batched

from larkbridge.clock import Clock
from larkbridge.lark.answers import not_made
from larkbridge.lark.api_error import error_of
from larkbridge.lark.base import Base
from larkbridge.lark.limits import MAX_BATCH_GET
from larkbridge.store.source_rows import SourceRow, SourceRowStore
from larkbridge.store.transactions import write_what_holds
from larkbridge.sync.config.tables import Table
from larkbridge.sync.mirror.absences import follow

UNDO = timedelta(minutes=5)
"""So long a deletion waits for the person to take it back: in Lark the same record returns."""


class SourceChanges:
    """Applies what people do to records of ours; the same again changes nothing."""

    def __init__(self, base: Base, rows: SourceRowStore, clock: Clock) -> None:
        self._base = base
        self._rows = rows
        self._clock = clock

    def deleted_in_lark(self, table: Table, record_ids: Sequence[str], deleted_at: datetime) -> int:
        """Do what the table's policy says for reported deletions that Lark confirms; returns how many.

        What we have deleted ourselves, and what waits to be pushed, is left alone.

        Raises
        ------
        LarkApiError
            Also, to be tried again, while the deletion may be taken back.
        """
        rows = [row for one in record_ids if (row := self._row(table.name, one)) is not None]
        if rows and self._clock.now() - deleted_at < UNDO:
            raise error_of(not_made("data_not_ready", "the deletion may be taken back yet"))
        lark, done = self._base.table(table.app_token, table.table_id), 0
        for some in batched(rows, MAX_BATCH_GET, strict=False):
            now, found = self._clock.now(), lark.get([str(row.lark_record_id) for row in some])
            gone = [row for row in some if row.lark_record_id in found.absent]
            actions = [follow(self._rows, table, row, now) for row in gone]
            done += sum(write_what_holds(actions, sleep=self._clock.sleep))
        return done

    def _row(self, table: str, record_id: str) -> SourceRow | None:
        """Return the row that has a record, unless it waits: then the push finds out."""
        row_id = self._rows.with_record(table, record_id)
        row = None if row_id is None else self._rows.get(table, row_id)
        if row is None or row.lark_record_id != record_id or row.queued:
            return None
        return row
