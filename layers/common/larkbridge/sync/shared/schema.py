"""A table's fields against the columns that Lark has now: drift, and rows in both directions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from larkbridge.lark import cell_formats
from larkbridge.lark.base import BaseRecord, Column
from larkbridge.lark.cell_formats import READ_ONLY, FieldType, ValueMismatchError
from larkbridge.store.synced_rows import content_hash
from larkbridge.sync.config.synced_table import Field, Role, SyncedTable

RENAMED, REMOVED, RETYPED = "renamed", "removed", "retyped"


@dataclass(frozen=True, slots=True)
class RecordContent:
    """A record in our terms: every field by our name, and for each that does not fit the reason.

    A blank one has nothing that a person could have entered: it is no row yet.
    """

    values: dict[str, Any]
    reasons: dict[str, str]
    blank: bool = False

    @property
    def hash(self) -> str:
        """What tells this content from every other."""
        return content_hash(self.values, self.reasons)


class Schema:
    """What a table's fields are in Lark at the moment.

    Attributes
    ----------
    drift
        How the columns differ from the registry: for each difference a map of `kind`, `field`, `fieldId`,
        `was` and `now`. A renamed column is used by its new name; the others are not used.
    """

    def __init__(self, table: SyncedTable, columns: Sequence[Column]) -> None:
        self.table = table
        by_id = {column.field_id: column for column in columns}
        self.drift: list[dict[str, str]] = []
        self._columns: dict[str, str] = {}
        self._lost: dict[str, str] = {}
        for field in table.fields:
            self._compare(field, by_id.get(field.field_id))
        self._types = {field.name: field.type for field in table.fields}
        self._all = frozenset(column.name for column in columns)

    def _compare(self, field: Field, column: Column | None) -> None:
        if column is None:
            self._note(REMOVED, field, field.column, "")
            self._lost[field.name] = "the column is gone"
        elif column.type != field.type:
            now = _type_name(column.type)
            self._note(RETYPED, field, _type_name(field.type), now)
            self._lost[field.name] = f"the column is of type {now}, not {_type_name(field.type)}"
        else:
            self._columns[field.name] = column.name
            if column.name != field.column:
                self._note(RENAMED, field, field.column, column.name)

    def _note(self, kind: str, field: Field, was: str, now: str) -> None:
        self.drift.append(
            {"kind": kind, "field": field.name, "fieldId": field.field_id, "was": was, "now": now}
        )

    def knows(self, names: Iterable[str]) -> bool:
        """Tell whether all of these are columns."""
        return self._all.issuperset(names)

    @property
    def complete(self) -> bool:
        """Whether every field has its column."""
        return not self._lost

    @property
    def columns(self) -> list[str]:
        """The names of the columns that are used."""
        return list(self._columns.values())

    @property
    def fingerprint(self) -> str:
        """What changes when the fields or the columns do."""
        fields = [[field.name, field.field_id, field.type] for field in self.table.fields]
        return content_hash(
            {"fields": fields, "columns": self._columns, "key": self.table.key, "role": self.table.role}
        )

    def column_of(self, type: FieldType) -> str | None:  # noqa: A002 - Lark's word
        """Return the name of the first column of a type."""
        return next((self._columns[name] for name in self._columns if self._types[name] is type), None)

    def column(self, field: Field) -> str:
        """Return the present name of a field's column; raises KeyError when it has none."""
        return self._columns[field.name]

    def read(self, record: BaseRecord) -> RecordContent:
        """Return a record in our terms; what does not fit stays as Lark gives it."""
        row: dict[str, Any] = dict.fromkeys(self._lost)
        reasons = dict(self._lost)
        for name, column in self._columns.items():
            cell = record.fields.get(column)
            try:
                row[name] = cell_formats.read(self._types[name], cell)
            except ValueMismatchError as error:
                row[name], reasons[name] = cell, str(error)
        if not reasons and self._is_blank(row):
            return RecordContent(row, reasons, blank=True)
        key = self.table.key
        if self.table.role is Role.MIRROR and key and key not in reasons and not row[key]:
            reasons[key] = "the key is empty"
        return RecordContent(row, reasons)

    def _is_blank(self, row: Mapping[str, Any]) -> bool:
        """Tell whether no writable field has content; a box that is not ticked has none."""
        entered = [row[name] for name in row if self._types[name] not in READ_ONLY]
        return bool(entered) and all(
            value is None or value is False or value in ("", []) for value in entered
        )

    def write(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row in Lark's terms, by column name; None clears a cell.

        Raises
        ------
        ValueMismatchError
            When a value does not fit; `canonical_row` has seen to that before.
        """
        return {
            column: cell_formats.write(self._types[name], row.get(name))
            for name, column in self._columns.items()
        }


def _type_name(number: int) -> str:
    try:
        return FieldType(number).name.lower()
    except ValueError:
        return f"type {number}"
