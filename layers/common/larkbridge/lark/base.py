"""Lark Base: records read and written.

Protocol (open platform documentation, "Batch get records" and "Update a record"): a read names each record
that is absent or forbidden, and leaves empty fields out; an update is incremental, null clears.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from larkbridge.lark.answers import not_made
from larkbridge.lark.client import LarkClient
from larkbridge.lark.errors import NO_PERMISSION, RECORD_NOT_FOUND, error_of
from larkbridge.outcome import Outcome, Verdict

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True)
class Record:
    """One record; `fields` by name as Lark's read APIs give them, without those that are empty."""

    record_id: str
    fields: dict[str, Any]


class Base:
    """Every Base that the app may use.

    Each method raises `LarkApiError`, and `RecordNotFoundError` when there is no such record.
    """

    def __init__(self, client: LarkClient) -> None:
        self._client = client

    def get_record(self, app_token: str, table_id: str, record_id: str) -> Record:
        """Read one record."""
        path = f"{_table(app_token, table_id)}/records/batch_get"
        data = self._client.call("POST", path, body={"record_ids": [_record(record_id)]})
        if record_id in _list(data, "absent_record_ids"):
            raise error_of(_refused(RECORD_NOT_FOUND, "the record is absent"))
        if record_id in _list(data, "forbidden_record_ids"):
            raise error_of(_refused(NO_PERMISSION, "the record is forbidden"))
        for record in _list(data, "records"):
            if isinstance(record, dict) and record.get("record_id") == record_id:
                fields = record.get("fields")
                return Record(record_id, fields if isinstance(fields, dict) else {})
        raise error_of(not_made("incomplete_answer", "the answer says nothing of the record"))

    def update_record(self, app_token: str, table_id: str, record_id: str, fields: Mapping[str, Any]) -> None:
        """Write the fields that are given, None to clear one; the same again changes nothing."""
        path = f"{_table(app_token, table_id)}/records/{_record(record_id)}"
        self._client.call("PUT", path, body={"fields": fields})


def _table(app_token: str, table_id: str) -> str:
    if not _ID.fullmatch(app_token):
        raise error_of(_refused("base_not_found", "this is no app token"))
    if not _ID.fullmatch(table_id):
        raise error_of(_refused("table_not_found", "this is no table id"))
    return f"/bitable/v1/apps/{app_token}/tables/{table_id}"


def _record(record_id: str) -> str:
    if not _ID.fullmatch(record_id):
        raise error_of(_refused(RECORD_NOT_FOUND, "this is no record id"))
    return record_id


def _refused(reason: str, message: str) -> Outcome:
    return Outcome(verdict=Verdict.REJECT, reason=reason, message=message)


def _list(data: Mapping[str, Any], name: str) -> list[Any]:
    value = data.get(name)
    return value if isinstance(value, list) else []
