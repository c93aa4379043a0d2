"""Records of SOURCE tables that Lark does not have: which of them are gone, and what follows.

A record that was written a moment ago may be missing because a replica lags. A person may take a deletion
back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import batched

from larkbridge.clock import Clock, from_text
from larkbridge.lark.answers import not_made
from larkbridge.lark.api_error import error_of
from larkbridge.lark.base import Base
from larkbridge.lark.limits import MAX_BATCH_GET
from larkbridge.store.source_rows import SourceRow, SourceRowStore
from larkbridge.store.table import Action
from larkbridge.store.transactions import write_what_holds
from larkbridge.sync.config.synced_table import Deletions, SyncedTable
from larkbridge.sync.shared.paced_calls import NOT_READY
from larkbridge.sync.shared.table_run import REPLICA_LAG, TableRun

UNDO = timedelta(minutes=5)
"""So long a deletion waits for the person to take it back: in Lark the same record returns."""


@dataclass(slots=True)
class Presence:
    """Rows by what Lark says of their records; those that are missing and too new are `unsettled`."""

    present: list[SourceRow] = field(default_factory=list[SourceRow])
    forbidden: list[SourceRow] = field(default_factory=list[SourceRow])
    gone: list[SourceRow] = field(default_factory=list[SourceRow])
    unsettled: list[SourceRow] = field(default_factory=list[SourceRow])


def check_presence(run: TableRun, rows: Sequence[SourceRow]) -> Presence:
    """Ask Lark for the records of rows that have one."""
    result = Presence()
    for batch in batched(rows, MAX_BATCH_GET, strict=False):
        ids, now = [str(row.lark_record_id) for row in batch], run.clock.now()
        found = run.batch_gets.make(lambda ids=ids: run.lark.get(ids), repeatable=True)
        for row in batch:
            if row.lark_record_id in found.forbidden:
                result.forbidden.append(row)
            elif row.lark_record_id not in found.absent:
                result.present.append(row)
            elif is_settled(row, now):
                result.gone.append(row)
            else:
                result.unsettled.append(row)
    return result


def is_settled(row: SourceRow, read_at: datetime) -> bool:
    """Tell whether a read of that time shows what was last written to Lark of a row."""
    return row.pushed_at is None or from_text(row.pushed_at) <= read_at - REPLICA_LAG


def absence_action(rows: SourceRowStore, table: SyncedTable, row: SourceRow, now: datetime) -> Action:
    """Return what follows for a row whose record is gone, unless it has changed since it was read.

    Only a person's deletion may delete the row, and not while a change of it is still to be pushed.
    """
    if row.deleted:
        return rows.pushed_action(row, None, now)
    pending = row.version > row.pushed_version
    if table.deletions is Deletions.ACCEPT and not (row.self_deleted or pending):
        return rows.lost_action(row, now)
    return rows.restore_action(row, now)


class SourceDeletions:
    """Applies deletions that Lark reports; one may be applied any number of times."""

    def __init__(self, base: Base, rows: SourceRowStore, clock: Clock) -> None:
        self._base = base
        self._rows = rows
        self._clock = clock

    def apply(self, table: SyncedTable, record_ids: Sequence[str], deleted_at: datetime) -> int:
        """Do what the table's policy says for the deletions that Lark confirms; returns how many those are.

        What we have deleted ourselves, and what waits to be pushed, is left alone.

        Raises
        ------
        LarkApiError
            Also, to be tried again, while the deletion may be taken back.
        """
        rows = [row for record_id in record_ids if (row := self._row(table.name, record_id)) is not None]
        if rows and self._clock.now() - deleted_at < UNDO:
            raise error_of(not_made(NOT_READY, "the deletion may be taken back yet"))
        lark, done = self._base.table(table.app_token, table.table_id), 0
        for batch in batched(rows, MAX_BATCH_GET, strict=False):
            now, found = self._clock.now(), lark.get([str(row.lark_record_id) for row in batch])
            gone = [row for row in batch if row.lark_record_id in found.absent]
            actions = [absence_action(self._rows, table, row, now) for row in gone]
            done += sum(write_what_holds(actions, sleep=self._clock.sleep))
        return done

    def _row(self, table: str, record_id: str) -> SourceRow | None:
        """Return the row that has a record, unless it waits: then the push finds out."""
        row_id = self._rows.with_record(table, record_id)
        row = None if row_id is None else self._rows.get(table, row_id)
        if row is None or row.lark_record_id != record_id or row.queued:
            return None
        return row
