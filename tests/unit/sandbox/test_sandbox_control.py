from typing import Any

import httpx
import pytest

from sandbox.lark.workflow import IDEMPOTENCY_WINDOW_SECONDS, ErrorCode

EVENT = "/base/automation/webhook/event/wf1"
CONTROL = "/_sandbox/lark/workflow"
PAYLOAD = {"studentName": "Nguyễn An"}


def items(sandbox: httpx.Client, kind: str) -> list[dict[str, Any]]:
    return sandbox.get(f"{CONTROL}/{kind}").json()["items"]


def test_a_request_fires_and_is_recorded(sandbox: httpx.Client) -> None:
    response = sandbox.post(EVENT, json=PAYLOAD, headers={"Client-Token": "t1"})

    assert (response.status_code, response.json()) == (200, {"msg": "", "data": {}, "code": 0})
    [run] = items(sandbox, "runs")
    time = run.pop("time")
    assert run == {"workflowId": "wf1", "clientToken": "t1", "payload": PAYLOAD}
    [record] = items(sandbox, "requests")
    assert record == {
        "time": time,
        "workflowId": "wf1",
        "method": "POST",
        "contentType": "application/json",
        "clientToken": "t1",
        "authorized": True,
        "body": PAYLOAD,
        "status": 200,
        "code": 0,
        "fired": True,
    }


def test_records_are_cleared(sandbox: httpx.Client) -> None:
    sandbox.post(EVENT, json=PAYLOAD)

    assert sandbox.delete(f"{CONTROL}/records").status_code == 204
    assert (items(sandbox, "requests"), items(sandbox, "runs")) == ([], [])


def test_slow_answers_after_the_delay(sandbox: httpx.Client) -> None:
    sandbox.put(f"{CONTROL}/fault", json={"kind": "slow", "delaySeconds": 0.05})

    response = sandbox.post(EVENT, json=PAYLOAD)

    assert response.json()["code"] == 0
    assert response.elapsed.total_seconds() >= 0.05


def test_a_lost_answer_has_fired(sandbox: httpx.Client) -> None:
    sandbox.put(f"{CONTROL}/fault", json={"kind": "answer_lost"})

    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        sandbox.post(EVENT, json=PAYLOAD)

    assert len(items(sandbox, "runs")) == 1


def test_down_drops_the_connection_until_it_is_cleared(sandbox: httpx.Client) -> None:
    sandbox.put(f"{CONTROL}/fault", json={"kind": "down"})
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        sandbox.post(EVENT, json=PAYLOAD)
    assert items(sandbox, "requests") == []

    assert sandbox.delete(f"{CONTROL}/fault").status_code == 204
    assert sandbox.post(EVENT, json=PAYLOAD).json()["code"] == 0


def test_an_error_code_is_answered_so_many_times(sandbox: httpx.Client) -> None:
    fault = {"kind": "error_code", "code": ErrorCode.WORKFLOW_DISABLED, "times": 1}
    assert sandbox.put(f"{CONTROL}/fault", json=fault).status_code == 200

    codes = [sandbox.post(EVENT, json=PAYLOAD).json()["code"] for _ in range(2)]

    assert codes == [ErrorCode.WORKFLOW_DISABLED, 0]


@pytest.mark.parametrize(
    ("content", "field_name"),
    [
        ("", "body"),
        ("[]", "body"),
        ("{}", "kind"),
        ('{"kind": "sleepy"}', "kind"),
        ('{"kind": ["down"]}', "kind"),
        ('{"kind": "error_code"}', "code"),
        ('{"kind": "error_code", "code": 1, "status": 99}', "status"),
        ('{"kind": "error_code", "code": "800005652"}', "code"),
        ('{"kind": "slow"}', "delaySeconds"),
        ('{"kind": "slow", "delaySeconds": NaN}', "delaySeconds"),
        ('{"kind": "slow", "delaySeconds": 1e300}', "delaySeconds"),
        ('{"kind": "slow", "delaySeconds": true}', "delaySeconds"),
        ('{"kind": "down", "times": 0}', "times"),
        ('{"kind": "down", "times": 1.5}', "times"),
        ('{"kind": "down", "delay": 1}', "delay"),
    ],
)
def test_a_bad_fault_is_refused_by_field_and_changes_nothing(
    sandbox: httpx.Client, content: str, field_name: str
) -> None:
    response = sandbox.put(f"{CONTROL}/fault", content=content)

    assert (response.status_code, list(response.json()["fields"])) == (400, [field_name])
    assert sandbox.post(EVENT, json=PAYLOAD).json()["code"] == 0


def test_the_clock_moves_past_the_idempotency_window(sandbox: httpx.Client) -> None:
    def post() -> None:
        assert sandbox.post(EVENT, json=PAYLOAD, headers={"Client-Token": "t1"}).json()["code"] == 0

    post()
    post()
    before = sandbox.get("/_sandbox/clock").json()
    after = sandbox.put("/_sandbox/clock", json={"offsetSeconds": IDEMPOTENCY_WINDOW_SECONDS}).json()
    post()

    assert (before["offsetSeconds"], after["offsetSeconds"]) == (0, IDEMPOTENCY_WINDOW_SECONDS)
    assert after["now"] >= before["now"] + IDEMPOTENCY_WINDOW_SECONDS
    assert [record["fired"] for record in items(sandbox, "requests")] == [True, False, True]


@pytest.mark.parametrize("offset", ['"3h"', "true", "null", "NaN", "1e400", "9" * 400])
def test_a_bad_clock_offset_is_refused(sandbox: httpx.Client, offset: str) -> None:
    response = sandbox.put("/_sandbox/clock", content=f'{{"offsetSeconds": {offset}}}')

    assert (response.status_code, list(response.json()["fields"])) == (400, ["offsetSeconds"])
    assert sandbox.get("/_sandbox/clock").json()["offsetSeconds"] == 0


def test_a_control_path_names_the_methods_it_takes(sandbox: httpx.Client) -> None:
    response = sandbox.post(f"{CONTROL}/fault", json={})

    assert (response.status_code, response.headers["Allow"]) == (405, "PUT, DELETE")
    assert response.json()["error"] == "method_not_allowed"
