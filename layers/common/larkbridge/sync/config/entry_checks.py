"""What the parts of an entry in `tables.toml` may be; each check raises RegistryError that names the part."""

from collections.abc import Iterable, Mapping
from typing import Any

from larkbridge.sync.config.synced_table import RegistryError

MAX_FIELDS = 200
"""Lark's search takes no more column names."""
DAY = 24 * 60


def require_texts(label: str, entry: Any, keys: Iterable[str]) -> None:
    """Refuse what lacks a text under one of these keys."""
    for key in keys:
        if not (isinstance(entry.get(key), str) and entry[key].strip()):
            raise RegistryError(f"tables.toml: {label} needs {key}")


def require_known(label: str, entry: Mapping[str, Any], known: frozenset[str]) -> None:
    """Refuse what has any other key."""
    for key in sorted(entry.keys() - known):
        raise RegistryError(f"tables.toml: {label}.{key} is not known")


def member_of[T: str](label: str, key: str, value: Any, members: Iterable[T]) -> T:
    """Return which of these a value names."""
    for member in members:
        if value == str(member):
            return member
    raise RegistryError(f"tables.toml: {label}.{key} must be one of {', '.join(map(str, members))}")


def list_of(label: str, key: str, value: Any) -> list[Any]:
    """Return a list that is neither empty nor too long."""
    if not (isinstance(value, list) and 1 <= len(value) <= MAX_FIELDS):
        raise RegistryError(f"tables.toml: {label}.{key} must be a list of 1 to {MAX_FIELDS}")
    return value


def require_once(label: str, part: str, values: list[str]) -> None:
    """Refuse what names something twice."""
    for value in values:
        if values.count(value) > 1:
            raise RegistryError(f"tables.toml: {label} has the {part} {value} twice")


def minutes_of(label: str, value: Any) -> int:
    """Return a number of minutes, up to a day."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= DAY:
        raise RegistryError(f"tables.toml: {label}.every_minutes must be 1 to {DAY}")
    return value
