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
from larkbridge.sync.config.entry_checks import (
    DAY,
    list_of,
    member_of,
    minutes_of,
    require_known,
    require_once,
    require_texts,
)
from larkbridge.sync.config.synced_table import (
    POLICIES,
    CaseColumns,
    Field,
    RegistryError,
    Role,
    SyncedTable,
)
from larkbridge.text import line

TABLES_FILE = Path(__file__).parents[2] / "tables.toml"
_PLACE = re.compile(r"([A-Za-z0-9]{1,100})/([A-Za-z0-9]{1,100})")
_NAME = re.compile(r"[a-z][A-Za-z0-9_-]{0,39}")
_TABLE_KEYS = frozenset({"role", "key", "every_minutes", "deletions", "feed", "fields", "agent", "case"})
_FIELD_KEYS = frozenset({"name", "id", "column", "type"})
_CASE_KEYS = frozenset({"status", "note", "values"})
_KEY_TYPE = FieldType.TEXT


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

    def case_table(self, form_type: str) -> SyncedTable | None:
        """Return the connected table in which the cases of a form stand."""
        fed = (table for table in self.connected if table.feed == form_type)
        return next((table for table in fed if table.case), None)

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
    require_known(name, entry, _TABLE_KEYS)
    role = member_of(name, "role", entry.get("role"), list(Role))
    fields = tuple(_field(name, field) for field in list_of(name, "fields", entry.get("fields")))
    for part, label in (("name", "name"), ("field_id", "id"), ("column", "column")):
        require_once(name, label, [getattr(field, part) for field in fields])
    feed = entry.get("feed")
    table = SyncedTable(
        name=name,
        role=role,
        key=entry.get("key"),
        every=timedelta(minutes=minutes_of(name, entry.get("every_minutes", DAY))),
        deletions=member_of(name, "deletions", entry.get("deletions", POLICIES[role][0]), POLICIES[role]),
        feed=None if feed is None else member_of(name, "feed", feed, list(FormType)),
        fields=fields,
        agent=tuple(list_of(name, "agent", entry["agent"])) if "agent" in entry else (),
        case=_case(f"{name}.case", entry["case"]) if "case" in entry else None,
        app_token=place[0],
        table_id=place[1],
    )
    _check_key(table)
    _check_role(table, entry)
    _check_agent(table)
    _check_case(table)
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
    require_once(table.name, "agent field", list(table.agent))
    known = [field.name for field in table.fields]
    for name in table.agent:
        if name not in known:
            raise RegistryError(f"tables.toml: {table.name}.agent must name its fields, not {name}")


def _case(label: str, entry: Any) -> CaseColumns:
    if not isinstance(entry, dict):
        raise RegistryError(f"tables.toml: {label} must hold status, note and values")
    require_known(label, entry, _CASE_KEYS)
    require_texts(label, entry, ("note", "status"))
    values = list_of(label, "values", entry.get("values"))
    if not all(isinstance(value, str) and value == line(value) != "" for value in values):
        raise RegistryError(f"tables.toml: {label}.values must hold texts of one line")
    require_once(label, "value", values)
    return CaseColumns(entry["status"], entry["note"], tuple(values))


def _check_case(table: SyncedTable) -> None:
    if table.case is None:
        return
    if table.feed is None:
        raise RegistryError(f"tables.toml: {table.name}.case is for SOURCE tables with a feed")
    require_once(f"{table.name}.case", "column", [table.case.status, table.case.note])
    pushed = {field.column for field in table.fields}
    for key, column in (("status", table.case.status), ("note", table.case.note)):
        if column in pushed:
            raise RegistryError(
                f"tables.toml: {table.name}.case.{key} must name a column of staff, not {column}, "
                "which is one of its fields"
            )


def _field(table: str, entry: Any) -> Field:
    if not isinstance(entry, dict):
        raise RegistryError(f"tables.toml: {table}.fields must hold tables")
    label = f"{table}.{entry.get('name', 'fields')}"
    require_known(label, entry, _FIELD_KEYS)
    require_texts(label, entry, sorted(_FIELD_KEYS))
    if not _NAME.fullmatch(entry["name"]):
        raise RegistryError(f"tables.toml: {label} is not a plain name")
    types = {field_type.name.lower(): field_type for field_type in FieldType}
    member_of(label, "type", entry["type"], list(types))
    return Field(entry["name"], entry["id"], entry["column"], types[entry["type"]])


if __name__ == "__main__":
    try:
        Registry(read_tables())
    except RegistryError as unusable:
        raise SystemExit(str(unusable)) from None
