from typing import Any

import httpx
import pytest

HOOK = "/hooks/partner"
CONTROL = "/_sandbox/hooks/partner"
CALLBACK = "/v1/callback/channel-1"
MODELRIVER = "/_sandbox/modelriver"
KEY = {"Authorization": "Bearer a-key"}


def items(sandbox: httpx.Client, path: str) -> list[dict[str, Any]]:
    return sandbox.get(path).json()["items"]


@pytest.mark.parametrize("method", ["POST", "PUT", "GET"])
def test_a_hook_takes_and_records_anything(sandbox: httpx.Client, method: str) -> None:
    response = sandbox.request(method, HOOK, content="Nguyễn An", headers={"X-Test": "1"})

    assert (response.status_code, response.json()) == (200, {"ok": True})
    [request] = items(sandbox, f"{CONTROL}/requests")
    assert (request["method"], request["headers"]["x-test"], request["body"]) == (method, "1", "Nguyễn An")
    assert request["status"] == 200


def test_a_body_that_is_no_text_is_recorded(sandbox: httpx.Client) -> None:
    sandbox.post(HOOK, content=b"\xff{}")

    assert items(sandbox, f"{CONTROL}/requests")[0]["body"] == "\ufffd{}"


def test_every_hook_has_records_and_faults_of_its_own(sandbox: httpx.Client) -> None:
    sandbox.put(f"{CONTROL}/fault", json={"kind": "error_code", "code": 410})

    statuses = [sandbox.post(path, json={}).status_code for path in (HOOK, "/hooks/other")]

    assert statuses == [410, 200]
    assert [one["status"] for one in items(sandbox, f"{CONTROL}/requests")] == [410]
    assert sandbox.delete(f"{CONTROL}/requests").status_code == 204
    assert items(sandbox, f"{CONTROL}/requests") == []
    assert len(items(sandbox, "/_sandbox/hooks/other/requests")) == 1


@pytest.mark.parametrize("kind", ["down", "answer_lost"])
def test_a_hook_drops_its_connection(sandbox: httpx.Client, kind: str) -> None:
    sandbox.put(f"{CONTROL}/fault", json={"kind": kind})

    with pytest.raises(httpx.RemoteProtocolError):
        sandbox.post(HOOK, json={})

    assert len(items(sandbox, f"{CONTROL}/requests")) == (kind == "answer_lost")
    assert sandbox.delete(f"{CONTROL}/fault").status_code == 204
    assert sandbox.post(HOOK, json={}).status_code == 200


def test_a_fault_applies_to_its_share_of_the_requests(sandbox: httpx.Client) -> None:
    sandbox.put(f"{CONTROL}/fault", json={"kind": "error_500", "probability": 0.3, "times": 30})

    statuses = [sandbox.post(HOOK, json={}).status_code for _ in range(200)]

    assert statuses.count(500) == 30
    last = max(number for number, status in enumerate(statuses) if status == 500)
    assert 60 < last < 150


@pytest.mark.parametrize("probability", ["0", "-0.1", "1.1", "NaN", '"0.3"', "true"])
def test_a_share_is_above_0_and_at_most_1(sandbox: httpx.Client, probability: str) -> None:
    content = f'{{"kind": "down", "probability": {probability}}}'

    response = sandbox.put(f"{CONTROL}/fault", content=content)

    assert (response.status_code, list(response.json()["fields"])) == (400, ["probability"])
    assert sandbox.post(HOOK, json={}).status_code == 200


def test_modelriver_takes_a_callback_with_the_key(sandbox: httpx.Client) -> None:
    body = {"data": {"id": "c1"}, "task_id": "t1"}

    response = sandbox.post(CALLBACK, json=body, headers=KEY)

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    [callback] = items(sandbox, f"{MODELRIVER}/callbacks")
    assert (callback["channelId"], callback["body"]) == ("channel-1", body)
    assert sandbox.delete(f"{MODELRIVER}/callbacks").status_code == 204
    assert items(sandbox, f"{MODELRIVER}/callbacks") == []


@pytest.mark.parametrize("key", [None, "Bearer", "Bearer wrong", "bearer a-key", "a-key"])
def test_modelriver_takes_nothing_without_the_key(sandbox: httpx.Client, key: str | None) -> None:
    del sandbox.headers["Authorization"]

    response = sandbox.post(CALLBACK, json={}, headers={"Authorization": key} if key else {})

    assert response.status_code == 401
    assert items(sandbox, f"{MODELRIVER}/callbacks") == []


def test_modelriver_takes_json_alone(sandbox: httpx.Client) -> None:
    assert sandbox.post(CALLBACK, content="{", headers=KEY).status_code == 400
    assert sandbox.get(CALLBACK, headers=KEY).status_code == 405


def test_modelriver_fails_as_it_is_told(sandbox: httpx.Client) -> None:
    sandbox.put(f"{MODELRIVER}/fault", json={"kind": "error_code", "code": 422, "times": 1})

    statuses = [sandbox.post(CALLBACK, json={}, headers=KEY).status_code for _ in range(2)]

    assert statuses == [422, 200]
    assert len(items(sandbox, f"{MODELRIVER}/callbacks")) == 1
