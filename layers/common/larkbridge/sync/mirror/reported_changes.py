"""Changes of single records that Lark reports: the records are read, so the events' order is no matter.

Protocol (open platform documentation, "Base app record changed"): an event names records, what was done to
them, and when, in seconds; what it says of values is not used. A read may come from a replica that does not
have the change yet.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched

from larkbridge.clock import Clock, to_text
from larkbridge.lark.answers import not_made
from larkbridge.lark.api_error import error_of
from larkbridge.lark.base import Base, BaseRecord, BaseTable, Found
from larkbridge.lark.limits import MAX_BATCH_GET, SEARCHES_PER_SECOND
from larkbridge.observability import count
from larkbridge.store.mirror_rows import MirrorRowStore
from larkbridge.store.transactions import write_what_holds
from larkbridge.sync.config.synced_table import SyncedTable
from larkbridge.sync.mirror.row_writes import RowWrites
from larkbridge.sync.shared.paced_calls import NOT_READY, PacedCalls, TimeUpError
from larkbridge.sync.shared.schema import Schema
from larkbridge.sync.shared.table_run import REPLICA_LAG

PATIENCE = timedelta(seconds=10)
"""So long a read that is older than the change is repeated at once."""


@dataclass(frozen=True, slots=True)
class ReportedChange:
    """Records of one table that were changed at a moment; `deleted` are those that were deleted."""

    changed_at: datetime
    record_ids: Sequence[str]
    deleted: frozenset[str]


class MirrorChanges:
    """Applies reported changes to mirrored tables; a change may be applied any number of times."""

    def __init__(self, base: Base, rows: MirrorRowStore, clock: Clock, rng: random.Random) -> None:
        self._base = base
        self._rows = rows
        self._writes = RowWrites(rows, clock)
        self._clock = clock
        self._rng = rng

    def apply(self, table: SyncedTable, change: ReportedChange) -> None:
        """Write the records as they are now.

        Raises
        ------
        LarkApiError
            Also, to be tried again, when a read is older than the change.
        """
        lark = self._base.table(table.app_token, table.table_id)
        for asked in batched(change.record_ids, MAX_BATCH_GET, strict=False):
            self._apply(table, lark, change, asked)

    def _apply(
        self, table: SyncedTable, lark: BaseTable, change: ReportedChange, asked: Sequence[str]
    ) -> None:
        calls = PacedCalls(self._clock, self._rng, SEARCHES_PER_SECOND, self._clock.now() + PATIENCE)
        try:
            schema = Schema(table, calls.make(lark.columns, repeatable=True))
            found, read_at = calls.make(lambda: self._read(lark, change, asked, schema), repeatable=True)
        except TimeUpError:
            raise error_of(not_made(NOT_READY, "Lark is slow")) from None
        self._write(table, change, found, read_at, schema)

    def _write(
        self, table: SyncedTable, change: ReportedChange, found: Found, read_at: str, schema: Schema
    ) -> None:
        actions = [
            *self._writes.of_records(schema, found.records, read_at, reported_at=change.changed_at).actions,
            *(
                self._writes.of_absent(table, record_id, read_at, reported=record_id in change.deleted)
                for record_id in sorted(found.absent)
            ),
        ]
        written = write_what_holds(actions, sleep=self._clock.sleep)
        count("MirrorRowsWritten", sum(written))
        refused = [
            record.record_id
            for record, done in zip(found.records, written, strict=False)
            if not done and record.record_id not in change.deleted
        ]
        rows = self._rows.get_many(table.name, refused, self._clock.sleep)
        if any(row.deleted_at for row in rows.values()):
            raise error_of(not_made(NOT_READY, "Lark shows a record that was deleted a moment ago"))

    def _read(
        self, lark: BaseTable, change: ReportedChange, asked: Sequence[str], schema: Schema
    ) -> tuple[Found, str]:
        now = self._clock.now()
        found = lark.get(asked)
        if now - change.changed_at < REPLICA_LAG and _is_stale(found, change):
            raise error_of(not_made(NOT_READY, "Lark does not show the change yet"))
        if not all(schema.knows(record.fields) for record in found.records):
            raise error_of(not_made("columns_changed", "a column was renamed meanwhile"))
        return found, to_text(now)


def _is_stale(found: Found, change: ReportedChange) -> bool:
    known: Mapping[str, BaseRecord] = {record.record_id: record for record in found.records}
    if found.absent - change.deleted or change.deleted & known.keys():
        return True
    return any(
        record.modified_at is not None and record.modified_at < change.changed_at for record in known.values()
    )
