"""What the owner of an API key sees of clicks on buttons in Lark Base."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from larkbridge.clock import to_text
from larkbridge.inbound.feishu_button import FeishuButton
from larkbridge.work.outcome import Outcome, Verdict
from tests.support.admin import Admin, handed_over, received
from tests.support.clock import START
from tests.support.world import World

SAVE = "POST /v1/feishu/config"
LOGS = "GET /v1/feishu/webhook/logs"
CONFIG = {
    "app_token": "bascnHoaSen01",
    "table_id": "tblLop3A",
    "webhook_url": "https://receiver.example/clicks?key=1",
}
CLICK = {"button_id": "userBtn", "user_id": "ou_84aad35d084aa403"}


@pytest.fixture
def admin(world: World) -> Admin:
    return Admin(world)


@pytest.fixture
def somebody_else(world: World) -> Admin:
    return Admin(world, owner="another centre")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({}, {"record_id"}),
        ({"record_id": ""}, {"record_id"}),
        ({"record_id": "has:colon"}, {"record_id"}),
        ({"recordId": "rec1"}, {"record_id", "recordId"}),
        ({"record_id": "rec1", "limit": "0"}, {"limit"}),
        ({"record_id": "rec1", "limit": "51"}, {"limit"}),
        ({"record_id": "rec1", "cursor": "next"}, {"cursor"}),
    ],
)
def test_wrong_parameters_of_logs_are_400_and_named(
    admin: Admin, query: dict[str, str], named: set[str]
) -> None:
    answer = admin.ask(LOGS, **query)
    assert (answer.status, set(answer.body["fields"])) == (400, named)


def clicked(
    world: World, click_id: str = "1", state: str = "received", record_id: str = "rec1", **fields: Any
) -> str:
    """Store a click on a record of the configured table in a state, and return its event's id."""
    subject = f"{CONFIG['app_token']}:{CONFIG['table_id']}:{record_id}"
    fields = {"payload": json.dumps(CLICK), "source": FeishuButton.source, "subject": subject} | fields
    return received(world, click_id, type="button.clicked", state=state, **fields)


def forwarded(
    world: World, event_id: str, state: str, owner: str = "centre", outcome: Outcome | None = None
) -> None:
    handed_over(world, target="button-forward", about=(event_id, owner), state=state, outcome=outcome)


def logs(admin: Admin, **query: str) -> list[dict[str, Any]]:
    answer = admin.ask(LOGS, **{"record_id": "rec1", **query})
    assert (answer.status, answer.body["success"]) == (200, True)
    return answer.body["data"]["items"]


@pytest.fixture
def configured(admin: Admin) -> Admin:
    admin.send(SAVE, CONFIG)
    return admin


def test_who_has_no_configuration_has_no_logs(world: World, admin: Admin, somebody_else: Admin) -> None:
    admin.send(SAVE, CONFIG)
    clicked(world)
    answer = somebody_else.ask(LOGS, record_id="rec1")
    assert answer.body == {"success": True, "data": {"items": [], "cursor": None}}


def test_clicks_on_another_owners_table_are_invisible(
    world: World, configured: Admin, somebody_else: Admin
) -> None:
    somebody_else.send(SAVE, CONFIG | {"table_id": "tblLop4B"})
    clicked(world)
    assert (len(logs(configured)), logs(somebody_else)) == (1, [])


def test_clicks_on_other_records_are_not_shown(world: World, configured: Admin) -> None:
    clicked(world, "1", record_id="rec2")
    assert logs(configured) == []
    assert len(logs(configured, record_id="rec2")) == 1


def test_what_is_no_click_is_not_shown(world: World, configured: Admin) -> None:
    clicked(world, source="github")
    assert logs(configured) == []


def test_click_is_shown_with_who_clicked_what_and_when(world: World, configured: Admin) -> None:
    event_id = clicked(world)
    assert logs(configured) == [
        {
            "event_id": event_id,
            "record_id": "rec1",
            "button_id": "userBtn",
            "user_id": "ou_84aad35d084aa403",
            "status": 0,
            "received_at": to_text(START),
            "processed_at": None,
            "error": None,
            "reason": None,
            "message": None,
            "hint": None,
        }
    ]


def test_click_that_came_in_is_shown(world: World, configured: Admin) -> None:
    config = {name: CONFIG[name] for name in ("app_token", "table_id")}
    timestamp = str(int(world.clock.timestamp()))
    click = config | CLICK | {"record_id": "rec1", "timestamp": timestamp}
    assert world.webhook("feishu-button", click).status == 200
    (shown,) = logs(configured)
    assert (shown["button_id"], shown["user_id"], shown["status"]) == ("userBtn", CLICK["user_id"], 0)


def test_click_without_a_button_has_null_there(world: World, configured: Admin) -> None:
    clicked(world, payload=json.dumps({"user_id": "ou_1"}))
    (shown,) = logs(configured)
    assert (shown["button_id"], shown["user_id"]) == (None, "ou_1")


def test_click_of_which_a_part_is_gone_is_shown_all_the_same(world: World, configured: Admin) -> None:
    clicked(world, payload="", parts=1)
    (shown,) = logs(configured)
    assert (shown["button_id"], shown["user_id"], shown["status"]) == (None, None, 0)


def rejected(reason: str) -> Outcome:
    return Outcome(verdict=Verdict.REJECT, reason=reason)


@pytest.mark.parametrize(
    ("state", "forward", "outcome", "shown"),
    [
        ("received", None, None, (0, None, None)),
        ("processing", None, None, (1, None, None)),
        ("failed", None, None, (1, None, "API_CALL_FAILED")),
        ("dead", None, None, (3, 0, "API_CALL_FAILED")),
        ("ignored", None, None, (2, 0, None)),
        ("success", "pending", None, (1, None, None)),
        ("success", "sending", None, (1, None, None)),
        ("success", "failed", None, (1, None, "API_CALL_FAILED")),
        ("success", "sent", None, (2, 1, None)),
        ("success", "dead", None, (3, 1, "API_CALL_FAILED")),
        ("success", "dead", rejected("no_permission"), (3, 1, "UNAUTHORIZED")),
        ("success", "dead", rejected("token_invalid"), (3, 1, "UNAUTHORIZED")),
        ("success", "dead", rejected("unauthorized"), (3, 1, "UNAUTHORIZED")),
        ("success", "dead", rejected("record_not_found"), (3, 1, "RECORD_NOT_FOUND")),
    ],
)
def test_status_says_where_a_click_stands(
    world: World,
    configured: Admin,
    state: str,
    forward: str | None,
    outcome: Outcome | None,
    shown: tuple[int, int | None, str | None],
) -> None:
    event_id = clicked(world, state=state)
    ended = (to_text(START), to_text(world.clock.now()))
    if forward:
        forwarded(world, event_id, forward, outcome=outcome)
    status, ended_at, error = shown
    (item,) = logs(configured)
    assert (item["status"], item["error"]) == (status, error)
    assert item["processed_at"] == (None if ended_at is None else ended[ended_at])


def test_click_that_was_forwarded_to_another_owner_alone_failed_for_this_one(
    world: World, configured: Admin
) -> None:
    forwarded(world, clicked(world, state="success"), "sent", owner="another centre")
    (item,) = logs(configured)
    assert (item["status"], item["error"]) == (3, "UNAUTHORIZED")


def test_two_owners_of_one_table_see_each_what_they_were_sent(
    world: World, configured: Admin, somebody_else: Admin
) -> None:
    somebody_else.send(SAVE, CONFIG)
    event_id = clicked(world, state="success")
    forwarded(world, event_id, "sent")
    forwarded(world, event_id, "dead", owner="another centre")
    assert [item["status"] for one in (configured, somebody_else) for item in logs(one)] == [2, 3]


def test_logs_are_newest_first_in_pages(world: World, configured: Admin) -> None:
    stored_ids = [clicked(world, str(n)) for n in range(105)]
    late = itertools.count()
    arrive: Callable[[], object] = lambda: clicked(world, f"late_{next(late)}")  # noqa: E731
    pages = configured.pages(LOGS, {"record_id": "rec1", "limit": "50"}, arrive)
    assert [len(page) for page in pages] == [50, 50, 5]
    assert [item["event_id"] for page in pages for item in page] == stored_ids[::-1]
