"""People's tokens."""

from functools import partial
from typing import NamedTuple

from larkbridge.aws import Secrets
from larkbridge.lark.oauth import LarkOAuth
from larkbridge.settings import VaultSettings
from larkbridge.store.grants import LARK_USER
from larkbridge.store.tokens import TokenStore
from larkbridge.vault.sealing import KEY_SETTING, VaultKeys, vault_keys
from larkbridge.vault.token_vault import TokenVault
from larkbridge.wiring.parts import Parts


class VaultParts(NamedTuple):
    """A vault, where its grants are, and what returns its keys."""

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
    return vault_parts(settings, parts).vault


def vault_parts(settings: VaultSettings, parts: Parts) -> VaultParts:
    """Return a vault with what the keeper needs beside it."""
    secrets, store = parts.secrets(settings.private_secrets_id), TokenStore(settings.tokens_table)
    keys = partial(vault_keys, partial(secrets.all, KEY_SETTING))
    lark = lark_oauth(settings, parts, secrets)
    return VaultParts(TokenVault(store, keys, {LARK_USER: lark}, parts.clock), store, keys)
