"""The bot answers every message, obeys commands, and keeps what is personal from a group."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkbridge.agent.chat_texts import EN, VI
from larkbridge.agent.chat_wording import Texts
from larkbridge.agent.protocols import Answer, Excuse
from larkbridge.agent.responder import CommandResponder
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.bot import Bot
from larkbridge.processors.incoming_text import Kind
from larkbridge.store.chat_queue import OUR_ACTION, Mention, TurnKind
from tests.support.agent_world import (
    BOT_INFO,
    LINK,
    ME,
    NO_MODEL,
    AgentWorld,
    no_decisions,
    no_staff_commands,
)
from tests.support.calls import Calls
from tests.support.chat_turns import MENTION_OF_BOT, chat_turn, chosen, said, said_in_group
from tests.support.lark import ScriptedLark, lark_client


@pytest.fixture
def agent(environ: dict[str, str]) -> AgentWorld:
    return AgentWorld(environ)


def test_whether_a_group_means_the_bot_is_not_guessed(agent: AgentWorld) -> None:
    agent.lark = ScriptedLark((500, {}, {}), BOT_INFO)
    agent.responder = CommandResponder(
        Bot(lark_client(agent.lark.network)),
        agent.accounts,
        agent.conversations,
        NO_MODEL,
        no_decisions,
        no_staff_commands,
        agent.vaults.clock,
    )
    with pytest.raises(LarkApiError):
        agent.responder.is_meant(said_in_group("?"))
    assert agent.responder.is_meant(said_in_group("?"))


def test_in_a_group_only_a_mention_of_this_bot_means_it(agent: AgentWorld) -> None:
    other = Mention(key="@_user_1", open_id="ou_other_bot", name="Trợ lý")
    everybody = Mention(key="@_all", open_id="", name="Tất cả")
    assert agent.responder.is_meant(said_in_group("?"))
    for mentions in ((), (other,), (everybody,)):
        assert not agent.responder.is_meant(said("?", is_group=True, mentions=mentions))


def test_a_persons_own_chat_always_means_the_bot_and_asks_nobody(agent: AgentWorld) -> None:
    turns = [said("?"), chosen("help"), chat_turn(kind=TurnKind.ENTERED), chat_turn(kind=TurnKind.PRESS)]
    assert all(map(agent.responder.is_meant, turns))
    assert agent.lark.calls == []


def test_in_a_persons_own_chat_an_answer_and_an_apology_need_no_id() -> None:
    nothing: Any = None
    bot = Bot(lark_client(ScriptedLark((500, {}, {})).network))
    responder = CommandResponder(bot, nothing, nothing, NO_MODEL, nothing, nothing, nothing)
    mentioned = said("mai có lịch gì?", mentions=(MENTION_OF_BOT,))
    assert responder.respond(mentioned) == Answer(VI.no_model)
    assert responder.excuse(mentioned, Excuse.GIVEN_UP) == Answer(VI.given_up)


def test_the_bots_own_id_is_asked_for_once(agent: AgentWorld) -> None:
    for _ in range(3):
        agent.responder.is_meant(said_in_group("/help"))
        agent.answer(said_in_group("/help"))
    assert len(agent.lark.calls) == 1


@given(content=st.text(max_size=80), message_type=st.sampled_from(["text", "post", "audio", "todo"]))
@settings(deadline=None)
def test_every_message_gets_an_answer(content: str, message_type: str) -> None:
    bot = Bot(lark_client(ScriptedLark(BOT_INFO).network))
    nothing: Any = None
    responder = CommandResponder(bot, nothing, nothing, NO_MODEL, no_decisions, no_staff_commands, nothing)
    for turn in (
        chat_turn(content=content, message_type=message_type),
        said(f"?{content}", mentions=(MENTION_OF_BOT,)),
    ):
        found = responder.respond(turn)
        assert found
        assert found.text
        assert responder.excuse(turn, Excuse.LATE)


def test_a_mere_mention_gets_help(agent: AgentWorld) -> None:
    assert agent.answer(said_in_group("")) == Answer(VI.help)


def test_200_mentions_or_10_000_characters_get_an_answer(agent: AgentWorld) -> None:
    many = tuple(Mention(key=f"@_user_{n}", open_id=f"ou_{n}", name=f"Tên {n}") for n in range(2, 202))
    crowd = said(" ".join(one.key for one in many), is_group=True, mentions=(MENTION_OF_BOT, *many))
    assert agent.answer(crowd) == Answer(VI.no_model)
    assert agent.answer(said("lịch " * 2_000)) == Answer(VI.no_model)
    assert agent.answer(said("ế" * 39_990)) == Answer(VI.no_model)
    cut = chat_turn(content=json.dumps({"text": "ế" * 10_000})[:40_000])
    assert agent.answer(cut) == Answer(VI.kinds[Kind.UNREADABLE])


@pytest.mark.parametrize(
    ("text", "texts"), [("Hôm nay tôi có lịch gì?", VI), ("What is on my calendar?", EN)]
)
def test_a_question_hears_that_there_is_no_model(agent: AgentWorld, text: str, texts: Texts) -> None:
    assert agent.answer(said(text)) == Answer(texts.no_model)
    assert "ANTHROPIC_API_KEY" in texts.no_model


@pytest.mark.parametrize(
    ("message_type", "kind"), [("audio", Kind.VOICE), ("image", Kind.PICTURE), ("sticker", Kind.STICKER)]
)
def test_what_cannot_be_read_is_answered_politely(agent: AgentWorld, message_type: str, kind: Kind) -> None:
    assert agent.answer(chat_turn(message_type=message_type, content="{}")) == Answer(VI.kinds[kind])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/help", EN.help),
        ("/trợ giúp", VI.help),
        ("/stop", EN.stopped),
        ("dừng lại", VI.stopped),
        ("/đặt lịch", f"{VI.no_such_command}\n\n{VI.help}"),
    ],
)
def test_a_command_is_obeyed_in_its_language(agent: AgentWorld, text: str, expected: str) -> None:
    assert agent.answer(said(text)) == agent.answer(said_in_group(text)) == Answer(expected)


@pytest.mark.parametrize("key", ["help", "/help"])
def test_the_menu_speaks_vietnamese(agent: AgentWorld, key: str) -> None:
    assert agent.answer(chosen(key)) == Answer(VI.help)
    assert agent.answer(chosen("order_lunch")) == Answer(f"{VI.no_such_command}\n\n{VI.help}")


def test_a_new_conversation_forgets_the_one_before(agent: AgentWorld) -> None:
    turn = said("/mới")
    agent.conversations.remember(turn, "[1]", agent.vaults.clock.now())
    assert agent.answer(turn) == Answer(VI.new)
    assert agent.conversations.memory(turn) == ""


@pytest.mark.parametrize("text", ["/help", "/connect", "/new", "/status", "/stop", "xin chào"])
def test_an_answer_costs_one_request_at_most_and_no_call(agent: AgentWorld, text: str) -> None:
    calls = Calls()
    with calls.watch_aws():
        agent.answer(said(text))
    assert calls.count("dynamodb") <= 1
    assert agent.lark.calls == []


def test_the_welcome_is_a_card_whose_buttons_say_something(agent: AgentWorld) -> None:
    answer = agent.answer(chat_turn(kind=TurnKind.ENTERED, message_id=""))
    buttons = [
        button
        for element in json.loads(answer.card)["elements"]
        if element["tag"] == "action"
        for button in element["actions"]
    ]
    assert [button["text"]["content"] for button in buttons] == [VI.connect_button, *VI.prompts]
    pressed = [
        agent.answer(chat_turn(kind=TurnKind.PRESS, action=button["value"])).text for button in buttons
    ]
    assert LINK in pressed[0]
    assert pressed[1:] == [VI.no_model] * 3


@pytest.mark.parametrize("action", [{OUR_ACTION: 5}, {OUR_ACTION: ""}, None])
def test_a_press_that_says_nothing_gets_help(agent: AgentWorld, action: Any) -> None:
    assert agent.answer(chat_turn(kind=TurnKind.PRESS, action=action)) == Answer(VI.help)


@pytest.mark.parametrize(("why", "name"), [(Excuse.LATE, "late"), (Excuse.GIVEN_UP, "given_up")])
def test_an_excuse_is_in_the_persons_language_and_does_nothing(
    agent: AgentWorld, why: Excuse, name: str
) -> None:
    agent.vaults.connect(ME)
    assert agent.responder.excuse(said("/disconnect"), why) == Answer(getattr(EN, name))
    assert agent.responder.excuse(said("/kết nối"), why) == Answer(getattr(VI, name))
    assert agent.responder.excuse(chosen("help"), why) == Answer(getattr(VI, name))
    assert agent.responder.excuse(chat_turn(kind=TurnKind.ENTERED), why) is None
    assert agent.vaults.vault.grant(ME) is not None
