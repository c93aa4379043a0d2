"""The APIs that read a table: its fields, and its records by search, by id and as a list.

Source: open platform documentation, the pages of search, batch_get, get and list under "Base record", and
"List fields". What they leave open, and is assumed here:

* without a sort or a filter records come in the order of their creation, and a page goes on after the last
  record of the page before, whatever was written in between;
* with one, the order is that of the first page; what is deleted later is left out;
* a page token belongs to path and body; the page size may change from page to page;
* a view that does not exist is not found, unless a filter or an order makes it be ignored;
* the app is kept out of a Base by advanced permissions: search and list find nothing, batch_get forbids.
"""

import itertools
import json
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.lark.base_codes import ErrorCode, refused
from sandbox.lark.cell_values import person
from sandbox.lark.envelope import INVALID_FIELD, RefusedError, json_object
from sandbox.lark.page_tokens import PageTokens
from sandbox.lark.search import matcher, sorted_rows
from sandbox.lark.table_store import TableStore
from sandbox.lark.tables import Field, Row, Rows, Table
from sandbox.routing import Request

MAX_BATCH_GET = 100
MAX_PAGE_SIZE = 500
MAX_FIELD_PAGE_SIZE = 100
MAX_FIELD_NAMES = 200
DEFAULT_PAGE_SIZE = 20
MAX_ORDERS = 32
"""How many sorted or filtered answers are kept for their next pages."""

type Show = Callable[[Field, Row], Any]


class RecordReads:
    """What the routes of `Bases` do for reads."""

    def __init__(self, store: TableStore) -> None:
        self._store = store
        self._tokens = PageTokens()
        self._orders: OrderedDict[int, list[str]] = OrderedDict()
        self._order_numbers = itertools.count(1)

    def fields(self, request: Request) -> dict[str, Any]:
        """Return a page of the table's fields."""
        described = [one.described() for one in self._table(request).fields.values()]
        size, token = _page_size(request, MAX_FIELD_PAGE_SIZE), request.query.get("page_token")
        start = self._tokens.place(request.path, token)[0] if token else 0
        rest = len(described) > start + size
        next_token = self._tokens.token(request.path, start + size) if rest else None
        return _page(described[start : start + size], len(described), next_token)

    def search(self, request: Request) -> dict[str, Any]:
        """Return a page of the records that fit, in the order that is asked for."""
        table, body = self._table(request), self._viewed(request, json_object(request))
        columns, automatic = _columns(table, body.get("field_names")), body.get("automatic_fields") is True
        rows, total, token = self._found(request, table, body)
        return _page([_record(row, columns, Field.read, automatic) for row in rows], total, token)

    def list_all(self, request: Request) -> dict[str, Any]:
        """Return a page of all records, as the deprecated API shows them."""
        table, query = self._table(request), request.query
        if query.get("filter") or query.get("sort"):
            raise refused(ErrorCode.InvalidFilter)
        columns = _columns(table, _json(query.get("field_names")))
        show = _listed_as_array if query.get("text_field_as_array") == "true" else Field.listed
        rows, total, token = self._found(request, table, {})
        automatic = query.get("automatic_fields") == "true"
        return _page([_listed(row, columns, show, automatic) for row in rows], total, token)

    def get(self, request: Request) -> dict[str, Any]:
        """Return one record, as the deprecated API shows it."""
        table, record_id = self._table(request), request.params["record_id"]
        row = self._store.rows_as_read(table).by_id.get(record_id)
        if row is None or record_id in self._store.forbidden:
            raise refused(ErrorCode.RecordIdNotFound)
        if self._is_hidden(request):
            raise refused(ErrorCode.PermissionDenied)
        automatic = request.query.get("automatic_fields") == "true"
        return {"record": _listed(row, _columns(table, None), Field.listed, automatic)}

    def batch_get(self, request: Request) -> dict[str, Any]:
        """Return the records of some ids, and which of them are absent or forbidden."""
        table, body = self._table(request), json_object(request)
        ids = body.get("record_ids")
        if not (isinstance(ids, list) and 1 <= len(ids) <= MAX_BATCH_GET and all(map(_is_text, ids))):
            raise RefusedError(INVALID_FIELD, f"record_ids must be 1 to {MAX_BATCH_GET} ids", 400)
        rows = self._store.rows_as_read(table).by_id
        forbidden = rows.keys() if self._is_hidden(request) else self._store.forbidden
        columns, automatic = _columns(table, None), body.get("automatic_fields") is True
        visible = [rows[one] for one in ids if one in rows and one not in forbidden]
        return {
            "records": [_record(row, columns, Field.read, automatic) for row in visible],
            "absent_record_ids": [one for one in ids if one not in rows],
            "forbidden_record_ids": [one for one in ids if one in rows and one in forbidden],
        }

    def _found(
        self, request: Request, table: Table, body: dict[str, Any]
    ) -> tuple[list[Row], int, str | None]:
        """Return a page's records, how many there are in all, and the next page's token."""
        size, key = _page_size(request, MAX_PAGE_SIZE), [request.path, body]
        token = request.query.get("page_token")
        place = self._tokens.place(key, token) if token else None
        if self._is_hidden(request):
            return [], 0, None
        rows = self._store.rows_as_read(table)
        if not (body.get("filter") or body.get("sort") or self._store.forbidden):
            page = rows.after(place[0] if place else 0, size + 1)
            more = self._tokens.token(key, page[size - 1].number) if len(page) > size else None
            return page[:size], len(rows.by_id), more
        if place and len(place) < 2:
            raise refused(ErrorCode.Fail)
        order_number, start = place or (self._order(table, rows, body), 0)
        ids = self._orders.get(order_number)
        if ids is None:
            raise refused(ErrorCode.Fail)
        page = [rows.by_id[one] for one in ids[start : start + size] if one in rows.by_id]
        more = self._tokens.token(key, order_number, start + size) if len(ids) > start + size else None
        return page, len(ids), more

    def _order(self, table: Table, rows: Rows, body: dict[str, Any]) -> int:
        """Keep the ids of what a search finds, in order, and return their number."""
        found: Iterable[Row] = rows.after(0, len(rows.by_id))
        if body.get("filter"):
            found = filter(matcher(table, body["filter"]), found)
        found = sorted_rows(table, found, body.get("sort"))
        number = next(self._order_numbers)
        self._orders[number] = [one.record_id for one in found if one.record_id not in self._store.forbidden]
        if len(self._orders) > MAX_ORDERS:
            self._orders.popitem(last=False)
        return number

    def _viewed(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """Return a search with the filter and the order of its view, which is ignored beside others."""
        view_id = body.get("view_id")
        if not view_id or body.get("filter") or body.get("sort"):
            return body
        views = self._store.views.get((request.params["app_token"], request.params["table_id"]), {})
        if not isinstance(view_id, str) or view_id not in views:
            raise refused(ErrorCode.ViewIdNotFound)
        return {**body, **views[view_id]}

    def _table(self, request: Request) -> Table:
        return self._store.table(request.params["app_token"], request.params["table_id"])

    def _is_hidden(self, request: Request) -> bool:
        return request.params["app_token"] in self._store.hidden


def _columns(table: Table, names: object) -> list[Field]:
    if not names:
        return list(table.fields.values())
    if not (isinstance(names, list) and len(names) <= MAX_FIELD_NAMES and all(map(_is_text, names))):
        raise refused(ErrorCode.InvalidFieldNames)
    return [table.field_named(one) for one in names]


def _record(row: Row, columns: list[Field], show: Show, automatic: bool) -> dict[str, Any]:
    values = ((one.name, show(one, row)) for one in columns)
    record: dict[str, Any] = {
        "fields": {name: value for name, value in values if value is not None},
        "record_id": row.record_id,
    }
    if automatic:
        record["created_by"] = person(row.created_by)
        record["created_time"] = row.created
        record["last_modified_by"] = person(row.modified_by)
        record["last_modified_time"] = row.modified
    return record


def _listed(row: Row, columns: list[Field], show: Show, automatic: bool) -> dict[str, Any]:
    return _record(row, columns, show, automatic) | {"id": row.record_id}


def _listed_as_array(column: Field, row: Row) -> Any:
    value = column.read(row)
    return value if isinstance(value, list) else column.listed(row)


def _page(items: list[dict[str, Any]], total: int, token: str | None) -> dict[str, Any]:
    page = {"items": items, "total": total, "has_more": token is not None}
    return page if token is None else page | {"page_token": token}


def _page_size(request: Request, limit: int) -> int:
    text = request.query.get("page_size", str(DEFAULT_PAGE_SIZE))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= limit):
        raise RefusedError(INVALID_FIELD, f"page_size must be 1 to {limit}", 400)
    return int(text)


def _json(text: str | None) -> object:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        raise refused(ErrorCode.InvalidFieldNames) from None


def _is_text(value: object) -> bool:
    return isinstance(value, str)
