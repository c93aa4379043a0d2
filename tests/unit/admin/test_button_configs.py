"""Where the owner of an API key has clicks on buttons in Lark Base forwarded to."""

from typing import Any

import pytest

from larkbridge.clock import to_text
from larkbridge.store.button_configs import ButtonConfigStore
from tests.support.admin import Admin
from tests.support.aws_faults import aws_fails
from tests.support.clock import START
from tests.support.forms import http_event
from tests.support.world import World

READ = "GET /v1/feishu/config"
SAVE = "POST /v1/feishu/config"
LOGS = "GET /v1/feishu/webhook/logs"
CONFIG = {
    "app_token": "bascnHoaSen01",
    "table_id": "tblLop3A",
    "webhook_url": "https://receiver.example/clicks?key=1",
}
CLICK = {"button_id": "userBtn", "user_id": "ou_84aad35d084aa403"}
NOTHING = dict.fromkeys(("app_token", "table_id", "webhook_url", "enabled", "result_field"))


@pytest.fixture
def admin(world: World) -> Admin:
    return Admin(world)


@pytest.fixture
def somebody_else(world: World) -> Admin:
    return Admin(world, owner="another centre")


def stored(world: World, owner: str = "centre") -> Any:
    return ButtonConfigStore(world.environ["BUTTON_CONFIGS_TABLE"]).get(owner)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"app_token": None}, {"app_token"}),
        ({"app_token": ""}, {"app_token"}),
        ({"app_token": "has:colon"}, {"app_token"}),
        ({"app_token": "line\n"}, {"app_token"}),
        ({"table_id": "é"}, {"table_id"}),
        ({"table_id": "x" * 201}, {"table_id"}),
        ({"table_id": 7}, {"table_id"}),
        ({"webhook_url": "receiver.example"}, {"webhook_url"}),
        ({"webhook_url": "http://receiver.example/"}, {"webhook_url"}),
        ({"webhook_url": "https://user:secret@receiver.example/"}, {"webhook_url"}),
        ({"webhook_url": "https://127.0.0.1/"}, {"webhook_url"}),
        ({"webhook_url": "https://[::1]/"}, {"webhook_url"}),
        ({"webhook_url": "https://169.254.169.254/latest/meta-data"}, {"webhook_url"}),
        ({"webhook_url": "https://localhost/"}, {"webhook_url"}),
        ({"webhook_url": "https://receiver.example:22/"}, {"webhook_url"}),
        ({"webhook_url": f"https://receiver.example/{'x' * 2000}"}, {"webhook_url"}),
        ({"webhook_url": "https://receiver.example/\ud800"}, {"webhook_url"}),
        ({"webhook_url": ["https://receiver.example/"]}, {"webhook_url"}),
        ({"enabled": "yes"}, {"enabled"}),
        ({"enabled": None}, {"enabled"}),
        ({"result_field": "  "}, {"result_field"}),
        ({"result_field": "x" * 101}, {"result_field"}),
        ({"owner": "another centre"}, {"owner"}),
        ({"appToken": "bascnHoaSen01"}, {"appToken"}),
        ({"app_token": "", "webhook_url": "x", "enabled": 1}, {"app_token", "webhook_url", "enabled"}),
    ],
)
def test_wrong_configuration_is_400_and_named_and_not_stored(
    world: World, admin: Admin, changes: dict[str, Any], named: set[str]
) -> None:
    answer = admin.send(SAVE, CONFIG | changes)
    assert (answer.status, set(answer.body["fields"])) == (400, named)
    assert stored(world) is None


def test_every_missing_field_is_named(admin: Admin) -> None:
    answer = admin.send(SAVE, {})
    assert (answer.status, answer.body["fields"].keys()) == (400, CONFIG.keys())


def test_why_an_address_is_refused_is_said_without_quoting_it(admin: Admin) -> None:
    answer = admin.send(SAVE, CONFIG | {"webhook_url": "https://10.20.30.40/secret-path"})
    assert answer.body["fields"] == {"webhook_url": "Input is not a public address"}


@pytest.mark.parametrize(
    ("body", "type_", "status"),
    [
        (None, "application/json", 400),
        ("[]", "application/json", 400),
        ("{}", "text/plain", 415),
        (" " * 65_537, "application/json", 413),
    ],
)
def test_configuration_must_be_a_json_object(admin: Admin, body: str | None, type_: str, status: int) -> None:
    headers = {"x-api-key": admin.key, "content-type": type_}
    assert admin.world.admin(http_event(body, route=SAVE, headers=headers)).status == status


@pytest.mark.parametrize("route", [READ, SAVE, LOGS])
def test_key_without_an_owner_is_403(world: World, route: str) -> None:
    nobody = Admin(world, owner="")
    answer = nobody.send(SAVE, CONFIG) if route == SAVE else nobody.ask(route, record_id="rec1")
    assert (answer.status, answer.body["error"]) == (403, "invalid_credential")


@pytest.mark.parametrize("route", [READ, SAVE, LOGS])
def test_unreadable_store_is_500_with_an_id_and_nothing_else(admin: Admin, route: str) -> None:
    with aws_fails("dynamodb", "GetItem"), aws_fails("dynamodb", "PutItem"):
        answer = admin.send(SAVE, CONFIG) if route == SAVE else admin.ask(route, record_id="rec1")
    assert (answer.status, answer.body.keys()) == (500, {"error", "message", "requestId"})


def test_nothing_is_configured_at_first(admin: Admin) -> None:
    answer = admin.ask(READ)
    assert (answer.status, answer.body) == (200, {"success": True, "data": NOTHING})


def test_saved_configuration_is_answered_and_shown(world: World, admin: Admin) -> None:
    wanted = CONFIG | {"enabled": False, "result_field": "Phản hồi"}
    assert admin.send(SAVE, wanted).body == {"success": True, "data": wanted}
    assert admin.ask(READ).body == {"success": True, "data": wanted}
    assert stored(world).updated_at == to_text(START)


def test_configuration_is_enabled_and_has_a_result_field_unless_it_says_otherwise(admin: Admin) -> None:
    admin.send(SAVE, CONFIG)
    assert admin.ask(READ).body["data"] == CONFIG | {"enabled": True, "result_field": "Kết quả"}


def test_a_table_may_have_no_field_for_results(admin: Admin) -> None:
    admin.send(SAVE, CONFIG | {"result_field": None})
    assert admin.ask(READ).body["data"] == CONFIG | {"enabled": True, "result_field": None}


def test_saving_again_replaces_everything(admin: Admin) -> None:
    admin.send(SAVE, CONFIG | {"result_field": "Phản hồi"})
    other = CONFIG | {"table_id": "tblLop4B", "enabled": False}
    admin.send(SAVE, other)
    assert admin.ask(READ).body["data"] == other | {"result_field": "Kết quả"}


def test_address_of_the_local_stack_is_taken_there_and_nowhere_else(world: World, admin: Admin) -> None:
    local = CONFIG | {"webhook_url": "http://127.0.0.1:4570/hooks/clicks"}
    assert admin.send(SAVE, local).status == 400
    world.environ["LOCAL_ORIGIN"] = "http://127.0.0.1:4570"
    world.restart()
    assert admin.send(SAVE, local).status == 200
    assert admin.send(SAVE, local | {"webhook_url": "http://127.0.0.1:4571/hooks/clicks"}).status == 400


def test_another_owners_configuration_is_invisible_and_out_of_reach(
    world: World, admin: Admin, somebody_else: Admin
) -> None:
    admin.send(SAVE, CONFIG)
    assert somebody_else.ask(READ).body["data"] == NOTHING
    somebody_else.send(SAVE, CONFIG | {"table_id": "tblLop4B"})
    assert admin.ask(READ).body["data"]["table_id"] == "tblLop3A"


def test_two_keys_of_one_owner_share_a_configuration(world: World, admin: Admin) -> None:
    admin.send(SAVE, CONFIG)
    assert Admin(world).ask(READ).body == admin.ask(READ).body
