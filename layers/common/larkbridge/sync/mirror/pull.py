"""MIRROR tables: Lark's records are pulled, on a schedule and when an admin asks.

Guarantee: once Lark answers, a full pull leaves every row as its record was when it was read, and marks as
deleted only what Lark itself says is absent. A run may stop anywhere, and two never work on one table.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from larkbridge.clock import Clock, from_text, to_text
from larkbridge.errors import ConditionFailedError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.base import Base, BaseRecord, BaseTable
from larkbridge.lark.cell_formats import FieldType
from larkbridge.lark.files import Files
from larkbridge.lark.limits import SEARCHES_PER_SECOND
from larkbridge.lark.record_filter import Sort
from larkbridge.observability import count, gauge_seconds, log_crash, logger
from larkbridge.store.mirror_rows import MirrorRowStore
from larkbridge.store.sync_progress import FULL, INCREMENTAL, PullProgress, SyncState, SyncStateStore
from larkbridge.sync.config.synced_table import SyncedTable
from larkbridge.sync.mirror.row_writes import RowWrites
from larkbridge.sync.shared import schedule
from larkbridge.sync.shared.digests import Digests
from larkbridge.sync.shared.paced_calls import PacedCalls, TimeUpError
from larkbridge.sync.shared.schema import Schema
from larkbridge.sync.shared.table_reader import (
    PageWrites,
    TableReader,
    begin_again,
    new_pull,
    pull_to_continue,
)
from larkbridge.sync.shared.table_run import LeaseLostError, TableRun, lease, subscribe

OVERLAP = timedelta(minutes=5)
"""An incremental pull goes back so far behind the last one: clocks differ and replicas lag."""


class MirrorPull:
    """Pulls the mirrored tables."""

    def __init__(
        self,
        base: Base,
        files: Files,
        rows: MirrorRowStore,
        states: SyncStateStore,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._base = base
        self._files = files
        self._rows = rows
        self._writes = RowWrites(rows, clock)
        self._states = states
        self._clock = clock
        self._rng = rng

    def run(self, tables: Sequence[SyncedTable], *, owner: str, stop_at: datetime) -> dict[str, str]:
        """Pull every table that is due, one after another; trouble with one does not hold up the others.

        Returns
        -------
        dict
            What became of each: "pulled", "not_due", "taken" by another run, "lost" to one, "time_up",
            "columns_changed", "crashed", or the reason why it stopped.

        Raises
        ------
        Exception
            At the end, what was unexpected and no fault of Lark's.
        """
        report: dict[str, str] = {}
        crash: Exception | None = None
        for table in tables:
            try:
                report[table.name] = self._run(table, owner, stop_at)
            except Exception as error:
                log_crash("table not pulled", error, table=table.name)
                report[table.name], crash = "crashed", error
        if crash is not None:
            raise crash
        return report

    def _run(self, table: SyncedTable, owner: str, stop_at: datetime) -> str:
        state, now = self._states.get(table.name), self._clock.now()
        gauge_seconds("MirrorLag", state.lag(now))
        count("TablesFailing", schedule.is_failing(state))
        if schedule.due(state, table, now) is None:
            return "not_due"
        if now >= stop_at:
            return "time_up"
        with lease(self._states, table.name, owner=owner, clock=self._clock, stop_at=stop_at) as fence:
            if fence is None:
                return "taken"
            try:
                return self._pull(table, fence, stop_at)
            except (ConditionFailedError, LeaseLostError):
                return "lost"

    def _pull(self, table: SyncedTable, fence: int, stop_at: datetime) -> str:
        state = self._in_place(table, fence, self._states.open(table.name, fence, table.place))
        mode = schedule.due(state, table, self._clock.now())
        if mode is None:
            return "not_due"
        try:
            run = self._table_run(table, fence, stop_at)
            reader = self._read(run, state, mode)
            if _schema(table, run.lark, run.batch_gets).fingerprint != reader.pull.fingerprint:
                # Some of the pages may have been read by other names of the columns.
                run.change(begin_again(accept_deletions=reader.pull.accept_deletions))
                return "columns_changed"
            self._finish(run, reader)
        except TimeUpError:
            return "time_up"
        except LarkApiError as error:
            changes = _given_up(state, mode) if error.outcome.reason == "failed" else None
            return schedule.note_failure(self._states, state, fence, error, self._clock.now(), changes)
        return "pulled"

    def _in_place(self, table: SyncedTable, fence: int, state: SyncState) -> SyncState:
        """Return the state; of a table that has moved in Lark only the rows are known."""
        if state.place == table.place:
            return state
        self._states.change(
            table.name,
            fence,
            {"place": table.place, "pull": None, "watermark": None, "last_full": None, "fingerprint": None},
        )
        return replace(state, place=table.place, pull=None, watermark=None, last_full=None, fingerprint=None)

    def _table_run(self, table: SyncedTable, fence: int, stop_at: datetime) -> TableRun:
        searches, batch_gets = (
            PacedCalls(self._clock, self._rng, SEARCHES_PER_SECOND, stop_at) for _ in ("search", "batch_get")
        )
        lark = self._base.table(table.app_token, table.table_id)
        return TableRun(
            schema=_schema(table, lark, batch_gets),
            lark=lark,
            searches=searches,
            batch_gets=batch_gets,
            states=self._states,
            fence=fence,
            clock=self._clock,
        )

    def _read(self, run: TableRun, state: SyncState, mode: str) -> TableReader:
        pull = pull_to_continue(state, run.schema) or self._begun(run, state, mode)

        def compare(records: Sequence[BaseRecord], known: Digests, read_at: str) -> PageWrites:
            return self._writes.of_records(run.schema, records, read_at, known=known)

        known = Digests(self._rows.digests(run.name))
        since = from_text(state.watermark) - OVERLAP if pull.mode != FULL and state.watermark else None
        reader = TableReader(run, pull, known, compare, sort=_order(run.schema, pull), since=since)
        reader.read()
        return reader

    def _begun(self, run: TableRun, state: SyncState, mode: str) -> PullProgress:
        """Return a new pull, which is noted; it is a full one where columns have changed."""
        schema, now = run.schema, self._clock.now()
        if schema.column_of(FieldType.MODIFIED_TIME) is None or state.fingerprint != schema.fingerprint:
            mode = FULL
        pull = new_pull(state, mode, schema, now)
        changes: dict[str, Any] = {"drift": tuple(schema.drift)}
        if mode == FULL:
            changes["subscription"] = subscribe(self._files, schema.table, now)
        run.answer(state, {**changes, "pull": pull})
        count("ColumnsDrifted", len(schema.drift))
        return pull

    def _finish(self, run: TableRun, reader: TableReader) -> None:
        deleted, doubt, full = 0, reader.doubt(), reader.pull.mode == FULL
        if full and not doubt:
            deleted, hidden = self._delete(run, reader)
            doubt = f"Lark keeps {hidden} records from the app" if hidden else None
        if doubt:
            count("DeletionsStopped")
        report = self._report(run.name, reader.pull, deleted)
        changes: dict[str, Any] = {
            "pull": None,
            "last_pull": report,
            "fingerprint": reader.pull.fingerprint,
            "not_before": None,
            "failures": 0,
            "last_error": None,
        }
        if full:
            changes |= {"last_full": report, "suspicious": None}
        if doubt:
            changes["suspicious"] = {"reason": doubt, "at": to_text(self._clock.now())}
        else:
            changes["watermark"] = reader.pull.started_at
        run.change(changes)
        logger.info("table pulled", table=run.name, **report)

    def _delete(self, run: TableRun, reader: TableReader) -> tuple[int, int]:
        """Look up what was not seen: mark what Lark says is absent, and write what it has after all.

        Returns
        -------
        tuple of int
            How many rows are marked, and how many records Lark keeps from the app.
        """
        deleted, hidden = 0, 0
        for found, read_at in reader.look_up_unseen():
            absent = sorted(found.absent)
            deleted += run.write([self._writes.of_absent(run.table, key, read_at) for key in absent])
            run.write(self._writes.of_records(run.schema, found.records, read_at).actions)
            hidden += len(found.forbidden)
        return deleted, hidden

    def _report(self, name: str, pull: PullProgress, deleted: int) -> dict[str, Any]:
        count("MirrorRowsRead", pull.read)
        count("MirrorRowsWritten", pull.written + deleted)
        count("MirrorRowsQuarantined", self._rows.count_quarantined(name))
        return {
            "number": pull.number,
            "mode": pull.mode,
            "startedAt": pull.started_at,
            "endedAt": to_text(self._clock.now()),
            "read": pull.read,
            "written": pull.written,
            "quarantined": pull.quarantined,
            "deleted": deleted,
        }


def _given_up(state: SyncState, mode: str) -> dict[str, Any]:
    """Return what gives up a pull whose page token Lark may have forgotten; a full one begins again."""
    if mode != FULL:
        return {"pull": None}
    accepted = state.accept_deletions or bool(state.pull and state.pull.accept_deletions)
    return begin_again(accept_deletions=accepted)


def _schema(table: SyncedTable, lark: BaseTable, calls: PacedCalls) -> Schema:
    return Schema(table, calls.make(lark.columns, repeatable=True))


def _order(schema: Schema, pull: PullProgress) -> Sort | None:
    """Return the order of a pull's pages, None for Lark's own where the table has no time to go by."""
    if pull.mode == INCREMENTAL:
        column = schema.column_of(FieldType.MODIFIED_TIME)
        return None if column is None else Sort(column, descending=True)
    column = schema.column_of(FieldType.CREATED_TIME)
    return None if column is None else Sort(column)
