"""What a row of a SOURCE table may hold, whoever sends it."""

from collections.abc import Mapping
from typing import Any

from larkbridge.errors import InvalidFieldsError
from larkbridge.lark.values import ValueMismatchError, canonical
from larkbridge.sync.config.tables import Table

MAX_ROW_ID = 200


def complete_row(table: Table, row_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
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


def fitting_row(table: Table, row_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `complete_row` would of those fields that the table has and that fit; raises nothing."""
    row, problems = _fitted(table, fields)
    return row | dict.fromkeys(problems) | {str(table.key): row_id}


def _fitted(table: Table, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
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
