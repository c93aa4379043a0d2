"""People ask the bot for a change in simulated Lark, and press: the whole bundle, the model scripted."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from larkbridge.settings import ChatAgentSettings
from larkbridge.store.grants import LARK_USER, Owner
from larkbridge.token_pair import TokenPair
from larkbridge.wiring.vault import token_vault
from sandbox.anthropic_api import AnthropicApi
from sandbox.faults import Fault
from sandbox.lark.scopes import EVERY_SCOPE
from sandbox.routing import Router
from sandbox.server import SandboxServer
from tests.support.aws import SECRETS
from tests.support.chat_world import AN, GROUP, HUONG, OWN, ChatWorld
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.world import World

KEY = "sk-ant-test"
TASK = {"name": "create_task", "input": {"title": "Gọi chị Lan", "due": "2026-12-04"}}
ASKED = "Tôi đã gửi thẻ xác nhận, bạn bấm giúp tôi nhé."


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
        connect(chat, EVERY_SCOPE)
        model.write({"round": 0, "calls": [TASK], "times": 0}, {"says": ASKED, "times": 0})
        yield chat


def connect(chat: ChatWorld, scopes: Any) -> None:
    """Store An's grant, as after the way through Lark."""
    vault = token_vault(ChatAgentSettings(chat.world.environ).vault, chat.world.parts())
    token = chat.lark.tokens.user_tokens.issue(AN, scopes)
    expires_at = chat.world.clock.now() + timedelta(hours=2)
    vault.keep(Owner(LARK_USER, AN), TokenPair(token, expires_at, "", None, tuple(scopes)))


def tasks(chat: ChatWorld) -> list[str]:
    return [task["summary"] for task in chat.lark.tasks.tasks.values()]


def press(chat: ChatWorld, label: str, *, who: str = AN) -> None:
    """Press a button of the card that has it in An's own chat, and let everything follow."""
    (line,) = [line for line in chat.lark.chat_view.lines(OWN) if label in line.buttons]
    chat.world.clock.advance(seconds=1)
    chat.chats.press(who, line.message_id, label)
    chat.settle()


def test_what_the_model_asks_is_done_when_the_person_presses(chat: ChatWorld, model: AnthropicApi) -> None:
    chat.say("Nhắc tôi gọi chị Lan ngày 4/12")
    card, answer = chat.heard()
    assert "Hạn: Thứ Sáu 04/12/2026" in card
    assert answer == ASKED
    assert tasks(chat) == []
    (result,) = model.requests[-1].body["messages"][-1]["content"]
    assert json.loads(result["content"])["asked"] == "Tạo công việc"

    press(chat, "Đồng ý")
    assert tasks(chat) == ["Gọi chị Lan"]
    assert chat.heard()[0].startswith("Đã xong")
    assert len(chat.heard()) == 2
    asked_of_the_model = len(model.requests)

    press(chat, "Hoàn tác")
    assert tasks(chat) == []
    assert len(model.requests) == asked_of_the_model


def test_the_next_question_knows_what_came_of_it(chat: ChatWorld, model: AnthropicApi) -> None:
    chat.say("Nhắc tôi gọi chị Lan ngày 4/12")
    press(chat, "Không")
    chat.say("Xong chưa?")
    told = json.dumps(model.requests[-1].body["messages"], ensure_ascii=False)
    assert "Tôi đã bấm “Không” trên thẻ: Tạo công việc." in told
    assert tasks(chat) == []


def test_a_stop_after_a_press_does_not_leave_the_card_between(chat: ChatWorld) -> None:
    chat.say("Nhắc tôi gọi chị Lan ngày 4/12")
    (line,) = [line for line in chat.lark.chat_view.lines(OWN) if line.buttons]
    chat.world.clock.advance(seconds=1)
    chat.chats.press(AN, line.message_id, "Đồng ý")
    chat.world.clock.advance(seconds=1)
    chat.say("dừng")
    assert chat.heard()[0].startswith("Đã xong")
    assert tasks(chat) == ["Gọi chị Lan"]


def test_a_press_that_comes_a_quarter_of_an_hour_late_does_nothing(chat: ChatWorld) -> None:
    chat.say("Nhắc tôi gọi chị Lan ngày 4/12")
    (line,) = [line for line in chat.lark.chat_view.lines(OWN) if line.buttons]
    chat.chats.press(AN, line.message_id, "Đồng ý")
    chat.world.clock.advance(minutes=16)
    chat.settle()
    assert tasks(chat) == []
    assert "Đồng ý" in chat.lark.chat_view.lines(OWN)[1].buttons


def test_in_a_group_others_see_neither_card_nor_title(chat: ChatWorld) -> None:
    chat.say("@bot nhắc tôi gọi chị Lan ngày 4/12", chat=GROUP)
    assert "chị Lan" not in "".join(chat.heard(GROUP))
    press(chat, "Đồng ý")
    assert tasks(chat) == ["Gọi chị Lan"]


def test_somebody_else_presses_in_vain(chat: ChatWorld) -> None:
    chat.say("Nhắc tôi gọi chị Lan ngày 4/12")
    press(chat, "Đồng ý", who=HUONG)
    assert tasks(chat) == []
    press(chat, "Đồng ý")
    assert tasks(chat) == ["Gọi chị Lan"]


def test_who_has_not_agreed_to_writing_gets_the_link_and_no_card(chat: ChatWorld) -> None:
    connect(chat, ("task:task:read",))
    chat.say("Nhắc tôi gọi chị Lan ngày 4/12")
    (answer,) = chat.heard()
    assert "https://larkbridge.test/oauth/start?t=" in answer
    assert not [line for line in chat.lark.chat_view.lines(OWN) if line.buttons]


def test_a_press_that_is_tried_in_vain_ends_on_the_card_and_says_nothing_beside_it(chat: ChatWorld) -> None:
    chat.say("Nhắc tôi gọi chị Lan ngày 4/12")
    chat.lark.tasks.faults.set(Fault("answer_lost"))
    press(chat, "Đồng ý")
    for _ in range(5):
        chat.world.clock.advance(minutes=3)
        chat.settle()
    card, answer = chat.heard()
    assert "Tôi không chắc việc này đã được thực hiện hay chưa" in card
    assert answer == ASKED
    assert tasks(chat) == ["Gọi chị Lan"]
    assert (len(chat.queue), len(chat.given_up)) == (0, 0)


def test_a_press_while_lark_is_down_for_a_moment_is_carried_out_once(chat: ChatWorld) -> None:
    chat.say("Nhắc tôi gọi chị Lan ngày 4/12")
    chat.lark.tasks.faults.set(Fault("answer_lost", times=1))
    chat.lark.cards.faults.set(Fault("down", times=2))
    press(chat, "Đồng ý")
    chat.world.clock.advance(minutes=3)
    chat.settle()
    assert chat.heard()[0].startswith("Đã xong")
    assert tasks(chat) == ["Gọi chị Lan"]


def test_what_a_press_costs(chat: ChatWorld) -> None:
    chat.say("Nhắc tôi gọi chị Lan ngày 4/12")
    (line,) = [line for line in chat.lark.chat_view.lines(OWN) if line.buttons]
    chat.chats.press(AN, line.message_id, "Đồng ý")
    chat.lark.events.deliver_due()
    chat.world.wake()
    with chat.world.watch() as calls:
        assert chat.take_turn()
    assert calls.count("dynamodb") <= 9
    assert calls.count("POST") + calls.count("PATCH") <= 2
