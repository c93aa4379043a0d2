"""Settings are named when they are missing."""

from collections.abc import Callable

import pytest

from larkbridge.errors import MissingSettingError
from larkbridge.settings import Settings

REQUIRED: dict[str, Callable[[Settings], str]] = {
    "SUBMISSIONS_TABLE": lambda settings: settings.submissions_table,
    "DESTINATIONS_TABLE": lambda settings: settings.destinations_table,
    "API_KEYS_TABLE": lambda settings: settings.api_keys_table,
    "SECRETS_ID": lambda settings: settings.secrets_id,
}


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("name", REQUIRED)
def test_missing_setting_is_named(name: str, value: str | None) -> None:
    environ = {} if value is None else {name: value}
    with pytest.raises(MissingSettingError, match=name):
        REQUIRED[name](Settings(environ))


@pytest.mark.parametrize("name", REQUIRED)
def test_setting_is_read_when_it_is_used(name: str) -> None:
    environ = {name: "old"}
    settings = Settings(environ)
    environ[name] = "new"
    assert REQUIRED[name](settings) == "new"


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({}, None),
        ({"LARK_FORM_WEBHOOK_URL": ""}, None),
        ({"LARK_FORM_WEBHOOK_URL": "https://x.test"}, "https://x.test"),
    ],
)
def test_form_webhook_url_may_be_missing(environ: dict[str, str], url: str | None) -> None:
    assert Settings(environ).lark_form_webhook_url == url


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRETS_ID", "of this process")
    assert Settings().secrets_id == "of this process"
