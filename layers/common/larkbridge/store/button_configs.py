"""The ButtonConfigs table: where clicks on the buttons of a Lark Base table go, one item per owner.

Keys: `owner`, the owner of the API key that made it; index `by-table` (`tableKey`).
"""

from dataclasses import dataclass

from larkbridge.store.codec import decode, encode
from larkbridge.store.table import Table

RESULT_FIELD = "Kết quả"
"""The field of a record that results go to unless the owner names another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonConfig:
    """What one owner wants done with clicks; only `enabled` ones are forwarded.

    `result_field` is the column that takes the result, None when there is none.
    """

    owner: str
    app_token: str
    table_id: str
    webhook_url: str
    enabled: bool = True
    result_field: str | None = RESULT_FIELD
    updated_at: str = ""


class ButtonConfigStore:
    """Every access to the ButtonConfigs table."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def get(self, owner: str) -> ButtonConfig | None:
        """Return an owner's configuration, read consistently."""
        record = self._table.get({"owner": owner})
        return decode(ButtonConfig, record) if record else None

    def put(self, config: ButtonConfig) -> None:
        """Store an owner's configuration in place of the one before."""
        self._table.put(encode(config) | {"tableKey": _table_key(config.app_token, config.table_id)})

    def for_table(self, app_token: str, table_id: str) -> list[ButtonConfig]:
        """Return the enabled configurations of a table; the index lags the table by moments."""
        key = ("tableKey", _table_key(app_token, table_id))
        found = self._table.query("by-table", key, None, newest_first=False)
        configs = (decode(ButtonConfig, record) for record in found)
        return sorted((config for config in configs if config.enabled), key=lambda config: config.owner)


def _table_key(app_token: str, table_id: str) -> str:
    return f"{app_token}:{table_id}"
