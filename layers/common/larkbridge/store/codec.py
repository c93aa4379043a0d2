"""How a dataclass becomes a record and a record DynamoDB's attribute values, and both back.

A field is stored under its name in camel case. What is None, and what is empty by default, is left out.
"""

from base64 import b64decode
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, TypeAliasType, Union, get_args, get_origin

type Record = dict[str, Any]
"""A record's attributes by name: text, numbers, bytes, and lists and maps of them."""

type _Convert = Callable[[Any], Any]

_SCALARS: dict[Any, Mapping[type, None] | None] = {
    Any: None,
    NoneType: {NoneType: None},
    str: {str: None},
    bytes: {bytes: None},
    bool: {bool: None},
    int: {int: None},
    float: {float: None, int: None},  # DynamoDB writes 5.0 as 5
}
"""What is stored as it is."""
_UNIONS = (Union, UnionType)


class Stored:
    """How values of one type are stored; in a field's annotation it says what the type alone does not.

    Parameters
    ----------
    read
        For each type that a record may have what makes the value of it, None where it is the value; None
        where a record may have anything.
    write
        Makes what is stored of a value, None where that is the value.
    """

    def __init__(self, read: Mapping[type, _Convert | None] | None, write: _Convert | None = None) -> None:
        self.read = read
        self.write = write


class _Attribute(NamedTuple):
    """How one field of a dataclass is stored; `absent` is what it means that a record does not have it."""

    key: str
    read: Mapping[type, _Convert | None] | None
    write: _Convert | None
    absent: Any


def encode(value: Any) -> Record:
    """Return the record of a dataclass's value."""
    return {key: field for key, field in encode_changes(value).items() if field is not None}


def encode_changes(value: Any, names: Collection[str] | None = None) -> Record:
    """Return what an update of the fields of these names writes, or of all; None is what it takes away."""
    attributes = _attributes(type(value))
    record = {}
    for name in attributes if names is None else names:
        attribute, field = attributes[name], getattr(value, name)
        if field is None or field == attribute.absent:
            record[attribute.key] = None
        else:
            record[attribute.key] = attribute.write(field) if attribute.write else field
    return record


def decode[T](kind: type[T], record: Mapping[str, Any]) -> T:
    """Return the value whose record this is; attributes that it does not know are no matter.

    Raises
    ------
    TypeError
        When an attribute is missing or has another type.
    ValueError
        When an attribute has a value that its type does not have.
    """
    values = {}
    for name, (key, reads, _, absent) in _attributes(kind).items():
        field = record.get(key, absent)
        if field is absent:
            if absent is None:
                values[name] = None
        elif reads is None:
            values[name] = field
        elif type(field) in reads:
            read = reads[type(field)]
            values[name] = read(field) if read else field
        else:
            raise TypeError(f"{kind.__name__}: {key} is of type {type(field).__name__}")
    return kind(**values)


def attribute_keys(kind: type) -> dict[str, str]:
    """Return under which name each field of a dataclass is stored."""
    return {name: attribute.key for name, attribute in _attributes(kind).items()}


def to_item(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return `record` as an item; a key whose value is None is left out."""
    return {key: to_attribute(value) for key, value in record.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> Record:
    """Return the record that `to_item` wrote."""
    return {key: from_attribute(value) for key, value in item.items()}


def to_attribute(value: Any) -> dict[str, Any]:
    """Return one attribute value; raises TypeError for a type that no record holds."""
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": str(value)}  # without the class of an enum
        case bytes():
            return {"B": value}
        case int() | float():
            return {"N": repr(value)}
        case None:
            return {"NULL": True}
        case list():
            return {"L": [to_attribute(item) for item in value]}
        case dict():
            return {"M": {key: to_attribute(item) for key, item in value.items()}}
    raise TypeError(f"no attribute type for {type(value).__name__}")


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    """Return the value of one attribute; raises TypeError for a type that `to_attribute` never writes."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "B":
            return value if isinstance(value, bytes) else b64decode(value)  # a stream's record is JSON
        case "N":
            return int(value) if value.lstrip("-").isdigit() else float(value)
        case "NULL":
            return None
        case "L":
            return [from_attribute(item) for item in value]
        case "M":
            return from_item(value)
    raise TypeError(f"no value for attribute type {kind}")


@cache
def _attributes(kind: type) -> dict[str, _Attribute]:
    return {field.name: _attribute(field) for field in fields(kind)}


def _attribute(field: Field[Any]) -> _Attribute:
    head, *rest = field.name.split("_")
    key = head + "".join(part.capitalize() for part in rest)
    arms = _arms(field.type)
    known = [arm for arm in arms if arm is not NoneType]
    how = _stored(known[0]) if len(known) == 1 else _stored_scalar(known)
    default = field.default if field.default_factory is MISSING else field.default_factory()
    absent = None if NoneType in arms or how.read is None else MISSING if default else default
    return _Attribute(key, how.read, how.write, absent)


@cache
def _stored(hint: Any) -> Stored:
    """Return how what has this type is stored; raises TypeError for a type that no record holds."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint in _SCALARS:
        return Stored(_SCALARS[hint])
    if isinstance(hint, TypeAliasType):
        return _stored(hint.__value__)
    if origin is Annotated and isinstance(inner[1], Stored):
        return inner[1]
    if origin in (dict, Mapping):
        return _stored_map(_stored(inner[1]))
    if origin in (list, Sequence, tuple):
        return _stored_list(origin, inner)
    return _stored_scalar(_arms(hint)) if origin in _UNIONS else _stored_class(hint)


def _arms(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in _UNIONS else (hint,)


def _stored_scalar(kinds: Sequence[Any]) -> Stored:
    if other := [kind for kind in kinds if kind not in _SCALARS]:
        raise TypeError(f"no record holds {other[0]} or something else")
    return Stored({held: None for kind in kinds for held in _SCALARS[kind] or ()})


def _stored_class(kind: Any) -> Stored:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return Stored({str: kind}, str)
    if isinstance(kind, type) and is_dataclass(kind):
        return Stored({dict: partial(decode, kind)}, encode)
    raise TypeError(f"no record holds {kind}")


def _stored_map(inner: Stored) -> Stored:
    if inner.read is None:
        return Stored({dict: None})
    read, write = _converters(inner)
    return Stored(
        {dict: lambda values: {key: read(value) for key, value in values.items()}},
        write and (lambda values: {key: write(value) for key, value in values.items()}),
    )


def _stored_list(origin: Any, inner: tuple[Any, ...]) -> Stored:
    if origin is tuple and inner[-1] is not Ellipsis:
        ways = [_converters(_stored(hint)) for hint in inner]
        return Stored(
            {list: lambda values: tuple(read(value) for (read, _), value in zip(ways, values, strict=True))},
            lambda values: [
                write(value) if write else value for (_, write), value in zip(ways, values, strict=True)
            ],
        )
    make = tuple if origin is tuple else list
    read, write = _converters(_stored(inner[0]))
    as_list = None if origin is list else list
    return Stored(
        {list: lambda values: make(map(read, values))},
        (lambda values: [write(value) for value in values]) if write else as_list,
    )


def _converters(how: Stored) -> tuple[_Convert, _Convert | None]:
    """Return what reads a value in a list or a map, which may be of another type, and what writes it.

    The latter is None where what is stored is the value.
    """

    def read(value: Any) -> Any:
        if how.read is None:
            return value
        if type(value) not in how.read:
            raise TypeError(f"a value of type {type(value).__name__} in a list or a map")
        convert = how.read[type(value)]
        return convert(value) if convert else value

    return read, how.write
