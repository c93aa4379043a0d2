import json
from collections.abc import Callable

import pytest

from sandbox.faults import Fault
from sandbox.lark.workflow import ErrorCode, Run, WorkflowTrigger
from sandbox.routing import FieldError, Reply, Request

NOW = 1_800_000_000.0
TOKEN = "a-bearer-token"
PAYLOAD = {"studentName": "Nguyễn An"}


@pytest.fixture
def trigger() -> WorkflowTrigger:
    return WorkflowTrigger(lambda: NOW, [TOKEN])


def call(
    trigger: WorkflowTrigger,
    workflow_id: str = "wf1",
    *,
    body: bytes | None = None,
    method: str = "POST",
    client_token: str | None = None,
    authorization: str | None = f"Bearer {TOKEN}",
) -> Reply:
    headers = {"content-type": "application/json"}
    if client_token is not None:
        headers["client-token"] = client_token
    if authorization is not None:
        headers["authorization"] = authorization
    content = json.dumps(PAYLOAD).encode() if body is None else body
    return trigger.receive(Request(method, "/", headers, content, params={"workflow_id": workflow_id}))


def code(reply: Reply) -> int:
    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith("application/json")
    return json.loads(reply.body)["code"]


def test_a_good_request_fires_and_answers_code_zero(trigger: WorkflowTrigger) -> None:
    reply = call(trigger, client_token="t1")

    assert (reply.status, json.loads(reply.body)) == (200, {"msg": "", "data": {}, "code": 0})
    assert (reply.delay, reply.answer, reply.reached) == (0, True, True)
    assert trigger.runs == [Run(NOW, "wf1", "t1", PAYLOAD)]


def test_a_request_is_recorded_with_its_headers_of_interest(trigger: WorkflowTrigger) -> None:
    call(trigger, client_token="t1")

    [record] = trigger.requests
    assert (record.workflow_id, record.method, record.content_type) == ("wf1", "POST", "application/json")
    assert (record.client_token, record.authorized, record.body) == ("t1", True, PAYLOAD)
    assert (record.status, record.code, record.fired) == (200, 0, True)
    assert TOKEN not in repr(record)


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer wrong", f"bearer {TOKEN}", TOKEN, f"Bearer {TOKEN} ", "Bearer é"]
)
def test_a_missing_or_wrong_credential_is_refused(
    trigger: WorkflowTrigger, authorization: str | None
) -> None:
    assert code(call(trigger, authorization=authorization)) == ErrorCode.BAD_CREDENTIAL
    assert trigger.runs == []
    assert [record.authorized for record in trigger.requests] == [False]


def test_every_configured_credential_is_accepted() -> None:
    trigger = WorkflowTrigger(lambda: NOW, ["new", "old"])

    assert [code(call(trigger, authorization=f"Bearer {token}")) for token in ("new", "old")] == [0, 0]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_fires(trigger: WorkflowTrigger, method: str) -> None:
    reply = call(trigger, method=method)

    assert (reply.status, reply.headers) == (405, {"Allow": "POST"})
    assert [(record.code, record.fired) for record in trigger.requests] == [(None, False)]


@pytest.mark.parametrize(
    "body", [b"", b"a=1", b'{"a":', b'{"a": NaN}', b"[1]", b"null", b'{"a": "\xff"}', b"[" * 100_000]
)
def test_a_body_that_is_not_a_json_object_is_refused(trigger: WorkflowTrigger, body: bytes) -> None:
    assert code(call(trigger, body=body)) == ErrorCode.BODY_NOT_JSON
    assert trigger.runs == []


def test_a_body_may_have_four_megabytes_and_no_more(trigger: WorkflowTrigger) -> None:
    largest = b'{"a":"%s"}' % (b"x" * (4 * 1024 * 1024 - 8))

    assert code(call(trigger, body=largest)) == 0
    assert code(call(trigger, body=largest + b" ")) == ErrorCode.BODY_TOO_LARGE
    assert [record.fired for record in trigger.requests] == [True, False]


def test_down_processes_and_records_nothing(trigger: WorkflowTrigger) -> None:
    arrivals: list[str] = []
    trigger.faults.set(Fault("down"))

    reply = trigger.receive(Request("POST", "/", {}, b"{}", on_arrival=lambda: arrivals.append("wf1")))

    assert not reply.reached
    assert (arrivals, trigger.requests, trigger.runs) == ([], [], [])


def test_error_500_is_recorded_and_not_processed(trigger: WorkflowTrigger) -> None:
    trigger.faults.set(Fault("error_500"))

    assert call(trigger).status == 500
    assert [(record.status, record.code, record.fired) for record in trigger.requests] == [(500, None, False)]


@pytest.mark.parametrize("error_code", [*ErrorCode, 1])
def test_error_code_answers_that_code_and_does_not_process(trigger: WorkflowTrigger, error_code: int) -> None:
    trigger.faults.set(Fault("error_code", code=error_code))

    reply = call(trigger, client_token="t1")

    assert code(reply) == error_code
    assert json.loads(reply.body)["msg"]
    assert [(record.code, record.fired) for record in trigger.requests] == [(error_code, False)]
    trigger.faults.clear()
    call(trigger, client_token="t1")
    assert len(trigger.runs) == 1


def test_slow_processes_and_delays_the_answer(trigger: WorkflowTrigger) -> None:
    trigger.faults.set(Fault("slow", delay_seconds=9))

    reply = call(trigger)

    assert (code(reply), reply.delay, reply.answer) == (0, 9, True)
    assert len(trigger.runs) == 1


def test_answer_lost_fires_and_the_retry_with_its_token_does_not(trigger: WorkflowTrigger) -> None:
    trigger.faults.set(Fault("answer_lost", times=1))

    lost = call(trigger, client_token="t1")
    again = call(trigger, client_token="t1")

    assert (lost.reached, lost.answer) == (True, False)
    assert (code(again), again.answer) == (0, True)
    assert len(trigger.runs) == 1


def test_a_fault_switches_itself_off_after_its_times(trigger: WorkflowTrigger) -> None:
    trigger.faults.set(Fault("error_500", times=2))

    assert [call(trigger).status for _ in range(3)] == [500, 500, 200]


def test_a_fault_without_times_stays_until_it_is_cleared(trigger: WorkflowTrigger) -> None:
    trigger.faults.set(Fault("error_500"))
    before = [call(trigger).status for _ in range(3)]
    trigger.faults.clear()

    assert before == [500, 500, 500]
    assert call(trigger).status == 200


@pytest.mark.parametrize(
    ("fault", "field_name"),
    [
        (lambda: Fault("error_code"), "code"),
        (lambda: Fault("error_code", code=0), "code"),
        (lambda: Fault("slow"), "delaySeconds"),
        (lambda: Fault("slow", delay_seconds=-1), "delaySeconds"),
        (lambda: Fault("down", times=0), "times"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(fault: Callable[[], Fault], field_name: str) -> None:
    with pytest.raises(FieldError) as caught:
        fault()

    assert caught.value.field_name == field_name
