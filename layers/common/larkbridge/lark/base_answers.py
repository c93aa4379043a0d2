"""Columns and records as Lark's answers give them.

Protocol (open platform documentation, "List fields" and the pages under "Record"): a last page has no token;
what is empty is left out; times are in milliseconds. An answer that lacks what it must have is an error and
never an empty result: what is missing from a table counts as deleted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from larkbridge.lark.api_error import incomplete
from larkbridge.lark.cell_formats import from_milliseconds
from larkbridge.work.outcome import Verdict


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a table; `type` is Lark's number, see `larkbridge.lark.cell_formats.FieldType`."""

    field_id: str
    name: str
    type: int
    is_primary: bool


@dataclass(frozen=True, slots=True)
class BaseRecord:
    """One record; `fields` by column name as Lark's read APIs give them, without those that are empty."""

    record_id: str
    fields: dict[str, Any]
    created_at: datetime | None = None
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Some records of a search that finds `total`; `next_token` is None on the last page."""

    records: list[BaseRecord]
    total: int
    next_token: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """What became of each record that was asked for."""

    records: list[BaseRecord]
    absent: frozenset[str]
    forbidden: frozenset[str]


def column_of(item: Any) -> Column:
    """Return a column as "List fields" gives it."""
    match item:
        case {"field_id": str(field_id), "field_name": str(name), "type": int(number)}:
            return Column(field_id, name, number, item.get("is_primary") is True)
        case _:
            raise incomplete("a column has no id, name or type")


def record_of(item: Any) -> BaseRecord:
    """Return a record as the read APIs give it."""
    match item:
        case {"record_id": str(record_id), "fields": dict(fields)}:
            pass
        case {"record_id": str(record_id)} if item.get("fields") is None:
            fields = {}
        case _:
            raise incomplete("a record has no id or no fields")
    return BaseRecord(
        record_id,
        {name: cell for name, cell in fields.items() if cell is not None},
        from_milliseconds(item.get("created_time")),
        from_milliseconds(item.get("last_modified_time")),
    )


def id_of(item: Any) -> str:
    """Return the id of a record that was written."""
    match item:
        case {"record_id": str(record_id)} if record_id:
            return record_id
        case _:
            raise incomplete("the answer has no id of a record", Verdict.UNKNOWN)


def items_of(data: Mapping[str, Any], name: str, otherwise: Verdict = Verdict.RETRY) -> list[Any]:
    """Return a list of an answer; Lark leaves out one that is empty, unless it tells of what it wrote."""
    value = data.get(name)
    if value is None and otherwise is Verdict.RETRY:
        return []
    if not isinstance(value, list):
        raise incomplete(f"the answer has no {name}", otherwise)
    return value


def ids_of(data: Mapping[str, Any], name: str) -> list[str]:
    """Return the ids in a list of an answer."""
    return [item for item in items_of(data, name) if isinstance(item, str)]


def total_of(data: Mapping[str, Any]) -> int:
    """Return how many items there are on all pages, 0 where Lark does not say."""
    total = data.get("total")
    return total if isinstance(total, int) else 0
