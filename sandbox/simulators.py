"""Every simulator of the outside world, on one clock."""

from collections.abc import Callable

from sandbox.anthropic_api import AnthropicApi
from sandbox.hooks import Hooks, ModelRiver
from sandbox.lark.openapi import OpenApi
from sandbox.lark.routes import workflow_routes
from sandbox.lark.workflow import WorkflowTrigger
from sandbox.routing import FieldError, Reply, Request, Route
from sandbox.settings import SandboxSettings
from sandbox.siteverify import TurnstileSiteverify

CREDENTIALS = "/_sandbox/credentials"


class Simulators:
    """The simulators and their routes.

    Parameters
    ----------
    now
        The time in unix seconds.
    """

    def __init__(self, now: Callable[[], float], settings: SandboxSettings) -> None:
        self.workflow = WorkflowTrigger(now, settings.form_webhook_tokens)
        self.openapi = OpenApi(now, settings.lark_app_id, settings.lark_app_secrets)
        self.hooks = Hooks(now)
        self.anthropic = AnthropicApi(now, settings.anthropic_api_keys)
        self.modelriver = ModelRiver(now, settings.modelriver_api_keys)
        self.turnstile = TurnstileSiteverify(now, settings.turnstile_secrets)

    def accept(self, settings: SandboxSettings) -> None:
        """Take other credentials from now on; everything that the simulators hold stays."""
        self.workflow.accept(settings.form_webhook_tokens)
        self.anthropic.accept(settings.anthropic_api_keys)
        self.openapi.accept(settings.lark_app_secrets)
        self.modelriver.accept(settings.modelriver_api_keys)
        self.turnstile.accept(settings.turnstile_secrets)

    def routes(self) -> list[Route]:
        """Return every simulator's own routes and control routes."""
        return [
            *workflow_routes(self.workflow),
            *self.openapi.routes(),
            *self.hooks.routes(),
            *self.modelriver.routes(),
            *self.turnstile.routes(),
            *self.anthropic.routes(),
            Route("PUT", CREDENTIALS, self._take_credentials),
        ]

    def _take_credentials(self, request: Request) -> Reply:
        document = request.json_object()
        for name, value in document.items():
            if not isinstance(value, str):
                raise FieldError(name, "must be a text, as the variable SANDBOX_of that name is")
        try:
            self.accept(SandboxSettings.read({f"SANDBOX_{name}": value for name, value in document.items()}))
        except ValueError as error:
            raise FieldError("body", str(error)) from None
        return Reply(204)
