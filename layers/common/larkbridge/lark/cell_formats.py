"""What Lark's cells hold, as plain JSON and back; only this module knows their formats.

Protocol (open platform documentation, "Base record data structure" and the examples of "Search records" and
"Update records"). Three formats are read: that of search and batch_get, that of the older list and get, and
the one that is written, which the answer to a write repeats. What is empty is None, however Lark puts it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from larkbridge.clock import from_text, to_text
from larkbridge.lark import plain_values
from larkbridge.lark.plain_values import EPOCH, Json, ValueMismatchError

_MILLISECOND = timedelta(milliseconds=1)
_PLACE = {name: name for name in ("location", "name", "address", "pname", "cityname", "adname")} | {
    "full_address": "fullAddress"
}
"""The parts of a location: coordinates, names from the place to the province, and all in one."""

_NUMERAL = re.compile(r"-?\d{1,400}(\.\d{1,400})?([eE][+-]?\d{1,3})?", re.ASCII)


class FieldType(IntEnum):
    """Lark's field types by number; `tables.toml` names them by the lower case of the member."""

    TEXT = 1
    NUMBER = 2
    SINGLE_SELECT = 3
    MULTI_SELECT = 4
    DATETIME = 5
    CHECKBOX = 7
    USER = 11
    PHONE = 13
    URL = 15
    ATTACHMENT = 17
    LINK = 18
    LOOKUP = 19
    FORMULA = 20
    DUPLEX_LINK = 21
    LOCATION = 22
    GROUP = 23
    CREATED_TIME = 1001
    MODIFIED_TIME = 1002
    CREATED_BY = 1003
    MODIFIED_BY = 1004
    AUTO_NUMBER = 1005


def read(type: int, cell: object) -> Any:  # noqa: A002 - Lark's word
    """Return a cell in plain JSON, None for an empty cell; a cell of an unknown type stays as it is.

    Raises
    ------
    ValueMismatchError
        When it is in none of the type's formats.
    """
    form = _FORMS.get(type)
    return cell if form is None or cell is None else form.read(cell)


def write(type: int, value: Json) -> object:  # noqa: A002
    """Return what Lark takes for a plain value, None to clear the cell.

    Raises
    ------
    ValueMismatchError
        When the value does not fit, or fields of this type cannot be written.
    """
    given = canonical(type, value)
    return None if given is None else _FORMS[type].write(given)


def canonical(type: int, value: Json) -> Json:  # noqa: A002
    """Return the one form of all values that mean the same, without what Lark adds to it.

    This is what is read back after a write. A cell is up to date when `canonical` gives the same for the
    value that was read from it as for ours. Raises what `write` does.
    """
    form = _FORMS.get(type)
    if form is None or form.check is None:
        raise ValueMismatchError("fields of this type cannot be written")
    return None if value is None else form.check(value)


def from_milliseconds(value: object) -> datetime | None:
    """Return the moment so many milliseconds after 1970 began, None for what is no such number."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    try:
        return EPOCH + value * _MILLISECOND
    except OverflowError:
        return None


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class _Form:
    """How cells of a type are read, and unless Lark alone fills them, how plain values become them."""

    read: Callable[[Any], Json]
    check: Callable[[Any], Json] | None = None
    write: Callable[[Any], object] = _same


def _text(cell: Any) -> Json:
    """Join the parts of a text; of a link or a mention that which is shown."""
    if isinstance(cell, str):
        return plain_values.text(cell)
    return (
        "".join(plain_values.text(plain_values.fields(part).get("text")) or "" for part in _listed(cell))
        or None
    )


def _number(cell: Any) -> Json:
    is_numeral = isinstance(cell, str) and _NUMERAL.fullmatch(cell)
    return plain_values.number(float(cell) if is_numeral else cell)


def _moment(cell: Any) -> Json:
    moment = from_milliseconds(cell)
    if moment is None:
        raise ValueMismatchError("not a time in milliseconds")
    return to_text(moment)


def _write_moment(text: str) -> int:
    return (from_text(text) - EPOCH) // _MILLISECOND


def _options(cell: Any) -> Json:
    return plain_values.unique(_listed(cell))


def _ids(cell: Any) -> Json:
    return plain_values.unique([plain_values.fields(person).get("id") for person in _listed(cell)])


def _write_ids(ids: list[str]) -> list[dict[str, str]]:
    return [{"id": person_id} for person_id in ids]


def _link(cell: Any) -> Json:
    if not plain_values.fields(cell).keys() & {"link", "text"}:
        raise ValueMismatchError("neither a link nor a text")
    link, text = (plain_values.text(cell.get(name) or "") for name in ("link", "text"))
    return {"text": text or link, "link": link or ""} if text or link else None


def _attachments(cell: Any) -> Json:
    return [_attachment(plain_values.fields(file)) for file in _listed(cell)] or None


def _attachment(file: dict[str, Any]) -> dict[str, Json]:
    token = plain_values.text(file.get("file_token"))
    if token is None:
        raise ValueMismatchError("a file without its token")
    shown = {name: plain_values.text(file[name]) for name in ("name", "type") if file.get(name)}
    size = {"size": plain_values.number(file["size"])} if file.get("size") is not None else {}
    return {"fileToken": token, **shown, **size}


def _write_attachments(files: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{"file_token": file["fileToken"]} for file in files]


def _linked(cell: Any) -> Json:
    match cell:
        case {"link_record_ids": ids}:
            return plain_values.unique(plain_values.items(ids or []))
        case _:
            return plain_values.unique(plain_values.items(cell))


def _place(cell: Any) -> Json:
    if isinstance(cell, str):
        return {"location": cell} if plain_values.text(cell) else None
    if plain_values.text(plain_values.fields(cell).get("location")) is None:
        return None
    return {ours: plain_values.text(cell[name]) for name, ours in _PLACE.items() if cell.get(name)}


def _write_place(place: dict[str, str]) -> str:
    return place["location"]


def _lookup(cell: Any) -> Json:
    return _computed(cell)[1]


def _formula(cell: Any) -> Json:
    """Return the one value of a formula; several, and what is a list by its type, as a list.

    The parts of a text (links, mentions) are one text: nothing tells them from several texts.
    """
    match cell:
        case {"type": FieldType.TEXT, "value": [_, *_] as parts} if all(
            isinstance(part, dict) for part in parts
        ):
            return _text(parts)
    inner, values = _computed(cell)
    if inner in _LISTS or len(values) > 1:
        return values or None
    return values[0] if values else None


def _computed(cell: Any) -> tuple[int | None, list[Json]]:
    """Return the type of what Lark has computed, and its values."""
    match cell:
        case {"type": int(inner), "value": list(cells)}:
            pass
        case list(cells):
            inner = None
        case str() | int() | float():
            inner, cells = None, [cell]
        case _:
            raise ValueMismatchError("not the result of a formula")
    form = None if inner in (FieldType.LOOKUP, FieldType.FORMULA) else _FORMS.get(inner)
    values = [form.read(value) if form else value for value in cells if value is not None]
    if inner in _LISTS:
        return inner, [item for value in values if isinstance(value, list) for item in value]
    return inner, values


def _listed(cell: Any) -> list[Any]:
    """Return a cell as a list: Lark gives a single person as an object, and a formula's values singly."""
    return cell if isinstance(cell, list) else [cell]


_T = FieldType
_USERS = _Form(_ids, plain_values.texts(1_000), _write_ids)
_LINKS = _Form(_linked, plain_values.texts(500))
_FORMS: dict[int | None, _Form] = {
    _T.TEXT: _Form(_text, plain_values.limited_text),
    _T.NUMBER: _Form(_number, plain_values.number),
    _T.SINGLE_SELECT: _Form(plain_values.text, plain_values.limited_text),
    _T.MULTI_SELECT: _Form(_options, plain_values.texts(1_000)),
    _T.DATETIME: _Form(_moment, plain_values.moment, _write_moment),
    _T.CHECKBOX: _Form(plain_values.flag, plain_values.flag),
    _T.USER: _USERS,
    _T.PHONE: _Form(plain_values.text, plain_values.phone),
    _T.URL: _Form(_link, plain_values.link),
    _T.ATTACHMENT: _Form(_attachments, plain_values.attachments(100), _write_attachments),
    _T.LINK: _LINKS,
    _T.LOOKUP: _Form(_lookup),
    _T.FORMULA: _Form(_formula),
    _T.DUPLEX_LINK: _LINKS,
    _T.LOCATION: _Form(_place, plain_values.place, _write_place),
    _T.GROUP: _Form(_ids, plain_values.texts(10), _write_ids),
    _T.CREATED_TIME: _Form(_moment),
    _T.MODIFIED_TIME: _Form(_moment),
    _T.CREATED_BY: _Form(_ids),
    _T.MODIFIED_BY: _Form(_ids),
    _T.AUTO_NUMBER: _Form(plain_values.text),
}
_LISTS = frozenset(
    {
        _T.MULTI_SELECT,
        _T.USER,
        _T.ATTACHMENT,
        _T.LINK,
        _T.DUPLEX_LINK,
        _T.GROUP,
        _T.CREATED_BY,
        _T.MODIFIED_BY,
    }
)
READ_ONLY = frozenset(field_type for field_type in FieldType if _FORMS[field_type].check is None)
