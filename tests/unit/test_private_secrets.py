"""Who reads which of the two secrets, and when."""

import json
from typing import Any

import boto3
import pytest

from larkbridge.private_secrets import PRIVATE_SECRETS
from larkbridge.store.submissions import FormType
from sandbox.faults import Fault
from sandbox.secrets import SECRETS
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.world import SANDBOX_ORIGIN, World


@pytest.fixture
def reads(account: MemoryAccount, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the secrets as they are read."""
    found: list[str] = []
    read = account.secrets.get_secret_value

    def note(**parameters: Any) -> dict[str, Any]:
        found.append(parameters["SecretId"])
        return read(**parameters)

    monkeypatch.setattr(account.secrets, "get_secret_value", note)
    return found


def generated(world: World) -> None:
    """Let a webhook lead to a callback with a vendor's key."""
    callback = {"callback_url": f"{SANDBOX_ORIGIN}/v1/callback/c1"}
    answer = {"type": "task.ai_generated", "channel_id": "c1", "ai_response": {"data": {"title": "T"}}}
    assert world.webhook("modelriver", answer | callback).status == 200


def test_forms_and_webhooks_read_the_first_secret_alone(world: World, reads: list[str]) -> None:
    world.post()
    generated(world)
    world.lark.faults.set(Fault("down", times=1))
    world.post(FormType.HOLD)
    world.clock.advance(minutes=10)
    world.retry_due()
    assert {*reads} == {world.environ["SECRETS_ID"]}


def test_a_delivery_reads_the_private_secret_alone(world: World, reads: list[str]) -> None:
    generated(world)
    reads.clear()
    world.wake()
    assert world.simulators.modelriver.callbacks
    assert {*reads} == {world.environ["PRIVATE_SECRETS_ID"]}


def test_a_private_secret_in_the_first_one_is_as_good_as_none(world: World) -> None:
    manager = boto3.client("secretsmanager")
    everything = {"MODELRIVER_API_KEY": "key", "MODELRIVER_WEBHOOK_SECRET": "modelriver-webhook-secret"}
    manager.put_secret_value(SecretId=world.environ["SECRETS_ID"], SecretString=json.dumps(everything))
    manager.put_secret_value(SecretId=world.environ["PRIVATE_SECRETS_ID"], SecretString="{}")
    world.restart()
    generated(world)
    world.wake()
    assert not world.simulators.modelriver.callbacks


def test_what_the_public_functions_need_is_in_the_first_secret() -> None:
    public = {name for name in SECRETS if name.endswith(("_WEBHOOK_SECRET", "_ENCRYPT_KEY", "_VERIFY_TOKEN"))}
    public |= {"LARK_FORM_WEBHOOK_TOKEN", "PAGE_SIGNING_KEY", "TURNSTILE_SECRET", "FEISHU_BUTTON_SECRET"}
    assert public
    assert not public & {*PRIVATE_SECRETS}
