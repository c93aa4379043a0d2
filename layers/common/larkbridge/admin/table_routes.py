"""The tables that are the same here and in Lark Base: how their sync fares, and having one synced."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, StrictBool, ValidationInfo
from pydantic_core import PydanticCustomError

from larkbridge.admin.requests import Checked, body_of
from larkbridge.admin.row_routes import TABLE
from larkbridge.admin.table_shapes import ShownTables, SyncRequested
from larkbridge.clock import Clock
from larkbridge.errors import ConflictError
from larkbridge.routes import Answer, Call, Route, Scope
from larkbridge.settings import AdminApiSettings
from larkbridge.shapes import Note
from larkbridge.store.mirror_rows import MirrorRowStore
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.sync_progress import SyncStateStore
from larkbridge.sync.config.registered import Registered
from larkbridge.sync.config.synced_table import SyncedTable
from larkbridge.sync.overview import Overview


def _accepted(deletions: bool, info: ValidationInfo) -> bool:
    if deletions and info.data.get("mode") == "incremental":
        raise PydanticCustomError("mode", "Input should be false: an incremental sync deletes nothing")
    return deletions


class SyncTable(Checked):
    mode: Annotated[
        Literal["full", "incremental"], Note("Everything, or what has changed.", examples=["full"])
    ]
    accept_deletions: Annotated[
        StrictBool,
        AfterValidator(_accepted),
        Note("Believe a full sync also when suspiciously many rows are gone in Lark.", examples=[False]),
    ] = False


class Tables:
    """Serves the routes of tables as a whole."""

    def __init__(self, settings: AdminApiSettings, clock: Clock) -> None:
        self._tables = Registered(settings.places)
        self._states = SyncStateStore(settings.sync_state_table)
        mirrored = MirrorRowStore(settings.mirror_rows_table)
        ours = SourceRowStore(settings.source_rows_table)
        self._overview = Overview(self._states, mirrored, ours, clock)

    def list(self, _: Call) -> dict[str, Any]:
        return {"items": [self._overview.of(table) for table in self._tables.all()]}

    def find(self, ids: Mapping[str, str]) -> SyncedTable:
        return self._tables.named(ids["table"])

    def sync(self, call: Call[None, SyncTable, SyncedTable]) -> SyncRequested:
        table, asked = call.found, call.body
        if not table.connected:
            raise ConflictError("the table is not connected: LARK_TABLES does not name it")
        self._states.request(table.name, asked.mode, accept_deletions=asked.accept_deletions)
        return {"table": table.name, "requested": asked.mode}


ROUTES = (
    Route(
        "GET",
        "/v1/tables",
        Scope.READ,
        name="listTables",
        summary="Every table of the registry, connected or not, and how its sync fares",
        tag="tables",
        answer=Answer(ShownTables, "The tables, in the registry's order."),
        handle=Tables.list,
    ),
    Route(
        "POST",
        "/v1/tables/{table}/sync",
        Scope.WRITE,
        name="syncTable",
        summary="Ask for a sync, which begins within a minute",
        tag="tables",
        description=(
            "A mirrored table is pulled: whole, or what was modified lately. Of a SOURCE table `incremental` "
            "pushes what waits, which is not what Lark has refused; `full` compares every row with Lark, and "
            "tries again those that it has refused. 409 when the table is not connected."
        ),
        parameters=(TABLE,),
        find=Tables.find,
        body=body_of(SyncTable),
        raises=(ConflictError,),
        answer=Answer(SyncRequested, "It is asked for."),
        handle=Tables.sync,
    ),
)
