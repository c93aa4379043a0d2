"""The button log has messages and is asked by status; a refusal names the vendor's own headers."""

import json
from typing import Any

import pytest

from larkbridge.inbound.feishu_button import FeishuButton
from tests.support.admin import Admin, received
from tests.support.webhooks import webhook
from tests.support.world import World

LOGS = "GET /v1/feishu/webhook/logs"
CONFIG = {"app_token": "bascn1", "table_id": "tbl1", "webhook_url": "https://receiver.example/clicks"}


@pytest.fixture
def admin(world: World) -> Admin:
    admin = Admin(world)
    admin.send("POST /v1/feishu/config", CONFIG)
    for click_id, state in (("waits", "received"), ("gone", "dead"), ("ended", "ignored")):
        received(
            world,
            click_id,
            type="button.clicked",
            state=state,
            source=FeishuButton.source,
            subject="bascn1:tbl1:rec1",
            payload=json.dumps({"button_id": "b1", "user_id": "ou_1"}),
        )
    return admin


def logs(admin: Admin, **query: str) -> list[dict[str, Any]]:
    answer = admin.ask(LOGS, record_id="rec1", **query)
    assert answer.status == 200, answer.body
    return answer.body["data"]["items"]


def test_a_click_that_failed_is_shown_with_the_message_of_its_error(admin: Admin) -> None:
    shown = {entry["status"]: entry.get("message") for entry in logs(admin)}
    assert isinstance(shown.pop(3), str)
    assert shown == {0: None, 2: None}


@pytest.mark.parametrize(("status", "found"), [("0", 1), ("1", 0), ("2", 1), ("3", 1)])
def test_clicks_are_listed_by_status(admin: Admin, status: str, found: int) -> None:
    answer = admin.ask(LOGS, record_id="rec1", status=status)
    assert answer.status == 200
    assert [entry["status"] for entry in answer.body["data"]["items"]] == [int(status)] * found


@pytest.mark.parametrize("status", ["4", "-1", "failed"])
def test_a_status_that_does_not_exist_is_named(admin: Admin, status: str) -> None:
    answer = admin.ask(LOGS, record_id="rec1", status=status)
    reasons = answer.body["fields"]
    assert (answer.status, list(reasons)) == (400, ["status"])
    assert "Extra inputs" not in reasons["status"]


def test_a_clerk_request_without_headers_is_told_of_clerks_own(world: World) -> None:
    event = webhook("clerk", {"type": "user.created"}, world.clock.timestamp())
    event["headers"] = {
        name: value for name, value in event["headers"].items() if not name.startswith(("svix-", "webhook-"))
    }
    answer = world.receive(event)
    assert (answer.status, "svix-" in answer.body["message"]) == (401, True)
