"""Both directions in one: what a function needs that keeps tables the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from larkbridge.clock import Clock
from larkbridge.store.sync_progress import FULL, SyncStateStore
from larkbridge.sync.config.synced_table import Role, SyncedTable
from larkbridge.sync.config.table_registry import Registry
from larkbridge.sync.mirror.pull import MirrorPull
from larkbridge.sync.mirror.reported_changes import MirrorChanges
from larkbridge.sync.source.absences import SourceDeletions
from larkbridge.sync.source.push import Push

STOP_MARGIN = timedelta(seconds=45)
"""So long before its function's end a run stops: a call still fits, twice with a new token each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSync:
    """The registry's tables, and what runs over them."""

    registry: Registry
    states: SyncStateStore
    mirror: MirrorPull
    source: Push
    mirror_changes: MirrorChanges
    source_deletions: SourceDeletions
    clock: Clock

    def require_feeds(self, form_types: Iterable[str]) -> None:
        """Raise RegistryError unless each of these forms feeds one connected table."""
        for form_type in form_types:
            self.registry.fed_by(form_type)

    def pull(self, *, full: bool, owner: str, seconds: float) -> dict[str, str]:
        """Pull the mirrored tables that are due, or all of them in full; returns what became of each."""
        tables = self._asked(Role.MIRROR, full=full)
        return self.mirror.run(tables, owner=owner, stop_at=self._stop_at(seconds))

    def push(self, *, full: bool, owner: str, seconds: float) -> dict[str, str]:
        """Push what waits in the SOURCE tables, and compare all of them with Lark if `full`."""
        tables = self._asked(Role.SOURCE, full=full)
        return self.source.run(tables, owner=owner, stop_at=self._stop_at(seconds)).tables

    def request_full(self, table: SyncedTable) -> None:
        """Have the next run compare a whole table with Lark."""
        self.states.request(table.name, FULL, accept_deletions=False)

    def _asked(self, role: Role, *, full: bool) -> list[SyncedTable]:
        tables = self.registry.of_role(role)
        if full:
            for table in tables:
                self.request_full(table)
        return tables

    def _stop_at(self, seconds: float) -> datetime:
        return self.clock.now() + timedelta(seconds=seconds) - STOP_MARGIN
