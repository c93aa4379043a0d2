"""What Lark's cells hold, as plain JSON and back: the one module that knows their formats.

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
from larkbridge.lark import plain
from larkbridge.lark.plain import EPOCH, Json, ValueMismatchError

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
    """Return a cell in plain JSON, None for an empty one, and one of an unknown type as it is.

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
        return plain.text(cell)
    return "".join(plain.text(plain.fields(part).get("text")) or "" for part in _listed(cell)) or None


def _number(cell: Any) -> Json:
    is_numeral = isinstance(cell, str) and _NUMERAL.fullmatch(cell)
    return plain.number(float(cell) if is_numeral else cell)


def _moment(cell: Any) -> Json:
    moment = from_milliseconds(cell)
    if moment is None:
        raise ValueMismatchError("not a time in milliseconds")
    return to_text(moment)


def _write_moment(text: str) -> int:
    return (from_text(text) - EPOCH) // _MILLISECOND


def _options(cell: Any) -> Json:
    return plain.unique(_listed(cell))


def _ids(cell: Any) -> Json:
    return plain.unique([plain.fields(one).get("id") for one in _listed(cell)])


def _write_ids(ids: list[str]) -> list[dict[str, str]]:
    return [{"id": one} for one in ids]


def _link(cell: Any) -> Json:
    if not plain.fields(cell).keys() & {"link", "text"}:
        raise ValueMismatchError("neither a link nor a text")
    link, text = (plain.text(cell.get(name) or "") for name in ("link", "text"))
    return {"text": text or link, "link": link or ""} if text or link else None


def _attachments(cell: Any) -> Json:
    return [_attachment(plain.fields(one)) for one in _listed(cell)] or None


def _attachment(file: dict[str, Any]) -> dict[str, Json]:
    token = plain.text(file.get("file_token"))
    if token is None:
        raise ValueMismatchError("a file without its token")
    shown = {name: plain.text(file[name]) for name in ("name", "type") if file.get(name)}
    size = {"size": plain.number(file["size"])} if file.get("size") is not None else {}
    return {"fileToken": token, **shown, **size}


def _write_attachments(files: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{"file_token": file["fileToken"]} for file in files]


def _linked(cell: Any) -> Json:
    match cell:
        case {"link_record_ids": ids}:
            return plain.unique(plain.items(ids or []))
        case _:
            return plain.unique(plain.items(cell))


def _place(cell: Any) -> Json:
    if isinstance(cell, str):
        return {"location": cell} if plain.text(cell) else None
    if plain.text(plain.fields(cell).get("location")) is None:
        return None
    return {ours: plain.text(cell[name]) for name, ours in _PLACE.items() if cell.get(name)}


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
    values = [form.read(one) if form else one for one in cells if one is not None]
    if inner in _LISTS:
        return inner, [one for several in values if isinstance(several, list) for one in several]
    return inner, values


def _listed(cell: Any) -> list[Any]:
    """Return a cell as a list: Lark gives one person as an object, and what a formula finds one by one."""
    return cell if isinstance(cell, list) else [cell]


_T = FieldType
_USERS = _Form(_ids, plain.texts(1_000), _write_ids)
_LINKS = _Form(_linked, plain.texts(500))
_FORMS: dict[int | None, _Form] = {
    _T.TEXT: _Form(_text, plain.limited_text),
    _T.NUMBER: _Form(_number, plain.number),
    _T.SINGLE_SELECT: _Form(plain.text, plain.limited_text),
    _T.MULTI_SELECT: _Form(_options, plain.texts(1_000)),
    _T.DATETIME: _Form(_moment, plain.moment, _write_moment),
    _T.CHECKBOX: _Form(plain.flag, plain.flag),
    _T.USER: _USERS,
    _T.PHONE: _Form(plain.text, plain.phone),
    _T.URL: _Form(_link, plain.link),
    _T.ATTACHMENT: _Form(_attachments, plain.attachments(100), _write_attachments),
    _T.LINK: _LINKS,
    _T.LOOKUP: _Form(_lookup),
    _T.FORMULA: _Form(_formula),
    _T.DUPLEX_LINK: _LINKS,
    _T.LOCATION: _Form(_place, plain.place, _write_place),
    _T.GROUP: _Form(_ids, plain.texts(10), _write_ids),
    _T.CREATED_TIME: _Form(_moment),
    _T.MODIFIED_TIME: _Form(_moment),
    _T.CREATED_BY: _Form(_ids),
    _T.MODIFIED_BY: _Form(_ids),
    _T.AUTO_NUMBER: _Form(plain.text),
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
READ_ONLY = frozenset(one for one in FieldType if _FORMS[one].check is None)
