"""Lark Base: tables of records, and the record APIs that Larkbridge calls.

Source: open platform documentation, the pages of batch_get, get, update and search under "Base record". What
they leave open, and is assumed here: a field's value is kept as it is written, whatever its type.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from sandbox.faults import FaultSwitch
from sandbox.lark.platform import INVALID_FIELD, Platform, RefusedError, json_object
from sandbox.routing import Request, Route

TABLE_PATH = "/open-apis/bitable/v1/apps/{app_token}/tables/{table_id}"
RECORD_PATH = f"{TABLE_PATH}/records/{{record_id}}"
MAX_BATCH_GET = 100
MAX_PAGE_SIZE = 500
READ_RATE = 20
WRITE_RATE = 50


class ErrorCode(IntEnum):
    FILTER_INVALID = 1254018
    PAGE_TOKEN_INVALID = 1254002
    APP_NOT_FOUND = 1254040
    TABLE_NOT_FOUND = 1254041
    RECORD_NOT_FOUND = 1254043
    FIELD_NAME_NOT_FOUND = 1254045


@dataclass(frozen=True, slots=True)
class Write:
    """One update that an API call made."""

    time: float
    app_token: str
    table_id: str
    record_id: str
    fields: dict[str, Any]


@dataclass(slots=True)
class _Table:
    field_names: set[str] = field(default_factory=set[str])
    records: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])


class Bases:
    """Every Base of one tenant; `put` makes Base, table and fields where they are missing.

    Attributes
    ----------
    writes
        Every update that an API call made, oldest first.
    forbidden
        The ids of records that the app may not see.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.faults = FaultSwitch()
        self.writes: list[Write] = []
        self.forbidden: set[str] = set()
        self._now = now
        self._tables: dict[tuple[str, str], _Table] = {}

    def put(self, app_token: str, table_id: str, record_id: str, fields: Mapping[str, Any]) -> None:
        """Write fields as a person in Lark does; a field with None exists and is empty."""
        table = self._tables.setdefault((app_token, table_id), _Table())
        table.field_names |= fields.keys()
        _merge(table.records.setdefault(record_id, {}), fields)

    def get(self, app_token: str, table_id: str, record_id: str) -> dict[str, Any] | None:
        """Return a record's fields without the empty ones, None when there is no such record."""
        table = self._tables.get((app_token, table_id), _Table())
        fields = table.records.get(record_id)
        return None if fields is None else dict(fields)

    def routes(self, platform: Platform) -> list[Route]:
        """Return the record APIs."""
        return [
            platform.route(
                "POST", f"{TABLE_PATH}/records/batch_get", self.faults, READ_RATE, self._batch_get
            ),
            platform.route("POST", f"{TABLE_PATH}/records/search", self.faults, READ_RATE, self._search),
            platform.route("GET", RECORD_PATH, self.faults, READ_RATE, self._get),
            platform.route("PUT", RECORD_PATH, self.faults, WRITE_RATE, self._update),
        ]

    def _batch_get(self, request: Request) -> dict[str, Any]:
        table = self._table(request)
        ids = json_object(request).get("record_ids")
        if not (isinstance(ids, list) and 1 <= len(ids) <= MAX_BATCH_GET and all(map(_is_text, ids))):
            raise RefusedError(INVALID_FIELD, "record_ids must be 1 to 100 ids", 400)
        visible = [one for one in ids if one in table.records and one not in self.forbidden]
        return {
            "records": [_record(one, table.records[one]) for one in visible],
            "absent_record_ids": [one for one in ids if one not in table.records],
            "forbidden_record_ids": [one for one in ids if one in table.records and one in self.forbidden],
        }

    def _search(self, request: Request) -> dict[str, Any]:
        """Return a page of all records: filters are not simulated."""
        records = [one for one in list(self._table(request).records.items()) if one[0] not in self.forbidden]
        if json_object(request).get("filter"):
            raise RefusedError(ErrorCode.FILTER_INVALID, "InvalidFilter")
        start, size = _number(request, "page_token", 0), _number(request, "page_size", 20)
        if not 1 <= size <= MAX_PAGE_SIZE:
            raise RefusedError(INVALID_FIELD, f"page_size must be 1 to {MAX_PAGE_SIZE}", 400)
        page = {
            "items": [_record(*record) for record in records[start : start + size]],
            "total": len(records),
            "has_more": start + size < len(records),
        }
        return page | ({"page_token": str(start + size)} if page["has_more"] else {})

    def _get(self, request: Request) -> dict[str, Any]:
        return {"record": _record(request.params["record_id"], self._fields(request))}

    def _update(self, request: Request) -> dict[str, Any]:
        stored, written = self._fields(request), json_object(request).get("fields")
        if not isinstance(written, dict):
            raise RefusedError(INVALID_FIELD, "fields is required", 400)
        if written.keys() - self._table(request).field_names:
            raise RefusedError(ErrorCode.FIELD_NAME_NOT_FOUND, "FieldNameNotFound")
        _merge(stored, written)
        self.writes.append(Write(self._now(), **request.params, fields=written))
        return {"record": _record(request.params["record_id"], written)}

    def _fields(self, request: Request) -> dict[str, Any]:
        fields = self._table(request).records.get(request.params["record_id"])
        if fields is None or request.params["record_id"] in self.forbidden:
            raise RefusedError(ErrorCode.RECORD_NOT_FOUND, "RecordIdNotFound")
        return fields

    def _table(self, request: Request) -> _Table:
        app_token, table_id = request.params["app_token"], request.params["table_id"]
        if app_token not in {known for known, _ in self._tables}:
            raise RefusedError(ErrorCode.APP_NOT_FOUND, "BaseTokenNotFound")
        if (app_token, table_id) not in self._tables:
            raise RefusedError(ErrorCode.TABLE_NOT_FOUND, "TableIdNotFound")
        return self._tables[app_token, table_id]


def _record(record_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"record_id": record_id, "fields": dict(fields)}


def _merge(stored: dict[str, Any], written: Mapping[str, Any]) -> None:
    stored.update(written)
    for name in [name for name, value in stored.items() if value is None]:
        del stored[name]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _number(request: Request, name: str, default: int) -> int:
    value = request.query.get(name, str(default))
    if not (value.isascii() and value.isdigit()):
        raise RefusedError(ErrorCode.PAGE_TOKEN_INVALID, f"{name} is not valid")
    return int(value)
