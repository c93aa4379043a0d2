"""People ask in simulated Lark, and the whole bot answers through the model's own library."""

import json
import re
from collections.abc import Iterator

import pytest

from larkbridge.agent.chat_texts import VI
from larkbridge.store.connect_requests import ConnectRequestStore
from sandbox.anthropic_api import AnthropicApi
from sandbox.routing import Router
from sandbox.server import SandboxServer
from tests.support.aws import SECRETS
from tests.support.chat_world import AN, GROUP, HUONG, OWN, ChatWorld
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.output import captured
from tests.support.world import World

KEY = "sk-ant-test"
EVENT_SCOPE = "calendar:calendar.event:read"
DAYS = {"name": "days", "input": {}}
EVENTS = {"name": "my_events", "input": {"start": "2026-09-02", "end": "2026-09-02"}}


@pytest.fixture
def model(world: World) -> AnthropicApi:
    api = world.simulators.anthropic
    api.accept([KEY])
    return api


@pytest.fixture
def chat(world: World, account: MemoryAccount, model: AnthropicApi) -> Iterator[ChatWorld]:
    world.put_secrets(SECRETS | {"ANTHROPIC_API_KEY": KEY})
    chat = ChatWorld(world, account)
    with SandboxServer("127.0.0.1", 0, Router(model.routes())).running() as url:
        chat.restart(ANTHROPIC_BASE_URL=url, LARK_OAUTH_REDIRECT_URI="https://larkbridge.test/oauth/callback")
        yield chat


def test_a_model_that_says_no_is_one_plain_answer(chat: ChatWorld, model: AnthropicApi) -> None:
    model.write({"error": "permission_error"})

    chat.say("Thứ Bảy này là ngày mấy?")

    assert len(chat.heard()) == 1
    assert "quản trị viên" in chat.heard()[0]


def test_a_question_is_answered_with_what_a_tool_says(chat: ChatWorld, model: AnthropicApi) -> None:
    model.write({"round": 0, "calls": [DAYS]}, {"says": "Thứ Bảy này là **05/09**."})

    chat.say("Thứ Bảy này là ngày mấy?")

    assert chat.heard() == ["Thứ Bảy này là **05/09**."]
    (result,) = model.requests[-1].body["messages"][-1]["content"]
    assert "Thứ Bảy 05/09/2026" in result["content"]


def test_commands_do_without_the_model_and_new_makes_it_forget(chat: ChatWorld, model: AnthropicApi) -> None:
    model.write({"says": "Vâng.", "times": 0})

    chat.say("Tôi dạy lớp M3A")
    chat.say("/mới")
    chat.say("Tôi dạy lớp nào?")
    chat.say("/trạng thái")

    assert [len(one.body["messages"]) for one in model.requests] == [1, 1]
    assert VI.model_ready.format(model="claude-sonnet-5-5") in chat.heard()[-1]


def test_in_a_group_each_is_answered_out_of_their_own_memory(chat: ChatWorld, model: AnthropicApi) -> None:
    model.write({"says": "Vâng.", "times": 0})

    chat.say("@bot Tôi dạy lớp M3A", chat=GROUP)
    chat.say("@bot An dạy lớp nào?", chat=GROUP, who=HUONG)

    assert chat.heard(GROUP) == ["Vâng.", "Vâng."]
    assert "M3A" not in str(model.requests[-1].body["messages"])


def test_what_is_asked_in_an_answers_thread_goes_on_with_the_question(
    chat: ChatWorld, model: AnthropicApi
) -> None:
    model.write({"says": "Vâng.", "times": 0})

    chat.say("@bot Tôi dạy lớp M3A", chat=GROUP)
    answer = chat.lark.chat_view.lines(GROUP)[-1]
    chat.say("@bot Tôi dạy lớp nào?", chat=GROUP, reply_to=answer.message_id)

    assert "M3A" in str(model.requests[-1].body["messages"])


def test_nobody_reads_through_the_bot_what_they_may_not_see(chat: ChatWorld, model: AnthropicApi) -> None:
    chat.connect()
    at = chat.world.clock.timestamp() + 24 * 3600
    times = {"start_time": {"timestamp": f"{at:.0f}"}, "end_time": {"timestamp": f"{at + 3600:.0f}"}}
    chat.lark.calendar.put(chat.lark.calendar.primary_of(AN), {"summary": "Khám răng"} | times)
    model.write(
        {"when": "lịch của tôi", "round": 0, "calls": [EVENTS]},
        {"when": "lịch của tôi", "round": 1, "says": "Mai bạn khám răng lúc 9 giờ."},
        {"when": "An có lịch gì", "round": 0, "calls": [EVENTS]},
        {"when": "An có lịch gì", "says": "Tôi không biết.", "times": 0},
    )

    asked = chat.say("@bot Mai lịch của tôi thế nào?", chat=GROUP)
    chat.say("@bot Mai An có lịch gì?", chat=GROUP, who=HUONG, reply_to=asked)
    chat.say("@bot An có lịch gì?", chat=GROUP, who=HUONG, reply_to=asked)

    assert "Khám răng" in str(model.requests[1].body["messages"])
    assert chat.heard() == ["Mai bạn khám răng lúc 9 giờ."]
    assert "răng" not in "".join(chat.heard(GROUP))
    hers = [one.body["messages"] for one in model.requests if "An có lịch gì" in str(one.body["messages"])]
    assert len(hers) == 2
    assert "răng" not in str(hers).lower()


def test_a_message_is_answered_once_however_often_it_comes(chat: ChatWorld, model: AnthropicApi) -> None:
    model.write({"says": "Vâng.", "times": 0})

    chat.say("Chào bạn")
    chat.lark.events.deliver_due()
    chat.settle()

    assert (chat.heard(), len(model.requests)) == (["Vâng."], 1)


def test_a_question_that_needs_a_connection_is_answered_once_there_is_one(
    chat: ChatWorld, model: AnthropicApi
) -> None:
    model.write({"round": 0, "calls": [EVENTS], "times": 2}, {"round": 1, "says": "Mai bạn không có lịch."})
    chat.say("@bot Mai tôi có lịch gì?", chat=GROUP)
    (asked,) = chat.heard()
    found = re.search(r"/oauth/start\?t=([\w-]+)", asked)
    assert found
    request = ConnectRequestStore(chat.world.environ["CONNECT_REQUESTS_TABLE"]).get(
        found[1], chat.world.clock.now()
    )
    assert request
    assert EVENT_SCOPE in request.scopes

    chat.connect()
    chat.world.clock.advance(minutes=3)
    again = request.turn.taken_up_again("connected", chat.world.clock.now())
    chat.queue.send(again.to_json(), again.group, again.deduplication_id)
    chat.settle()

    assert chat.heard() == [asked, "Mai bạn không có lịch."]
    assert chat.heard(GROUP) == [VI.answered_privately] * 2


def test_a_question_costs_few_requests_beside_its_tools_own(chat: ChatWorld, model: AnthropicApi) -> None:
    model.write({"round": 0, "calls": [DAYS, DAYS]}, {"round": 1, "calls": [DAYS]}, {"says": "Thứ Tư."})
    chat.chats.say(OWN, AN, "Mai là thứ mấy?")
    chat.lark.events.deliver_due()
    chat.world.wake()

    with chat.world.watch() as calls:
        assert chat.take_turn()

    assert chat.heard() == ["Thứ Tư."]
    assert calls.count("dynamodb") <= 6


def test_no_log_line_has_what_was_asked_answered_or_found(chat: ChatWorld, model: AnthropicApi) -> None:
    model.write(
        {"error": "overloaded_error"},
        {"round": 0, "calls": [DAYS, {"name": "bí-mật-4", "input": {"name": "bí mật 1"}}]},
        {"error": "permission_error", "when": "bí mật 3"},
        {"says": "bí mật 2"},
    )
    with captured() as output:
        chat.say("Bí mật 0 của 0912345678")
        chat.say("Bí mật 3")

    assert "turn ended" in output.text
    assert "model refuses" in output.text
    for secret in ("mật", "0912345678", KEY, "Thứ Bảy"):
        assert secret not in output.text
        assert json.dumps(secret)[1:-1] not in output.text
