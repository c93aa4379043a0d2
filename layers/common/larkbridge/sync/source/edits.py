"""Records of ours that are there: written again when their rows change, deleted with them."""

from collections.abc import Callable, Sequence
from itertools import batched

from larkbridge.lark.answers import refused
from larkbridge.lark.api_error import LarkApiError, RecordNotFoundError, error_of
from larkbridge.lark.codes import NO_PERMISSION
from larkbridge.lark.limits import MAX_BATCH
from larkbridge.store.source_rows import SourceRow
from larkbridge.sync.mirror.absences import follow, whereabouts
from larkbridge.sync.source.batches import Prepared, batches, halves, is_divisible
from larkbridge.sync.source.table_share import Share


class Edits:
    """Updates and deletes the records of one table's rows; doing so again changes nothing.

    Each method raises `LarkApiError` when the table cannot go on.
    """

    def __init__(self, share: Share) -> None:
        self._share = share

    def update(self, rows: Sequence[Prepared]) -> None:
        """Write rows to their records."""
        for batch in batches(rows):
            self._update(batch)

    def delete(self, rows: Sequence[SourceRow]) -> None:
        """Delete the records of rows."""
        for batch in batched(rows, MAX_BATCH, strict=False):
            self._delete(batch)

    def _update(self, rows: Sequence[Prepared]) -> None:
        lark, fields = self._share.turn.lark, {str(one.row.lark_record_id): one.fields for one in rows}
        try:
            self._share.writes.make(lambda: lark.update_many(fields), repeatable=True)
        except RecordNotFoundError as error:
            present = {row.row_id for row in self._settle([one.row for one in rows])}
            if len(present) == len(rows):
                self._divide(rows, lambda one: one.row, error, self._update)
            else:
                self.update([one for one in rows if one.row.row_id in present])
        except LarkApiError as error:
            self._divide(rows, lambda one: one.row, error, self._update)
        else:
            self._share.note([(one.row, one.row.lark_record_id) for one in rows])

    def _delete(self, rows: Sequence[SourceRow]) -> None:
        lark, ids = self._share.turn.lark, [str(row.lark_record_id) for row in rows]
        try:
            deleted = self._share.writes.make(lambda: lark.delete_many(ids), repeatable=True)
        except RecordNotFoundError as error:
            present = self._settle(rows)
            if len(present) == len(rows):
                self._divide(rows, lambda row: row, error, self._delete)
            else:
                self.delete(present)
        except LarkApiError as error:
            self._divide(rows, lambda row: row, error, self._delete)
        else:
            self._share.note([(row, None) for row in rows if row.lark_record_id in deleted])
            self._settle([row for row in rows if row.lark_record_id not in deleted])

    def _divide[T](
        self,
        rows: Sequence[T],
        row_of: Callable[[T], SourceRow],
        error: LarkApiError,
        again: Callable[[Sequence[T]], None],
    ) -> None:
        """Try fewer rows at once, until the one that Lark refuses is alone.

        One that Lark misses and shows is left to the next run: a replica may lag.
        """
        if not is_divisible(error):
            raise error
        if len(rows) == 1:
            if not isinstance(error, RecordNotFoundError):
                self._share.reject(row_of(rows[0]), error)
            return
        for half in halves(rows):
            again(half)

    def _settle(self, rows: Sequence[SourceRow]) -> list[SourceRow]:
        """Do what follows for rows whose records are gone, and return those whose records are there."""
        share, found = self._share, whereabouts(self._share.turn, rows)
        now = share.turn.clock.now()
        share.report.missing += share.write([follow(share.rows, share.table, row, now) for row in found.gone])
        for row in found.forbidden:
            share.reject(row, error_of(refused(NO_PERMISSION, "the app may not see the record")))
        return found.present
