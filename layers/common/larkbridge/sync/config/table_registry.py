"""The table registry: `tables.toml` says what the tables are, LARK_TABLES where they are in Lark.

An entry that cannot work is refused with the name of the table and the field.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from larkbridge.lark.cell_formats import READ_ONLY, FieldType
from larkbridge.store.submissions import FormType
from larkbridge.sync.config.synced_table import POLICIES, Field, RegistryError, Role, SyncedTable

TABLES_FILE = Path(__file__).parents[2] / "tables.toml"
MAX_FIELDS = 200
"""Lark's search takes no more column names."""

_PLACE = re.compile(r"([A-Za-z0-9]{1,100})/([A-Za-z0-9]{1,100})")
_NAME = re.compile(r"[a-z][A-Za-z0-9_-]{0,39}")
_TABLE_KEYS = frozenset({"role", "key", "every_minutes", "deletions", "feed", "fields", "agent"})
_FIELD_KEYS = frozenset({"name", "id", "column", "type"})
_KEY_TYPE = FieldType.TEXT
_DAY = 24 * 60


class Registry:
    """Every table, connected or not.

    Parameters
    ----------
    text
        The content of `tables.toml`.
    places
        The setting LARK_TABLES: ``name=app_token/table_id`` for each connected table.

    Raises
    ------
    RegistryError
        When either cannot be used; it names the table and the field.
    """

    def __init__(self, text: str, places: Iterable[str] = ()) -> None:
        known = _places(places)
        self._tables = {
            name: _table(name, entry, known.get(name, ("", ""))) for name, entry in _entries(text).items()
        }
        for name in known.keys() - self._tables.keys():
            raise RegistryError(f"LARK_TABLES: {name} is not a table of tables.toml")
        self._by_place = {(table.app_token, table.table_id): table for table in self.connected}
        if len(self._by_place) < len(known):
            raise RegistryError("LARK_TABLES: two tables have the same place in Lark")

    def __iter__(self) -> Iterator[SyncedTable]:
        return iter(self._tables.values())

    @property
    def connected(self) -> list[SyncedTable]:
        """The tables that LARK_TABLES names."""
        return [table for table in self if table.connected]

    def of_role(self, role: Role) -> list[SyncedTable]:
        """Return the connected tables of a role."""
        return [table for table in self.connected if table.role is role]

    def fed_by(self, form_type: str) -> SyncedTable:
        """Return the connected table that takes a form; raises RegistryError when none or several do."""
        found = [table for table in self.of_role(Role.SOURCE) if table.feed == form_type]
        if len(found) != 1:
            raise RegistryError(f"FORM_FEEDS: {form_type} must feed one connected table, not {len(found)}")
        return found[0]

    def get(self, name: str) -> SyncedTable | None:
        """Return a table by our name."""
        return self._tables.get(name)

    def at(self, app_token: str, table_id: str) -> SyncedTable | None:
        """Return the table that is connected to one of Lark's."""
        return self._by_place.get((app_token, table_id))


def registry(places: Iterable[str]) -> Registry:
    """Return the deployed registry; raises RegistryError when it cannot be used."""
    return Registry(read_tables(), places)


def read_tables(path: Path = TABLES_FILE) -> str:
    """Return the registry's text; raises RegistryError when there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise RegistryError(f"{path.name} cannot be read: {type(error).__name__}") from None


def _entries(text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RegistryError(f"tables.toml is not TOML: {error}") from None


def _places(words: Iterable[str]) -> dict[str, tuple[str, str]]:
    places: dict[str, tuple[str, str]] = {}
    for word in words:
        name, place = (part.strip() for part in word.partition("=")[::2])
        found = _PLACE.fullmatch(place)
        if not found:
            raise RegistryError(f"LARK_TABLES: {name} must be given as {name}=app_token/table_id")
        if name in places:
            raise RegistryError(f"LARK_TABLES: {name} is named twice")
        places[name] = (found[1], found[2])
    return places


def _table(name: str, entry: Any, place: tuple[str, str]) -> SyncedTable:
    if not (_NAME.fullmatch(name) and isinstance(entry, dict)):
        raise RegistryError(f"tables.toml: {name} must be a table with a plain name")
    _only(name, entry, _TABLE_KEYS)
    role = _member(name, "role", entry.get("role"), list(Role))
    fields = tuple(_field(name, field) for field in _list(name, "fields", entry.get("fields")))
    for part, label in (("name", "name"), ("field_id", "id"), ("column", "column")):
        _once(name, label, [getattr(field, part) for field in fields])
    feed = entry.get("feed")
    table = SyncedTable(
        name=name,
        role=role,
        key=entry.get("key"),
        every=timedelta(minutes=_minutes(name, entry.get("every_minutes", _DAY))),
        deletions=_member(name, "deletions", entry.get("deletions", POLICIES[role][0]), POLICIES[role]),
        feed=None if feed is None else _member(name, "feed", feed, list(FormType)),
        fields=fields,
        agent=tuple(_list(name, "agent", entry["agent"])) if "agent" in entry else (),
        app_token=place[0],
        table_id=place[1],
    )
    _check_key(table)
    _check_role(table, entry)
    _check_agent(table)
    return table


def _check_key(table: SyncedTable) -> None:
    key = table.key_field
    if key is None and (table.key is not None or table.role is Role.SOURCE):
        raise RegistryError(f"tables.toml: {table.name}.key must name one of its fields")
    if key is not None and key.type is not _KEY_TYPE:
        raise RegistryError(f"tables.toml: {table.name}.key must name a field of type text")


def _check_role(table: SyncedTable, entry: Mapping[str, Any]) -> None:
    if table.role is Role.MIRROR:
        if table.feed is not None:
            raise RegistryError(f"tables.toml: {table.name}.feed is for SOURCE tables")
        return
    if "every_minutes" in entry:
        raise RegistryError(f"tables.toml: {table.name}.every_minutes is for MIRROR tables")
    for field in table.fields:
        if field.type in READ_ONLY:
            raise RegistryError(f"tables.toml: {table.name}.{field.name} cannot be written in Lark")


def _check_agent(table: SyncedTable) -> None:
    if table.agent and (table.role is not Role.MIRROR or table.key is None):
        raise RegistryError(f"tables.toml: {table.name}.agent is for MIRROR tables with a key")
    _once(table.name, "agent field", list(table.agent))
    known = [field.name for field in table.fields]
    for name in table.agent:
        if name not in known:
            raise RegistryError(f"tables.toml: {table.name}.agent must name its fields, not {name}")


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
    types = {field_type.name.lower(): field_type for field_type in FieldType}
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


if __name__ == "__main__":
    try:
        Registry(read_tables())
    except RegistryError as unusable:
        raise SystemExit(str(unusable)) from None
