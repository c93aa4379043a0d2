"""Lark's open platform as one app sees it, and the control routes where tests look."""

from collections.abc import Callable, Collection

from sandbox.faults import FaultSwitch, fault_routes
from sandbox.lark.bases import Bases
from sandbox.lark.messages import MessageBox
from sandbox.lark.platform import Platform, TenantTokens
from sandbox.records import record_routes
from sandbox.routing import FieldError, Reply, Request, Route, json_reply

TOKEN_PATH = "/open-apis/auth/v3/tenant_access_token/internal"  # noqa: S105
CONTROL = "/_sandbox/lark"
RECORD_CONTROL = f"{CONTROL}/base/{{app_token}}/{{table_id}}/{{record_id}}"


class OpenApi:
    """The APIs that Larkbridge calls.

    Parameters
    ----------
    now
        The time in unix seconds.
    app_id, app_secrets
        The credential that is accepted; without a secret, none.
    """

    def __init__(self, now: Callable[[], float], app_id: str, app_secrets: Collection[str]) -> None:
        self.tokens = TenantTokens(now, app_id, app_secrets)
        self.bases = Bases(now)
        self.messages = MessageBox(now)
        self.faults = {
            "token": FaultSwitch(),
            "base": self.bases.faults,
            "messages": self.messages.faults,
        }
        self._platform = Platform(now, self.tokens)

    def routes(self) -> list[Route]:
        """Return the APIs and their control routes."""
        return [
            self._platform.open_route(TOKEN_PATH, self.faults["token"], self.tokens.issue),
            *self.bases.routes(self._platform),
            *self.messages.routes(self._platform),
            *self._record_routes(),
            *record_routes(f"{CONTROL}/base/writes", lambda _: self.bases.writes),
            *record_routes(f"{CONTROL}/messages/sent", lambda _: self.messages.sent),
            *(
                route
                for area, switch in self.faults.items()
                for route in fault_routes(f"{CONTROL}/{area}", lambda _, switch=switch: switch)
            ),
        ]

    def _record_routes(self) -> list[Route]:
        def put(request: Request) -> Reply:
            fields = request.json_object().get("fields")
            if not isinstance(fields, dict):
                raise FieldError("fields", "must be a JSON object")
            self.bases.put(**request.params, fields=fields)
            return get(request)

        def get(request: Request) -> Reply:
            fields = self.bases.get(**request.params)
            if fields is None:
                return json_reply(404, {"error": "not_found", "message": "There is no such record."})
            return json_reply(200, {"fields": fields})

        return [Route("PUT", RECORD_CONTROL, put), Route("GET", RECORD_CONTROL, get)]
