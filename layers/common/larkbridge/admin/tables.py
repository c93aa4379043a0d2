"""The tables that are the same here and in Lark Base: how their sync fares, and having one synced."""

from datetime import datetime, timedelta
from typing import Any

from larkbridge.admin.call import Call, Routes
from larkbridge.admin.requests import SyncTable
from larkbridge.admin.rows import row_routes, table_of
from larkbridge.clock import Clock, from_text
from larkbridge.errors import ConflictError, NotConfiguredError
from larkbridge.settings import Settings
from larkbridge.store.mirror_rows import MirrorRowStore
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.sync_state import Pull, SyncState
from larkbridge.store.sync_states import SyncStateStore
from larkbridge.sync.registry import Registry, registry
from larkbridge.sync.tables import RegistryError, Role, Table

_MINUTE = timedelta(minutes=1)


_ROUTES = (
    "GET /v1/tables",
    "POST /v1/tables/{table}/sync",
    "GET /v1/tables/{table}/rows",
    "GET /v1/tables/{table}/rows/{rowId}",
    "PUT /v1/tables/{table}/rows/{rowId}",
    "DELETE /v1/tables/{table}/rows/{rowId}",
)


def table_routes(settings: Settings, clock: Clock) -> Routes:
    """Return the routes under /v1/tables; while the registry cannot be used, they say why, and no others."""
    try:
        return _routes(registry(settings), settings, clock)
    except RegistryError as error:
        message = error.message

    def refuse(_: Call) -> dict[str, Any]:
        raise NotConfiguredError(message)

    return dict.fromkeys(_ROUTES, refuse)


def _routes(tables: Registry, settings: Settings, clock: Clock) -> Routes:
    states = SyncStateStore(settings.required("SYNC_STATE_TABLE"))
    mirrored = MirrorRowStore(settings.required("MIRROR_ROWS_TABLE"))
    ours = SourceRowStore(settings.required("SOURCE_ROWS_TABLE"))
    overview = _Overview(states, mirrored, ours, clock)

    def sync(call: Call) -> dict[str, Any]:
        table = table_of(tables, call)
        asked = SyncTable.read(call.fields())
        if not table.connected:
            raise ConflictError("the table is not connected: LARK_TABLES does not name it")
        states.request(table.name, asked.mode, accept_deletions=asked.accept_deletions)
        return {"table": table.name, "requested": asked.mode}

    return {
        "GET /v1/tables": lambda _: {"items": [overview.of(table) for table in tables]},
        "POST /v1/tables/{table}/sync": sync,
        **row_routes(tables, mirrored, ours, clock),
    }


class _Overview:
    """What an admin sees of a table.

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

    def of(self, table: Table) -> dict[str, Any]:
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

    def _pulled(self, table: Table, state: SyncState) -> dict[str, Any]:
        last, whole = state.last_pull, state.last_full
        return {
            "lastSync": last and last["endedAt"],
            "lagSeconds": last and round(state.lag(self._clock.now())),
            "counts": {
                "rows": whole and whole["read"],
                "quarantined": self._mirrored.count_quarantined(table.name),
            },
        }

    def _pushed(self, table: Table, state: SyncState) -> dict[str, Any]:
        waiting = self._ours.count_waiting(table.name)
        since = self._ours.waiting_since(table.name) if waiting else None
        return {
            "lastSync": state.last_push_at,
            "lagSeconds": _seconds_since(since, self._clock.now()) if since else 0,
            "counts": {"waiting": waiting, "rejected": self._ours.count_rejected(table.name)},
        }


def _seconds_since(moment: str, now: datetime) -> int:
    return max(0, round((now - from_text(moment)).total_seconds()))


def _under_way(pull: Pull) -> dict[str, Any]:
    return {"mode": pull.mode, "startedAt": pull.started_at, "read": pull.read, "total": pull.total}
