"""lark-oapi's Base client, unchanged, behind the names that the contract suite has for it and for ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from larkbridge.lark.cell_formats import from_milliseconds
from tests.support.lark_sdk_apis import APP_ID, APP_SECRET, SdkRefusedError

TABLE = ("app1", "tbl1")

type Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """Records by id, in the order in which they came, and when each was made and changed."""

    fields: dict[str, Fields]
    times: dict[str, tuple[datetime | None, datetime | None]]
    total: int = 0
    next_token: str | None = None


class SdkTable:
    """One table through lark-oapi."""

    def __init__(self, lark: Any, url: str) -> None:
        client = lark.Client.builder().app_id(APP_ID).app_secret(APP_SECRET).domain(url).build()
        self._v1 = lark.api.bitable.v1
        self._records, self._fields = client.bitable.v1.app_table_record, client.bitable.v1.app_table_field

    def columns(self, page_size: int) -> list[tuple[str, str, int, bool]]:
        found, token = [], None
        while True:
            request = self._at(self._v1.ListAppTableFieldRequest).page_size(page_size)
            request = request if token is None else request.page_token(token)
            page = _data(self._fields.list(request.build()))
            found += [(one.field_id, one.field_name, one.type, one.is_primary) for one in page.items]
            if not page.has_more:
                return found
            token = page.page_token

    def search(
        self,
        *,
        columns: Sequence[str] | None = None,
        sort: tuple[str, bool] | None = None,
        any_of: tuple[str, Sequence[str]] | None = None,
        all_of: Sequence[tuple[str, str, Sequence[str]]] | None = None,
        view_id: str | None = None,
        page_size: int = 500,
        page_token: str | None = None,
    ) -> Rows:
        body = self._v1.SearchAppTableRecordRequestBody.builder().automatic_fields(True)
        if columns is not None:
            body = body.field_names(columns)
        if sort is not None:
            body = body.sort([self._v1.Sort.builder().field_name(sort[0]).desc(sort[1]).build()])
        if any_of is not None:
            body = body.filter(self._filter("or", [(any_of[0], "is", [value]) for value in any_of[1]]))
        if all_of is not None:
            body = body.filter(self._filter("and", all_of))
        if view_id is not None:
            body = body.view_id(view_id)
        request = self._at(self._v1.SearchAppTableRecordRequest).page_size(page_size)
        request = request if page_token is None else request.page_token(page_token)
        page = _data(self._records.search(request.request_body(body.build()).build()))
        return _rows(page.items or [], page.total, page.page_token)

    def get(self, record_ids: Sequence[str]) -> tuple[Rows, set[str], set[str]]:
        body = self._v1.BatchGetAppTableRecordRequestBody.builder().record_ids(list(record_ids))
        body = body.automatic_fields(True).build()
        request = self._at(self._v1.BatchGetAppTableRecordRequest).request_body(body).build()
        found = _data(self._records.batch_get(request))
        absent, forbidden = found.absent_record_ids or [], found.forbidden_record_ids or []
        return _rows(found.records or []), set(absent), set(forbidden)

    def create(self, fields: Fields, client_token: str) -> str:
        request = self._at(self._v1.CreateAppTableRecordRequest).client_token(client_token)
        request = request.request_body(self._record(fields)).build()
        return _data(self._records.create(request)).record.record_id

    def update(self, record_id: str, fields: Fields) -> None:
        request = self._at(self._v1.UpdateAppTableRecordRequest).record_id(record_id)
        _require_success(self._records.update(request.request_body(self._record(fields)).build()))

    def delete(self, record_id: str) -> None:
        request = self._at(self._v1.DeleteAppTableRecordRequest).record_id(record_id).build()
        assert _data(self._records.delete(request)).deleted is True

    def create_many(self, rows: Sequence[Fields], client_token: str) -> list[str]:
        body = self._v1.BatchCreateAppTableRecordRequestBody.builder()
        body = body.records([self._record(one) for one in rows]).build()
        request = self._at(self._v1.BatchCreateAppTableRecordRequest).client_token(client_token)
        created = _data(self._records.batch_create(request.request_body(body).build()))
        return [one.record_id for one in created.records]

    def update_many(self, rows: Mapping[str, Fields]) -> None:
        body = self._v1.BatchUpdateAppTableRecordRequestBody.builder()
        body = body.records([self._record(fields, one) for one, fields in rows.items()]).build()
        request = self._at(self._v1.BatchUpdateAppTableRecordRequest).request_body(body).build()
        _require_success(self._records.batch_update(request))

    def delete_many(self, record_ids: Sequence[str]) -> set[str]:
        body = self._v1.BatchDeleteAppTableRecordRequestBody.builder().records(list(record_ids)).build()
        request = self._at(self._v1.BatchDeleteAppTableRecordRequest).request_body(body).build()
        return {one.record_id for one in _data(self._records.batch_delete(request)).records if one.deleted}

    def listed(self) -> dict[str, Fields]:
        """Return all records as the deprecated API shows them."""
        request = self._at(self._v1.ListAppTableRecordRequest).page_size(500).build()
        return {one.record_id: one.fields for one in _data(self._records.list(request)).items}

    def _at(self, request: Any) -> Any:
        app_token, table_id = TABLE
        return request.builder().app_token(app_token).table_id(table_id)

    def _record(self, fields: Fields, record_id: str | None = None) -> Any:
        record = self._v1.AppTableRecord.builder().fields(dict(fields))
        return (record if record_id is None else record.record_id(record_id)).build()

    def _filter(self, conjunction: str, conditions: Sequence[tuple[str, str, Sequence[str]]]) -> Any:
        made = [
            self._v1.Condition.builder().field_name(name).operator(verb).value(list(values)).build()
            for name, verb, values in conditions
        ]
        return self._v1.FilterInfo.builder().conjunction(conjunction).conditions(made).build()


def _rows(records: Sequence[Any], total: int = 0, token: str | None = None) -> Rows:
    times = {
        one.record_id: (from_milliseconds(one.created_time), from_milliseconds(one.last_modified_time))
        for one in records
    }
    return Rows({one.record_id: one.fields for one in records}, times, total, token)


def _data(response: Any) -> Any:
    _require_success(response)
    return response.data


def _require_success(response: Any) -> None:
    if not response.success():
        raise SdkRefusedError(response.code)
