"""SOURCE tables against what Lark has: what differs waits again, what is gone follows the table's policy.

What a person adds is left alone; what waits to be pushed is left to the push.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import batched
from typing import Any

from larkbridge.clock import from_text, to_text
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.base import Record
from larkbridge.lark.values import ValueMismatchError, canonical
from larkbridge.observability import count, logger
from larkbridge.store.source_rows import GONE, SourceRow
from larkbridge.store.sync_progress import FULL, Pull, SyncState
from larkbridge.store.table import Action
from larkbridge.store.transactions import MAX_ACTIONS
from larkbridge.sync.mirror.absences import follow, is_settled
from larkbridge.sync.mirror.pull import PullRun, Taken, begin
from larkbridge.sync.source.source_input import MAX_ROW_ID, fitting_row
from larkbridge.sync.source.table_share import Share, TableStoppedError
from larkbridge.sync.state.digests import Digests
from larkbridge.sync.state.hashing import content_hash

_STALE_TOKEN = "failed"  # noqa: S105
"""What Lark says, among other things, of a page token that it does not know any more."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A record, the row that it claims to be, and the hash of its content, empty when that fits no row."""

    record_id: str
    key: str
    hash: str


class Reconcile:
    """One table's comparison, as far as it is asked for and fits in one run."""

    def __init__(self, share: Share, state: SyncState) -> None:
        self._share = share
        self._state = state
        self._touched: set[str] = set()

    def prepare(self) -> None:
        """Answer a request: one for a whole sync begins it, and has what Lark refused tried again, once."""
        if self._state.requested is None:
            return
        if self._state.requested == FULL:
            self._retry_refused()
            pull = self._begun()
        else:
            self._share.answer(self._state, {})
            pull = self._state.pull
        self._state = replace(self._state, requested=None, accept_deletions=False, pull=pull)

    def _retry_refused(self) -> None:
        share, name, now = self._share, self._share.turn.name, self._share.turn.clock.now()
        refused = [row_id for _, row_id in share.rows.rejected(name, None)]
        for ids in batched(refused, MAX_ACTIONS, strict=False):
            rows = share.rows.get_many(name, ids, share.turn.clock.sleep)
            share.write([share.rows.requeue_action(row, now) for row in rows.values() if row.rejected])

    def run(self) -> None:
        """Compare every record with its row.

        Raises
        ------
        LarkApiError, TimeUpError
            When the rest must wait.
        ConditionFailedError, LeaseLostError
            When the rest is somebody else's.
        """
        if self._state.pull is None:
            return
        known = Digests(self._share.rows.digests(self._share.turn.name))
        run = PullRun(self._share.turn, self._begun(), known, self._take, None, None)
        try:
            run.read()
        except LarkApiError as error:
            if error.outcome.reason != _STALE_TOKEN:
                raise
            accepted = {"acceptDeletions": True} if run.pull.accept_deletions else {}
            changes = {"pull": None, "requested": FULL, **accepted}
            raise TableStoppedError(error.outcome, changes) from None
        self._finish(run)

    def _begun(self) -> Pull:
        """Return the pull to go on with; a request, and another schema, begin a new one."""
        state, turn = self._state, self._share.turn
        pull, schema = state.pull, turn.schema
        if pull and pull.fingerprint == schema.fingerprint and state.requested != FULL:
            return pull
        number = pull.number + 1 if pull else (state.last_full or {}).get("number", 0) + 1
        accept = state.accept_deletions or bool(pull and pull.accept_deletions)
        pull = begin(FULL, number, schema, turn.clock.now(), accept_deletions=accept)
        self._share.answer(state, {"pull": pull.to_record()})
        return pull

    def _take(self, records: Sequence[Record], known: Digests, read_at: str) -> Taken:
        """Return the writes for records that are not known as they are; those of strangers are counted."""
        odd: list[tuple[_Seen, bool]] = []
        for record in records:
            seen = self._seen(record)
            place = known.see(record.record_id)
            if place is None or not (seen.hash and known.is_same(place, seen.hash)):
                odd.append((seen, place is not None))
        rows = self._rows(seen.key for seen, _ in odd)
        taken = Taken()
        for seen, is_known in odd:
            row = rows.get(seen.key)
            if row is None or row.lark_record_id != seen.record_id:
                action = self._known_otherwise(seen, read_at) if is_known else self._adopted(seen, row)
                taken.quarantined += action is None and not is_known
            else:
                action = self._requeued(row, seen, read_at)
            taken.actions += [action] if action else []
        return taken

    def _seen(self, record: Record) -> _Seen:
        table, content = self._share.table, self._share.turn.schema.read(record)
        key = content.values.get(str(table.key))
        key = key if isinstance(key, str) and len(key) <= MAX_ROW_ID else ""
        try:
            row = {one.name: canonical(one.type, content.values[one.name]) for one in table.fields}
        except ValueMismatchError:
            return _Seen(record.record_id, key, "")
        return _Seen(record.record_id, key, "" if content.reasons else content_hash(row))

    def _rows(self, row_ids: Iterable[str]) -> dict[str, SourceRow]:
        turn, ids = self._share.turn, sorted({one for one in row_ids if one})
        return self._share.rows.get_many(turn.name, ids, turn.clock.sleep)

    def _with_record(self, record_id: str) -> SourceRow | None:
        row_id = self._share.rows.with_record(self._share.turn.name, record_id)
        row = None if row_id is None else self._share.rows.get(self._share.turn.name, row_id)
        return row if row and row.lark_record_id == record_id else None

    def _known_otherwise(self, seen: _Seen, read_at: str) -> Action | None:
        """Return what follows for a record of ours that has the key of another row, or none."""
        row = self._with_record(seen.record_id)
        return None if row is None else self._requeued(row, seen, read_at)

    def _requeued(self, row: SourceRow, seen: _Seen, read_at: str) -> Action | None:
        busy = row.queued or row.rejected or row.deleted or row.row_id in self._touched
        # A row may have been stored when the table had other fields.
        now = fitting_row(self._share.table, row.row_id, row.values)
        if busy or content_hash(now) == seen.hash or not is_settled(row, from_text(read_at)):
            return None
        self._touched.add(row.row_id)
        return self._share.rows.requeue_action(row, self._share.turn.clock.now())

    def _adopted(self, seen: _Seen, row: SourceRow | None) -> Action | None:
        """Return the adoption of a record that nobody knows by the row whose key it has."""
        if row is None or row.deleted or row.lark_record_id or row.row_id in self._touched:
            return None
        self._touched.add(row.row_id)
        return self._share.rows.adopt_action(row, seen.record_id, self._share.turn.clock.now())

    def _finish(self, run: PullRun) -> None:
        missing, doubt, now = 0, run.doubt(GONE), to_text(self._share.turn.clock.now())
        if doubt:
            count("DeletionsStopped")
        else:
            missing = self._follow_missing(run)
        report: dict[str, Any] = {
            "number": run.pull.number,
            "mode": FULL,
            "startedAt": run.pull.started_at,
            "endedAt": now,
            "read": run.pull.read,
            "written": run.pull.written,
            "strangers": run.pull.quarantined,
            "deleted": missing,
        }
        suspicious = {"reason": doubt, "at": now} if doubt else None
        self._share.change({"pull": None, "lastPull": report, "lastFull": report, "suspicious": suspicious})
        self._share.report.missing += missing
        logger.info("table reconciled", table=self._share.turn.name, **report)

    def _follow_missing(self, run: PullRun) -> int:
        """Do what follows for rows whose records Lark says are absent; returns how many those are."""
        share, missing = self._share, 0
        for found, read_at in run.confirmed(GONE):
            share.write(self._take(found.records, run.known, read_at).actions)
            rows = [self._with_record(one) for one in sorted(found.absent)]
            missing += share.write(
                [
                    follow(share.rows, share.table, row, share.turn.clock.now())
                    for row in rows
                    if row and not row.queued and is_settled(row, from_text(read_at))
                ]
            )
        return missing
