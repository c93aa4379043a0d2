"""The HTTP side of the workflow trigger: where Lark is called, and where tests look."""

from sandbox.faults import fault_routes
from sandbox.lark.workflow import WorkflowTrigger
from sandbox.records import items_reply
from sandbox.routing import ANY_METHOD, Reply, Request, Route

EVENT_PATH = "/base/automation/webhook/event/{workflow_id}"
WORKFLOW_CONTROL = "/_sandbox/lark/workflow"


def workflow_routes(trigger: WorkflowTrigger) -> list[Route]:
    """Return the webhook address of every workflow and the control routes of the trigger."""

    def clear_records(_: Request) -> Reply:
        trigger.clear_records()
        return Reply(204)

    return [
        Route(ANY_METHOD, EVENT_PATH, trigger.receive),
        Route("GET", f"{WORKFLOW_CONTROL}/requests", lambda _: items_reply(trigger.requests)),
        Route("GET", f"{WORKFLOW_CONTROL}/runs", lambda _: items_reply(trigger.runs)),
        Route("DELETE", f"{WORKFLOW_CONTROL}/records", clear_records),
        *fault_routes(WORKFLOW_CONTROL, lambda _: trigger.faults),
    ]
