"""The admin API, and `GET /health`. API Gateway has matched the route and its parameters already."""

from collections.abc import Callable
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
from larkbridge.admin.keyed_api import KeyedApi
from larkbridge.apigateway import RouteTable, Served
from larkbridge.clock import Clock
from larkbridge.errors import LarkbridgeError
from larkbridge.routes import Answer, Call, Route
from larkbridge.settings import AdminApiSettings
from larkbridge.shapes import Note
from larkbridge.store.api_keys import ApiKeyStore
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


class AdminApi(KeyedApi):
    """Answers every route of the admin API."""

    def __init__(self, settings: AdminApiSettings, clock: Clock) -> None:
        served = (
            Served(route, server)
            for resource, routes in RESOURCES
            for server in (resource(settings, clock),)
            for route in routes
        )
        super().__init__(RouteTable(served), ApiKeyStore(settings.api_keys_table), clock)
