"""Messages, cards, calendar, tasks, contacts and files, as our client and Lark's own SDK both have them."""

import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sandbox.lark.contacts import Person
from sandbox.lark.openapi import OpenApi
from sandbox.lark.scopes import EVERY_SCOPE
from sandbox.lark.tasks import PERSON
from sandbox.routing import Router
from sandbox.server import SandboxServer
from sandbox.transport import RouterTransport
from tests.support.clock import SimulatedClock
from tests.support.lark_api_clients import LarkApis, OurApis, code_of
from tests.support.lark_sdk_apis import APP_ID, APP_SECRET, SdkApis

NINE = datetime(2026, 9, 2, 2, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
KEY = "25fdf41b-8c80-2ce1-e94c-de8b5e7aa7e6"
SHARED = {"config": {"update_multi": True}, "elements": []}
DONE = {"config": {"update_multi": True}, "elements": [{"tag": "hr"}]}


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
    api = OpenApi(clock.timestamp, APP_ID, [APP_SECRET])
    api.bases.put("app1", "tbl1", "rec1", {})
    return api


@pytest.fixture
def user_token(lark: OpenApi) -> str:
    return lark.tokens.user_tokens.issue(PERSON, EVERY_SCOPE)


@pytest.fixture
def sdk_client(sdk: Any, lark: OpenApi, clock: SimulatedClock, user_token: str) -> Iterator[LarkApis]:
    with SandboxServer("127.0.0.1", 0, Router(lark.routes())).running() as url:
        yield SdkApis(sdk, url, clock, user_token)
    sdk.core.token.TokenManager.cache.set(f"self_tenant_token:{APP_ID}", "", 0)


@pytest.fixture
def our_client(lark: OpenApi, clock: SimulatedClock, user_token: str) -> LarkApis:
    return OurApis(RouterTransport(Router(lark.routes())), clock, user_token)


@pytest.fixture(params=["our_client", "sdk_client"])
def client(request: pytest.FixtureRequest) -> LarkApis:
    return request.getfixturevalue(request.param)


def test_a_reply_goes_where_the_message_is_once(client: LarkApis, lark: OpenApi) -> None:
    question = lark.messages.receive("oc_1", "Mấy giờ ạ?")
    ids = [client.reply(question, "9 giờ", "uuid-1", in_thread=True) for _ in range(2)]
    (sent,) = lark.messages.sent
    assert ids == [sent.message_id] * 2
    assert (sent.receive_id, sent.parent_id, sent.in_thread) == ("oc_1", question, True)
    assert sent.content == {"text": "9 giờ"}


def test_a_reply_to_nothing_is_refused(client: LarkApis) -> None:
    assert code_of(lambda: client.reply("om_x", "9 giờ", "uuid-1")) == 230001


def test_a_pressed_card_is_updated_twice_within_half_an_hour(
    client: LarkApis, lark: OpenApi, clock: SimulatedClock
) -> None:
    message_id = client.send_card("ou_1", SHARED, "uuid-1")
    used, late = lark.cards.press(message_id), lark.cards.press(message_id)
    for _ in range(2):
        client.update_card(used, DONE)
    assert [(one.message_id, one.card) for one in lark.cards.updates] == [(message_id, DONE)] * 2
    assert code_of(lambda: client.update_card(used, DONE)) == 300040
    clock.advance(minutes=30)
    assert code_of(lambda: client.update_card(late, DONE)) == 300030
    assert code_of(lambda: client.update_card("c-x", DONE)) == 300020


def test_a_card_is_patched_for_everybody(client: LarkApis, lark: OpenApi) -> None:
    message_id = client.send_card("ou_1", SHARED, "uuid-1")
    client.patch_card(message_id, DONE)
    (update,) = lark.cards.updates
    assert (update.message_id, update.card) == (message_id, DONE)
    assert code_of(lambda: client.patch_card(message_id, {"elements": []})) == 230001


@pytest.mark.parametrize(("start", "end"), [(NINE, TEN), (date(2026, 9, 2), date(2026, 9, 3))])
def test_an_event_is_made_once_and_found(client: LarkApis, start: Any, end: Any) -> None:
    calendar_id = client.primary_calendar()
    ids = [client.create_event(calendar_id, "Buổi học thử", start, end, KEY) for _ in range(2)]
    assert ids[0] == ids[1]
    assert client.events(calendar_id, NINE, TEN) == [("Buổi học thử", start, end)]
    assert client.events(calendar_id, NINE - timedelta(days=2), NINE - timedelta(days=1)) == []


def test_a_calendar_that_does_not_exist_is_refused(client: LarkApis) -> None:
    assert code_of(lambda: client.events("x@group", NINE, TEN)) == 191000
    assert code_of(lambda: client.create_event("x@group", "x", NINE, TEN, KEY)) == 191000


def test_an_event_that_ends_before_it_starts_is_refused(client: LarkApis) -> None:
    calendar_id = client.primary_calendar()
    assert code_of(lambda: client.create_event(calendar_id, "x", TEN, NINE, KEY)) == 190002


@pytest.mark.parametrize("due", [NINE + timedelta(seconds=1), date(2026, 9, 2), None])
def test_a_task_is_made_once_and_read(client: LarkApis, lark: OpenApi, due: Any) -> None:
    guids = [client.create_task("Gọi phụ huynh", due, PERSON, KEY) for _ in range(2)]
    assert list(lark.tasks.tasks) == [guids[0]] == [guids[1]]
    assert client.task(guids[0]) == ("Gọi phụ huynh", due, False)


def test_a_task_is_completed_and_reopened_and_nothing_else_changes(client: LarkApis, lark: OpenApi) -> None:
    guid = client.create_task("Gọi", TEN, PERSON, KEY)
    made = lark.tasks.tasks[guid]
    client.complete_task(guid)
    assert client.task(guid) == ("Gọi", TEN, True)
    client.reopen_task(guid)
    assert lark.tasks.tasks[guid] == made


def test_a_task_that_does_not_exist_is_refused(client: LarkApis) -> None:
    assert code_of(lambda: client.complete_task("no-such-task")) == 1470404
    assert code_of(lambda: client.task("no-such-task")) == 1470404


def test_a_person_lists_their_tasks(client: LarkApis, lark: OpenApi) -> None:
    guids = [client.create_task(summary, None, PERSON, f"key-{summary}") for summary in "abcde"]
    client.create_task("not mine", None, "ou_other", "key-other")
    client.complete_task(guids[1])
    assert client.my_tasks() == ["a", "b", "c", "d", "e"]
    assert client.my_tasks(completed=True) == ["b"]
    assert client.my_tasks(completed=False) == ["a", "c", "d", "e"]
    lark.tokens.user_tokens.revoke_all(PERSON)
    assert code_of(client.my_tasks) == 99991668


def test_people_are_found(client: LarkApis, lark: OpenApi) -> None:
    lark.contacts.people.append(
        Person("ou_lan", "on_lan", "lan01", "Trần Thị Lan", "lan@school.test", "+84900000001")
    )
    lark.contacts.invisible_fields.add("mobile")
    assert client.person("lan01", "user_id") == ("Trần Thị Lan", None)
    assert client.ids_of(["lan@school.test", "x@school.test"], ["+84900000001"]) == {
        "lan@school.test": "ou_lan",
        "+84900000001": "ou_lan",
    }
    assert code_of(lambda: client.person("ou_x", "open_id")) == 41012
    lark.contacts.out_of_range.add("ou_lan")
    assert code_of(lambda: client.person("ou_lan", "open_id")) == 41050


def test_a_base_is_subscribed_to_until_it_is_not(client: LarkApis, lark: OpenApi) -> None:
    assert not client.is_subscribed("app1")
    client.subscribe("app1")
    assert (client.is_subscribed("app1"), lark.files.subscribed) == (True, {"app1"})
    client.unsubscribe("app1")
    assert not client.is_subscribed("app1")
    assert code_of(lambda: client.subscribe("no-base")) == 1069604
    lark.files.unmanaged.add("app1")
    assert code_of(lambda: client.subscribe("app1")) == 1069603
