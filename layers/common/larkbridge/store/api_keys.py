"""The ApiKeys table: admin API keys, stored by their hash only."""

import hashlib
from dataclasses import dataclass

from larkbridge.errors import ConditionFailedError
from larkbridge.store.codec import decode
from larkbridge.store.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """Who a key was made for."""

    name: str
    owner: str
    revoked_at: str | None = None

    @property
    def revoked(self) -> bool:
        return self.revoked_at is not None


def hash_key(key: str) -> str:
    """Return the stored form of a key: SHA-256 suffices, since a key is 256 random bits."""
    return hashlib.sha256(key.encode()).hexdigest()


class ApiKeyStore:
    """Every access that the functions have to the ApiKeys table."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def use(self, key: str, now: str) -> ApiKey | None:
        """Return whose key this is and note its use unless it is revoked, in one request; None: unknown."""
        try:
            record = self._table.update(
                self._table.update_action(
                    {"keyHash": hash_key(key)},
                    {"lastUsedAt": now},
                    condition="attribute_exists(keyHash) AND attribute_not_exists(revokedAt)",
                )
            )
        except ConditionFailedError as error:
            if error.item is None:
                return None
            record = error.item
        return decode(ApiKey, record)
