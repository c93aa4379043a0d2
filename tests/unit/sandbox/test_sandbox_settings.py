import pytest

from sandbox.settings import SandboxSettings


@pytest.mark.parametrize(
    ("value", "tokens"),
    [("", []), ("one", ["one"]), ("123", ["123"]), ("[]", []), ('["new", "old"]', ["new", "old"])],
)
def test_a_credential_is_a_list_or_one_plain_string(value: str, tokens: list[str]) -> None:
    settings = SandboxSettings.read(
        {
            "SANDBOX_LARK_FORM_WEBHOOK_TOKEN": value,
            "SANDBOX_LARK_APP_SECRET": value,
            "SANDBOX_MODELRIVER_API_KEY": value,
        }
    )

    assert settings.form_webhook_tokens == tokens
    assert settings.lark_app_secrets == tokens
    assert settings.modelriver_api_keys == tokens


@pytest.mark.parametrize("value", ["[secret", "[1]", '[""]'])
def test_a_bad_credential_setting_is_named_and_not_quoted(value: str) -> None:
    with pytest.raises(ValueError, match="SANDBOX_LARK_APP_SECRET must be a JSON list") as caught:
        SandboxSettings.read({"SANDBOX_LARK_APP_SECRET": value})

    assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("environ", "app_id"),
    [
        ({}, "cli_local"),
        ({"SANDBOX_LARK_APP_ID": ""}, "cli_local"),
        ({"SANDBOX_LARK_APP_ID": "cli_a"}, "cli_a"),
    ],
)
def test_the_app_has_an_id_of_its_own_or_the_local_one(environ: dict[str, str], app_id: str) -> None:
    assert SandboxSettings.read(environ).lark_app_id == app_id
