"""Records of ours that Lark does not have: which of them are gone, and what follows.

A record that was written a moment ago may be missing because a replica lags.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched

from larkbridge.clock import from_text
from larkbridge.lark.limits import MAX_BATCH_GET
from larkbridge.store.source_rows import SourceRow, SourceRowStore
from larkbridge.store.table import Action
from larkbridge.sync.config.tables import Deletions, Table
from larkbridge.sync.mirror.pull import REPLICA_LAG, Turn


@dataclass(slots=True)
class Whereabouts:
    """Rows by what Lark says of their records; `unsettled` are missing ones that are too new."""

    present: list[SourceRow] = field(default_factory=list[SourceRow])
    forbidden: list[SourceRow] = field(default_factory=list[SourceRow])
    gone: list[SourceRow] = field(default_factory=list[SourceRow])
    unsettled: list[SourceRow] = field(default_factory=list[SourceRow])


def whereabouts(turn: Turn, rows: Sequence[SourceRow]) -> Whereabouts:
    """Ask Lark for the records of rows that have one."""
    result = Whereabouts()
    for some in batched(rows, MAX_BATCH_GET, strict=False):
        ids, now = [str(row.lark_record_id) for row in some], turn.clock.now()
        found = turn.looks.make(lambda ids=ids: turn.lark.get(ids), repeatable=True)
        for row in some:
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
    """Tell whether a read of that time shows what we last wrote to Lark of a row."""
    return row.pushed_at is None or from_text(row.pushed_at) <= read_at - REPLICA_LAG


def follow(rows: SourceRowStore, table: Table, row: SourceRow, now: datetime) -> Action:
    """Return what follows for a row whose record is gone, unless it has changed since it was read.

    Only what a person has deleted may take a row along, and not one with a change that is still to be pushed.
    """
    if row.deleted:
        return rows.pushed_action(row, None, now)
    pending = row.version > row.pushed_version
    if table.deletions is Deletions.ACCEPT and not (row.self_deleted or pending):
        return rows.lost_action(row, now)
    return rows.restore_action(row, now)
