"""Secrets are read every five minutes, and in the end fail closed."""

import json
from typing import Any

import pytest

from larkbridge.aws import Secrets
from larkbridge.errors import AwsMissingError, AwsUnavailableError, MissingSettingError
from larkbridge.observability import instrumented
from tests.support.clock import SimulatedClock
from tests.support.output import captured
from tests.support.world import Context


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


UNREADABLE = [AwsUnavailableError("down"), "", "{", "[]", '{"TOKEN": 7}', '{"TOKEN": ["s3cret", 7]}']


@pytest.mark.parametrize("text", UNREADABLE, ids=str)
def test_last_good_secret_serves_for_an_hour_and_is_counted(text: str | Exception) -> None:
    clock = SimulatedClock()
    manager = Manager('{"TOKEN": "good", "OTHER": "too"}')
    secrets = Secrets(manager.fetch, clock)
    assert secrets.first("TOKEN") == "good"
    manager.text = text
    with captured() as output:
        instrumented(lambda *_: _ask_until(secrets, clock, minutes=59))({}, Context("run"))
    assert output.metrics["SecretsStale"] == [1.0] * len(output.metrics["SecretsStale"])
    assert manager.reads == 1 + len(output.metrics["SecretsStale"]) > 50
    assert output.logged("secrets not readable") or output.logged("secret not readable")
    assert "s3cret" not in output.text
    clock.advance(minutes=1)
    with pytest.raises((AwsUnavailableError, MissingSettingError)):
        secrets.first("TOKEN")


def _ask_until(secrets: Secrets, clock: SimulatedClock, *, minutes: int) -> None:
    for _ in range(minutes * 6):
        clock.advance(seconds=10)
        assert secrets.first("TOKEN") == "good"


def test_failed_reading_is_repeated_every_thirty_seconds(clock: SimulatedClock) -> None:
    manager = Manager('{"TOKEN": "old"}')
    secrets = Secrets(manager.fetch, clock)
    secrets.first("TOKEN")
    manager.text = AwsUnavailableError("down")
    clock.advance(minutes=5)
    for seconds, value, reads in ((0, "old", 2), (29, "old", 2), (1, "new", 3)):
        clock.advance(seconds=seconds)
        if reads == 3:
            manager.text = '{"TOKEN": "new"}'
        assert (secrets.first("TOKEN"), manager.reads) == (value, reads)


def test_malformed_value_keeps_its_last_good_one_and_leaves_the_others_alone(clock: SimulatedClock) -> None:
    manager = Manager('{"TOKEN": "good", "OTHER": "old"}')
    secrets = Secrets(manager.fetch, clock)
    secrets.first("TOKEN")
    manager.text = '{"TOKEN": 7, "OTHER": "new", "NEVER": 7}'
    clock.advance(minutes=5)
    assert (secrets.first("TOKEN"), secrets.first("OTHER")) == ("good", "new")
    with pytest.raises(MissingSettingError, match="NEVER"):
        secrets.first("NEVER")
    clock.advance(minutes=55)
    assert secrets.first("OTHER") == "new"
    with pytest.raises(MissingSettingError, match="TOKEN"):
        secrets.first("TOKEN")


@pytest.mark.parametrize("text", ["{}", '{"TOKEN": ""}', '{"TOKEN": []}'])
def test_secret_that_is_taken_out_is_gone(text: str, clock: SimulatedClock) -> None:
    manager = Manager('{"TOKEN": "revoked since"}')
    secrets = Secrets(manager.fetch, clock)
    secrets.first("TOKEN")
    manager.text = text
    clock.advance(minutes=5)
    assert secrets.all("TOKEN") == ()


def test_deleted_secret_does_not_serve_any_more_whatever_follows(clock: SimulatedClock) -> None:
    manager = Manager('{"TOKEN": "revoked since"}')
    secrets = Secrets(manager.fetch, clock)
    secrets.first("TOKEN")
    clock.advance(minutes=5)
    for error in (AwsMissingError("gone"), AwsUnavailableError("down")):
        manager.text = error
        with pytest.raises(type(error)):
            secrets.first("TOKEN")
