"""The HTTP side of the Lark simulators: where Lark is called, and where tests look."""

from collections.abc import Iterable
from dataclasses import fields

from sandbox.faults import fault_routes
from sandbox.lark.workflow import RequestRecord, Run, TriggerRequest, WorkflowTrigger
from sandbox.routing import ANY_METHOD, Reply, Request, Route, json_reply

EVENT_PATH = "/base/automation/webhook/event/{workflow_id}"
WORKFLOW_CONTROL = "/_sandbox/lark/workflow"


def workflow_routes(trigger: WorkflowTrigger) -> list[Route]:
    """Return the webhook address of every workflow and the control routes of the trigger."""

    def receive(request: Request) -> Reply:
        workflow_id = request.params["workflow_id"]
        return trigger.receive(TriggerRequest(request.method, workflow_id, request.headers, request.body))

    def clear_records(_: Request) -> Reply:
        trigger.clear_records()
        return Reply(204)

    return [
        Route(ANY_METHOD, EVENT_PATH, receive),
        Route("GET", f"{WORKFLOW_CONTROL}/requests", lambda _: _items(trigger.requests)),
        Route("GET", f"{WORKFLOW_CONTROL}/runs", lambda _: _items(trigger.runs)),
        Route("DELETE", f"{WORKFLOW_CONTROL}/records", clear_records),
        *fault_routes(WORKFLOW_CONTROL, trigger.faults),
    ]


def _items(records: Iterable[RequestRecord | Run]) -> Reply:
    return json_reply(200, {"items": [_item(record) for record in records]})


def _item(record: RequestRecord | Run) -> dict[str, object]:
    return {_camel_case(field.name): getattr(record, field.name) for field in fields(record)}


def _camel_case(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)
