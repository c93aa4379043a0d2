"""One run's work on one table: the lease that it holds, and what it needs for that."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from larkbridge.clock import Clock, to_text
from larkbridge.errors import TransactionRefusedError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.base import BaseTable
from larkbridge.lark.files import Files
from larkbridge.store.sync_progress import SyncState, SyncStateStore
from larkbridge.store.table import Action
from larkbridge.store.transactions import write_what_holds
from larkbridge.sync.config.synced_table import SyncedTable
from larkbridge.sync.shared.paced_calls import PacedCalls
from larkbridge.sync.shared.schedule import described
from larkbridge.sync.shared.schema import Schema

REPLICA_LAG = timedelta(minutes=1)
"""So long Lark may answer without a change that it has accepted."""
LEASE_MARGIN = timedelta(seconds=60)
"""So long after a run must stop its lease is still its own."""


class LeaseLostError(Exception):
    """Another run works on the table now; what was checkpointed is not lost."""


@contextmanager
def lease(
    states: SyncStateStore, name: str, *, owner: str, clock: Clock, stop_at: datetime
) -> Iterator[int | None]:
    """Hold a lease until the block ends; yields its fence number, None while another run has the lease."""
    until = to_text(stop_at + LEASE_MARGIN)
    fence = states.acquire(name, owner=owner, now=to_text(clock.now()), until=until)
    try:
        yield fence
    finally:
        if fence is not None:
            states.release(name, fence)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRun:
    """One table during a run that holds its lease.

    Lark counts `searches` and `batch_gets` apart. Every change is conditional on `fence`: the methods raise
    LeaseLostError or ConditionFailedError when another run has taken over.
    """

    schema: Schema
    lark: BaseTable
    searches: PacedCalls
    batch_gets: PacedCalls
    states: SyncStateStore
    fence: int
    clock: Clock

    @property
    def table(self) -> SyncedTable:
        return self.schema.table

    @property
    def name(self) -> str:
        return self.schema.table.name

    def change(self, changes: Mapping[str, Any]) -> None:
        """Change the table's state; raises ConditionFailedError."""
        self.states.change(self.name, self.fence, changes)

    def answer(self, state: SyncState, changes: Mapping[str, Any]) -> None:
        """Change the table's state, whose request is answered; raises ConditionFailedError.

        That is also raised when there has been a newer request.
        """
        self.states.answer(state, self.fence, changes)

    def write(
        self,
        actions: Sequence[Action],
        *,
        changes: Mapping[str, Any] | None = None,
        final: Sequence[Action] = (),
    ) -> int:
        """Do the writes whose conditions hold, and return how many those are; raises LeaseLostError.

        `changes` of the table's state and the `final` writes come with the last of them.
        """
        state = [self.states.change_action(self.name, self.fence, changes)] if changes else []
        return sum(self._write(actions, [*state, *final]))

    def write_each(self, actions: Sequence[Action]) -> list[bool]:
        """Do the writes whose conditions hold, and return for each whether it was; raises LeaseLostError."""
        return self._write(actions, ())

    def _write(self, actions: Sequence[Action], final: Sequence[Action]) -> list[bool]:
        guard = [self.states.change_action(self.name, self.fence, {})]
        try:
            return write_what_holds(actions, final=final, guard=guard, sleep=self.clock.sleep)
        except TransactionRefusedError:
            raise LeaseLostError(self.name) from None


def subscribe(files: Files, table: SyncedTable, now: datetime) -> dict[str, Any]:
    """Have Lark send the changes of a table's Base; returns what an admin is told, also of a refusal.

    Without that the schedules alone bring changes.
    """
    try:
        files.subscribe(table.app_token)
    except LarkApiError as error:
        return {"ok": False, **described(error, now)}
    return {"ok": True, "at": to_text(now)}
