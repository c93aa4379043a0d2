"""Every simulator of the outside world, on one clock."""

from collections.abc import Callable

from sandbox.hooks import Hooks, ModelRiver
from sandbox.lark.openapi import OpenApi
from sandbox.lark.routes import workflow_routes
from sandbox.lark.workflow import WorkflowTrigger
from sandbox.routing import Route
from sandbox.settings import SandboxSettings


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
        self.modelriver = ModelRiver(now, settings.modelriver_api_keys)

    def routes(self) -> list[Route]:
        """Return every simulator's own routes and control routes."""
        return [
            *workflow_routes(self.workflow),
            *self.openapi.routes(),
            *self.hooks.routes(),
            *self.modelriver.routes(),
        ]
