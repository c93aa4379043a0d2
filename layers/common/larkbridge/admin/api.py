"""The admin API's routes. API Gateway has matched the route and its parameters already."""

from collections.abc import Callable, Mapping
from typing import Any

from larkbridge import __version__, aws
from larkbridge.admin.access import find_key
from larkbridge.admin.audit import audited
from larkbridge.admin.button_configs import button_config_routes
from larkbridge.admin.button_logs import button_log_routes
from larkbridge.admin.call import Call, Routes
from larkbridge.admin.content import content_routes
from larkbridge.admin.deliveries import delivery_routes
from larkbridge.admin.events import event_routes
from larkbridge.admin.submissions import submission_routes
from larkbridge.admin.tables import table_routes
from larkbridge.admin.users import user_routes
from larkbridge.clock import Clock, SystemClock
from larkbridge.errors import InvalidCredentialError, NotFoundError
from larkbridge.outbox import breaker
from larkbridge.settings import Settings
from larkbridge.store.api_keys import ApiKeyStore
from larkbridge.store.destinations import LARK_FORMS, DestinationStore
from larkbridge.web import Response, endpoint, read_request, respond

type Event = Mapping[str, Any]


class AdminApi:
    """Answers every route of the admin API, and `GET /health`, which asks for no key.

    Raises
    ------
    MissingSettingError
        When the environment lacks a table.
    """

    def __init__(self, settings: Settings | None = None, clock: Clock | None = None) -> None:
        settings = settings or Settings()
        self._clock = clock or SystemClock()
        self._keys = ApiKeyStore(settings.api_keys_table)
        self._destinations = DestinationStore(settings.destinations_table)
        self._routes: Routes = {
            **submission_routes(settings, self._clock),
            **event_routes(settings, self._clock),
            **delivery_routes(settings, self._clock),
            **content_routes(settings, self._clock),
            **user_routes(settings, self._clock),
            **button_config_routes(settings, self._clock),
            **button_log_routes(settings, self._clock),
            **table_routes(settings, self._clock),
        }
        aws.client("dynamodb")

    def handler(self) -> Callable[..., Response]:
        """Return the Lambda handler."""
        return endpoint(self._handle)

    def _handle(self, event: Event, _: Any) -> Response:
        if event.get("routeKey") == "GET /health":
            return respond(200, self._health())
        with audited(event) as audit:
            audit.key = key = find_key(read_request(event).headers, self._keys, self._clock)
            if key is None or key.revoked:
                raise InvalidCredentialError("the API key is unknown or revoked")
            route = self._routes.get(event.get("routeKey", ""))
            if route is None:
                raise NotFoundError("there is no such route")
            return respond(200, route(Call(event, key)))

    def _health(self) -> dict[str, Any]:
        state = self._destinations.get(LARK_FORMS)
        lark = "circuit_open" if breaker.is_open(state, self._clock.now()) else "ok"
        return {"ok": True, "version": __version__, "larkForms": lark}
