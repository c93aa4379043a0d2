import base64
import json
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest

from larkbridge.private_secrets import PRIVATE_SECRETS
from larkbridge.vault.sealing import VaultKeys
from sandbox.deploy import write_secrets
from sandbox.secrets import STANDARD_WEBHOOKS_SECRETS, secret_values
from sandbox.stack import FORM_WEBHOOK_PATH, local_parameters
from tests.support.aws import SECRET_IDS


def test_secrets_stay_the_same_until_the_environment_names_another() -> None:
    made_up = secret_values({}, {})

    assert len(str(made_up["LARK_FORM_WEBHOOK_TOKEN"])) >= 32
    assert secret_values(made_up, {}) == made_up
    mine = {"LARK_FORM_WEBHOOK_TOKEN": "mine"}
    assert secret_values(made_up, mine) == made_up | mine


def test_a_secret_may_be_a_list_while_it_rotates() -> None:
    rotating = secret_values({}, {"LARK_FORM_WEBHOOK_TOKEN": '["new", "old"]'})

    assert rotating["LARK_FORM_WEBHOOK_TOKEN"] == ["new", "old"]


@pytest.mark.parametrize("name", STANDARD_WEBHOOKS_SECRETS)
def test_a_made_up_secret_has_the_form_that_its_scheme_asks_for(name: str) -> None:
    prefix, _, key = str(secret_values({}, {})[name]).partition("_")

    assert (prefix, len(base64.b64decode(key, validate=True))) == ("whsec", 24)


def test_a_made_up_vault_key_is_one_and_stays() -> None:
    made_up = secret_values({}, {})

    assert VaultKeys([str(made_up["TOKEN_VAULT_KEY"])]).ids
    assert secret_values(made_up, {})["TOKEN_VAULT_KEY"] == made_up["TOKEN_VAULT_KEY"]


def test_each_secret_is_written_where_it_belongs_and_nowhere_else(environ: dict[str, str]) -> None:
    manager = boto3.client("secretsmanager")
    outputs = {output: environ[setting] for output, setting in SECRET_IDS.items()}
    stack: Any = SimpleNamespace(outputs=outputs, functions=())
    by_hand = json.dumps({"LARK_APP_SECRET": "from before", "ACME_WEBHOOK_SECRET": "mine"})
    manager.put_secret_value(SecretId=outputs["Secrets"], SecretString=by_hand)

    write_secrets(cast("Any", boto3), stack, {"LARK_APP_SECRET": "app", "PAGE_SIGNING_KEY": ["new", "old"]})

    found = {
        output: json.loads(manager.get_secret_value(SecretId=secret_id)["SecretString"])
        for output, secret_id in outputs.items()
    }
    assert found["Secrets"] == {"ACME_WEBHOOK_SECRET": "mine", "PAGE_SIGNING_KEY": ["new", "old"]}
    assert found["PrivateSecrets"]["LARK_APP_SECRET"] == "app"
    assert set(found["PrivateSecrets"]) <= set(PRIVATE_SECRETS)


def test_forms_go_to_the_sandbox_unless_a_setting_names_another_address() -> None:
    declared = ["Architecture", "AwsEndpointUrl", "LarkFormWebhookUrl", "Stage"]
    addresses = "http://127.0.0.1:1", "http://127.0.0.1:2"

    local = local_parameters(declared, *addresses, {})
    real = local_parameters(declared, *addresses, {"LARK_FORM_WEBHOOK_URL": "https://lark.example/hook"})

    assert local["LarkFormWebhookUrl"] == f"http://127.0.0.1:2{FORM_WEBHOOK_PATH}"
    assert local["AwsEndpointUrl"] == "http://127.0.0.1:1"
    assert local["Stage"] == "local"
    assert real["LarkFormWebhookUrl"] == "https://lark.example/hook"
