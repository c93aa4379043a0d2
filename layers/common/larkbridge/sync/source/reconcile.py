"""SOURCE tables against what Lark has: what differs is pushed once more, what is gone follows its policy.

Records that people add are not touched; what waits to be pushed is left to the push.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import batched
from typing import Any

from larkbridge.clock import from_text, to_text
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.base import BaseRecord
from larkbridge.lark.cell_formats import ValueMismatchError, canonical
from larkbridge.observability import count, logger
from larkbridge.store.source_rows import SourceRow
from larkbridge.store.sync_progress import FULL, PullProgress, SyncState
from larkbridge.store.synced_rows import content_hash
from larkbridge.store.table import Action
from larkbridge.store.transactions import MAX_ACTIONS
from larkbridge.sync.shared.digests import Digests
from larkbridge.sync.shared.table_reader import (
    PageWrites,
    TableReader,
    begin_again,
    new_pull,
    pull_to_continue,
)
from larkbridge.sync.source.absences import absence_action, is_settled
from larkbridge.sync.source.local_writes import MAX_ROW_ID, fitting_row
from larkbridge.sync.source.push_run import PushRun, TableStoppedError

_STALE_TOKEN = "failed"  # noqa: S105
"""What Lark says, among other things, of a page token that it does not know any more."""


@dataclass(frozen=True, slots=True)
class _SeenRecord:
    """A record, the row that it claims to be, and the hash of its content, empty when that fits no row."""

    record_id: str
    key: str
    hash: str


class Reconciliation:
    """One table's comparison, as far as it is asked for and fits in one run."""

    def __init__(self, run: PushRun, state: SyncState) -> None:
        self._run = run
        self._state = state
        self._touched: set[str] = set()

    def prepare(self) -> None:
        """Answer a request: one for a full sync begins the comparison, and retries what Lark has refused."""
        if self._state.requested is None:
            return
        if self._state.requested == FULL:
            self._retry_refused()
            pull = self._begun()
        else:
            self._run.answer(self._state, {})
            pull = self._state.pull
        self._state = replace(self._state, requested=None, accept_deletions=False, pull=pull)

    def _retry_refused(self) -> None:
        run, now = self._run, self._run.clock.now()
        refused = [row_id for _, row_id in run.rows.rejected(run.name, None)]
        for ids in batched(refused, MAX_ACTIONS, strict=False):
            rows = run.rows.get_many(run.name, ids, run.clock.sleep)
            run.write([run.rows.requeue_action(row, now) for row in rows.values() if row.rejected])

    def compare(self) -> None:
        """Compare every record with its row, if that is asked for.

        Raises
        ------
        LarkApiError, TimeUpError
            When the rest must wait.
        ConditionFailedError, LeaseLostError
            When another run has taken over.
        """
        if self._state.pull is None:
            return
        known = Digests(self._run.rows.digests(self._run.name))
        reader = TableReader(self._run, self._begun(), known, self._page_writes)
        try:
            reader.read()
        except LarkApiError as error:
            if error.outcome.reason != _STALE_TOKEN:
                raise
            changes = begin_again(accept_deletions=reader.pull.accept_deletions)
            raise TableStoppedError(error.outcome, changes) from None
        self._finish(reader)

    def _begun(self) -> PullProgress:
        """Return the pull to go on with, or a new one, which is noted."""
        run, state = self._run, self._state
        pull = pull_to_continue(state, run.schema)
        if pull is None:
            pull = new_pull(state, FULL, run.schema, run.clock.now())
            run.answer(state, {"pull": pull})
        return pull

    def _page_writes(self, records: Sequence[BaseRecord], known: Digests, read_at: str) -> PageWrites:
        """Return the writes for records that are not as their rows; those that are no row's are counted."""
        different: list[tuple[_SeenRecord, bool]] = []
        for record in records:
            seen = self._seen(record)
            place = known.see(record.record_id)
            if place is None or not (seen.hash and known.is_same(place, seen.hash)):
                different.append((seen, place is not None))
        rows = self._rows(seen.key for seen, _ in different)
        writes = PageWrites()
        for seen, is_known in different:
            row = rows.get(seen.key)
            if row is None or row.lark_record_id != seen.record_id:
                action = self._of_known_record(seen, read_at) if is_known else self._adopted(seen, row)
                writes.quarantined += action is None and not is_known
            else:
                action = self._requeued(row, seen, read_at)
            writes.actions += [action] if action else []
        return writes

    def _seen(self, record: BaseRecord) -> _SeenRecord:
        table, content = self._run.table, self._run.schema.read(record)
        key = content.values.get(str(table.key))
        key = key if isinstance(key, str) and len(key) <= MAX_ROW_ID else ""
        try:
            row = {field.name: canonical(field.type, content.values[field.name]) for field in table.fields}
        except ValueMismatchError:
            return _SeenRecord(record.record_id, key, "")
        return _SeenRecord(record.record_id, key, "" if content.reasons else content_hash(row))

    def _rows(self, row_ids: Iterable[str]) -> dict[str, SourceRow]:
        run, ids = self._run, sorted({row_id for row_id in row_ids if row_id})
        return run.rows.get_many(run.name, ids, run.clock.sleep)

    def _with_record(self, record_id: str) -> SourceRow | None:
        row_id = self._run.rows.with_record(self._run.name, record_id)
        row = None if row_id is None else self._run.rows.get(self._run.name, row_id)
        return row if row and row.lark_record_id == record_id else None

    def _of_known_record(self, seen: _SeenRecord, read_at: str) -> Action | None:
        """Return the write for a record of ours that has the key of another row, or none."""
        row = self._with_record(seen.record_id)
        return None if row is None else self._requeued(row, seen, read_at)

    def _requeued(self, row: SourceRow, seen: _SeenRecord, read_at: str) -> Action | None:
        busy = row.queued or row.rejected or row.deleted or row.row_id in self._touched
        # A row may have been stored when the table had other fields.
        now = fitting_row(self._run.table, row.row_id, row.values)
        if busy or content_hash(now) == seen.hash or not is_settled(row, from_text(read_at)):
            return None
        self._touched.add(row.row_id)
        return self._run.rows.requeue_action(row, self._run.clock.now())

    def _adopted(self, seen: _SeenRecord, row: SourceRow | None) -> Action | None:
        """Return the write that gives a row the record that has its key and that is no other row's."""
        if row is None or row.deleted or row.lark_record_id or row.row_id in self._touched:
            return None
        self._touched.add(row.row_id)
        return self._run.rows.adopt_action(row, seen.record_id, self._run.clock.now())

    def _finish(self, reader: TableReader) -> None:
        run, pull = self._run, reader.pull
        missing, doubt, now = 0, reader.doubt(), to_text(run.clock.now())
        if doubt:
            count("DeletionsStopped")
        else:
            missing = self._write_missing(reader)
        report: dict[str, Any] = {
            "number": pull.number,
            "mode": FULL,
            "startedAt": pull.started_at,
            "endedAt": now,
            "read": pull.read,
            "written": pull.written,
            "strangers": pull.quarantined,
            "deleted": missing,
        }
        suspicious = {"reason": doubt, "at": now} if doubt else None
        run.change({"pull": None, "last_pull": report, "last_full": report, "suspicious": suspicious})
        run.report.missing += missing
        logger.info("table reconciled", table=run.name, **report)

    def _write_missing(self, reader: TableReader) -> int:
        """Do what follows for rows whose records Lark says are absent; returns how many those are."""
        run, missing = self._run, 0
        for found, read_at in reader.look_up_unseen():
            run.write(self._page_writes(found.records, reader.known, read_at).actions)
            rows = [self._with_record(record_id) for record_id in sorted(found.absent)]
            missing += run.write(
                [
                    absence_action(run.rows, run.table, row, run.clock.now())
                    for row in rows
                    if row and not row.queued and is_settled(row, from_text(read_at))
                ]
            )
        return missing
