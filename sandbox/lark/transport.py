"""The workflow trigger behind an httpx client, in the same process."""

from sandbox.lark.routes import workflow_routes
from sandbox.lark.workflow import WorkflowTrigger
from sandbox.routing import Router
from sandbox.transport import RouterTransport


class WorkflowTransport(RouterTransport):
    """Answers from a `WorkflowTrigger` alone."""

    def __init__(self, trigger: WorkflowTrigger) -> None:
        super().__init__(Router(workflow_routes(trigger)))
