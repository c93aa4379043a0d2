"""Which records a search finds, and in which order.

Source: open platform documentation, "Search records" and "Record filter guide". What they leave open, and is
assumed here:

* empty values come last, in descending order first; what is equal stays in the order of creation;
* a Base's days begin at midnight in Vietnam;
* a filter that the documents do not allow answers InvalidFilter, and so do the relative dates, which are not
  simulated.
"""

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sandbox.lark.base_codes import ErrorCode, refused
from sandbox.lark.cells import FieldType, text_of
from sandbox.lark.tables import Field, Row, Table

MAX_CONDITIONS = 50
MAX_VALUES = 10
MAX_SORTS = 100
_MILLISECONDS = re.compile("[0-9]{1,14}")
ZONE = timezone(timedelta(hours=7))

type Matches = Callable[[Row], bool]

_MOMENTS = frozenset({FieldType.DATE_TIME, FieldType.CREATED_TIME, FieldType.MODIFIED_TIME})
_TEXTS = frozenset(
    {
        FieldType.TEXT,
        FieldType.PHONE,
        FieldType.URL,
        FieldType.LOCATION,
        FieldType.AUTO_NUMBER,
    }
)
_WORDS = frozenset(
    {
        FieldType.SINGLE_SELECT,
        FieldType.MULTI_SELECT,
        FieldType.USER,
        FieldType.GROUP_CHAT,
        FieldType.SINGLE_LINK,
        FieldType.DUPLEX_LINK,
        FieldType.CREATED_USER,
        FieldType.MODIFIED_USER,
    }
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "is": operator.eq,
    "isNot": operator.ne,
    "isGreater": operator.gt,
    "isGreaterEqual": operator.ge,
    "isLess": operator.lt,
    "isLessEqual": operator.le,
}


def matcher(table: Table, given: object) -> Matches:
    """Return what says whether a record fits a filter; raises `RefusedError`."""
    if not isinstance(given, dict) or given.get("conjunction") not in ("and", "or"):
        raise refused(ErrorCode.InvalidFilter)
    tests = [_condition(table, one) for one in _list(given.get("conditions"), MAX_CONDITIONS)]
    tests += [_child(table, one) for one in _list(given.get("children"), MAX_CONDITIONS)]
    joined = all if given["conjunction"] == "and" else any
    return lambda row: joined(test(row) for test in tests)


def sorted_rows(table: Table, rows: Iterable[Row], given: object) -> list[Row]:
    """Return records in the order that a search asks for; raises `RefusedError`."""
    ordered = list(rows)
    for one in reversed(_list(given, MAX_SORTS)):
        name = one.get("field_name") if isinstance(one, dict) else None
        column = table.field_named(name if isinstance(name, str) else "")
        ordered.sort(key=lambda row, column=column: _rank(column.read(row)), reverse=one.get("desc") is True)
    return ordered


def _child(table: Table, given: object) -> Matches:
    if not isinstance(given, dict) or "children" in given:
        raise refused(ErrorCode.InvalidFilter)
    return matcher(table, given)


def _condition(table: Table, given: object) -> Matches:
    match given:
        case {"field_name": str(name), "operator": str(verb), "value": list(values)}:
            column = table.field_named(name)
        case _:
            raise refused(ErrorCode.InvalidFilter)
    if len(values) > MAX_VALUES or not all(isinstance(one, str) for one in values):
        raise refused(ErrorCode.InvalidFilter)
    if verb in ("isEmpty", "isNotEmpty"):
        if values or column.type == FieldType.CHECKBOX:
            raise refused(ErrorCode.InvalidFilter)
        return lambda row: (column.read(row) is None) == (verb == "isEmpty")
    return _comparison(column, verb, values)


def _comparison(column: Field, verb: str, values: Sequence[str]) -> Matches:
    if column.type in _MOMENTS:
        return _moment(column, verb, values)
    if column.type == FieldType.NUMBER:
        return _number(column, verb, values)
    if column.type == FieldType.CHECKBOX and verb == "is" and list(values) in (["true"], ["false"]):
        return lambda row: (column.read(row) is True) == (values[0] == "true")
    if column.type in _TEXTS or column.loose:
        return _text(column, verb, _only(values))
    if column.type in _WORDS:
        return _words(column, verb, values)
    raise refused(ErrorCode.InvalidFilter)


def _moment(column: Field, verb: str, values: Sequence[str]) -> Matches:
    match (verb, values):
        case ("is" | "isGreater" | "isLess", ["ExactDate", text]) if _MILLISECONDS.fullmatch(text):
            return _compared(column, _COMPARISONS[verb], _day(int(text)), _day)
        case _:
            raise refused(ErrorCode.InvalidFilter)


def _number(column: Field, verb: str, values: Sequence[str]) -> Matches:
    try:
        wanted = float(_only(values))
    except ValueError:
        raise refused(ErrorCode.InvalidFilter) from None
    if verb not in _COMPARISONS:
        raise refused(ErrorCode.InvalidFilter)
    return _compared(column, _COMPARISONS[verb], wanted, float, empty=verb == "isNot")


def _compared(
    column: Field,
    compare: Callable[[Any, Any], bool],
    wanted: object,
    comparable: Callable[[Any], object],
    *,
    empty: bool = False,
) -> Matches:
    """Return the comparison of a value with `wanted`; an empty value's result is `empty`."""

    def matches(row: Row) -> bool:
        value = column.read(row)
        return empty if value is None else compare(comparable(value), wanted)

    return matches


def _text(column: Field, verb: str, wanted: str) -> Matches:
    match verb:
        case "is":
            return lambda row: _as_text(column.read(row)) == wanted
        case "isNot":
            return lambda row: _as_text(column.read(row)) != wanted
        case "contains":
            return lambda row: wanted in _as_text(column.read(row))
        case "doesNotContain":
            return lambda row: wanted not in _as_text(column.read(row))
        case _:
            raise refused(ErrorCode.InvalidFilter)


def _words(column: Field, verb: str, values: Sequence[str]) -> Matches:
    if verb in ("is", "isNot"):
        wanted = [_only(values)]
        return lambda row: (_as_words(column.read(row)) == wanted) == (verb == "is")
    if verb in ("contains", "doesNotContain") and values:
        return lambda row: any(one in values for one in _as_words(column.read(row))) == (verb == "contains")
    raise refused(ErrorCode.InvalidFilter)


def _only(values: Sequence[str]) -> str:
    if len(values) != 1:
        raise refused(ErrorCode.InvalidFilter)
    return values[0]


def _as_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case list():
            return text_of(value)
        case {"full_address": text} | {"text": text}:
            return text
        case _:
            return str(value)


def _as_words(value: Any) -> list[str]:
    match value:
        case None:
            return []
        case {"link_record_ids": list(ids)}:
            return ids
        case list():
            return [one["id"] if isinstance(one, dict) else one for one in value]
        case _:
            return [value]


def _rank(value: Any) -> tuple[bool, float, str]:
    """Return what a value is sorted by: empty ones last, numbers by size, all else by its text."""
    if value is None:
        return True, 0, ""
    return (False, value, "") if isinstance(value, int | float) else (False, 0, _as_text(value))


def _day(milliseconds: int) -> int:
    moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)
    return moment.astimezone(ZONE).toordinal()


def _list(value: object, limit: int) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > limit:
        raise refused(ErrorCode.InvalidFilter)
    return value
