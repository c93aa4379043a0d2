"""The rows of a table: those that Lark has are only shown, those that we have can be written too."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Annotated, Any, Literal, Protocol

from larkbridge.admin.paging import PAGE_LENGTH, Scan, from_cursor, to_cursor
from larkbridge.admin.requests import Page
from larkbridge.admin.table_shapes import RowPage, ShownMirrorRow, ShownSourceRow
from larkbridge.clock import Clock
from larkbridge.errors import ConflictError, InvalidFieldsError, NotFoundError
from larkbridge.routes import Answer, Body, Call, Parameter, Route, Scope
from larkbridge.settings import AdminApiSettings
from larkbridge.shapes import JsonObject, Note
from larkbridge.store.mirror_rows import MirrorRow, MirrorRowStore
from larkbridge.store.source_rows import SourceRow, SourceRowStore
from larkbridge.sync.config.registered import Registered
from larkbridge.sync.config.synced_table import Role, SyncedTable
from larkbridge.sync.source.local_writes import MAX_ROW_ID, LocalWrites

TABLE = Parameter("table", "The table's name in `tables.toml`.")
_ID = Parameter("rowId", "The row's id; in a mirrored table Lark's id of the record.")


class ListRows(Page):
    """Each status is of tables of one role."""

    status: Annotated[Literal["quarantined", "rejected"] | None, Note("Only those in this state.")] = None


class Rows:
    """Serves the routes under /v1/tables/{table}/rows."""

    def __init__(self, settings: AdminApiSettings, clock: Clock) -> None:
        self._tables = Registered(settings.places)
        mirrored = MirrorRowStore(settings.mirror_rows_table)
        ours = SourceRowStore(settings.source_rows_table)
        self._views: Mapping[Role, _View[Any]] = {
            Role.MIRROR: _View(mirrored, mirrored.quarantined, "quarantined", _mirror_row, clock),
            Role.SOURCE: _View(ours, ours.rejected, "rejected", _source_row, clock),
        }
        self._writes = LocalWrites(ours, clock)

    def page(self, call: Call[ListRows, None, SyncedTable]) -> dict[str, Any]:
        return self._views[call.found.role].page(call.found.name, call.query)

    def get(self, call: Call[None, None, SyncedTable]) -> dict[str, Any]:
        return self._views[call.found.role].get(call.found.name, _row_id(call))

    def put(self, call: Call[None, dict[str, Any], SyncedTable]) -> dict[str, Any]:
        return _source_row(self._writes.put(call.found, call.ids["rowId"], call.body))

    def delete(self, call: Call[None, None, SyncedTable]) -> dict[str, Any]:
        return _source_row(self._writes.delete(call.found, _row_id(call)))

    def find(self, ids: Mapping[str, str]) -> SyncedTable:
        return self._tables.named(ids["table"])

    def find_writable(self, ids: Mapping[str, str]) -> SyncedTable:
        """Return a table of ours; raises ConflictError for one of Lark's."""
        table = self.find(ids)
        if table.role is Role.MIRROR:
            raise ConflictError("the table is a mirror: Lark is authoritative")
        return table


ROUTES = (
    Route(
        "GET",
        "/v1/tables/{table}/rows",
        Scope.READ,
        name="listRows",
        summary="Rows of a table, the last one changed first",
        tag="tables",
        description="Mirrored tables have `quarantined` rows, SOURCE tables `rejected` ones.",
        parameters=(TABLE,),
        find=Rows.find,
        query=ListRows,
        answer=Answer(RowPage, "One page; one of large rows is short."),
        handle=Rows.page,
    ),
    Route(
        "GET",
        "/v1/tables/{table}/rows/{rowId}",
        Scope.READ,
        name="getRow",
        summary="One row",
        tag="tables",
        parameters=(TABLE, _ID),
        find=Rows.find,
        answer=Answer(ShownMirrorRow | ShownSourceRow, "The row."),
        handle=Rows.get,
    ),
    Route(
        "PUT",
        "/v1/tables/{table}/rows/{rowId}",
        Scope.WRITE,
        name="putRow",
        summary="Write a row of a SOURCE table in place of what it was",
        tag="tables",
        description=(
            "Lark has it within a minute. A field that is absent is empty; the key is the row's id. The same "
            "again changes nothing, unless Lark has refused it: then it is pushed once more. 409 for a "
            "mirrored table, whose rows are changed in Lark."
        ),
        parameters=(TABLE, _ID),
        find=Rows.find_writable,
        body=Body(Annotated[JsonObject, Note("The row's fields by our names.")], lambda _, fields: fields),
        raises=(ConflictError,),
        answer=Answer(ShownSourceRow, "Stored."),
        handle=Rows.put,
    ),
    Route(
        "DELETE",
        "/v1/tables/{table}/rows/{rowId}",
        Scope.WRITE,
        name="deleteRow",
        summary="Delete a row of a SOURCE table, here and within a minute in Lark",
        tag="tables",
        description="Again changes nothing. 409 for a mirrored table, whose rows are deleted in Lark.",
        parameters=(TABLE, _ID),
        find=Rows.find_writable,
        raises=(ConflictError,),
        answer=Answer(ShownSourceRow, "Deleted."),
        handle=Rows.delete,
    ),
)


def _row_id(call: Call[Any, Any, Any]) -> str:
    """Return the row id in a call's path; raises NotFoundError for what no row can have."""
    row_id = call.ids["rowId"]
    if not _is_row_id(row_id):
        raise NotFoundError("there is no such row")
    return row_id


def _is_row_id(text: str) -> bool:
    return 0 < len(text) <= MAX_ROW_ID and text.isprintable()


type _Listed = Iterator[tuple[str, str]]
"""Sort keys and row ids."""


class _Store[R](Protocol):
    def get(self, table: str, row_id: str, /) -> R | None: ...

    def get_many(
        self, table: str, row_ids: Sequence[str], sleep: Callable[[float], None], /
    ) -> dict[str, R]: ...

    def newest(self, table: str, before: str | None) -> _Listed: ...


@dataclass(frozen=True, slots=True)
class _View[R]:
    """How the rows of one role are listed and shown; `troubled` lists those with the status `trouble`."""

    store: _Store[R]
    troubled: Callable[[str, str | None], _Listed]
    trouble: str
    shown: Callable[[R], dict[str, Any]]
    clock: Clock

    def get(self, table: str, row_id: str) -> dict[str, Any]:
        """Return a row; raises NotFoundError."""
        row = self.store.get(table, row_id)
        if row is None:
            raise NotFoundError("there is no such row")
        return self.shown(row)

    def page(self, table: str, asked: ListRows) -> dict[str, Any]:
        """Return one page, the last row that changed first; it may be short and yet have a cursor.

        The index says which rows, and may be a moment behind; the rows themselves are as they are now.
        """
        if asked.status not in (None, self.trouble):
            raise InvalidFieldsError(
                "some fields are not valid", fields={"status": f"Input should be '{self.trouble}'"}
            )
        found = self.store.newest if asked.status is None else self.troubled
        scan = Scan(found(table, from_cursor(asked.cursor, _is_row_id)), itemgetter(0), limit=asked.limit)
        listed = list(scan)
        rows = self.store.get_many(table, [*{row_id for _, row_id in listed}], self.clock.sleep)
        items, length = [], 0
        for sort_key, row_id in listed:
            item = self.shown(rows.pop(row_id)) if row_id in rows else None
            if item is None or asked.status not in (None, item["status"]):
                continue
            items.append(item)
            length += len(json.dumps(item))
            if length > PAGE_LENGTH:
                return {"items": items, "cursor": to_cursor(sort_key)}
        return {"items": items, "cursor": scan.cursor()}


def _mirror_row(row: MirrorRow) -> dict[str, Any]:
    return {
        "id": row.record_id,
        "larkSourceId": row.record_id,
        "values": row.values,
        "status": _mirror_status(row),
        "quarantine": row.reasons,
        "received": row.received,
        "modifiedAt": row.modified_at or None,
        "changedAt": row.changed_at,
        "deletedAt": row.deleted_at,
    }


def _mirror_status(row: MirrorRow) -> str:
    if row.deleted_at is not None:
        return "deleted"
    return "live" if row.reasons is None else "quarantined"


def _source_row(row: SourceRow) -> dict[str, Any]:
    return {
        "id": row.row_id,
        "larkRecordId": row.lark_record_id,
        "values": row.values,
        "version": row.version,
        "pushedVersion": row.pushed_version,
        "status": _source_status(row),
        "rejected": row.rejected,
        "updatedAt": row.updated_at,
    }


def _source_status(row: SourceRow) -> str:
    if row.rejected is not None:
        return "rejected"
    if row.deleted:
        return "deleted"
    return "pending" if row.queued else "pushed"
