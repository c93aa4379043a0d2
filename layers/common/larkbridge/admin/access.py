"""Who may use the admin API."""

from collections.abc import Mapping

from larkbridge.clock import Clock, to_text
from larkbridge.errors import InvalidCredentialError, MissingCredentialError
from larkbridge.store.api_keys import ApiKey, ApiKeyStore


def authenticate(headers: Mapping[str, str], keys: ApiKeyStore, clock: Clock) -> ApiKey:
    """Return whose key a request carries, in `X-API-Key` or as `Authorization: Bearer`.

    Keys are looked up by their hash, so no comparison of secrets takes place here.

    Raises
    ------
    MissingCredentialError
        Without a key.
    InvalidCredentialError
        With one that is unknown or revoked.
    """
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    key = headers.get("x-api-key", "").strip() or (bearer.strip() if scheme.lower() == "bearer" else "")
    if not key:
        raise MissingCredentialError("send an API key in X-API-Key")
    known = keys.use(key, to_text(clock.now()))
    if known is None:
        raise InvalidCredentialError("the API key is unknown or revoked")
    return known
