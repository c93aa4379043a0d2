"""The local stack's secrets, which the functions and the simulators share."""

import base64
import json
import os
import secrets as tokens
from collections.abc import Mapping

from larkbridge.inbound.all_providers import PROVIDERS
from larkbridge.inbound.standard_webhooks import StandardWebhooks
from larkbridge.pages.signed_links import KEY_SETTING
from larkbridge.people.oauth_state import KEY_SETTING as SESSION_KEY
from larkbridge.private_secrets import PRIVATE_SECRETS
from larkbridge.vault.sealing import KEY_SETTING as VAULT_KEY

SECRETS = (
    "LARK_FORM_WEBHOOK_TOKEN",
    "LARK_APP_SECRET",
    "MODELRIVER_API_KEY",
    "ANTHROPIC_API_KEY",
    VAULT_KEY,
    SESSION_KEY,
    "FORWARD_SIGNING_SECRET",
    "TURNSTILE_SECRET",
    KEY_SETTING,
    *dict.fromkeys(name for provider in PROVIDERS for name in provider.own_secrets),
)
STANDARD_WEBHOOKS_SECRETS = (
    "FORWARD_SIGNING_SECRET",
    *(provider.key_setting for provider in PROVIDERS if isinstance(provider, StandardWebhooks)),
)

type Secret = str | list[str]


def secret_values(known: Mapping[str, Secret], environ: Mapping[str, str] = os.environ) -> dict[str, Secret]:
    """Return every secret: from `environ` (a JSON list while it rotates, "" for none), as known, or new."""
    return {
        name: _secret(environ[name]) if name in environ else known.get(name) or _made_up(name)
        for name in SECRETS
    }


def first_values(secrets: Mapping[str, Secret]) -> dict[str, str]:
    """Return what signs, of secrets that may be lists."""
    return {name: value if isinstance(value, str) else value[0] for name, value in secrets.items() if value}


def by_output[V](secrets: Mapping[str, V]) -> dict[str, dict[str, V]]:
    """Return the secrets by the stack's output that names where they stand."""
    places: dict[str, dict[str, V]] = {"Secrets": {}, "PrivateSecrets": {}}
    for name, value in secrets.items():
        places["PrivateSecrets" if name in PRIVATE_SECRETS else "Secrets"][name] = value
    return places


def texts(secrets: Mapping[str, Secret]) -> dict[str, str]:
    """Return each secret as one text, a list as JSON."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in secrets.items()}


def joined(new: Mapping[str, Secret], old: Mapping[str, Secret]) -> dict[str, Secret]:
    """Return secrets that accept what either accepts, for the time in which one takes the other's place."""
    return {name: list(dict.fromkeys([*_values(new[name]), *_values(old.get(name, ""))])) for name in new}


def _values(secret: Secret) -> list[str]:
    if isinstance(secret, list):
        return secret
    return [secret] if secret else []


def _made_up(name: str) -> str:
    if name in STANDARD_WEBHOOKS_SECRETS:
        return f"whsec_{base64.b64encode(tokens.token_bytes(24)).decode()}"
    if name == VAULT_KEY:
        return base64.b64encode(tokens.token_bytes(32)).decode()
    token = tokens.token_urlsafe(32)
    return f"whsec_{token}" if name == "STRIPE_WEBHOOK_SECRET" else token


def _secret(text: str) -> Secret:
    return json.loads(text) if text.startswith("[") else text
