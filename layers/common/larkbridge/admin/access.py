"""Who may use the admin API."""

from larkbridge.clock import Clock, to_text
from larkbridge.errors import InvalidCredentialError, MissingCredentialError
from larkbridge.http_exchange import Request
from larkbridge.routes import Caller
from larkbridge.store.api_keys import ApiKey, ApiKeyStore


def find_key(request: Request, keys: ApiKeyStore, clock: Clock) -> ApiKey | None:
    """Return whose key a request carries, in `X-API-Key` or as `Authorization: Bearer`; None when unknown.

    Keys are looked up by their hash, so no comparison of secrets takes place here.

    Raises
    ------
    MissingCredentialError
        Without a key.
    """
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    key = request.headers.get("x-api-key", "").strip() or (
        bearer.strip() if scheme.lower() == "bearer" else ""
    )
    if not key:
        raise MissingCredentialError("send an API key in X-API-Key")
    return keys.use(key, to_text(clock.now()))


def owner_of(caller: Caller) -> str:
    """Return who a caller's key was made for; raises InvalidCredentialError when that is nobody."""
    if not caller.owner:
        raise InvalidCredentialError("the API key has no owner: make one with an owner")
    return caller.owner
