"""Serves routes that ask for an API key, and logs every call of them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from larkbridge.admin.access import find_key
from larkbridge.admin.audit import log_call
from larkbridge.apigateway import Authenticate, RouteTable, endpoint, serve
from larkbridge.clock import Clock
from larkbridge.errors import InvalidCredentialError
from larkbridge.http_exchange import Request, Response
from larkbridge.routes import Caller
from larkbridge.store.api_keys import ApiKey, ApiKeyStore


class KeyedApi:
    """Answers the routes of a table.

    Parameters
    ----------
    by_link
        What proves a caller without a key, by the routes that take a link of ours, which has a `c`.
    """

    def __init__(
        self,
        table: RouteTable,
        keys: ApiKeyStore,
        clock: Clock,
        by_link: Mapping[str, Authenticate] = MappingProxyType({}),
    ) -> None:
        self._table = table
        self._keys = keys
        self._clock = clock
        self._by_link = by_link

    def handler(self) -> Callable[..., dict[str, Any]]:
        """Return the Lambda handler."""
        return endpoint(self._respond)

    def _respond(self, event: Mapping[str, Any]) -> Response:
        asked = _Asked(self._keys, self._clock)
        is_link = "c" in (event.get("queryStringParameters") or {})
        proof = self._by_link.get(event.get("routeKey", "")) if is_link else None
        response = serve(event, self._table, proof or asked.authenticate)
        if asked.is_asked:
            log_call(event, asked.key, response.status)
        return response


class _Asked:
    """Knows whether a route asked who calls, and whose key came with the request, revoked or not."""

    def __init__(self, keys: ApiKeyStore, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self.is_asked = False
        self.key: ApiKey | None = None

    def authenticate(self, request: Request) -> Caller:
        self.is_asked = True
        self.key = find_key(request, self._keys, self._clock)
        if self.key is None or self.key.revoked:
            raise InvalidCredentialError("the API key is unknown or revoked")
        return Caller(self.key.name, self.key.owner)
