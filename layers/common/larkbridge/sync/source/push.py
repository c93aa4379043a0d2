"""SOURCE tables: what was written here is brought to Lark.

Guarantee: once Lark answers, every row is as it is here or carries the reason why Lark refuses it, and no
record is created twice. A run may stop anywhere; one at a time writes to a Base, one call after another.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from larkbridge.clock import Clock, from_text
from larkbridge.errors import ConditionFailedError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.base import Base
from larkbridge.lark.files import Files
from larkbridge.lark.limits import SEARCHES_PER_SECOND, WRITES_PER_SECOND
from larkbridge.observability import count, gauge_seconds, log_crash
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.sync_progress import FULL, SyncStateStore
from larkbridge.sync.config.synced_table import SyncedTable
from larkbridge.sync.shared import schedule
from larkbridge.sync.shared.paced_calls import PacedCalls, TimeUpError
from larkbridge.sync.shared.schema import Schema
from larkbridge.sync.shared.table_run import LeaseLostError, lease, subscribe
from larkbridge.sync.source.push_run import PushReport, PushRun, TableStoppedError
from larkbridge.sync.source.table_push import TablePush, accept_place, has_moved

WRITE_GAP = 0.5
"""Seconds between two writes of one Base, as Lark advises where they conflict."""
_DUE = "due"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushParts:
    """What a push works with; for so long as `trusted` Lark is trusted to know a client token again."""

    base: Base
    files: Files
    rows: SourceRowStore
    states: SyncStateStore
    clock: Clock
    rng: random.Random
    trusted: timedelta


class Push:
    """Pushes SOURCE tables."""

    def __init__(self, parts: PushParts) -> None:
        self._parts = parts
        self._states = parts.states
        self._clock = parts.clock
        self._rng = parts.rng

    def run(self, tables: Sequence[SyncedTable], *, owner: str, stop_at: datetime) -> PushReport:
        """Push every table that is due, each Base within a share of the time, in no order.

        Parameters
        ----------
        owner
            Unique to this run.
        stop_at
            No call of Lark is begun after it.

        Raises
        ------
        Exception
            At the end, what was unexpected and no fault of Lark's; the other tables had their share.
        """
        report, errors = PushReport(), list[Exception]()
        by_base = defaultdict[str, list[SyncedTable]](list)
        for table in tables:
            by_base[table.app_token].append(table)
        bases = list(by_base.items())
        self._rng.shuffle(bases)
        for number, (app_token, its_tables) in enumerate(bases):
            now = self._clock.now()
            ends = now + (stop_at - now) / (len(bases) - number)
            try:
                errors += self._push_base(app_token, its_tables, owner, ends, report)
            except Exception as error:
                log_crash("base not pushed", error)
                errors.append(error)
        count("SourceRowsPushed", report.pushed)
        count("SourceRowsRejected", report.rejected)
        if errors:
            raise errors[0]
        return report

    def _push_base(
        self, app_token: str, tables: Sequence[SyncedTable], owner: str, stop_at: datetime, report: PushReport
    ) -> list[Exception]:
        """Push a Base's tables while no other run does; returns the unexpected errors."""
        run = _BaseRun(self._parts, stop_at, report)
        due = run.due(tables)
        if not due:
            return run.errors
        with lease(
            self._states, f"base:{app_token}", owner=owner, clock=self._clock, stop_at=stop_at
        ) as fence:
            if fence is None:
                report.tables |= {table.name: "taken" for table in due}
                return run.errors
            self._rng.shuffle(due)
            run.push(due, fence)
        return run.errors


class _BaseRun:
    """One run over the tables of one Base."""

    def __init__(self, parts: PushParts, stop_at: datetime, report: PushReport) -> None:
        self.errors: list[Exception] = []
        self._parts = parts
        self._rows = parts.rows
        self._states = parts.states
        self._clock = parts.clock
        self._report = report
        self._searches, self._batch_gets = (
            PacedCalls(parts.clock, parts.rng, SEARCHES_PER_SECOND, stop_at) for _ in ("search", "batch_get")
        )
        self._writes = PacedCalls(parts.clock, parts.rng, WRITES_PER_SECOND, stop_at, gap=WRITE_GAP)

    def due(self, tables: Sequence[SyncedTable]) -> list[SyncedTable]:
        """Return the tables for which there is something to do now."""
        for table in tables:
            self._guard(table, partial(self._look, table))
        return [table for table in tables if self._report.tables[table.name] == _DUE]

    def push(self, tables: Sequence[SyncedTable], fence: int) -> None:
        """Push tables; trouble with one does not hold up the others."""
        for table in tables:
            self._guard(table, partial(self._push, table, fence))

    def _guard(self, table: SyncedTable, step: Callable[[], str]) -> None:
        """Take a step with a table, and report what became of it whatever happens."""
        try:
            outcome = step()
        except (ConditionFailedError, LeaseLostError):
            outcome = "lost"
        except Exception as error:
            log_crash("table not pushed", error, table=table.name)
            count("TableSyncFailed")
            self.errors.append(error)
            outcome = "crashed"
        self._report.tables[table.name] = outcome

    def _look(self, table: SyncedTable) -> str:
        """Tell whether a table is due, and measure for how long its rows have waited."""
        state, now = self._states.get(table.name), self._clock.now()
        since = self._rows.waiting_since(table.name)
        gauge_seconds("SourceLag", (now - from_text(since)).total_seconds() if since else 0.0)
        count("TablesFailing", schedule.is_failing(state))
        if state.not_before is not None and now < from_text(state.not_before):
            return "not_due"
        if schedule.is_overdue(state, now) and not (state.requested or state.pull):
            self._states.request(table.name, FULL, accept_deletions=False)
            return _DUE
        todo = since or state.batch or state.pull or state.requested or has_moved(table, state)
        return _DUE if todo else "idle"

    def _push(self, table: SyncedTable, fence: int) -> str:
        state = self._states.open(table.name, fence, table.place)
        try:
            table, state = accept_place(self._states, table, fence, state)
            run = self._push_run(table, fence)
            if state.subscription is None or state.requested == FULL:
                run.change({"subscription": subscribe(self._parts.files, table, self._clock.now())})
            TablePush(run, state, self._parts.trusted).push()
            if state.place != table.place:
                run.change({"place": table.place})
        except TimeUpError:
            return "time_up"
        except LarkApiError as error:
            changes = error.changes if isinstance(error, TableStoppedError) else None
            return schedule.note_failure(self._states, state, fence, error, self._clock.now(), changes)
        return "pushed"

    def _push_run(self, table: SyncedTable, fence: int) -> PushRun:
        lark = self._parts.base.table(table.app_token, table.table_id)
        return PushRun(
            schema=Schema(table, self._searches.make(lark.columns, repeatable=True)),
            lark=lark,
            searches=self._searches,
            batch_gets=self._batch_gets,
            writes=self._writes,
            states=self._states,
            fence=fence,
            clock=self._clock,
            rows=self._rows,
            report=self._report,
        )
