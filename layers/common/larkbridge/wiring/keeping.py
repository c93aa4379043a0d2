"""The job that keeps people's grants alive."""

from larkbridge.agent.lost_grants import LostGrants
from larkbridge.settings import DeliverySettings, VaultSettings
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.vault.keeper import Keeper
from larkbridge.wiring.parts import Parts
from larkbridge.wiring.vault import vault_parts


def token_keeper(vault: VaultSettings, deliveries: DeliverySettings, parts: Parts | None = None) -> Keeper:
    """Return the job."""
    parts = parts or Parts()
    made = vault_parts(vault, parts)
    asking = LostGrants(DeliveryStore(deliveries.deliveries_table), parts.clock)
    return Keeper(made.vault, made.store, made.keys, asking.ask_again, parts.clock)
