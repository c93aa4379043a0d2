"""Records of ours that are in Lark: updated when their rows change, deleted with them."""

from collections.abc import Callable, Sequence
from itertools import batched

from larkbridge.lark.answers import refused
from larkbridge.lark.api_error import LarkApiError, RecordNotFoundError, error_of
from larkbridge.lark.error_codes import NO_PERMISSION
from larkbridge.lark.limits import MAX_BATCH
from larkbridge.store.source_rows import SourceRow
from larkbridge.sync.source.absences import absence_action, check_presence
from larkbridge.sync.source.push_run import PreparedRow, PushRun, batches, halves, is_divisible


class Edits:
    """Updates and deletes the records of one table's rows; both may be repeated.

    Each method raises `LarkApiError` when the table cannot go on.
    """

    def __init__(self, run: PushRun) -> None:
        self._run = run

    def update(self, rows: Sequence[PreparedRow]) -> None:
        """Write rows to their records."""
        for batch in batches(rows):
            self._update(batch)

    def delete(self, rows: Sequence[SourceRow]) -> None:
        """Delete the records of rows."""
        for batch in batched(rows, MAX_BATCH, strict=False):
            self._delete(batch)

    def _update(self, rows: Sequence[PreparedRow]) -> None:
        run, fields = self._run, {str(prepared.row.lark_record_id): prepared.fields for prepared in rows}
        try:
            run.writes.make(lambda: run.lark.update_many(fields), repeatable=True)
        except RecordNotFoundError as error:
            present = {row.row_id for row in self._settle([prepared.row for prepared in rows])}
            if len(present) == len(rows):
                self._divide(rows, lambda prepared: prepared.row, error, self._update)
            else:
                self.update([prepared for prepared in rows if prepared.row.row_id in present])
        except LarkApiError as error:
            self._divide(rows, lambda prepared: prepared.row, error, self._update)
        else:
            run.note([(prepared.row, prepared.row.lark_record_id) for prepared in rows])

    def _delete(self, rows: Sequence[SourceRow]) -> None:
        run, ids = self._run, [str(row.lark_record_id) for row in rows]
        try:
            deleted = run.writes.make(lambda: run.lark.delete_many(ids), repeatable=True)
        except RecordNotFoundError as error:
            present = self._settle(rows)
            if len(present) == len(rows):
                self._divide(rows, lambda row: row, error, self._delete)
            else:
                self.delete(present)
        except LarkApiError as error:
            self._divide(rows, lambda row: row, error, self._delete)
        else:
            run.note([(row, None) for row in rows if row.lark_record_id in deleted])
            self._settle([row for row in rows if row.lark_record_id not in deleted])

    def _divide[T](
        self,
        rows: Sequence[T],
        row_of: Callable[[T], SourceRow],
        error: LarkApiError,
        retry: Callable[[Sequence[T]], None],
    ) -> None:
        """Try fewer rows at once, until the row that Lark refuses is alone.

        A record that Lark first misses and then shows is left to the next run: a replica may lag.
        """
        if not is_divisible(error):
            raise error
        if len(rows) == 1:
            if not isinstance(error, RecordNotFoundError):
                self._run.reject(row_of(rows[0]), error)
            return
        for half in halves(rows):
            retry(half)

    def _settle(self, rows: Sequence[SourceRow]) -> list[SourceRow]:
        """Do what follows for rows whose records are gone, and return those whose records are there."""
        run, presence = self._run, check_presence(self._run, rows)
        now = run.clock.now()
        run.report.missing += run.write(
            [absence_action(run.rows, run.table, row, now) for row in presence.gone]
        )
        for row in presence.forbidden:
            run.reject(row, error_of(refused(NO_PERMISSION, "the app may not see the record")))
        return presence.present
