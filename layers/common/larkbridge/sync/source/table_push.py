"""One SOURCE table's push: what waits is sorted into creations, updates and deletions."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import batched

from larkbridge.clock import to_text
from larkbridge.lark.answers import not_made, refused
from larkbridge.lark.api_error import LarkApiError, error_of
from larkbridge.lark.cell_formats import ValueMismatchError
from larkbridge.lark.error_codes import TABLE_FULL
from larkbridge.lark.limits import MAX_BATCH
from larkbridge.observability import count
from larkbridge.store.source_rows import SourceRow
from larkbridge.store.sync_progress import FULL, SyncState, SyncStateStore
from larkbridge.sync.config.synced_table import Deletions, SyncedTable
from larkbridge.sync.source.creations import Creations
from larkbridge.sync.source.edits import Edits
from larkbridge.sync.source.push_run import PreparedRow, PushRun, TableStoppedError
from larkbridge.sync.source.reconcile import Reconciliation

DRIFTED, MOVED = "columns_drifted", "place_changed"


class TablePush:
    """Pushes one table."""

    def __init__(self, run: PushRun, state: SyncState, trusted: timedelta) -> None:
        self._run = run
        self._state = state
        self._creations = Creations(run, trusted)
        self._edits = Edits(run)

    def push(self) -> None:
        """Bring what waits to Lark; after that, if it is asked for, compare what Lark has.

        Raises
        ------
        LarkApiError, TimeUpError
            When the rest must wait.
        ConditionFailedError, LeaseLostError
            When another run has taken over.
        """
        self._check_columns()
        if self._state.batch is not None:
            self._creations.resolve(self._state.batch, self._state)
        reconciliation = Reconciliation(self._run, self._state)
        reconciliation.prepare()
        self._push_waiting()
        reconciliation.compare()
        self._run.change(
            {
                "last_push_at": to_text(self._run.clock.now()),
                "not_before": None,
                "failures": 0,
                "last_error": None,
            }
        )

    def _check_columns(self) -> None:
        schema = self._run.schema
        count("ColumnsDrifted", len(schema.drift))
        if schema.drift != list(self._state.drift):
            self._run.change({"drift": tuple(schema.drift)})
        if not schema.complete:
            lost = ", ".join(change["field"] for change in schema.drift if change["kind"] != "renamed")
            raise TableStoppedError(not_made(DRIFTED, f"columns are not as tables.toml has them: {lost}"))

    def _push_waiting(self) -> None:
        """Push every row that the index names, as it is now: the index may be late."""
        run = self._run
        full: LarkApiError | None = None
        for ids in batched(run.rows.waiting(run.name), MAX_BATCH, strict=False):
            row_ids = list(dict.fromkeys(ids))
            known = run.rows.get_many(run.name, row_ids, run.clock.sleep)
            try:
                self._push([known[row_id] for row_id in row_ids if row_id in known and known[row_id].queued])
            except LarkApiError as error:
                if error.outcome.reason != TABLE_FULL:
                    raise
                full = error
        if full is not None:
            raise full

    def _push(self, rows: Sequence[SourceRow]) -> None:
        self._run.note([(row, None) for row in rows if row.deleted and row.lark_record_id is None])
        self._edits.delete([row for row in rows if row.deleted and row.lark_record_id is not None])
        live = list(self._prepared(row for row in rows if not row.deleted))
        self._edits.update([prepared for prepared in live if prepared.row.lark_record_id is not None])
        self._creations.create([prepared for prepared in live if prepared.row.lark_record_id is None])

    def _prepared(self, rows: Iterable[SourceRow]) -> Iterable[PreparedRow]:
        """Yield rows as Lark takes them; a row that an older registry let in may not fit any more."""
        schema, key = self._run.schema, str(self._run.table.key)
        for row in rows:
            try:
                fields = schema.write({**row.values, key: row.row_id})
            except ValueMismatchError as error:
                self._run.reject(row, error_of(refused("wrong_field_type", str(error))))
            else:
                yield PreparedRow(row, fields)


def has_moved(table: SyncedTable, state: SyncState) -> bool:
    """Tell whether LARK_TABLES connects a table to another place in Lark than the last sync had."""
    return state.place not in (None, table.place)


def accept_place(
    states: SyncStateStore, table: SyncedTable, fence: int, state: SyncState
) -> tuple[SyncedTable, SyncState]:
    """Return a table and its state; one that has moved goes on only when a person says so.

    Then its records are created anew. Until a full comparison is through, the records of the old place do not
    count as deleted by a person, whatever the table's policy.

    Raises
    ------
    TableStoppedError
        When nobody has said so.
    ConditionFailedError
        When another run has taken over.
    """
    if not has_moved(table, state):
        return table, state
    asked = state.requested == FULL and state.accept_deletions
    if not (asked or (state.pull and state.pull.accept_deletions)):
        raise TableStoppedError(
            not_made(MOVED, "the table has another place in Lark, or another role, than before")
        )
    if asked:
        states.change(table.name, fence, {"batch": None, "pull": None})
        state = replace(state, batch=None, pull=None)
    return replace(table, deletions=Deletions.RESTORE), state
