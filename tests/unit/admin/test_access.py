"""Who may use the admin API: whoever has a key that works, and nobody else."""

from datetime import timedelta

import pytest

from larkbridge.clock import to_text
from tests.support.admin import LIST, UNKNOWN_ID, Admin, admin_routes, at
from tests.support.clock import START
from tests.support.forms import http_event
from tests.support.output import captured
from tests.support.world import World
from tools.api_key import list_keys, revoke_keys


@pytest.fixture
def admin(world: World) -> Admin:
    return Admin(world)


@pytest.mark.parametrize("route", [*admin_routes(), "GET /v1/elsewhere"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-api-key": ""},
        {"x-api-key": "  "},
        {"authorization": "Basic a2V5"},
        {"authorization": "Bearer"},
    ],
)
def test_without_a_key_it_is_401(world: World, route: str, headers: dict[str, str]) -> None:
    with world.watch() as calls:
        answer = world.admin(http_event(route=route, headers=headers, path=at(route, UNKNOWN_ID)))
    assert (answer.status, answer.body["error"]) == (401, "missing_credential")
    assert calls.made == []


@pytest.mark.parametrize("route", admin_routes())
@pytest.mark.parametrize("headers", [{"x-api-key": "lkb_wrong"}, {"authorization": "Bearer lkb_wrong"}])
def test_with_an_unknown_key_it_is_403(world: World, route: str, headers: dict[str, str]) -> None:
    answer = world.admin(http_event(route=route, headers=headers, path=at(route, UNKNOWN_ID)))
    assert (answer.status, answer.body["error"]) == (403, "invalid_credential")


def test_unknown_key_leaves_no_trace(world: World, admin: Admin) -> None:
    world.admin(http_event(route=LIST, headers={"x-api-key": "lkb_wrong"}))
    assert len(list_keys(**admin.keys)) == 1


def test_hash_of_a_key_is_no_key(world: World, admin: Admin) -> None:
    (record,) = list_keys(**admin.keys)
    assert world.admin(http_event(route=LIST, headers={"x-api-key": record["keyHash"]})).status == 403


def test_revoked_key_is_403_and_its_use_is_not_noted(world: World, admin: Admin) -> None:
    revoke_keys(name="Hà", **admin.keys)
    assert admin.ask(LIST).status == 403
    (record,) = list_keys(**admin.keys)
    assert "lastUsedAt" not in record


@pytest.mark.parametrize(
    "header", ["x-api-key: {}", "X-API-KEY: {} ", "Authorization: Bearer {}", "authorization: bearer  {}"]
)
def test_key_is_taken_in_either_header(world: World, admin: Admin, header: str) -> None:
    name, _, value = header.format(admin.key).partition(":")
    assert world.admin(http_event(route=LIST, headers={name: value.removeprefix(" ")})).status == 200


def test_use_of_a_key_is_noted(world: World, admin: Admin) -> None:
    world.clock.advance(days=1)
    admin.ask(LIST)
    (record,) = list_keys(**admin.keys)
    assert record["lastUsedAt"] == to_text(START + timedelta(days=1))
    assert (record["name"], record["owner"]) == ("Hà", "centre")


def test_health_is_nobodys_call_and_not_logged_as_one(world: World) -> None:
    with captured() as output:
        assert world.admin(http_event(route="GET /health")).status == 200
    assert output.logged("admin call") == []
