"""The rows of a table: those that Lark has are only shown, those that we have can be written too."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Protocol

from larkbridge.admin import cursor as cursors
from larkbridge.admin.call import Call, Routes
from larkbridge.admin.content import PAGE_LENGTH
from larkbridge.admin.paging import Scan
from larkbridge.admin.requests import ListRows
from larkbridge.clock import Clock
from larkbridge.errors import ConflictError, InvalidFieldsError, NotFoundError
from larkbridge.store.mirror_rows import MirrorRow, MirrorRowStore
from larkbridge.store.source_rows import SourceRow, SourceRowStore
from larkbridge.sync.registry import Registry
from larkbridge.sync.source_input import MAX_ROW_ID
from larkbridge.sync.source_writes import SourceWrites
from larkbridge.sync.tables import Role, Table


def row_routes(tables: Registry, mirrored: MirrorRowStore, ours: SourceRowStore, clock: Clock) -> Routes:
    """Return the routes under /v1/tables/{table}/rows."""
    views: Mapping[Role, _View[Any]] = {
        Role.MIRROR: _View(mirrored, mirrored.quarantined, "quarantined", _mirror_row, clock),
        Role.SOURCE: _View(ours, ours.rejected, "rejected", _source_row, clock),
    }
    writes = SourceWrites(ours, clock)

    def page(call: Call) -> dict[str, Any]:
        table = table_of(tables, call)
        return views[table.role].page(table.name, ListRows.read(call.query))

    def get(call: Call) -> dict[str, Any]:
        table = table_of(tables, call)
        return views[table.role].get(table.name, _row_id(call))

    def put(call: Call) -> dict[str, Any]:
        return _source_row(writes.put(writable(call), call.path("rowId"), call.fields()))

    def delete(call: Call) -> dict[str, Any]:
        return _source_row(writes.delete(writable(call), _row_id(call)))

    def writable(call: Call) -> Table:
        table = table_of(tables, call)
        if table.role is Role.MIRROR:
            raise ConflictError("the table is a mirror: Lark is authoritative")
        return table

    return {
        "GET /v1/tables/{table}/rows": page,
        "GET /v1/tables/{table}/rows/{rowId}": get,
        "PUT /v1/tables/{table}/rows/{rowId}": put,
        "DELETE /v1/tables/{table}/rows/{rowId}": delete,
    }


def table_of(tables: Registry, call: Call) -> Table:
    """Return the table in a call's path; raises NotFoundError."""
    table = tables.get(call.path("table"))
    if table is None:
        raise NotFoundError("there is no such table")
    return table


def _row_id(call: Call) -> str:
    """Return the row id in a call's path; raises NotFoundError for what no row can have."""
    row_id = call.path("rowId")
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
        scan = Scan(found(table, cursors.decode(asked.cursor, _is_row_id)), itemgetter(0), limit=asked.limit)
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
                return {"items": items, "cursor": cursors.encode(sort_key)}
        return {"items": items, "cursor": scan.cursor()}


def _mirror_row(row: MirrorRow) -> dict[str, Any]:
    return {
        "id": row.record_id,
        "larkSourceId": row.record_id,
        "values": row.values,
        "status": _mirror_status(row),
        "quarantine": row.quarantine,
        "received": row.received,
        "modifiedAt": row.modified_at or None,
        "changedAt": row.changed_at,
        "deletedAt": row.deleted_at,
    }


def _mirror_status(row: MirrorRow) -> str:
    if row.deleted_at is not None:
        return "deleted"
    return "live" if row.quarantine is None else "quarantined"


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
