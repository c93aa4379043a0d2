"""The table registry: `tables.toml` says what the tables are, LARK_TABLES where they are in Lark."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from larkbridge.settings import Settings
from larkbridge.sync.config.entries import read_entry
from larkbridge.sync.config.tables import RegistryError, Role, Table

TABLES_FILE = Path(__file__).parents[2] / "tables.toml"
_PLACE = re.compile(r"([A-Za-z0-9]{1,100})/([A-Za-z0-9]{1,100})")


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
            name: read_entry(name, entry, known.get(name, ("", ""))) for name, entry in _entries(text).items()
        }
        for name in known.keys() - self._tables.keys():
            raise RegistryError(f"LARK_TABLES: {name} is not a table of tables.toml")
        self._by_place = {(one.app_token, one.table_id): one for one in self.connected}
        if len(self._by_place) < len(known):
            raise RegistryError("LARK_TABLES: two tables have the same place in Lark")

    def __iter__(self) -> Iterator[Table]:
        return iter(self._tables.values())

    @property
    def connected(self) -> list[Table]:
        """The tables that LARK_TABLES names."""
        return [one for one in self if one.connected]

    def of_role(self, role: Role) -> list[Table]:
        """Return the connected tables of a role."""
        return [one for one in self.connected if one.role is role]

    def fed_by(self, form_type: str) -> Table:
        """Return the connected table that takes a form; raises RegistryError when none or several do."""
        found = [one for one in self.of_role(Role.SOURCE) if one.feed == form_type]
        if len(found) != 1:
            raise RegistryError(f"FORM_FEEDS: {form_type} must feed one connected table, not {len(found)}")
        return found[0]

    def get(self, name: str) -> Table | None:
        """Return a table by our name."""
        return self._tables.get(name)

    def at(self, app_token: str, table_id: str) -> Table | None:
        """Return the table that is connected to one of Lark's."""
        return self._by_place.get((app_token, table_id))


def registry(settings: Settings) -> Registry:
    """Return the deployed registry; raises RegistryError when it cannot be used."""
    return Registry(read_tables(), settings.words("LARK_TABLES"))


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


if __name__ == "__main__":
    try:
        Registry(read_tables())
    except RegistryError as unusable:
        raise SystemExit(str(unusable)) from None
