"""Lark's simulators behind an httpx client, in the same process."""

from collections.abc import Callable
from typing import override

from sandbox.lark.openapi import OpenApi
from sandbox.lark.routes import workflow_routes
from sandbox.lark.workflow import WorkflowTrigger
from sandbox.routing import Reply, Request, Router
from sandbox.transport import RouterTransport


class WorkflowTransport(RouterTransport):
    """Answers from a `WorkflowTrigger` alone."""

    def __init__(self, trigger: WorkflowTrigger) -> None:
        super().__init__(Router(workflow_routes(trigger)))


class OpenApiTransport(RouterTransport):
    """Answers from an `OpenApi` alone; `sleep` passes the time that an answer takes on a simulated clock."""

    def __init__(self, api: OpenApi, sleep: Callable[[float], None] = lambda _: None) -> None:
        super().__init__(_PassingTime(api, sleep))


class _PassingTime(Router):
    def __init__(self, api: OpenApi, sleep: Callable[[float], None]) -> None:
        super().__init__(api.routes())
        self._sleep = sleep

    @override
    def dispatch(self, request: Request) -> Reply:
        reply = super().dispatch(request)
        if reply.delay:
            self._sleep(reply.delay)
        return reply
