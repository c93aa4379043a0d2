"""What the admin API shows of content and users."""

from typing import Any, cast
from urllib.parse import quote

import pytest

from larkbridge.clock import to_text
from larkbridge.store.content import Content, ContentStore, content_id
from larkbridge.store.entities import Row
from larkbridge.store.users import User, UserStore
from tests.support.admin import Admin
from tests.support.aws_faults import aws_fails
from tests.support.clock import START
from tests.support.world import World

LIST = "GET /v1/content"
OF_CHANNEL = "GET /v1/content/channel/{channelId}"
USER = "GET /v1/users/{userId}"


@pytest.fixture
def admin(world: World) -> Admin:
    return Admin(world)


def written(world: World, channel_id: str = "channel-1", **fields: Any) -> dict[str, Any]:
    """Store what was written for a channel, a second after the one before, and return what is shown of it."""
    content = {
        "contentId": content_id(channel_id),
        "channelId": channel_id,
        "title": "Lịch khai giảng",
        "body": "Lớp Chồi 2B bắt đầu ngày 5 tháng 10.",
        "category": "thông báo",
        "metadata": {"ai_model": "model-1", "score": 0.5, "tags": []},
        "source": "modelriver",
        "createdAt": to_text(world.clock.now()),
        "eventName": "content_ready",
        **fields,
    }
    ContentStore(world.environ["CONTENT_TABLE"]).add(cast("Content", content), "modelriver#1")
    world.clock.advance(seconds=1)
    return content


@pytest.mark.parametrize("route", [OF_CHANNEL, USER])
@pytest.mark.parametrize("item_id", ["unknown", " ", "%00", "é", "x" * 3000, "../x"])
def test_unknown_one_is_404(admin: Admin, route: str, item_id: str) -> None:
    answer = admin.ask(route, item_id)
    assert (answer.status, answer.body["error"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"limit": "0"}, {"limit"}),
        ({"limit": "101"}, {"limit"}),
        ({"cursor": "next"}, {"cursor"}),
        ({"channelId": "x", "limit": "many"}, {"channelId", "limit"}),
    ],
)
def test_wrong_parameters_are_400_and_named(admin: Admin, query: dict[str, str], named: set[str]) -> None:
    answer = admin.ask(LIST, **query)
    assert (answer.status, set(answer.body["fields"])) == (400, named)


@pytest.mark.parametrize("route", [LIST, OF_CHANNEL, USER])
def test_unreadable_store_is_500_with_an_id_and_nothing_else(admin: Admin, route: str) -> None:
    with aws_fails("dynamodb", "Query"), aws_fails("dynamodb", "GetItem"):
        answer = admin.ask(route, "channel-1")
    assert (answer.status, answer.body.keys()) == (500, {"error", "message", "requestId"})


def test_list_is_empty_at_first(admin: Admin) -> None:
    assert admin.ask(LIST).body == {"items": [], "cursor": None}


def test_list_shows_everything_newest_first(world: World, admin: Admin) -> None:
    stored = [written(world, f"channel-{n}") for n in range(3)]
    assert admin.ask(LIST).body == {"items": stored[::-1], "cursor": None}


def test_pages_cover_more_than_a_hundred_once_while_new_ones_arrive(world: World, admin: Admin) -> None:
    stored = [written(world, f"channel-{n}") for n in range(103)]
    pages = admin.pages(LIST, {"limit": "100"}, lambda: written(world, to_text(world.clock.now())))
    assert [len(page) for page in pages] == [100, 3]
    assert [item for page in pages for item in page] == stored[::-1]


def test_page_of_long_texts_ends_before_it_is_too_large_to_be_answered(world: World, admin: Admin) -> None:
    stored = [written(world, f"channel-{n}", body="a" * 300_000) for n in range(6)]
    pages = admin.pages(LIST, {"limit": "100"})
    assert [len(page) for page in pages] == [4, 2]
    assert [item["contentId"] for page in pages for item in page] == [
        one["contentId"] for one in stored[::-1]
    ]


def test_content_of_a_channel_is_shown(world: World, admin: Admin) -> None:
    written(world, "another")
    stored = written(world, "kênh #1/2026")
    assert admin.ask(OF_CHANNEL, quote("kênh #1/2026", safe="")).body == stored


def test_content_without_the_name_of_an_event_has_null_there(world: World, admin: Admin) -> None:
    stored = written(world, eventName=None)
    assert stored["eventName"] is None
    assert admin.ask(OF_CHANNEL, "channel-1").body == stored


def put_user(world: World, version: str, **fields: Any) -> None:
    user = cast("User", {"userId": "user_1", **fields})
    assert UserStore(world.environ["USERS_TABLE"]).put(Row(user, version, f"clerk#{version}"))


def test_user_is_shown(world: World, admin: Admin) -> None:
    moment = to_text(START)
    user = {
        "name": "Phạm Khánh Chi",
        "email": "chi@giadinh.example",
        "createdAt": moment,
        "updatedAt": moment,
    }
    put_user(world, "1", **user)
    assert admin.ask(USER, "user_1").body == {"userId": "user_1"} | user


def test_what_is_not_known_of_a_user_is_null(world: World, admin: Admin) -> None:
    put_user(world, "1", createdAt=to_text(START), updatedAt=to_text(START))
    shown = admin.ask(USER, "user_1").body
    assert (shown["name"], shown["email"]) == (None, None)


def test_deleted_user_is_404(world: World, admin: Admin) -> None:
    put_user(world, "1", createdAt=to_text(START), updatedAt=to_text(START), email="chi@giadinh.example")
    put_user(world, "2", deleted=True, deletedAt=to_text(START))
    assert admin.ask(USER, "user_1").status == 404
