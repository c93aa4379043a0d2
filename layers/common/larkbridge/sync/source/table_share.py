"""What one SOURCE table's share of a push works with, and what it notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from larkbridge.lark.api_error import LarkApiError
from larkbridge.store.source_rows import SourceRow, SourceRowStore
from larkbridge.store.sync_progress import SyncState
from larkbridge.store.table import Action
from larkbridge.sync.base.calls import Calls
from larkbridge.sync.config.tables import Table
from larkbridge.sync.mirror.pull import Turn
from larkbridge.sync.state.schedule import described
from larkbridge.work.outcome import Outcome


class TableStoppedError(LarkApiError):
    """A table cannot go on for now.

    Attributes
    ----------
    changes
        What must change in its state, together with the note of the error.
    """

    def __init__(self, outcome: Outcome, changes: Mapping[str, Any] | None = None) -> None:
        super().__init__(outcome)
        self.changes = dict(changes or {})


@dataclass(slots=True)
class Report:
    """What one run did.

    Attributes
    ----------
    tables
        What became of each: "pushed", "idle", "not_due", "taken" by another run, "lost" to one, "time_up",
        "crashed", or the reason why it stopped.
    pushed, rejected
        How many rows Lark has taken, and refused.
    missing
        How many rows' records are gone in Lark.
    duplicates
        How many records have the key of a row that has another.
    """

    tables: dict[str, str] = field(default_factory=dict[str, str])
    pushed: int = 0
    rejected: int = 0
    missing: int = 0
    duplicates: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """One table's share of a run; `writes` are the Base's, one after another."""

    turn: Turn
    writes: Calls
    rows: SourceRowStore
    report: Report

    @property
    def table(self) -> Table:
        return self.turn.schema.table

    def change(self, changes: Mapping[str, Any]) -> None:
        """Change the table's state; raises ConditionFailedError when somebody else has taken over."""
        self.turn.states.change(self.turn.name, self.turn.fence, changes)

    def answer(self, state: SyncState, changes: Mapping[str, Any]) -> None:
        """Change the table's state, whose request is answered; raises as `change`, or for a newer request."""
        self.turn.states.answer(state, self.turn.fence, changes)

    def write(self, actions: Sequence[Action], changes: Mapping[str, Any] | None = None) -> int:
        """Do what holds of some writes, the last with `changes` of the table's state; returns how many hold.

        Raises
        ------
        LeaseLostError
            When somebody else has taken over.
        """
        final = [self.turn.states.change_action(self.turn.name, self.turn.fence, changes)] if changes else []
        return self.turn.write(actions, final=final)

    def note(
        self, pushed: Sequence[tuple[SourceRow, str | None]], changes: Mapping[str, Any] | None = None
    ) -> None:
        """Note what Lark has: rows as they were sent, and their record ids, None where it is deleted.

        `changes` of the table's state are written last, once every row has its id.
        """
        now = self.turn.clock.now()
        current = [self.rows.pushed_action(row, record_id, now) for row, record_id in pushed]
        held = self.turn.write_each(current)
        overtaken = [
            self.rows.overtaken_action(row, record_id, now)
            for (row, record_id), done in zip(pushed, held, strict=True)
            if not done
        ]
        self.write(overtaken, changes)
        self.report.pushed += len(pushed)

    def reject(self, row: SourceRow, error: LarkApiError, changes: Mapping[str, Any] | None = None) -> None:
        """Take a row out of the queue, with the reason for which Lark refuses it."""
        reason = described(error, self.turn.clock.now())
        self.report.rejected += self.write([self.rows.reject_action(row, reason)], changes)
