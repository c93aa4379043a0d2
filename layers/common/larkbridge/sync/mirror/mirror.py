"""MIRROR tables: Lark's records are pulled, on a schedule and when an admin asks.

Guarantee: once Lark answers, a complete pull leaves every row as its record was when it was read, and marks
as deleted only what Lark itself says is absent. A run may stop anywhere, and two never work on one table.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from larkbridge.clock import Clock, from_text, to_text
from larkbridge.errors import ConditionFailedError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.base import Base, BaseTable, Record
from larkbridge.lark.files import Files
from larkbridge.lark.limits import SEARCHES_PER_SECOND
from larkbridge.lark.values import FieldType
from larkbridge.observability import count, gauge_seconds, log_crash, logger
from larkbridge.store.mirror_rows import GONE, MirrorRowStore
from larkbridge.store.sync_progress import FULL, INCREMENTAL, Pull, SyncState
from larkbridge.store.sync_progress_store import SyncStateStore
from larkbridge.sync.base.calls import Calls, TimeUpError
from larkbridge.sync.base.change_events import subscribed
from larkbridge.sync.base.rows import Schema
from larkbridge.sync.config.tables import Table
from larkbridge.sync.mirror.pull import LeaseLostError, PullRun, Taken, Turn, begin, order
from larkbridge.sync.mirror.row_writes import MirrorRows
from larkbridge.sync.state import schedule
from larkbridge.sync.state.digests import Digests
from larkbridge.sync.state.failures import note_failure

LEASE_MARGIN = timedelta(seconds=60)
"""So long after a run must stop its lease is still its own."""
OVERLAP = timedelta(minutes=5)
"""An incremental pull goes back so far behind the last one: clocks differ and replicas lag."""


class Mirror:
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
        self._store = rows
        self._rows = MirrorRows(rows, clock)
        self._states = states
        self._clock = clock
        self._rng = rng

    def run(self, tables: Sequence[Table], *, owner: str, stop_at: datetime) -> dict[str, str]:
        """Pull every table that is due, one after another; what happens to one holds up no other.

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

    def _run(self, table: Table, owner: str, stop_at: datetime) -> str:
        state, now = self._states.get(table.name), self._clock.now()
        gauge_seconds("MirrorLag", state.lag(now))
        count("TablesFailing", schedule.is_failing(state))
        if schedule.due(state, table, now) is None:
            return "not_due"
        if now >= stop_at:
            return "time_up"
        until = to_text(stop_at + LEASE_MARGIN)
        fence = self._states.acquire(table.name, owner=owner, now=to_text(now), until=until)
        if fence is None:
            return "taken"
        try:
            return self._pull(table, fence, stop_at)
        except (ConditionFailedError, LeaseLostError):
            return "lost"
        finally:
            self._states.release(table.name, fence)

    def _pull(self, table: Table, fence: int, stop_at: datetime) -> str:
        state = self._at_home(table, fence, self._states.open(table.name, fence, table.place))
        mode = schedule.due(state, table, self._clock.now())
        if mode is None:
            return "not_due"
        try:
            turn = self._turn(table, fence, stop_at)
            run = self._read(turn, state, mode)
            if _schema(table, turn.lark, turn.looks).fingerprint != run.pull.fingerprint:
                return self._begin_again(turn, run.pull)
            self._finish(turn, state, run)
        except TimeUpError:
            return "time_up"
        except LarkApiError as error:
            changes = _given_up(state, mode) if error.outcome.reason == "failed" else None
            return note_failure(self._states, state, fence, error, self._clock.now(), changes)
        return "pulled"

    def _at_home(self, table: Table, fence: int, state: SyncState) -> SyncState:
        """Return the state; of a table that has moved in Lark nothing is known, but its rows."""
        if state.place == table.place:
            return state
        self._states.change(
            table.name,
            fence,
            {"place": table.place, "pull": None, "watermark": None, "lastFull": None, "fingerprint": None},
        )
        return replace(state, place=table.place, pull=None, watermark=None, last_full=None, fingerprint=None)

    def _begin_again(self, turn: Turn, pull: Pull) -> str:
        """Give a pull up in whose course a column changed: some of its pages may be read by other names."""
        accepted = {"acceptDeletions": True} if pull.accept_deletions else {}
        self._states.change(turn.name, turn.fence, {"pull": None, "requested": FULL, **accepted})
        return "columns_changed"

    def _turn(self, table: Table, fence: int, stop_at: datetime) -> Turn:
        calls, looks = (
            Calls(self._clock, self._rng, SEARCHES_PER_SECOND, stop_at) for _ in ("search", "batch_get")
        )
        lark = self._base.table(table.app_token, table.table_id)
        return Turn(
            schema=_schema(table, lark, looks),
            lark=lark,
            calls=calls,
            looks=looks,
            states=self._states,
            fence=fence,
            clock=self._clock,
        )

    def _read(self, turn: Turn, state: SyncState, mode: str) -> PullRun:
        pull = self._begun(turn, state, mode)
        run = PullRun(
            turn,
            pull,
            Digests(self._store.digests(turn.name)),
            partial(self._take, turn.schema),
            order(turn.schema, pull),
            from_text(state.watermark) - OVERLAP if pull.mode == INCREMENTAL and state.watermark else None,
        )
        run.read()
        return run

    def _begun(self, turn: Turn, state: SyncState, mode: str) -> Pull:
        """Return the pull to go on with; a request, and another schema, begin a new one."""
        schema, pull = turn.schema, state.pull
        if pull and pull.fingerprint == schema.fingerprint and state.requested != FULL:
            return pull
        if schema.column_of(FieldType.MODIFIED_TIME) is None or state.fingerprint != schema.fingerprint:
            mode = FULL
        number = pull.number + 1 if pull else (state.last_pull or {}).get("number", 0) + 1
        accept = state.accept_deletions or bool(pull and pull.accept_deletions)
        pull = begin(mode, number, schema, self._clock.now(), accept_deletions=accept)
        changes: dict[str, Any] = {"drift": schema.drift}
        if mode == FULL:
            changes["subscription"] = subscribed(self._files, schema.table, self._clock.now())
        self._states.answer(state, turn.fence, {**changes, "pull": pull.to_record()})
        count("ColumnsDrifted", len(schema.drift))
        return pull

    def _take(self, schema: Schema, records: Sequence[Record], known: Digests, read_at: str) -> Taken:
        return self._rows.take(schema, records, known, read_at)

    def _finish(self, turn: Turn, state: SyncState, run: PullRun) -> None:
        deleted, doubt, full = 0, run.doubt(GONE), run.pull.mode == FULL
        if full and not doubt:
            deleted, hidden = self._delete(turn, run)
            doubt = f"Lark keeps {hidden} records from the app" if hidden else None
        if doubt:
            count("DeletionsStopped")
        report = self._report(turn.name, run, deleted)
        changes: dict[str, Any] = {
            "pull": None,
            "lastPull": report,
            "fingerprint": run.pull.fingerprint,
            "notBefore": None,
            "failures": None,
            "lastError": None,
        }
        if full:
            changes |= {"lastFull": report, "suspicious": None}
        if doubt:
            changes["suspicious"] = {"reason": doubt, "at": to_text(self._clock.now())}
        else:
            changes["watermark"] = run.pull.started_at
        self._states.change(turn.name, turn.fence, changes)
        logger.info("table pulled", table=turn.name, **report)

    def _delete(self, turn: Turn, run: PullRun) -> tuple[int, int]:
        """Mark what Lark says is absent, and take what it has after all.

        Returns
        -------
        tuple of int
            How many rows are marked, and how many Lark keeps from the app.
        """
        deleted, hidden = 0, 0
        for found, read_at in run.confirmed(GONE):
            gone = [self._rows.gone(turn.schema.table, one, read_at) for one in sorted(found.absent)]
            deleted += turn.write(gone)
            turn.write(self._rows.take(turn.schema, found.records, None, read_at).actions)
            hidden += len(found.forbidden)
        return deleted, hidden

    def _report(self, name: str, run: PullRun, deleted: int) -> dict[str, Any]:
        pull = run.pull
        count("MirrorRowsRead", pull.read)
        count("MirrorRowsWritten", pull.written + deleted)
        count("MirrorRowsQuarantined", self._store.count_quarantined(name))
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
    """Return what gives up a pull whose page token Lark may not know any more; a whole one begins again."""
    if mode != FULL:
        return {"pull": None}
    accepted = state.accept_deletions or bool(state.pull and state.pull.accept_deletions)
    return {"pull": None, "requested": FULL, **({"acceptDeletions": True} if accepted else {})}


def _schema(table: Table, lark: BaseTable, calls: Calls) -> Schema:
    return Schema(table, calls.make(lark.columns, repeatable=True))
