import base64

import pytest

from sandbox.secrets import STANDARD_WEBHOOKS_SECRETS, secret_values
from sandbox.stack import FORM_WEBHOOK_PATH, local_parameters


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


def test_forms_go_to_the_sandbox_unless_a_setting_names_another_address() -> None:
    declared = ["Architecture", "AwsEndpointUrl", "LarkFormWebhookUrl", "Stage"]
    addresses = "http://127.0.0.1:1", "http://127.0.0.1:2"

    local = local_parameters(declared, *addresses, {})
    real = local_parameters(declared, *addresses, {"LARK_FORM_WEBHOOK_URL": "https://lark.example/hook"})

    assert local["LarkFormWebhookUrl"] == f"http://127.0.0.1:2{FORM_WEBHOOK_PATH}"
    assert local["AwsEndpointUrl"] == "http://127.0.0.1:1"
    assert local["Stage"] == "local"
    assert real["LarkFormWebhookUrl"] == "https://lark.example/hook"
