"""Rows of mirrored tables: of those fields alone that `tables.toml` opens to the agent.

Nothing finds a row by its key, so the rows are read one after the other, up to 2,000; of a table that has
more it is said that it cannot be told.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Collection
from typing import Annotated, Any, NamedTuple

from pydantic import Field as Described

from larkbridge.agent.tools.centre_access import COUNTED, SHOWN, centre_tool
from larkbridge.agent.tools.local_time import stored
from larkbridge.agent.tools.redaction import Redactor
from larkbridge.agent.tools.row_matching import Lookup, Matching, Values, folded
from larkbridge.agent.tools.tool import Arguments, Asker, Tool, ToolError
from larkbridge.clock import Clock
from larkbridge.errors import NotConfiguredError
from larkbridge.lark.cell_formats import FieldType
from larkbridge.routes import Scope
from larkbridge.store.audit_entries import AuditStore
from larkbridge.store.mirror_rows import MirrorRowStore
from larkbridge.store.sync_progress import SyncStateStore
from larkbridge.store.synced_rows import GONE
from larkbridge.store.table import MAX_KEYS
from larkbridge.sync.config.registered import Registered
from larkbridge.sync.config.synced_table import Field, Role, SyncedTable

LISTED = 5 * COUNTED
"""So many ids are looked at, those of rows that are gone in Lark among them."""
GROUPS = 30
_TIMES = (FieldType.DATETIME, FieldType.CREATED_TIME, FieldType.MODIFIED_TIME)

type _Matches = Callable[[Values], bool]


class RowsAsked(Arguments):
    table: Annotated[str, Described(description="The table's name.", max_length=40)]
    key: Annotated[str | None, Described(description="The whole key, such as M3A.", max_length=200)] = None
    prefix: Annotated[
        str | None, Described(description="What the key begins with; all rows without it.", max_length=200)
    ] = None


class CountAsked(Arguments):
    table: Annotated[str, Described(description="The table's name.", max_length=40)]
    prefix: Annotated[
        str | None, Described(description="What the key begins with; all rows without it.", max_length=200)
    ] = None
    column: Annotated[
        str | None, Described(description="With `equals`: count only rows with this value.", max_length=40)
    ] = None
    equals: Annotated[
        bool | float | str | None, Described(description="The value of `column`; null for empty.")
    ] = None
    by: Annotated[
        str | None, Described(description="Count apart for each value of this field.", max_length=40)
    ] = None


class _Found(NamedTuple):
    """The values of the rows that match, how many rows do not fit their types, and whether all were read.

    A row that does not fit counts as what it was when it last did.
    """

    rows: list[Values]
    unfit: int
    is_whole: bool


class OpenTables:
    """Reads rows of the tables that are open to the agent."""

    def __init__(
        self,
        tables: Registered,
        rows: MirrorRowStore,
        states: SyncStateStore,
        audit: AuditStore,
        clock: Clock,
    ) -> None:
        self._tables = tables
        self._rows = rows
        self._states = states
        self._audit = audit
        self._clock = clock

    def tools(self, staff_chats: Collection[str]) -> tuple[Tool, ...]:
        """Return the tools, whose descriptions name what is open."""
        known = self._described()
        return (
            centre_tool(
                "table_rows",
                f"Rows of a table by their key or what it begins with, at most {SHOWN}. Tables, each with "
                f"its key and its fields: {known}. No other table or field can be read.",
                RowsAsked,
                self._shown,
                needs=Scope.READ,
                staff_chats=staff_chats,
            ),
            centre_tool(
                "table_count",
                f"How many rows a table has, by a field's value too, and the sums of its numbers; of at most "
                f"{COUNTED} rows. Take counts and sums from here only. The tables are those of table_rows.",
                CountAsked,
                self._counted,
                needs=Scope.READ,
                staff_chats=staff_chats,
            ),
        )

    def _shown(self, asker: Asker, asked: RowsAsked) -> dict[str, Any]:
        """Show rows in the order of their keys; as many requests as `_read` takes, and two."""
        table = self._table(asked.table)
        matching = Matching(asker, [_key_lookup(table, asked.key, asked.prefix)])
        found = self._read(table, matching.matches)
        if not found.is_whole and not found.rows:
            raise ToolError(_too_many("not among those that were read"))
        matching.note(self._audit, table, found.rows)
        redactor = Redactor(asker)
        rows = sorted(found.rows, key=lambda values: folded(values.get(table.key or "")))[:SHOWN]
        return {
            "columns": {field.name: field.column for field in _open_fields(table)},
            "rows": [_row(table, values, redactor) for values in rows],
            "more": len(found.rows) - len(rows),
            "complete": found.is_whole,
            **self._standing(table, found),
        }

    def _counted(self, asker: Asker, asked: CountAsked) -> dict[str, Any]:
        """Count rows; as many requests as `_read` takes, and two."""
        table = self._table(asked.table)
        fields = {name: _open_field(table, name) for name in (asked.column, asked.by) if name}
        lookups = [_key_lookup(table, None, asked.prefix)]
        if asked.column is not None:
            lookups.append(Lookup(fields[asked.column], asked.equals))
        matching = Matching(asker, lookups)
        found = self._read(table, matching.matches)
        if not found.is_whole:
            raise ToolError(_too_many("so this cannot be counted"))
        rows = found.rows
        matching.note(self._audit, table, rows)
        answer = {"count": len(rows), "sums": _sums(table, rows), **self._standing(table, found)}
        if asked.by:
            groups = Counter(_shown_value(values.get(asked.by), Redactor(asker)) for values in rows)
            answer["by"] = dict(groups.most_common(GROUPS))
            answer["moreGroups"] = max(0, len(groups) - GROUPS)
        return answer

    def _read(self, table: SyncedTable, matches: _Matches) -> _Found:
        """Read the rows that are there in Lark; at most 10 requests for the ids and one for each hundred."""
        listed = self._rows.digests(table.name)
        ids = [row_id for row_id, digest in itertools.islice(listed, LISTED) if digest != GONE]
        is_whole = len(ids) <= COUNTED and next(listed, None) is None
        found: list[Values] = []
        unfit = 0
        for some in itertools.batched(ids[:COUNTED], MAX_KEYS, strict=False):
            rows = self._rows.get_many(table.name, some, self._clock.sleep).values()
            unfit += sum(row.reasons is not None for row in rows)
            known = [row.values for row in rows if row.values is not None and row.deleted_at is None]
            found += filter(matches, known)
        return _Found(found, unfit, is_whole)

    def _standing(self, table: SyncedTable, found: _Found) -> dict[str, Any]:
        """Return when the table was last as it is in Lark, and how many rows are not; one request."""
        last = self._states.get(table.name).last_pull
        unfit = {"rowsShownAsTheyWereBefore": found.unfit} if found.unfit else {}
        return unfit | ({"asOf": stored(last["endedAt"])} if last else {})

    def _table(self, name: str) -> SyncedTable:
        tables = {table.name: table for table in self._open()}
        if name not in tables:
            raise ToolError(f"No such table is open to the assistant. Open are: {self._described()}.")
        return tables[name]

    def _open(self) -> list[SyncedTable]:
        try:
            return [table for table in self._tables.all().of_role(Role.MIRROR) if table.agent]
        except NotConfiguredError:
            return []  # whoever asks for the tables' state is told why

    def _described(self) -> str:
        tables = [
            f"{table.name} (key {table.key}; "
            f"{', '.join(f'{field.name} = {field.column}' for field in _open_fields(table))})"
            for table in self._open()
        ]
        return "; ".join(tables) or "none"


def _too_many(consequence: str) -> str:
    return f"The table has more than {COUNTED} rows: {consequence}. Say that it cannot be told from here."


def _open_fields(table: SyncedTable) -> list[Field]:
    return [field for field in table.fields if field.name in table.agent]


def _open_field(table: SyncedTable, name: str) -> Field:
    for field in _open_fields(table):
        if field.name == name:
            return field
    raise ToolError(f"No such field is open to the assistant. Open are: {', '.join(table.agent)}.")


def _key_lookup(table: SyncedTable, key: str | None, prefix: str | None) -> Lookup:
    field = next(field for field in table.fields if field.name == table.key)
    return Lookup(field, prefix, is_prefix=True) if key is None else Lookup(field, key)


def _sums(table: SyncedTable, rows: list[Values]) -> dict[str, float]:
    numbers = [field.name for field in _open_fields(table) if field.type is FieldType.NUMBER]
    return {name: sum(values.get(name) or 0 for values in rows) for name in numbers}


def _row(table: SyncedTable, values: Values, redactor: Redactor) -> dict[str, Any]:
    return {field.name: _cell(field, values.get(field.name), redactor) for field in _open_fields(table)}


def _cell(field: Field, value: Any, redactor: Redactor) -> Any:
    if field.type in _TIMES and isinstance(value, str):
        return stored(value)
    if field.type is FieldType.PHONE and isinstance(value, str):
        return redactor.phone(value)
    return redactor.value(value)


def _shown_value(value: Any, redactor: Redactor) -> str:
    return redactor.text(", ".join(map(str, value)) if isinstance(value, list) else str(value))
