"""Checks the table registry as it would be deployed: `python -m tools.tables`.

It reads `tables.toml`, and every LarkTables parameter in `samconfig.toml`.
"""

import argparse
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from larkbridge.environment import split
from larkbridge.sync.config.synced_table import RegistryError, SyncedTable
from larkbridge.sync.config.table_registry import TABLES_FILE, Registry, read_tables

DEPLOYMENTS_FILE = Path(__file__).parent.parent / "samconfig.toml"
_PARAMETER = re.compile(r"""\bLarkTables=(?:"([^"]*)"|'([^']*)'|(\S*))""")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.tables", description=__doc__)
    parser.add_argument("tables", nargs="?", type=Path, default=TABLES_FILE)
    parser.add_argument("deployments", nargs="?", type=Path, default=DEPLOYMENTS_FILE)
    options = parser.parse_args()
    try:
        text = read_tables(options.tables)
        tables = list(Registry(text))
        for stage, places in _deployed(options.deployments):
            _check(text, stage, places)
    except RegistryError as error:
        parser.exit(1, f"{error}\n")
    for table in tables:
        print(_described(table))


def _deployed(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the stages that set LarkTables, with what they set it to."""
    try:
        stages = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RegistryError(f"{path.name} cannot be read: {type(error).__name__}") from None
    for stage, commands in stages.items():
        for words in _overrides(commands):
            yield from ((stage, "".join(found.groups(""))) for found in _PARAMETER.finditer(words))


def _overrides(commands: Any) -> Iterator[str]:
    """Yield the parameters of a stage's commands; sam takes them as one text or as a list."""
    for command in commands.values() if isinstance(commands, dict) else ():
        given = command.get("parameters", {}).get("parameter_overrides", "")
        yield from [given] if isinstance(given, str) else map(str, given)


def _check(text: str, stage: str, places: str) -> None:
    try:
        Registry(text, split(places))
    except RegistryError as error:
        raise RegistryError(f"{stage}: {error}") from None


def _described(table: SyncedTable) -> str:
    key = f"key {table.key}" if table.key else "no key"
    return f"{table.name}: {table.role}, {key}, {len(table.fields)} fields, deletions {table.deletions}"


if __name__ == "__main__":
    main()
