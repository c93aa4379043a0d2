"""Reads the entries of `tables.toml`; what will not do is refused by its name."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from larkbridge.lark.values import READ_ONLY, FieldType
from larkbridge.store.submissions import FormType
from larkbridge.sync.config.tables import POLICIES, Field, RegistryError, Role, Table

_NAME = re.compile(r"[a-z][A-Za-z0-9_-]{0,39}")
_TABLE_KEYS = frozenset({"role", "key", "every_minutes", "deletions", "feed", "fields"})
_FIELD_KEYS = frozenset({"name", "id", "column", "type"})
_KEY_TYPE = FieldType.TEXT
_DAY = 24 * 60
MAX_FIELDS = 200
"""Lark's search takes no more column names."""


def read_entry(name: str, entry: Any, place: tuple[str, str]) -> Table:
    """Return a table; raises RegistryError, which names the table and the field."""
    if not (_NAME.fullmatch(name) and isinstance(entry, dict)):
        raise RegistryError(f"tables.toml: {name} must be a table with a plain name")
    _only(name, entry, _TABLE_KEYS)
    role = _member(name, "role", entry.get("role"), list(Role))
    fields = tuple(_field(name, one) for one in _list(name, "fields", entry.get("fields")))
    for part, label in (("name", "name"), ("field_id", "id"), ("column", "column")):
        _once(name, label, [getattr(one, part) for one in fields])
    feed = entry.get("feed")
    table = Table(
        name=name,
        role=role,
        key=entry.get("key"),
        every=timedelta(minutes=_minutes(name, entry.get("every_minutes", _DAY))),
        deletions=_member(name, "deletions", entry.get("deletions", POLICIES[role][0]), POLICIES[role]),
        feed=None if feed is None else _member(name, "feed", feed, list(FormType)),
        fields=fields,
        app_token=place[0],
        table_id=place[1],
    )
    _check_key(table)
    _check_role(table, entry)
    return table


def _check_key(table: Table) -> None:
    key = table.key_field
    if key is None and (table.key is not None or table.role is Role.SOURCE):
        raise RegistryError(f"tables.toml: {table.name}.key must name one of its fields")
    if key is not None and key.type is not _KEY_TYPE:
        raise RegistryError(f"tables.toml: {table.name}.key must name a field of type text")


def _check_role(table: Table, entry: Mapping[str, Any]) -> None:
    if table.role is Role.MIRROR:
        if table.feed is not None:
            raise RegistryError(f"tables.toml: {table.name}.feed is for SOURCE tables")
        return
    if "every_minutes" in entry:
        raise RegistryError(f"tables.toml: {table.name}.every_minutes is for MIRROR tables")
    for field in table.fields:
        if field.type in READ_ONLY:
            raise RegistryError(f"tables.toml: {table.name}.{field.name} cannot be written in Lark")


def _field(table: str, entry: Any) -> Field:
    if not isinstance(entry, dict):
        raise RegistryError(f"tables.toml: {table}.fields must hold tables")
    label = f"{table}.{entry.get('name', 'fields')}"
    _only(label, entry, _FIELD_KEYS)
    for key in sorted(_FIELD_KEYS):
        if not (isinstance(entry.get(key), str) and entry[key].strip()):
            raise RegistryError(f"tables.toml: {label} needs {key}")
    if not _NAME.fullmatch(entry["name"]):
        raise RegistryError(f"tables.toml: {label} is not a plain name")
    types = {one.name.lower(): one for one in FieldType}
    _member(label, "type", entry["type"], list(types))
    return Field(entry["name"], entry["id"], entry["column"], types[entry["type"]])


def _only(label: str, entry: Mapping[str, Any], known: frozenset[str]) -> None:
    for key in sorted(entry.keys() - known):
        raise RegistryError(f"tables.toml: {label}.{key} is not known")


def _member[T: str](label: str, key: str, value: Any, members: Iterable[T]) -> T:
    for member in members:
        if value == str(member):
            return member
    raise RegistryError(f"tables.toml: {label}.{key} must be one of {', '.join(map(str, members))}")


def _list(label: str, key: str, value: Any) -> list[Any]:
    if not (isinstance(value, list) and 1 <= len(value) <= MAX_FIELDS):
        raise RegistryError(f"tables.toml: {label}.{key} must be a list of 1 to {MAX_FIELDS}")
    return value


def _once(label: str, part: str, values: list[str]) -> None:
    for value in values:
        if values.count(value) > 1:
            raise RegistryError(f"tables.toml: {label} has the {part} {value} twice")


def _minutes(label: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _DAY:
        raise RegistryError(f"tables.toml: {label}.every_minutes must be 1 to {_DAY}")
    return value
