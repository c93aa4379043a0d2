"""Who may use the admin API."""

from collections.abc import Mapping

from larkbridge.clock import Clock, to_text
from larkbridge.errors import MissingCredentialError
from larkbridge.store.api_keys import ApiKey, ApiKeyStore


def find_key(headers: Mapping[str, str], keys: ApiKeyStore, clock: Clock) -> ApiKey | None:
    """Return whose key a request carries, in `X-API-Key` or as `Authorization: Bearer`; None when unknown.

    Keys are looked up by their hash, so no comparison of secrets takes place here.

    Raises
    ------
    MissingCredentialError
        Without a key.
    """
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    key = headers.get("x-api-key", "").strip() or (bearer.strip() if scheme.lower() == "bearer" else "")
    if not key:
        raise MissingCredentialError("send an API key in X-API-Key")
    return keys.use(key, to_text(clock.now()))
