"""People's tokens."""

from functools import partial
from typing import NamedTuple

from larkbridge.agent.lost_grants import LostGrants
from larkbridge.aws import Secrets
from larkbridge.lark.oauth import LarkOAuth
from larkbridge.settings import DeliverySettings, VaultSettings
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.grants import LARK_USER
from larkbridge.store.tokens import TokenStore
from larkbridge.vault.keeper import Keeper
from larkbridge.vault.sealing import KEY_SETTING, VaultKeys, vault_keys
from larkbridge.vault.token_vault import TokenVault
from larkbridge.wiring.parts import Parts


class _VaultParts(NamedTuple):
    vault: TokenVault
    store: TokenStore
    keys: "partial[VaultKeys]"


def lark_oauth(settings: VaultSettings, parts: Parts, secrets: Secrets) -> LarkOAuth:
    """Return Lark's authorisation of an app."""
    return LarkOAuth(
        settings.accounts_domain,
        settings.lark.domain,
        settings.lark.app_id or None,
        partial(secrets.first, "LARK_APP_SECRET"),
        parts.http,
        parts.clock,
    )


def token_vault(settings: VaultSettings, parts: Parts) -> TokenVault:
    """Return what keeps people's tokens."""
    return _vault_parts(settings, parts).vault


def token_keeper(vault: VaultSettings, deliveries: DeliverySettings, parts: Parts | None = None) -> Keeper:
    """Return the job that keeps grants alive."""
    parts = parts or Parts()
    made = _vault_parts(vault, parts)
    asking = LostGrants(DeliveryStore(deliveries.deliveries_table), parts.clock)
    return Keeper(made.vault, made.store, made.keys, asking.ask_again, parts.clock)


def _vault_parts(settings: VaultSettings, parts: Parts) -> _VaultParts:
    secrets, store = parts.secrets(settings.private_secrets_id), TokenStore(settings.tokens_table)
    keys = partial(vault_keys, partial(secrets.all, KEY_SETTING))
    lark = lark_oauth(settings, parts, secrets)
    return _VaultParts(TokenVault(store, keys, {LARK_USER: lark}, parts.clock), store, keys)
