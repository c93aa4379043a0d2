"""Lark as a person, as our client and Lark's own SDK both have it.

lark-oapi 1.7.5 has no call for who the bot is, and none for finding people by name; there its plain request
is made to the same routes.
"""

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.lark.bot import BOT_ID
from sandbox.lark.contacts import PEOPLE
from sandbox.lark.openapi import OpenApi
from sandbox.lark.scopes import EVERY_SCOPE
from sandbox.routing import Router
from sandbox.server import SandboxServer
from sandbox.transport import RouterTransport
from tests.support.clock import SimulatedClock
from tests.support.lark_api_clients import code_of
from tests.support.lark_people_clients import LarkPeople, OurPeople
from tests.support.lark_sdk_apis import APP_ID, APP_SECRET
from tests.support.lark_sdk_people import SdkPeople

AN, NAMESAKE, HUONG = PEOPLE
NINE = datetime(2026, 9, 1, 2, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def sdk() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lark_oapi

        return lark_oapi


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def lark(clock: SimulatedClock) -> OpenApi:
    return OpenApi(clock.timestamp, APP_ID, [APP_SECRET])


@pytest.fixture
def user_token(lark: OpenApi, request: pytest.FixtureRequest) -> str:
    return lark.tokens.user_tokens.issue(AN.open_id, getattr(request, "param", EVERY_SCOPE))


@pytest.fixture
def sdk_client(sdk: Any, lark: OpenApi, user_token: str) -> Iterator[LarkPeople]:
    with SandboxServer("127.0.0.1", 0, Router(lark.routes())).running() as url:
        yield SdkPeople(sdk, url, user_token)
    sdk.core.token.TokenManager.cache.set(f"self_tenant_token:{APP_ID}", "", 0)


@pytest.fixture
def our_client(lark: OpenApi, clock: SimulatedClock, user_token: str) -> LarkPeople:
    return OurPeople(RouterTransport(Router(lark.routes())), clock, user_token)


@pytest.fixture(params=["our_client", "sdk_client"])
def client(request: pytest.FixtureRequest) -> LarkPeople:
    return request.getfixturevalue(request.param)


@pytest.mark.usefixtures("user_token")
@pytest.mark.parametrize("user_token", [["offline_access", "task:tasklist:read"]], indirect=True)
def test_a_person_who_has_not_agreed_is_refused(client: LarkPeople) -> None:
    assert client.task_lists() == []
    assert code_of(client.primary) == 99991679


def test_a_token_that_has_ended_and_an_app_without_the_scope_are_refused(
    client: LarkPeople, lark: OpenApi
) -> None:
    lark.tokens.user_tokens.revoke_all(AN.open_id)
    assert code_of(client.primary) == 99991668
    lark.tokens.user_tokens.app_scopes.clear()
    assert code_of(lambda: client.react("om_1", "OK")) == 99991672


def test_a_bot_knows_itself(client: LarkPeople) -> None:
    assert client.bot() == BOT_ID


def test_a_reaction_comes_and_goes(client: LarkPeople, lark: OpenApi) -> None:
    question = lark.messages.receive("oc_1", "?")
    reaction_id = client.react(question, "Typing")
    assert lark.reactions.shown(question) == ["Typing"]
    client.unreact(question, reaction_id)
    assert lark.reactions.shown(question) == []
    assert code_of(lambda: client.react(question, "typing")) == 231001
    lark.messages.recalled.add(question)
    assert code_of(lambda: client.react(question, "OK")) == 231003


def test_a_message_is_read(client: LarkPeople, lark: OpenApi) -> None:
    question = lark.messages.receive("oc_1", "?", sender="ou_7")
    assert client.message(question) == ("ou_7", "oc_1", {"text": "?"}, False)
    lark.messages.recalled.add(question)
    assert client.message(question)[3]
    assert code_of(lambda: client.message("om_x")) == 230001


def test_only_the_bots_own_message_is_recalled(client: LarkPeople, lark: OpenApi) -> None:
    question = lark.messages.receive("oc_1", "?", sender="ou_7")
    assert code_of(lambda: client.recall(question)) == 230026
    ours = lark.messages.receive("oc_1", "!", sender="")
    client.recall(ours)
    assert lark.messages.recalled == {ours}


def test_people_are_found_by_name(client: LarkPeople, lark: OpenApi) -> None:
    assert client.search("nguyễn văn an") == [(AN.open_id, AN.name), (NAMESAKE.open_id, NAMESAKE.name)]
    lark.contacts.resigned.add(NAMESAKE.open_id)
    assert client.search("Nguyễn") == [(AN.open_id, AN.name)]


def test_a_department_has_a_name(client: LarkPeople) -> None:
    assert client.department("od_teachers") == "Tổ Giáo viên"
    assert code_of(lambda: client.department("od_gone")) == 41017


def test_a_person_has_a_calendar(client: LarkPeople) -> None:
    assert (client.primary(), "primary") in client.calendars()


def test_an_event_is_made_changed_and_cancelled(client: LarkPeople, lark: OpenApi) -> None:
    own = client.primary()
    event_id = client.create(own, "Họp", NINE, TEN, "Phòng 2")
    stored = lark.calendar.calendars[own][event_id]
    assert (stored["location"], stored["start_time"]["timezone"]) == ({"name": "Phòng 2"}, "Asia/Ho_Chi_Minh")
    assert client.rename(own, event_id, "Họp phụ huynh") == "Họp phụ huynh"
    assert client.instances(own, NINE, TEN) == [("Họp phụ huynh", NINE)]
    client.cancel(own, event_id)
    assert client.instances(own, NINE, TEN) == []


def test_an_event_that_repeats_is_there_each_time(client: LarkPeople, lark: OpenApi) -> None:
    own = client.primary()
    event_id = client.create(own, "Họp", NINE, TEN, "Phòng 2")
    lark.calendar.calendars[own][event_id]["recurrence"] = "FREQ=DAILY;COUNT=3"
    days = [NINE + number * timedelta(days=1) for number in range(3)]
    assert client.instances(own, NINE, NINE + WEEK) == [("Họp", day) for day in days]


def test_people_are_invited_once_and_are_busy_then(client: LarkPeople, lark: OpenApi) -> None:
    own = client.primary()
    event_id = client.create(own, "Họp", NINE, TEN, "Phòng 2")
    invited = [(HUONG.open_id, HUONG.name)]
    assert [client.invite(own, event_id, [HUONG.open_id]) for _ in range(2)] == [invited] * 2
    assert client.busy(HUONG.open_id, NINE, NINE + WEEK) == [(NINE, TEN)]
    assert client.all_busy([AN.open_id, NAMESAKE.open_id], NINE, NINE + WEEK) == {
        AN.open_id: [(NINE, TEN)],
        NAMESAKE.open_id: [],
    }
    lark.contacts.resigned.add(HUONG.open_id)
    assert code_of(lambda: client.busy(HUONG.open_id, NINE, TEN)) == 195100
    assert code_of(lambda: client.invite(own, event_id, [HUONG.open_id])) == 195100


def test_a_task_is_made_changed_and_deleted(client: LarkPeople, lark: OpenApi) -> None:
    guid = client.make_task("Gọi", "Sau 17 giờ", HUONG.open_id, AN.open_id)
    members = [(one["id"], one["role"]) for one in lark.tasks.tasks[guid]["members"]]
    assert members == [(HUONG.open_id, "assignee"), (AN.open_id, "follower")]
    assert client.change_task(guid, "Nhắn", cleared="description") == ("Nhắn", "")
    lark.tasks.forbidden.add(guid)
    assert code_of(lambda: client.delete_task(guid)) == 1470403
    lark.tasks.forbidden.clear()
    client.delete_task(guid)
    assert lark.tasks.tasks == {}


def test_a_list_has_sections_and_tasks(client: LarkPeople, lark: OpenApi) -> None:
    guid = lark.tasks.lists.put("Lớp 3A", AN.open_id)
    section = lark.tasks.lists.put_section(guid, "Tuần này")
    for summary, place in (("Gọi", None), ("Nhắn", section)):
        lark.tasks.lists.add(client.make_task(summary, "", AN.open_id, HUONG.open_id), guid, place)
    assert client.task_lists() == [(guid, "Lớp 3A")]
    assert client.tasks_of_list(guid) == ["Gọi", "Nhắn"]
    assert client.sections(guid)[1] == (section, "Tuần này", False)
    assert client.tasks_of_section(section) == ["Nhắn"]
    theirs = lark.tasks.lists.put("Kế toán", HUONG.open_id)
    assert code_of(lambda: client.tasks_of_list(theirs)) == 1470403
    assert code_of(lambda: client.sections("g")) == 1470404
