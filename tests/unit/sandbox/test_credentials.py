import httpx
import pytest

from sandbox.lark.openapi import TOKEN_PATH
from sandbox.simulators import CREDENTIALS

WORKFLOW = "/base/automation/webhook/event/wf1"
RECORD = "/_sandbox/lark/base/app1/tbl1/rec1"


def code(sandbox: httpx.Client, secret: str) -> int:
    return sandbox.post(TOKEN_PATH, json={"app_id": "cli_local", "app_secret": secret}).json()["code"]


def workflow_code(sandbox: httpx.Client, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return sandbox.post(WORKFLOW, json={}, headers=headers).json()["code"]


def callback_status(sandbox: httpx.Client, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return sandbox.post("/v1/callback/ch1", json={}, headers=headers).status_code


def test_new_credentials_are_taken_old_ones_refused_and_records_kept(sandbox: httpx.Client) -> None:
    sandbox.put(RECORD, json={"fields": {}})
    new = {"LARK_FORM_WEBHOOK_TOKEN": "b-token", "LARK_APP_SECRET": '["b-secret", "c-secret"]'}
    assert sandbox.put(CREDENTIALS, json=new | {"MODELRIVER_API_KEY": "b-key"}).status_code == 204

    assert [workflow_code(sandbox, token) for token in ("b-token", "a-token")] == [0, 800005649]
    secrets = ("b-secret", "c-secret", "a-secret")
    assert [code(sandbox, secret) for secret in secrets] == [0, 0, 10014]
    assert [callback_status(sandbox, key) for key in ("b-key", "a-key")] == [200, 401]
    assert sandbox.get(RECORD).status_code == 200


@pytest.mark.parametrize("value", [1, None, ["a"], "[1]", '["a"'])
def test_credentials_that_cannot_be_read_change_nothing(sandbox: httpx.Client, value: object) -> None:
    assert sandbox.put(CREDENTIALS, json={"LARK_APP_SECRET": value}).status_code == 400
    assert code(sandbox, "a-secret") == 0
