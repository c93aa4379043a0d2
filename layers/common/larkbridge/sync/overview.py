"""How the sync of a table fares, as staff are shown it."""

from datetime import datetime, timedelta
from typing import Any

from larkbridge.clock import Clock, from_text
from larkbridge.store.mirror_rows import MirrorRowStore
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.sync_progress import PullProgress, SyncState, SyncStateStore
from larkbridge.sync.config.synced_table import Role, SyncedTable

_MINUTE = timedelta(minutes=1)


class Overview:
    """What staff see of a table.

    Two DynamoDB requests for a mirrored table, three for one of ours and a fourth while rows wait; one more
    for each further megabyte of an index that is counted.
    """

    def __init__(
        self, states: SyncStateStore, mirrored: MirrorRowStore, ours: SourceRowStore, clock: Clock
    ) -> None:
        self._states = states
        self._mirrored = mirrored
        self._ours = ours
        self._clock = clock

    def of(self, table: SyncedTable) -> dict[str, Any]:
        """Return a table, connected or not; nothing tells where it is in Lark."""
        state, is_mirror = self._states.get(table.name), table.role is Role.MIRROR
        return {
            "name": table.name,
            "role": table.role,
            "connected": table.connected,
            "key": table.key,
            "deletions": table.deletions,
            "everyMinutes": table.every // _MINUTE if is_mirror else None,
            **(self._pulled(table, state) if is_mirror else self._pushed(table, state)),
            "lastFull": state.last_full,
            "drift": state.drift,
            "suspicious": state.suspicious,
            "lastError": state.last_error,
            "nextRunAt": state.not_before,
            "requested": state.requested,
            "underWay": state.pull and _under_way(state.pull),
            "subscription": state.subscription,
        }

    def _pulled(self, table: SyncedTable, state: SyncState) -> dict[str, Any]:
        last, full = state.last_pull, state.last_full
        return {
            "lastSync": last and last["endedAt"],
            "lagSeconds": last and round(state.lag(self._clock.now())),
            "counts": {
                "rows": full and full["read"],
                "quarantined": self._mirrored.count_quarantined(table.name),
            },
        }

    def _pushed(self, table: SyncedTable, state: SyncState) -> dict[str, Any]:
        waiting = self._ours.count_waiting(table.name)
        since = self._ours.waiting_since(table.name) if waiting else None
        return {
            "lastSync": state.last_push_at,
            "lagSeconds": _seconds_since(since, self._clock.now()) if since else 0,
            "counts": {"waiting": waiting, "rejected": self._ours.count_rejected(table.name)},
        }


def _seconds_since(moment: str, now: datetime) -> int:
    return max(0, round((now - from_text(moment)).total_seconds()))


def _under_way(pull: PullProgress) -> dict[str, Any]:
    return {"mode": pull.mode, "startedAt": pull.started_at, "read": pull.read, "total": pull.total}
