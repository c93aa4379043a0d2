"""`python -m tools.api_key` makes keys that work, shows them once, and takes them back."""

import sys
from typing import Any

import boto3
import pytest

from tests.support.forms import http_event
from tests.support.world import World
from tools import api_key


class Tool:
    """The command line on one bundle's table."""

    def __init__(
        self, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.world = world
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.table = world.environ["API_KEYS_TABLE"]
        monkeypatch.setenv("USER", "somebody")

    def run(self, *arguments: str, table: str = "") -> str:
        """Return what a command prints."""
        self._monkeypatch.setattr(sys, "argv", ["api_key", *arguments, "--table", table or self.table])
        self._capsys.readouterr()
        api_key.main()
        return self._capsys.readouterr().out.strip()

    def stored(self) -> list[dict[str, Any]]:
        return api_key.list_keys(self.table, dynamodb=boto3.resource("dynamodb"))

    def works(self, key: str) -> bool:
        event = http_event(route="GET /v1/submissions", headers={"x-api-key": key})
        return self.world.admin(event).status == 200


@pytest.fixture
def tool(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tool:
    return Tool(world, monkeypatch, capsys)


@pytest.mark.parametrize("action", ["create", "revoke"])
def test_name_is_required(tool: Tool, action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        tool.run(action)
    assert ended.value.code == 2
    assert "--name" in capsys.readouterr().err
    assert tool.stored() == []


@pytest.mark.parametrize("action", ["create", "list", "revoke"])
def test_table_that_is_not_there_is_said_plainly(
    tool: Tool, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        tool.run(action, "--name", "console", table="elsewhere")
    assert ended.value.code == 1
    assert "ResourceNotFoundException" in capsys.readouterr().err


def test_unknown_action_is_refused(tool: Tool) -> None:
    with pytest.raises(SystemExit) as ended:
        tool.run("delete", "--name", "console")
    assert ended.value.code == 2


def test_new_key_works(tool: Tool) -> None:
    key = tool.run("create", "--name", "console", "--owner", "Hà")
    assert "\n" not in key
    assert tool.works(key)


def test_new_key_is_stored_only_hashed(tool: Tool) -> None:
    key = tool.run("create", "--name", "console", "--owner", "Hà")
    (record,) = tool.stored()
    assert record.keys() == {"keyHash", "name", "owner", "createdAt"}
    assert (record["name"], record["owner"]) == ("console", "Hà")
    assert key not in str(record)
    assert key.removeprefix("lkb_") not in str(record)


def test_owner_is_whoever_makes_it(tool: Tool) -> None:
    tool.run("create", "--name", "console")
    assert tool.stored()[0]["owner"] == "somebody"


def test_keys_of_one_name_differ_and_all_work(tool: Tool) -> None:
    keys = {tool.run("create", "--name", "console") for _ in range(3)}
    assert len(keys) == len(tool.stored()) == 3
    assert all(tool.works(key) for key in keys)


def test_keys_are_too_long_to_guess(tool: Tool) -> None:
    assert len(tool.run("create", "--name", "console").removeprefix("lkb_")) >= 43


def test_revoked_keys_stop_working_and_others_go_on(tool: Tool) -> None:
    lost = [tool.run("create", "--name", "lost") for _ in range(2)]
    kept = tool.run("create", "--name", "kept")
    assert tool.run("revoke", "--name", "lost") == "revoked 2"
    assert [tool.works(key) for key in [*lost, kept]] == [False, False, True]


def test_revoking_again_changes_nothing(tool: Tool) -> None:
    tool.run("create", "--name", "lost")
    tool.run("revoke", "--name", "lost")
    revoked = tool.stored()
    assert tool.run("revoke", "--name", "lost") == "revoked 0"
    assert tool.stored() == revoked


def test_revoking_an_unknown_name_is_said(tool: Tool) -> None:
    assert tool.run("revoke", "--name", "nobody") == "revoked 0"


def test_list_tells_of_each_key_but_not_the_key(tool: Tool) -> None:
    used = tool.run("create", "--name", "used", "--owner", "Hà")
    tool.works(used)
    tool.run("create", "--name", "lost")
    tool.run("revoke", "--name", "lost")
    first, second = tool.run("list").splitlines()
    assert "name=used  owner=Hà  createdAt=" in first
    assert "lastUsedAt=2026-09-01T02:00:00.000Z  revokedAt=-" in first
    assert "name=lost" in second
    assert "revokedAt=-" not in second
    hashes = [record["keyHash"] for record in tool.stored()]
    assert not any(secret in first + second for secret in [used, *hashes])


def test_list_of_no_keys_is_empty(tool: Tool) -> None:
    assert tool.run("list") == ""
