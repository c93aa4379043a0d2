"""DynamoDB's attribute values and back, for JSON's types and bytes."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any


def to_item(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return `record` as an item; a key whose value is None is left out."""
    return {key: to_attribute(value) for key, value in record.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record that `to_item` wrote."""
    return {key: from_attribute(value) for key, value in item.items()}


def to_attribute(value: Any) -> dict[str, Any]:
    """Return one attribute value; raises TypeError for a type that no record holds."""
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case bytes():
            return {"B": value}
        case int() | float():
            return {"N": repr(value)}
        case None:
            return {"NULL": True}
        case list():
            return {"L": [to_attribute(one) for one in value]}
        case dict():
            return {"M": {key: to_attribute(one) for key, one in value.items()}}
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
            return float(value) if any(mark in value for mark in ".eE") else int(value)
        case "NULL":
            return None
        case "L":
            return [from_attribute(one) for one in value]
        case "M":
            return from_item(value)
    raise TypeError(f"no value for attribute type {kind}")
