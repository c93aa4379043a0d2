"""The values of a Base's fields: what may be written, how it is kept, and how each API shows it.

Source: open platform documentation, "Base record data structure", and the error codes of "Create records". A
value is kept as search and batch_get show it. What the documents leave open, and is assumed here:

* a text, list or phone number without content clears its cell;
* what is written into a field that Lark computes does not match its type (1254015), as does a value that is
  wrong for a type without a code of its own;
* any person, group, file and linked record exists;
* list and get show a number as Python does, a whole one without a point.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sandbox.lark import cell_values
from sandbox.lark.base_codes import ErrorCode, refused
from sandbox.lark.cell_values import WrongValueError
from sandbox.lark.envelope import RefusedError


class FieldType(IntEnum):
    TEXT = 1
    NUMBER = 2
    SINGLE_SELECT = 3
    MULTI_SELECT = 4
    DATE_TIME = 5
    CHECKBOX = 7
    USER = 11
    PHONE = 13
    URL = 15
    ATTACHMENT = 17
    SINGLE_LINK = 18
    LOOKUP = 19
    FORMULA = 20
    DUPLEX_LINK = 21
    LOCATION = 22
    GROUP_CHAT = 23
    CREATED_TIME = 1001
    MODIFIED_TIME = 1002
    CREATED_USER = 1003
    MODIFIED_USER = 1004
    AUTO_NUMBER = 1005


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a writable type takes values: the code of a wrong one, and what is kept of a right one."""

    code: ErrorCode
    keep: Callable[[Any], Any]


def ui_type_of(field_type: int) -> str:
    """Return the `ui_type` of a plain field of this type."""
    if field_type not in FieldType:
        return "Unknown"
    return FieldType(field_type).name.title().replace("_", "")


def written(field_type: int, ui_type: str, value: object) -> Any:
    """Return what is kept of a value that an API writes, None to clear; raises `RefusedError`."""
    kind = _KINDS.get(field_type)
    if kind is None:
        raise refused(ErrorCode.FieldTypesDoNotMatch)
    if value is None:
        return None
    try:
        kept = kind.keep(value)
    except WrongValueError:
        raise refused(kind.code) from None
    return cell_values.as_mail(kept) if ui_type == "Email" and kept else kept


def entered(field_type: int, ui_type: str, value: object) -> Any:
    """Return what is kept of a value that a person, or Lark itself, enters.

    It may have the format that is written or the one that is read, and be in a field that Lark computes.
    """
    if field_type not in _KINDS or (field_type in _SHOWN and isinstance(value, _SHOWN[field_type])):
        return value
    return written(field_type, ui_type, value)


def listed(field_type: int, value: Any) -> Any:
    """Return a kept value as list and get show it."""
    match field_type:
        case FieldType.TEXT if isinstance(value, list):
            return text_of(value)
        case FieldType.NUMBER if not isinstance(value, str):
            return repr(value)
        case _:
            return value


def converted(value: Any, field_type: int) -> Any:
    """Return what is left of a kept value when its field gets another type, None when nothing is."""
    text = text_of(value) if isinstance(value, list) else str(value)
    new: dict[int, object] = {
        FieldType.TEXT: text,
        FieldType.SINGLE_SELECT: text,
        FieldType.PHONE: text,
        FieldType.MULTI_SELECT: [text],
        FieldType.NUMBER: _parsed_number(text),
    }
    try:
        return written(field_type, "", new.get(field_type))
    except RefusedError:
        return None


def text_of(segments: list[Any]) -> str:
    """Return the text of a text cell's segments."""
    return "".join(str(one.get("text", "")) if isinstance(one, dict) else str(one) for one in segments)


def _parsed_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


_KINDS: dict[int, _Kind] = {
    FieldType.TEXT: _Kind(ErrorCode.TextFieldConvFail, cell_values.text),
    FieldType.NUMBER: _Kind(ErrorCode.NumberFieldConvFail, cell_values.number),
    FieldType.SINGLE_SELECT: _Kind(ErrorCode.SingleSelectFieldConvFail, cell_values.single_select),
    FieldType.MULTI_SELECT: _Kind(ErrorCode.MultiSelectFieldConvFail, cell_values.multi_select),
    FieldType.DATE_TIME: _Kind(ErrorCode.DatetimeFieldConvFail, cell_values.date_time),
    FieldType.CHECKBOX: _Kind(ErrorCode.CheckboxFieldConvFail, cell_values.checkbox),
    FieldType.USER: _Kind(ErrorCode.UserFieldConvFail, cell_values.people),
    FieldType.PHONE: _Kind(ErrorCode.PhoneFieldConvFail, cell_values.phone),
    FieldType.URL: _Kind(ErrorCode.URLFieldConvFail, cell_values.url),
    FieldType.ATTACHMENT: _Kind(ErrorCode.AttachFieldConvFail, cell_values.attachments),
    FieldType.SINGLE_LINK: _Kind(ErrorCode.LinkFieldConvFail, cell_values.links),
    FieldType.DUPLEX_LINK: _Kind(ErrorCode.DuplexLinkFieldConvFail, cell_values.links),
    FieldType.LOCATION: _Kind(ErrorCode.FieldTypesDoNotMatch, cell_values.location),
    FieldType.GROUP_CHAT: _Kind(ErrorCode.FieldTypesDoNotMatch, cell_values.groups),
}

_SHOWN: dict[int, type] = {
    FieldType.TEXT: list,
    FieldType.SINGLE_LINK: dict,
    FieldType.DUPLEX_LINK: dict,
    FieldType.LOCATION: dict,
}
"""The types of which a person enters more than an API can write, and what that looks like."""
