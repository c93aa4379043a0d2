"""One table of a Base: its fields, its records, and what they were a while ago."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.lark.base_codes import ErrorCode, refused
from sandbox.lark.cell_values import person
from sandbox.lark.cells import FieldType, converted, entered, listed, ui_type_of, written


@dataclass(frozen=True, slots=True)
class Field:
    """A column; one that is `loose` keeps whatever is written."""

    field_id: str
    name: str
    type: int = FieldType.TEXT
    ui_type: str = ""
    is_primary: bool = False
    loose: bool = False

    @property
    def is_computed(self) -> bool:
        """Say whether Lark computes the values from others, so that nobody edits the record."""
        return self.type in (FieldType.FORMULA, FieldType.LOOKUP)

    def written(self, value: object) -> Any:
        """Return what is kept of a value that an API writes, None to clear; raises `RefusedError`."""
        return value if self.loose else written(self.type, self.ui_type, value)

    def entered(self, value: object) -> Any:
        """Return what is kept of a value that a person enters; raises `RefusedError`."""
        return value if self.loose else entered(self.type, self.ui_type, value)

    def read(self, row: "Row") -> Any:
        """Return the value as search and batch_get show it, None when it is empty."""
        match self.type:
            case FieldType.CREATED_TIME:
                return row.created
            case FieldType.MODIFIED_TIME:
                return row.modified
            case FieldType.CREATED_USER:
                return [person(row.created_by)]
            case FieldType.MODIFIED_USER:
                return [person(row.modified_by)]
            case FieldType.AUTO_NUMBER:
                return str(row.number)
            case _:
                return row.cells.get(self.field_id)

    def listed(self, row: "Row") -> Any:
        """Return the value as list and get show it, None when it is empty."""
        value = self.read(row)
        return value if self.loose or value is None else listed(self.type, value)

    def described(self) -> dict[str, Any]:
        """Return the field as the fields API shows it."""
        return {
            "field_id": self.field_id,
            "field_name": self.name,
            "type": self.type,
            "ui_type": self.ui_type or ui_type_of(self.type),
            "is_primary": self.is_primary,
            "property": None,
        }


@dataclass(frozen=True, slots=True)
class Row:
    """A record as it is between two writes; the times are in milliseconds.

    Attributes
    ----------
    cells
        What is kept of its values by field id; empty ones are absent.
    """

    record_id: str
    number: int
    cells: Mapping[str, Any]
    created: int
    modified: int
    created_by: str
    modified_by: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """A record before and after a write, None where there was or is none."""

    before: Row | None
    after: Row | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field before and after an edit, None where there was or is none."""

    before: Field | None
    after: Field | None


class Rows:
    """Records by id and in the order in which they were created."""

    def __init__(self) -> None:
        self.by_id: dict[str, Row] = {}
        self._numbers: list[int] = []
        self._ids: list[str] = []

    def put(self, row: Row) -> None:
        """Keep a record in place of its former self, if there was one."""
        if row.record_id not in self.by_id:
            place = bisect_left(self._numbers, row.number)
            self._numbers.insert(place, row.number)
            self._ids.insert(place, row.record_id)
        self.by_id[row.record_id] = row

    def remove(self, record_id: str) -> None:
        """Forget a record."""
        place = bisect_left(self._numbers, self.by_id.pop(record_id).number)
        del self._numbers[place], self._ids[place]

    def after(self, number: int, size: int) -> list[Row]:
        """Return the first `size` records whose number is above `number`."""
        start = bisect_right(self._numbers, number)
        return [self.by_id[one] for one in self._ids[start : start + size]]

    def copy(self) -> "Rows":
        """Return the same records, to be changed apart."""
        rows = Rows()
        rows.by_id, rows._numbers, rows._ids = self.by_id.copy(), self._numbers.copy(), self._ids.copy()
        return rows


@dataclass(slots=True)
class Table:
    """Fields in their order, records, and how often either was changed."""

    fields: dict[str, Field] = field(default_factory=dict[str, Field])
    rows: Rows = field(default_factory=Rows)
    revision: int = 0
    last_number: int = 0
    _by_name: dict[str, Field] = field(default_factory=dict[str, Field])
    _undo: deque[tuple[float, RowChange]] = field(default_factory=deque[tuple[float, RowChange]])

    def field_named(self, name: str) -> Field:
        """Return a field by its name; raises `RefusedError`."""
        if name not in self._by_name:
            raise refused(ErrorCode.FieldNameNotFound)
        return self._by_name[name]

    def has_field_named(self, name: str) -> bool:
        """Say whether there is a field of this name."""
        return name in self._by_name

    def set_fields(self, fields: Sequence[Field]) -> None:
        """Have these fields and no others."""
        self.fields = {one.field_id: one for one in fields}
        self._by_name = {one.name: one for one in fields}

    def replace_field(self, old: Field, new: Field | None) -> None:
        """Change a field, or remove it for None; values become what they can be under the new type.

        What was before a write is forgotten: it has values of the old type.
        """
        self.set_fields([one for one in (new if f == old else f for f in self.fields.values()) if one])
        if new is not None and new.type == old.type:
            return
        self._undo.clear()
        for row in list(self.rows.by_id.values()):
            if old.field_id in row.cells:
                value = converted(row.cells[old.field_id], new.type) if new else None
                cells = {**row.cells, old.field_id: value}
                self.rows.put(replace(row, cells=_filled(cells)))

    def changed(self, row: Row | None, record_id: str, cells: Mapping[str, Any], now: float, by: str) -> Row:
        """Return what a record becomes with these cells; the record itself when nothing differs."""
        moment = int(now * 1000)
        if row is None:
            self.last_number += 1
            return Row(record_id, self.last_number, _filled(cells), moment, moment, by, by)
        new = _filled({**row.cells, **cells})
        if new == row.cells:
            return row
        if all(self.fields[one].is_computed for one in cells if new.get(one) != row.cells.get(one)):
            return replace(row, cells=new)
        return replace(row, cells=new, modified=moment, modified_by=by)

    def apply(self, change: RowChange, now: float, lag: float) -> None:
        """Make a change, and remember for `lag` seconds what was before it."""
        if lag > 0:
            self._undo.append((now, change))
        while self._undo and self._undo[0][0] + lag <= now:
            self._undo.popleft()
        _set(self.rows, change.before, change.after)

    def rows_at(self, moment: float) -> Rows:
        """Return the records as they were then, as far back as is remembered."""
        later = [change for time, change in self._undo if time > moment]
        if not later:
            return self.rows
        rows = self.rows.copy()
        for change in reversed(later):
            _set(rows, change.after, change.before)
        return rows


def _set(rows: Rows, old: Row | None, new: Row | None) -> None:
    if new is not None:
        rows.put(new)
    elif old is not None:
        rows.remove(old.record_id)


def _filled(cells: Mapping[str, Any]) -> dict[str, Any]:
    return {field_id: value for field_id, value in cells.items() if value is not None}
