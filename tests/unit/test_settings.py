"""Settings are named when they are missing; secrets are read once in five minutes and fail closed."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from larkbridge.errors import AwsUnavailableError, MissingSettingError
from larkbridge.settings import Secrets, Settings
from tests.support.clock import SimulatedClock

REQUIRED: dict[str, Callable[[Settings], str]] = {
    "SUBMISSIONS_TABLE": lambda settings: settings.submissions_table,
    "DESTINATIONS_TABLE": lambda settings: settings.destinations_table,
    "API_KEYS_TABLE": lambda settings: settings.api_keys_table,
    "SECRETS_ID": lambda settings: settings.secrets_id,
}


class Manager:
    """A secrets manager that holds one text and counts who reads it."""

    def __init__(self, text: str | Exception) -> None:
        self.text = text
        self.reads = 0

    def fetch(self) -> str:
        self.reads += 1
        if isinstance(self.text, Exception):
            raise self.text
        return self.text


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


def secrets_of(document: Any) -> Secrets:
    return Secrets(Manager(json.dumps(document)).fetch, SimulatedClock())


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


@pytest.mark.parametrize(
    "text",
    [
        *("", "token", "[]", '"token"', "null", "{", '{"TOKEN": 7}', '{"TOKEN": null}', '{"TOKEN": {}}'),
        *('{"TOKEN": ["good", 7]}', '{"TOKEN": [["good"]]}', '{"TOKEN": true}'),
    ],
)
def test_unreadable_secret_fails_closed(text: str, clock: SimulatedClock) -> None:
    secrets = Secrets(Manager(text).fetch, clock)
    for _ in range(2):
        with pytest.raises(MissingSettingError):
            secrets.first("TOKEN")


def test_malformed_secret_is_named_without_its_value() -> None:
    with pytest.raises(MissingSettingError, match="TOKEN") as caught:
        secrets_of({"TOKEN": ["s3cret", 12345]}).first("TOKEN")
    assert "s3cret" not in str(caught.value)
    assert "12345" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "values"),
    [
        ("one", ("one",)),
        (["new", "old"], ("new", "old")),
        ("", ()),
        ([], ()),
        (["", "old"], ("old",)),
        ([""], ()),
    ],
)
def test_first_value_signs_and_all_verify(value: Any, values: tuple[str, ...]) -> None:
    secrets = secrets_of({"TOKEN": value})
    assert secrets.all("TOKEN") == values
    assert secrets.first("TOKEN") == (values[0] if values else None)


def test_secret_that_is_not_there_is_none() -> None:
    secrets = secrets_of({"OTHER": "value"})
    assert secrets.first("TOKEN") is None
    assert secrets.all("TOKEN") == ()


def test_secrets_are_read_once_in_five_minutes(clock: SimulatedClock) -> None:
    manager = Manager('{"TOKEN": "old"}')
    secrets = Secrets(manager.fetch, clock)
    assert manager.reads == 0
    assert secrets.first("TOKEN") == "old"
    manager.text = '{"TOKEN": "new"}'
    clock.advance(minutes=4, seconds=59)
    assert (secrets.first("TOKEN"), secrets.first("OTHER"), manager.reads) == ("old", None, 1)
    clock.advance(seconds=1)
    assert (secrets.first("TOKEN"), secrets.first("OTHER"), manager.reads) == ("new", None, 2)


def test_failed_read_is_tried_again_at_once(clock: SimulatedClock) -> None:
    manager = Manager(AwsUnavailableError("secretsmanager get_secret_value: down"))
    secrets = Secrets(manager.fetch, clock)
    with pytest.raises(AwsUnavailableError):
        secrets.first("TOKEN")
    manager.text = '{"TOKEN": "value"}'
    assert secrets.first("TOKEN") == "value"


def test_expired_secret_is_not_used_when_it_cannot_be_read_again(clock: SimulatedClock) -> None:
    manager = Manager('{"TOKEN": "revoked since"}')
    secrets = Secrets(manager.fetch, clock)
    secrets.first("TOKEN")
    manager.text = AwsUnavailableError("down")
    clock.advance(minutes=5)
    with pytest.raises(AwsUnavailableError):
        secrets.first("TOKEN")
