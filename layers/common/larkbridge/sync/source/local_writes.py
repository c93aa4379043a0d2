"""Rows of SOURCE tables as the API and the forms write them: checked, stored, and left for the push.

Nothing here calls Lark.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from larkbridge.clock import Clock, to_text
from larkbridge.errors import ConditionFailedError, ConflictError, InvalidFieldsError, NotFoundError
from larkbridge.lark.cell_formats import ValueMismatchError, canonical
from larkbridge.settings import FeedSettings
from larkbridge.store.source_rows import SourceRow, SourceRowStore
from larkbridge.store.submissions import FormType
from larkbridge.store.synced_rows import GONE, content_hash
from larkbridge.store.table import Action
from larkbridge.sync.config.synced_table import SyncedTable
from larkbridge.sync.config.table_registry import registry

MAX_ROW_ID = 200
_TRIES = 5


class LocalWrites:
    """Writes rows; what is written when a method returns reaches Lark, or Lark refuses it."""

    def __init__(self, rows: SourceRowStore, clock: Clock) -> None:
        self._rows = rows
        self._clock = clock

    def put(self, table: SyncedTable, row_id: str, body: Mapping[str, Any]) -> SourceRow:
        """Write a row in place of what it was; a row with the same content stays as it is.

        If Lark has refused that content, it is sent to Lark once more.

        Raises
        ------
        InvalidFieldsError
            When `row_id` or a field is not valid.
        ConflictError
            When others keep on changing the row.
        """
        values = complete_row(table, row_id, body)
        return self._write(table, row_id, values, content_hash(values))

    def delete(self, table: SyncedTable, row_id: str) -> SourceRow:
        """Delete a row; one that is deleted already stays as it is.

        Raises
        ------
        NotFoundError
            When there never was such a row, or it was deleted long ago.
        ConflictError
            When others keep on changing the row.
        """
        return self._write(table, row_id, None, GONE)

    def feed_action(self, table: SyncedTable, row_id: str, fields: Mapping[str, Any]) -> Action:
        """Return the write of a new row, as a part of a transaction.

        The row has those of `fields` that the table has and that fit their type. The condition fails when
        there is such a row.
        """
        values = fitting_row(table, row_id, fields)
        return self._change(None, table, row_id, values, content_hash(values))

    def _write(
        self, table: SyncedTable, row_id: str, values: Mapping[str, Any] | None, new_hash: str
    ) -> SourceRow:
        for _ in range(_TRIES):
            stored = self._rows.get(table.name, row_id)
            if stored is None and values is None:
                raise NotFoundError("there is no such row")
            if stored is None or stored.content_hash != new_hash:
                action = self._change(stored, table, row_id, values, new_hash)
            elif stored.rejected is None:
                return stored
            else:
                action = self._rows.requeue_action(stored, self._clock.now())
            try:
                return self._rows.change(action)
            except ConditionFailedError:
                continue
        raise ConflictError("the row is being changed by others; try again")

    def _change(
        self,
        stored: SourceRow | None,
        table: SyncedTable,
        row_id: str,
        values: Mapping[str, Any] | None,
        new_hash: str,
    ) -> Action:
        now = to_text(self._clock.now())
        return self._rows.change_action(stored, table.name, row_id, values, new_hash, now)


def table_feed(
    form_type: FormType, settings: FeedSettings, clock: Clock
) -> Callable[[str, Mapping[str, Any]], Sequence[Action]]:
    """Return what makes a new row of a submission; the row has the submission's id.

    Raises
    ------
    MissingSettingError
        When the registry cannot be used, or no connected table takes the form.
    """
    table = registry(settings.places).fed_by(form_type)
    writes = LocalWrites(SourceRowStore(settings.source_rows_table), clock)
    return lambda submission_id, fields: [writes.feed_action(table, submission_id, fields)]


def complete_row(table: SyncedTable, row_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return every field of a row in its canonical form, None for those that `body` lacks.

    The key is filled in from the row id.

    Raises
    ------
    InvalidFieldsError
        Naming every field that is unknown or does not fit, and a key that is not the row id.
    """
    _check_row_id(row_id)
    row, problems = _fitted(table, body)
    problems |= dict.fromkeys(body.keys() - row.keys() - problems.keys(), "is not a field of this table")
    key = str(table.key)
    if key not in problems and row[key] not in (None, row_id):
        problems[key] = "must be the row's id"
    if problems:
        raise InvalidFieldsError("some fields are not valid", fields=problems)
    return row | {key: row_id}


def fitting_row(table: SyncedTable, row_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of those fields that the table has and that fit, None for the others; raises nothing."""
    row, problems = _fitted(table, fields)
    return row | dict.fromkeys(problems) | {str(table.key): row_id}


def _fitted(table: SyncedTable, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values that fit, and why each of the others does not."""
    row: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field in table.fields:
        try:
            row[field.name] = canonical(field.type, given.get(field.name))
        except ValueMismatchError as error:
            problems[field.name] = str(error)
    return row, problems


def _check_row_id(row_id: str) -> None:
    if not (1 <= len(row_id) <= MAX_ROW_ID and row_id.isprintable() and row_id.strip() == row_id):
        problem = f"must be 1 to {MAX_ROW_ID} printable characters without a space at either end"
        raise InvalidFieldsError("the row's id is not valid", fields={"id": problem})
