from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.lark.transport import WorkflowTransport
from sandbox.lark.workflow import ErrorCode, WorkflowTrigger

URL = "https://tenant.larksuite.com/base/automation/webhook/event/wf1"
PAYLOAD = {"studentName": "Nguyễn An"}
BEARER = {"Authorization": "Bearer a-token"}


@pytest.fixture
def trigger() -> WorkflowTrigger:
    return WorkflowTrigger(lambda: 1_800_000_000.0, ["a-token"])


@pytest.fixture
def client(trigger: WorkflowTrigger) -> Iterator[httpx.Client]:
    with httpx.Client(transport=WorkflowTransport(trigger), headers=BEARER, timeout=5) as client:
        yield client


class Trace:
    """Hears trace events, and how many requests the trigger had seen at each."""

    def __init__(self, trigger: WorkflowTrigger) -> None:
        self._trigger = trigger
        self.events: list[tuple[str, int]] = []

    def __call__(self, name: str, info: dict[str, Any]) -> None:
        self.events.append((name, len(self._trigger.requests)))


def test_an_answer_comes_back_as_the_trigger_gave_it(client: httpx.Client, trigger: WorkflowTrigger) -> None:
    response = client.post(URL, json=PAYLOAD, headers={"Client-Token": "t1"})

    assert (response.status_code, response.json()) == (200, {"msg": "", "data": {}, "code": 0})
    assert [(run.workflow_id, run.client_token, run.payload) for run in trigger.runs] == [
        ("wf1", "t1", PAYLOAD)
    ]


def test_a_refusal_is_http_200_with_its_code(client: httpx.Client) -> None:
    response = client.post(URL, json=PAYLOAD, headers={"Authorization": "Bearer wrong"})

    assert (response.status_code, response.json()["code"]) == (200, ErrorCode.BAD_CREDENTIAL)


def test_another_path_is_not_found(client: httpx.Client, trigger: WorkflowTrigger) -> None:
    assert client.post("https://tenant.larksuite.com/elsewhere", json=PAYLOAD).status_code == 404
    assert trigger.requests == []


@pytest.mark.parametrize("kind", [None, "error_500", "answer_lost"])
def test_trace_hears_the_request_leave_before_it_is_processed(
    client: httpx.Client, trigger: WorkflowTrigger, kind: FaultKind | None
) -> None:
    trace = Trace(trigger)
    if kind is not None:
        trigger.faults.set(Fault(kind))

    try:
        client.post(URL, json=PAYLOAD, extensions={"trace": trace})
    except httpx.TransportError:
        assert kind == "answer_lost"

    assert trace.events == [("http11.send_request_headers.started", 0)]
    assert len(trigger.requests) == 1


def test_down_refuses_the_connection_before_anything_leaves(
    client: httpx.Client, trigger: WorkflowTrigger
) -> None:
    trace = Trace(trigger)
    trigger.faults.set(Fault("down"))

    with pytest.raises(httpx.ConnectError):
        client.post(URL, json=PAYLOAD, extensions={"trace": trace})

    assert (trace.events, trigger.requests) == ([], [])


def test_answer_lost_fires_and_breaks_the_connection(client: httpx.Client, trigger: WorkflowTrigger) -> None:
    trigger.faults.set(Fault("answer_lost"))

    with pytest.raises(httpx.RemoteProtocolError):
        client.post(URL, json=PAYLOAD)

    assert len(trigger.runs) == 1


def test_slower_than_the_read_timeout_fires_and_times_out(
    client: httpx.Client, trigger: WorkflowTrigger
) -> None:
    trigger.faults.set(Fault("slow", delay_seconds=5.1))

    with pytest.raises(httpx.ReadTimeout):
        client.post(URL, json=PAYLOAD)

    assert len(trigger.runs) == 1


@pytest.mark.parametrize("timeout", [600, None])
def test_slow_within_the_read_timeout_answers(
    client: httpx.Client, trigger: WorkflowTrigger, timeout: float | None
) -> None:
    trigger.faults.set(Fault("slow", delay_seconds=600))

    assert client.post(URL, json=PAYLOAD, timeout=timeout).json()["code"] == 0


@pytest.mark.parametrize(
    "fault",
    [Fault("down"), Fault("answer_lost"), Fault("slow", delay_seconds=9)],
    ids=lambda fault: fault.kind,
)
def test_an_error_carries_its_request(trigger: WorkflowTrigger, fault: Fault) -> None:
    request = httpx.Request("POST", URL, json=PAYLOAD, extensions={"timeout": {"read": 5.0}})
    trigger.faults.set(fault)

    with pytest.raises(httpx.TransportError) as caught:
        WorkflowTransport(trigger).handle_request(request)

    assert caught.value.request is request
