"""Lark Base: tables, their columns and their records.

Protocol (open platform documentation, "Base overview", "List fields" and the pages under "Record"): paging is
in the query; a batch is written as a whole or not at all; an update is incremental, null clears.
"""

import re
from collections.abc import Mapping, Sequence, Sized
from typing import Any, ClassVar

from larkbridge.lark.answers import refused
from larkbridge.lark.api_error import LarkApiError, error_of, incomplete
from larkbridge.lark.api_values import next_token
from larkbridge.lark.base_answers import (
    BaseRecord,
    Column,
    Found,
    RecordPage,
    column_of,
    id_of,
    ids_of,
    items_of,
    record_of,
    total_of,
)
from larkbridge.lark.client import LarkClient
from larkbridge.lark.error_codes import ANSWER_TOO_LARGE, NO_PERMISSION, RECORD_NOT_FOUND
from larkbridge.lark.limits import MAX_BATCH, MAX_BATCH_GET, MAX_COLUMNS_PAGE, MAX_PAGE
from larkbridge.lark.record_filter import AnyOf, Sort, Where
from larkbridge.work.outcome import Verdict

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_OPEN_IDS = {"user_id_type": "open_id"}
_RETRIEVE = ("base:record:retrieve",)
_CREATE = ("base:record:create",)
_UPDATE = ("base:record:update",)
_DELETE = ("base:record:delete",)


class Base:
    """Every Base that the app may use, or the person whose access token is given."""

    def __init__(self, client: LarkClient, user_token: str | None = None) -> None:
        self._client = client
        self._user_token = user_token

    def table(self, app_token: str, table_id: str) -> "BaseTable":
        """Return a table; nothing is asked and nothing refused before it is used."""
        return BaseTable(self._client, app_token, table_id, self._user_token)


class BaseTable:
    """One table of a Base.

    Each method raises `LarkApiError`, `RecordNotFoundError` when a record that it names is absent, and
    ValueError for more records than one call takes.

    Attributes
    ----------
    SCOPES
        Which scopes each method needs.
    """

    SCOPES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "columns": ("base:field:read",),
        "search": _RETRIEVE,
        "get": _RETRIEVE,
        "get_one": _RETRIEVE,
        "create": _CREATE,
        "update": _UPDATE,
        "delete": _DELETE,
        "create_many": _CREATE,
        "update_many": _UPDATE,
        "delete_many": _DELETE,
    }

    def __init__(
        self, client: LarkClient, app_token: str, table_id: str, user_token: str | None = None
    ) -> None:
        self._client = client
        self._user_token = user_token
        self._app_token = app_token
        self._table_id = table_id

    def columns(self) -> list[Column]:
        """Return every column."""
        columns: list[Column] = []
        query = {"page_size": str(MAX_COLUMNS_PAGE)}
        while True:
            data = self._call("GET", "/fields", query)
            columns += map(column_of, items_of(data, "items"))
            token = next_token(data, query.get("page_token"))
            if token is None:
                return columns
            query["page_token"] = token

    def search(
        self,
        *,
        columns: Sequence[str] | None = None,
        sort: Sort | None = None,
        where: AnyOf | Where | None = None,
        view_id: str | None = None,
        page_size: int = MAX_PAGE,
        page_token: str | None = None,
    ) -> RecordPage:
        """Return a page of at most 500 records; who may not manage the Base may be given none at all.

        Parameters
        ----------
        columns
            The names of those to read, all of them unless given.
        view_id
            Finds what a view of the table shows, in its order.

        Raises
        ------
        ValueError
            For a view with a filter or an order, beside which Lark would ignore it; or for a larger page.
        """
        if view_id is not None and (where is not None or sort is not None):
            raise ValueError("a view has its own filter and order")
        if not 1 <= page_size <= MAX_PAGE:
            raise ValueError(f"a page has 1 to {MAX_PAGE} records")
        query = {"page_size": str(page_size)} | ({"page_token": page_token} if page_token else {})
        body: dict[str, Any] = {"automatic_fields": True}
        if columns is not None:
            body["field_names"] = list(columns)
        if sort is not None:
            body["sort"] = [{"field_name": sort.column, "desc": sort.descending}]
        if where is not None:
            body["filter"] = where.written()
        if view_id is not None:
            body["view_id"] = view_id
        data = self._call("POST", "/records/search", _OPEN_IDS | query, body)
        records = [record_of(item) for item in items_of(data, "items")]
        return RecordPage(records, total_of(data), next_token(data, page_token))

    def get(self, record_ids: Sequence[str]) -> Found:
        """Read up to 100 records; each of them is in the answer in one way or another."""
        _require_size(record_ids, MAX_BATCH_GET)
        if not record_ids:
            return Found([], frozenset(), frozenset())
        body = {"record_ids": list(record_ids), "automatic_fields": True, **_OPEN_IDS}
        data = self._call("POST", "/records/batch_get", body=body)
        asked = frozenset(record_ids)
        read = (record_of(item) for item in items_of(data, "records"))
        records = {record.record_id: record for record in read if record.record_id in asked}
        forbidden = asked.intersection(ids_of(data, "forbidden_record_ids")) - records.keys()
        absent = asked.intersection(ids_of(data, "absent_record_ids")) - records.keys() - forbidden
        if len(records) + len(absent) + len(forbidden) < len(asked):
            raise incomplete("the answer says nothing of a record")
        return Found(list(records.values()), absent, forbidden)

    def get_one(self, record_id: str) -> BaseRecord:
        """Read one record."""
        found = self.get([_checked_record(record_id)])
        if found.absent:
            raise error_of(refused(RECORD_NOT_FOUND, "the record is absent"))
        if found.forbidden:
            raise error_of(refused(NO_PERMISSION, "the record is forbidden"))
        return found.records[0]

    def create(self, fields: Mapping[str, Any], client_token: str) -> str:
        """Create a record and return its id; once, however often it is called with the same UUIDv4."""
        query = {"client_token": client_token, **_OPEN_IDS}
        data = self._write("POST", "/records", query, {"fields": dict(fields)})
        return id_of(data.get("record"))

    def update(self, record_id: str, fields: Mapping[str, Any]) -> None:
        """Write the fields that are given, None to clear one; the same again changes nothing."""
        self._write("PUT", f"/records/{_checked_record(record_id)}", _OPEN_IDS, {"fields": dict(fields)})

    def delete(self, record_id: str) -> None:
        """Delete a record."""
        data = self._write("DELETE", f"/records/{_checked_record(record_id)}")
        if data.get("deleted") is not True:
            raise incomplete("the answer does not say that the record is deleted", Verdict.UNKNOWN)

    def create_many(self, rows: Sequence[Mapping[str, Any]], client_token: str) -> list[str]:
        """Create up to 500 records, all or none, and return their ids in the order of the rows.

        Once, however often it is called with the same rows and the same UUIDv4.
        """
        _require_size(rows, MAX_BATCH)
        if not rows:
            return []
        query = {"client_token": client_token, **_OPEN_IDS}
        body = {"records": [{"fields": dict(fields)} for fields in rows]}
        data = self._write("POST", "/records/batch_create", query, body)
        ids = [id_of(item) for item in items_of(data, "records", Verdict.UNKNOWN)]
        if not len(ids) == len(set(ids)) == len(rows):
            raise incomplete("the answer has not one id for each row", Verdict.UNKNOWN)
        return ids

    def update_many(self, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """Write up to 500 records by id, all or none, each as `update` does."""
        _require_size(rows, MAX_BATCH)
        if rows:
            records = [{"record_id": record_id, "fields": dict(fields)} for record_id, fields in rows.items()]
            self._write("POST", "/records/batch_update", _OPEN_IDS, {"records": records})

    def delete_many(self, record_ids: Sequence[str]) -> frozenset[str]:
        """Delete up to 500 records and return those that Lark says it has deleted."""
        _require_size(record_ids, MAX_BATCH)
        if not record_ids:
            return frozenset()
        data = self._write("POST", "/records/batch_delete", body={"records": list(record_ids)})
        items = items_of(data, "records", Verdict.UNKNOWN)
        return frozenset(
            id_of(item) for item in items if isinstance(item, dict) and item.get("deleted") is True
        )

    def _write(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: object = None
    ) -> dict[str, Any]:
        """Call an API that writes: an answer too large to be read does not say that nothing was written."""
        try:
            return self._call(method, path, query, body)
        except LarkApiError as error:
            if error.outcome.reason != ANSWER_TOO_LARGE:
                raise
            raise error_of(error.outcome._replace(verdict=Verdict.UNKNOWN)) from error

    def _call(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: object = None
    ) -> dict[str, Any]:
        """Call an API of this table, never with a path that is made of anything but ids."""
        if not _ID.fullmatch(self._app_token):
            raise error_of(refused("base_not_found", "this is no app token"))
        if not _ID.fullmatch(self._table_id):
            raise error_of(refused("table_not_found", "this is no table id"))
        table = f"/bitable/v1/apps/{self._app_token}/tables/{self._table_id}"
        path = table + path
        return self._client.call(method, path, query=query, body=body, user_token=self._user_token)


def _checked_record(record_id: str) -> str:
    if not _ID.fullmatch(record_id):
        raise error_of(refused(RECORD_NOT_FOUND, "this is no record id"))
    return record_id


def _require_size(values: Sized, limit: int) -> None:
    if len(values) > limit:
        raise ValueError(f"more than {limit} at once")
