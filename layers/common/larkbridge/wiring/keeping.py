"""The job that keeps people's grants alive."""

from larkbridge.agent.lost_grants import LostGrants
from larkbridge.people.disconnecting import Disconnecting
from larkbridge.settings import DeliverySettings, VaultSettings
from larkbridge.store.audit_entries import AuditStore
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.vault.keeper import Keeper
from larkbridge.wiring.parts import Parts
from larkbridge.wiring.vault import vault_parts


def token_keeper(
    vault: VaultSettings, deliveries: DeliverySettings, audit_table: str, parts: Parts | None = None
) -> Keeper:
    """Return the job."""
    parts = parts or Parts()
    made = vault_parts(vault, parts)
    asking = LostGrants(DeliveryStore(deliveries.deliveries_table), parts.clock)
    disconnecting = Disconnecting(made.vault, AuditStore(audit_table))
    return Keeper(made.vault, made.store, made.keys, asking.ask_again, disconnecting.finish, parts.clock)
