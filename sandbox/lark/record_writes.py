"""The APIs that write records, one by one and in batches.

Source: open platform documentation, the pages of create, update, delete and batch_* under "Base record", and
"Base overview": a batch is all or nothing, and a Base takes one write at a time. What they leave open, and is
assumed here:

* a client token belongs to the table and the API that it was used with, and only a write that succeeded is
  remembered under it; the same token with the same body gets the first answer again;
* a batch has at most 500 rows, which is the lowest of the numbers that the documents give;
* a batch that names a record that does not exist writes nothing (RecordIdNotFound);
* a write that is refused takes no time;
* writing what is there already changes nothing, not even the time of the last change.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.lark.base_codes import ErrorCode, refused
from sandbox.lark.envelope import INVALID_FIELD, RefusedError, json_object
from sandbox.lark.table_store import TableStore
from sandbox.lark.tables import Table
from sandbox.routing import Request

MAX_BATCH = 500
APP = "ou_app"
"""The open id under which the app writes."""

_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)

type Cells = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Write:
    """One record that an API call updated."""

    time: float
    app_token: str
    table_id: str
    record_id: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Creation:
    """One record that an API call created; `client_token` is empty when there was none."""

    time: float
    app_token: str
    table_id: str
    record_id: str
    client_token: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Answered:
    time: float
    body: dict[str, Any]
    answer: dict[str, Any]


class RecordWrites:
    """What the routes of `Bases` do for writes."""

    def __init__(self, store: TableStore) -> None:
        self.updated: list[Write] = []
        self.created: list[Creation] = []
        self._store = store
        self._answered: dict[tuple[str, str], _Answered] = {}
        self._busy_until: dict[str, float] = {}

    def create(self, request: Request) -> dict[str, Any]:
        """Create one record."""
        return self._once(request, lambda body: {"record": self._created(request, [body])[0]})

    def update(self, request: Request) -> dict[str, Any]:
        """Write the fields that are given of one record."""
        record_id = request.params["record_id"]
        return self._once(
            request, lambda body: {"record": self._updated(request, [body | {"record_id": record_id}])[0]}
        )

    def delete(self, request: Request) -> dict[str, Any]:
        """Delete one record."""
        self._require_free(request)
        return self._deleted(request, [request.params["record_id"]])[0]

    def batch_create(self, request: Request) -> dict[str, Any]:
        """Create records, all or none."""
        return self._once(request, lambda body: {"records": self._created(request, _batch(body))})

    def batch_update(self, request: Request) -> dict[str, Any]:
        """Update records, all or none."""
        return self._once(request, lambda body: {"records": self._updated(request, _batch(body))})

    def batch_delete(self, request: Request) -> dict[str, Any]:
        """Delete records, all or none."""
        self._require_free(request)
        return {"records": self._deleted(request, _batch(json_object(request)))}

    def _once(self, request: Request, perform: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        """Perform a write unless its client token says that it has been performed."""
        self._require_free(request)
        body, token = json_object(request), request.query.get("client_token", "")
        if not token:
            return perform(body)
        if not _UUID4.fullmatch(token):
            raise refused(ErrorCode.InvalidClientToken)
        key, now = (f"{request.method} {request.path}", token.lower()), self._store.now()
        known = self._answered.get(key)
        if known is None or now >= known.time + self._store.client_token_seconds:
            known = self._answered[key] = _Answered(now, body, perform(body))
        if known.body != body:
            raise refused(ErrorCode.ClientTokenConflict)
        return known.answer

    def _require_free(self, request: Request) -> None:
        """Raise `RefusedError` when the app may not write, or another write is under way in the Base."""
        app_token, now = request.params["app_token"], self._store.now()
        self._table(request)
        if app_token in self._store.hidden:
            raise refused(ErrorCode.PermissionDenied)
        if now < self._busy_until.get(app_token, now):
            raise refused(ErrorCode.WriteConflict)

    def _created(self, request: Request, rows: list[Any]) -> list[dict[str, Any]]:
        table, given = self._table(request), [_fields(one) for one in rows]
        ids = [self._store.new_record_id() for _ in given]
        cells = [_cells(table, fields) for fields in given]
        self._write(request, list(zip(ids, cells, strict=True)))
        token, place = request.query.get("client_token", ""), _place(request)
        self.created += [
            Creation(self._store.now(), *place, record_id, token, fields)
            for record_id, fields in zip(ids, given, strict=True)
        ]
        return [{"fields": fields, "record_id": one} for one, fields in zip(ids, given, strict=True)]

    def _updated(self, request: Request, rows: list[Any]) -> list[dict[str, Any]]:
        table, given = self._table(request), [(self._known(request, one), _fields(one)) for one in rows]
        self._write(request, [(record_id, _cells(table, fields)) for record_id, fields in given])
        place = _place(request)
        self.updated += [Write(self._store.now(), *place, record_id, fields) for record_id, fields in given]
        return [{"fields": fields, "record_id": record_id} for record_id, fields in given]

    def _deleted(self, request: Request, ids: list[Any]) -> list[dict[str, Any]]:
        known = [self._known(request, {"record_id": one}) for one in ids]
        self._write(request, [(record_id, None) for record_id in dict.fromkeys(known)])
        return [{"deleted": True, "record_id": record_id} for record_id in known]

    def _known(self, request: Request, row: object) -> str:
        record_id = row.get("record_id") if isinstance(row, dict) else None
        if not isinstance(record_id, str):
            raise RefusedError(INVALID_FIELD, "record_id is required", 400)
        if record_id not in self._table(request).rows.by_id or record_id in self._store.forbidden:
            raise refused(ErrorCode.RecordIdNotFound)
        return record_id

    def _write(self, request: Request, writes: list[tuple[str, Cells | None]]) -> None:
        app_token, table_id = _place(request)
        self._store.write(app_token, table_id, writes, APP)
        self._busy_until[app_token] = self._store.now() + self._store.write_seconds

    def _table(self, request: Request) -> Table:
        return self._store.table(*_place(request))


def _place(request: Request) -> tuple[str, str]:
    return request.params["app_token"], request.params["table_id"]


def _batch(body: dict[str, Any]) -> list[Any]:
    rows = body.get("records")
    if not isinstance(rows, list) or not rows:
        raise RefusedError(INVALID_FIELD, "records is required", 400)
    if len(rows) > MAX_BATCH:
        raise refused(ErrorCode.RecordAddOnceExceedLimit)
    return rows


def _fields(row: object) -> dict[str, Any]:
    fields = row.get("fields") if isinstance(row, dict) else None
    if not isinstance(fields, dict):
        raise RefusedError(INVALID_FIELD, "fields is required", 400)
    return fields


def _cells(table: Table, fields: dict[str, Any]) -> Cells:
    columns = [(table.field_named(name), value) for name, value in fields.items()]
    return {column.field_id: column.written(value) for column, value in columns}
