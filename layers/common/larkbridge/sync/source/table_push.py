"""One SOURCE table's share of a push: what waits is sorted into creations, updates and deletions."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import batched

from larkbridge.clock import to_text
from larkbridge.lark.answers import not_made, refused
from larkbridge.lark.api_error import LarkApiError, error_of
from larkbridge.lark.codes import TABLE_FULL
from larkbridge.lark.limits import MAX_BATCH
from larkbridge.lark.values import ValueMismatchError
from larkbridge.observability import count
from larkbridge.store.source_rows import SourceRow
from larkbridge.store.sync_progress import SyncState
from larkbridge.sync.source.batches import Prepared
from larkbridge.sync.source.creations import Creations
from larkbridge.sync.source.edits import Edits
from larkbridge.sync.source.reconcile import Reconcile
from larkbridge.sync.source.table_share import Share, TableStoppedError

DRIFTED = "columns_drifted"


class TablePush:
    """Pushes one table."""

    def __init__(self, share: Share, state: SyncState, trusted: timedelta) -> None:
        self._share = share
        self._state = state
        self._creations = Creations(share, trusted)
        self._edits = Edits(share)

    def run(self) -> None:
        """Bring what waits to Lark; after that, if it is asked for, compare what Lark has.

        Raises
        ------
        LarkApiError, TimeUpError
            When the rest must wait.
        ConditionFailedError, LeaseLostError
            When the rest is somebody else's.
        """
        self._check_columns()
        if self._state.batch is not None:
            self._creations.resolve(self._state.batch, self._state)
        reconcile = Reconcile(self._share, self._state)
        reconcile.prepare()
        self._push_waiting()
        reconcile.run()
        self._share.change(
            {
                "lastPushAt": to_text(self._share.turn.clock.now()),
                "notBefore": None,
                "failures": None,
                "lastError": None,
            }
        )

    def _check_columns(self) -> None:
        schema = self._share.turn.schema
        count("ColumnsDrifted", len(schema.drift))
        if schema.drift != list(self._state.drift):
            self._share.change({"drift": schema.drift or None})
        if not schema.complete:
            lost = ", ".join(one["field"] for one in schema.drift if one["kind"] != "renamed")
            raise TableStoppedError(not_made(DRIFTED, f"columns are not as tables.toml has them: {lost}"))

    def _push_waiting(self) -> None:
        """Push every row that the index names, as it is now: the index may be late."""
        share, turn = self._share, self._share.turn
        full: LarkApiError | None = None
        for ids in batched(share.rows.waiting(turn.name), MAX_BATCH, strict=False):
            known = share.rows.get_many(turn.name, list(dict.fromkeys(ids)), turn.clock.sleep)
            try:
                self._push([known[one] for one in dict.fromkeys(ids) if one in known and known[one].queued])
            except LarkApiError as error:
                if error.outcome.reason != TABLE_FULL:
                    raise
                full = error
        if full is not None:
            raise full

    def _push(self, rows: Sequence[SourceRow]) -> None:
        self._share.note([(row, None) for row in rows if row.deleted and row.lark_record_id is None])
        self._edits.delete([row for row in rows if row.deleted and row.lark_record_id is not None])
        live = list(self._prepared(row for row in rows if not row.deleted))
        self._edits.update([one for one in live if one.row.lark_record_id is not None])
        self._creations.create([one for one in live if one.row.lark_record_id is None])

    def _prepared(self, rows: Iterable[SourceRow]) -> Iterable[Prepared]:
        """Yield rows as Lark takes them; one that was stored under another registry may not fit any more."""
        schema, key = self._share.turn.schema, str(self._share.table.key)
        for row in rows:
            try:
                fields = schema.write({**row.values, key: row.row_id})
            except ValueMismatchError as error:
                self._share.reject(row, error_of(refused("wrong_field_type", str(error))))
            else:
                yield Prepared(row, fields)
