"""The tables that the registry names, as the routes under /v1/tables find them."""

from collections.abc import Iterable

from larkbridge.errors import NotConfiguredError, NotFoundError
from larkbridge.sync.config.synced_table import RegistryError, SyncedTable
from larkbridge.sync.config.table_registry import Registry, registry


class Registered:
    """The deployed registry; while it cannot be used, whoever asks for a table is told why."""

    def __init__(self, places: Iterable[str]) -> None:
        try:
            self._registry: Registry | None = registry(places)
        except RegistryError as error:
            self._registry, self._unusable = None, error.message

    def all(self) -> Registry:
        """Return every table; raises NotConfiguredError."""
        if self._registry is None:
            raise NotConfiguredError(self._unusable)
        return self._registry

    def named(self, name: str) -> SyncedTable:
        """Return one table; raises NotConfiguredError, and NotFoundError when there is none."""
        table = self.all().get(name)
        if table is None:
            raise NotFoundError("there is no such table")
        return table
