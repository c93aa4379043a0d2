import pytest

from sandbox.parameters import architecture, parameter_overrides, parameter_values, setting_name

DECLARED = ["Stage", "AllowedOrigins", "LarkFormWebhookUrl", "AlarmEmail"]


@pytest.mark.parametrize(
    ("parameter", "setting"),
    [
        ("Stage", "STAGE"),
        ("AllowedOrigins", "ALLOWED_ORIGINS"),
        ("LarkFormWebhookUrl", "LARK_FORM_WEBHOOK_URL"),
    ],
)
def test_setting_name(parameter: str, setting: str) -> None:
    assert setting_name(parameter) == setting


def test_settings_override_local_defaults_but_not_what_is_fixed() -> None:
    values = parameter_values(
        DECLARED,
        fixed={"Stage": "local"},
        defaults={
            "LarkFormWebhookUrl": "http://127.0.0.1:4570/hook",
            "AllowedOrigins": "http://localhost:3000",
        },
        environ={"STAGE": "prod", "ALLOWED_ORIGINS": "https://a.example,https://b.example"},
    )

    assert values == {
        "Stage": "local",
        "AllowedOrigins": "https://a.example,https://b.example",
        "LarkFormWebhookUrl": "http://127.0.0.1:4570/hook",
    }


def test_overrides_quote_what_the_shell_syntax_of_sam_would_split() -> None:
    assert parameter_overrides({"A": "", "B": "x y", "C": 'say "no"\\'}) == r'A="" B="x y" C="say \"no\"\\"'


def test_the_build_decides_the_architecture() -> None:
    assert architecture({"LAMBDA_ARCHITECTURE": "arm64"}) == "arm64"
    assert architecture({}) in {"x86_64", "arm64"}
