"""The admin API, and `GET /health`. API Gateway has matched the route and its parameters already."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal, TypedDict

from larkbridge import __version__
from larkbridge.admin import (
    button_config_routes,
    button_log_routes,
    content_routes,
    delivery_routes,
    event_routes,
    row_routes,
    submission_routes,
    table_routes,
    user_routes,
)
from larkbridge.admin.access import find_key
from larkbridge.admin.audit import log_call
from larkbridge.apigateway import RouteTable, Served, endpoint, serve
from larkbridge.clock import Clock
from larkbridge.errors import InvalidCredentialError, LarkbridgeError
from larkbridge.http_exchange import Request, Response
from larkbridge.routes import Answer, Call, Caller, Route
from larkbridge.settings import AdminApiSettings
from larkbridge.shapes import Note
from larkbridge.store.api_keys import ApiKey, ApiKeyStore
from larkbridge.store.destinations import LARK_FORMS, DestinationStore
from larkbridge.work import circuit


class Health(TypedDict):
    ok: Literal[True]
    version: str
    larkForms: Annotated[Literal["ok", "circuit_open"], Note("Whether Lark takes forms.")]


class HealthCheck:
    """Serves `GET /health`, which asks for no key."""

    def __init__(self, settings: AdminApiSettings, clock: Clock) -> None:
        self._destinations = DestinationStore(settings.destinations_table)
        self._clock = clock

    def get(self, _: Call) -> Health:
        state = self._destinations.get(LARK_FORMS)
        is_open = circuit.is_open(state, self._clock.now())
        return {"ok": True, "version": __version__, "larkForms": "circuit_open" if is_open else "ok"}


_HEALTH = Route(
    "GET",
    "/health",
    None,
    name="getHealth",
    summary="Whether the API and its tables answer, and whether Lark does",
    tag="health",
    answer=Answer(Health, "It does."),
    raises=(LarkbridgeError,),
    handle=HealthCheck.get,
)
RESOURCES: tuple[
    tuple[Callable[[AdminApiSettings, Clock], Any], tuple[Route[Any, Any, Any, Any], ...]], ...
] = (
    (HealthCheck, (_HEALTH,)),
    (submission_routes.Submissions, submission_routes.ROUTES),
    (event_routes.Events, event_routes.ROUTES),
    (delivery_routes.Deliveries, delivery_routes.ROUTES),
    (content_routes.Contents, content_routes.ROUTES),
    (user_routes.Users, user_routes.ROUTES),
    (table_routes.Tables, table_routes.ROUTES),
    (row_routes.Rows, row_routes.ROUTES),
    (button_config_routes.ButtonConfigs, button_config_routes.ROUTES),
    (button_log_routes.ButtonLogs, button_log_routes.ROUTES),
)
"""Who serves which routes."""


class AdminApi:
    """Answers every route of the admin API."""

    def __init__(self, settings: AdminApiSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._keys = ApiKeyStore(self._settings.api_keys_table)
        self._table = RouteTable(self._served())

    def handler(self) -> Callable[..., dict[str, Any]]:
        """Return the Lambda handler."""
        return endpoint(self._respond)

    def _served(self) -> Iterator[Served[Any]]:
        for resource, routes in RESOURCES:
            server = resource(self._settings, self._clock)
            yield from (Served(route, server) for route in routes)

    def _respond(self, event: Mapping[str, Any]) -> Response:
        asked = _Asked(self._keys, self._clock)
        response = serve(event, self._table, asked.authenticate)
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
