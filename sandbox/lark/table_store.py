"""Every table of every Base of a tenant, as the people who edit it see it."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.lark.base_codes import ErrorCode, refused
from sandbox.lark.tables import Field, FieldChange, Row, RowChange, Rows, Table

CLIENT_TOKEN_SECONDS = 24 * 60 * 60.0
PERSON = "ou_person"
"""The open id of whoever edits a table without the API."""


@dataclass(frozen=True, slots=True)
class TableChange:
    """What one write changed, in one table; `time` is in unix seconds."""

    time: float
    app_token: str
    table_id: str
    table: Table
    operator: str
    rows: Sequence[RowChange] = ()
    fields: Sequence[FieldChange] = ()


class TableStore:
    """The tables, and the conditions under which the API reads and writes them.

    Attributes
    ----------
    forbidden
        The ids of records that the app may not see.
    closed
        The app tokens of Bases that the app is no member of: every API is forbidden.
    hidden
        The app tokens of Bases whose advanced permissions keep the app out: reads find no rows.
    replica_lag
        How many seconds after a write reads see it.
    write_seconds
        How long a write by the API takes; until then the Base refuses others.
    client_token_seconds
        How long a client token is remembered.
    views
        The filter and the order of each view by its id, by app token and table.
    """

    def __init__(self, now: Callable[[], float], notify: Callable[[TableChange], None]) -> None:
        self.now = now
        self.forbidden: set[str] = set()
        self.closed: set[str] = set()
        self.hidden: set[str] = set()
        self.replica_lag = 0.0
        self.write_seconds = 0.0
        self.client_token_seconds = CLIENT_TOKEN_SECONDS
        self.views: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        self._notify = notify
        self._tables: dict[tuple[str, str], Table] = {}
        self._numbers = itertools.count(1)

    def create_table(self, app_token: str, table_id: str, fields: Sequence[Field]) -> None:
        """Make an empty table in place of whatever was there; its first field is the primary one."""
        table = Table()
        table.set_fields([replace(one, is_primary=number == 0) for number, one in enumerate(fields)])
        self._tables[app_token, table_id] = table

    def put(self, app_token: str, table_id: str, record_id: str, fields: Mapping[str, Any]) -> None:
        """Write fields by name as a person in Lark does; None clears.

        Base and table are made where they are missing. A table that was made so gets a loose field for
        every name, any other a text field for a name that is unknown and None; an unknown name with a value,
        and a value of the wrong type, raise `RefusedError`.
        """
        table = self._tables.setdefault((app_token, table_id), Table())
        unknown = [name for name in fields if not table.has_field_named(name)]
        if all(one.loose for one in table.fields.values()):
            self._add_loose(table, unknown)
        else:
            for name in [name for name in unknown if fields[name] is None]:
                self.add_column(app_token, table_id, Field(self._new_field_id(), name))
        columns = {name: table.field_named(name) for name in fields}
        cells = {columns[name].field_id: columns[name].entered(value) for name, value in fields.items()}
        self.write(app_token, table_id, [(record_id, cells)], PERSON)

    def add(self, app_token: str, table_id: str, fields: Mapping[str, Any]) -> str:
        """Add a record as a person in Lark does, and return its id."""
        record_id = self.new_record_id()
        self.put(app_token, table_id, record_id, fields)
        return record_id

    def delete(self, app_token: str, table_id: str, record_id: str) -> None:
        """Delete a record as a person in Lark does, if there is one."""
        if record_id in self.table(app_token, table_id).rows.by_id:
            self.write(app_token, table_id, [(record_id, None)], PERSON)

    def get(self, app_token: str, table_id: str, record_id: str) -> dict[str, Any] | None:
        """Return a record's fields as search shows them; None when there is no such record."""
        table = self._tables.get((app_token, table_id), Table())
        row = table.rows.by_id.get(record_id)
        return None if row is None else _fields(table, row)

    def records(self, app_token: str, table_id: str) -> dict[str, dict[str, Any]]:
        """Return the fields of every record by record id, as search shows them."""
        table = self._tables.get((app_token, table_id), Table())
        return {record_id: _fields(table, row) for record_id, row in table.rows.by_id.items()}

    def add_column(self, app_token: str, table_id: str, column: Field) -> None:
        """Add a column at the end."""
        table = self.table(app_token, table_id)
        table.set_fields([*table.fields.values(), column])
        self._changed_field(app_token, table_id, None, column)

    def rename_column(self, app_token: str, table_id: str, field_id: str, name: str) -> None:
        """Give a column another name."""
        old = self._column(app_token, table_id, field_id)
        self._replace(app_token, table_id, old, replace(old, name=name))

    def retype_column(self, app_token: str, table_id: str, field_id: str, field_type: int) -> None:
        """Give a column another type; values that have no place in it are lost."""
        old = self._column(app_token, table_id, field_id)
        self._replace(app_token, table_id, old, replace(old, type=field_type, ui_type="", loose=False))

    def remove_column(self, app_token: str, table_id: str, field_id: str) -> None:
        """Remove a column and its values."""
        self._replace(app_token, table_id, self._column(app_token, table_id, field_id), None)

    def table(self, app_token: str, table_id: str) -> Table:
        """Return a table; raises `RefusedError`."""
        table = self._tables.get((app_token, table_id))
        if table is not None:
            return table
        known = self.has_base(app_token)
        raise refused(ErrorCode.TableIdNotFound if known else ErrorCode.NOTEXIST)

    def has_base(self, app_token: str) -> bool:
        """Say whether there is a Base with a table."""
        return any(app_token == one for one, _ in self._tables)

    def rows_as_read(self, table: Table) -> Rows:
        """Return the records that a read sees now."""
        return table.rows_at(self.now() - self.replica_lag)

    def write(
        self,
        app_token: str,
        table_id: str,
        writes: Sequence[tuple[str, Mapping[str, Any] | None]],
        operator: str,
    ) -> None:
        """Write cells by record id, None to delete the record, and tell of it as one change."""
        table, now = self.table(app_token, table_id), self.now()
        changes: list[RowChange] = []
        for record_id, cells in writes:
            before = table.rows.by_id.get(record_id)
            after = None if cells is None else table.changed(before, record_id, cells, now, operator)
            if after is not before:
                changes.append(RowChange(before, after))
                table.apply(changes[-1], now, self.replica_lag)
        if changes:
            table.revision += 1
            self._notify(TableChange(now, app_token, table_id, table, operator, rows=changes))

    def new_record_id(self) -> str:
        """Return an id that Lark gives to a new record."""
        return f"recv{next(self._numbers):08}"

    def _new_field_id(self) -> str:
        return f"fld{next(self._numbers):08}"

    def _add_loose(self, table: Table, names: Sequence[str]) -> None:
        known = list(table.fields.values())
        new = [Field(self._new_field_id(), name, loose=True) for name in names]
        if new:
            table.set_fields([replace(one, is_primary=n == 0) for n, one in enumerate([*known, *new])])

    def _column(self, app_token: str, table_id: str, field_id: str) -> Field:
        column = self.table(app_token, table_id).fields.get(field_id)
        if column is None:
            raise refused(ErrorCode.FieldNameNotFound)
        return column

    def _replace(self, app_token: str, table_id: str, old: Field, new: Field | None) -> None:
        self.table(app_token, table_id).replace_field(old, new)
        self._changed_field(app_token, table_id, old, new)

    def _changed_field(self, app_token: str, table_id: str, old: Field | None, new: Field | None) -> None:
        table = self.table(app_token, table_id)
        table.revision += 1
        change = TableChange(self.now(), app_token, table_id, table, PERSON, fields=[FieldChange(old, new)])
        self._notify(change)


def _fields(table: Table, row: Row) -> dict[str, Any]:
    shown = {one.name: one.read(row) for one in table.fields.values()}
    return {name: value for name, value in shown.items() if value is not None}
