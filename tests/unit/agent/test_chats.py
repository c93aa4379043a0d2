"""What people see in Lark, from what they do there, over the whole way."""

import json
from typing import Any

import pytest

from larkbridge.agent.chat_texts import EN, VI
from larkbridge.agent.commands import Command
from larkbridge.agent.turns import WAITS
from larkbridge.processors.incoming_text import Kind
from larkbridge.store.chat_queue import OUR_ACTION
from larkbridge.store.grants import LARK_USER, Owner
from sandbox.faults import Fault, FaultKind
from sandbox.lark.chats import buttons
from sandbox.lark.envelope import RefusedError
from tests.support.calls import Calls
from tests.support.chat_world import AN, GROUP, HUONG, OWN, ChatWorld
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.vault import VaultWorld
from tests.support.world import World

HUONGS = f"oc_p2p_{HUONG}"


@pytest.fixture
def chat(world: World, account: MemoryAccount) -> ChatWorld:
    return ChatWorld(world, account)


@pytest.mark.parametrize("kind", ["error_500", "down", "answer_lost"])
def test_a_question_is_answered_once_whatever_happens_to_a_call(chat: ChatWorld, kind: FaultKind) -> None:
    for area in ("messages", "reactions"):
        chat.lark.faults[area].set(Fault(kind, times=1))
    chat.say("/trợ giúp")
    chat.world.clock.advance(seconds=151)
    chat.settle()
    assert chat.heard() == [VI.help]


def test_lark_down_for_good_ends_in_an_apology(chat: ChatWorld) -> None:
    chat.lark.faults["messages"].set(Fault("error_500", times=3 * (len(WAITS) + 1)))
    chat.say("/trợ giúp")
    for _ in range(4):
        chat.world.clock.advance(seconds=151)
        chat.settle()
    assert chat.heard() == [VI.given_up]


def test_a_message_that_was_recalled_gets_no_answer(chat: ChatWorld) -> None:
    message_id = chat.chats.say(OWN, AN, "/trợ giúp")
    chat.chats.recall(message_id)
    chat.settle()
    assert chat.heard() == []


def test_an_answer_to_what_lark_no_longer_has_is_given_up_quietly(chat: ChatWorld) -> None:
    message_id = chat.chats.say(OWN, AN, "/trợ giúp")
    chat.lark.messages.recalled.add(message_id)
    chat.settle()
    assert (chat.heard(), len(chat.queue)) == ([], 0)


def test_a_message_that_comes_late_hears_so_and_does_nothing(chat: ChatWorld) -> None:
    vault = connected(chat)
    chat.chats.say(OWN, AN, "/disconnect")
    chat.world.clock.advance(minutes=16)
    chat.settle()
    assert chat.heard() == [EN.late]
    assert vault.vault.grant(Owner(LARK_USER, AN)) is not None


def test_a_question_in_a_group_is_answered_in_a_thread(chat: ChatWorld) -> None:
    question = chat.say("@bot /trợ giúp", chat=GROUP)
    _, answer = chat.lark.chat_view.lines(GROUP)
    assert (answer.text, answer.reply_to) == (VI.help, question)
    assert answer.thread_id


def test_a_group_without_threads_is_answered_all_the_same(chat: ChatWorld) -> None:
    chat.lark.messages.threadless.add(GROUP)
    chat.say("@bot /trợ giúp", chat=GROUP)
    assert chat.heard(GROUP) == [VI.help]


def test_a_stop_in_the_answers_thread_stops_what_was_asked_in_the_group(chat: ChatWorld) -> None:
    chat.say("@bot /trợ giúp", chat=GROUP)
    answer = chat.lark.chat_view.lines(GROUP)[-1]
    chat.chats.say(GROUP, AN, "@bot một câu hỏi dài")
    chat.chats.say(GROUP, AN, "@bot câu hỏi trong chủ đề", reply_to=answer.message_id)
    chat.world.clock.advance(seconds=2)
    chat.say("@bot dừng", chat=GROUP, reply_to=answer.message_id)
    assert chat.heard(GROUP) == [VI.help, VI.stopped]
    assert chat.lark.chat_view.lines(GROUP)[-1].thread_id == answer.thread_id


def test_threads_can_be_switched_off(chat: ChatWorld) -> None:
    chat.restart(AGENT_REPLY_IN_THREAD="off")
    chat.say("@bot /trợ giúp", chat=GROUP)
    assert [line.thread_id for line in chat.lark.chat_view.lines(GROUP)] == ["", ""]


def test_in_a_group_another_mention_is_not_answered(chat: ChatWorld) -> None:
    chat.say("@bot", chat=GROUP)
    chat.say(f"@{HUONG} /trợ giúp", chat=GROUP)
    chat.lark.bot.open_id = "ou_another_bot"
    chat.say("@bot /trợ giúp", chat=GROUP)
    assert len(chat.heard(GROUP)) == 1
    assert len(chat.lark.reactions.all) == 1


def test_a_groups_mere_mention_gets_help(chat: ChatWorld) -> None:
    chat.say("@bot", chat=GROUP)
    assert chat.heard(GROUP) == [VI.help]


def test_what_is_personal_is_not_for_the_group(chat: ChatWorld) -> None:
    chat.say("@bot /trạng thái", chat=GROUP, who=HUONG)
    assert chat.heard(GROUP) == [VI.answered_privately]
    assert VI.not_connected in chat.heard(HUONGS)[0]


def test_a_person_who_has_muted_the_bot_hears_so_in_the_group(chat: ChatWorld) -> None:
    chat.lark.messages.refusals[HUONG] = 230053
    chat.say("@bot /trạng thái", chat=GROUP, who=HUONG)
    assert chat.heard(GROUP) == [VI.not_answered_privately]
    assert chat.heard(HUONGS) == []


@pytest.mark.parametrize("words", ["/stop now", "/dừng đi", "/dùng", "/đúng rồi", "／stop", "stop!", "Dừng"])
@pytest.mark.parametrize("how", ["text", "post", "menu"])
def test_a_stop_is_confirmed_where_it_stopped_what_waits_and_nowhere_else(
    chat: ChatWorld, words: str, how: str
) -> None:
    chat.chats.say(OWN, AN, "một câu hỏi dài")
    chat.lark.events.deliver_due()
    chat.world.wake()
    chat.world.clock.advance(seconds=2)
    if how == "menu":
        chat.chats.choose(AN, words)
    elif how == "post":
        content = {"title": "", "content": [[{"tag": "text", "text": words}]]}
        chat.chats.send(OWN, AN, "post", content)
    else:
        chat.chats.say(OWN, AN, words)
    chat.settle()
    confirmed = bool({VI.stopped, EN.stopped} & {*chat.heard()})
    assert confirmed == (VI.no_model not in chat.heard())
    assert confirmed == (words not in ("/dùng", "/đúng rồi"))


def test_the_sign_goes_when_the_answer_is_there(chat: ChatWorld) -> None:
    message_id = chat.say("/trợ giúp")
    (reaction,) = chat.lark.reactions.all
    assert (reaction.message_id, reaction.emoji_type) == (message_id, "Typing")
    assert reaction.removed is not None


def test_the_menu_is_answered_to_the_person(chat: ChatWorld) -> None:
    chat.chats.choose(AN, "help")
    chat.settle()
    assert chat.heard() == [VI.help]


def test_whoever_opens_the_chat_is_welcomed_once(chat: ChatWorld) -> None:
    for _ in range(2):
        chat.chats.enter(AN)
        chat.settle()
        chat.world.clock.advance(days=40)
    (card,) = chat.lark.chat_view.lines(OWN)
    assert card.text == f"{VI.welcome_title}\n{VI.welcome}"
    assert card.buttons == [VI.connect_button, *VI.prompts]


def test_a_button_of_the_welcome_asks_its_question(chat: ChatWorld) -> None:
    chat.chats.enter(AN)
    chat.settle()
    (card,) = chat.lark.chat_view.lines(OWN)
    for _ in range(2):
        assert chat.chats.press(AN, card.message_id, VI.prompts[0]) == 200
        chat.settle()
    assert chat.heard()[1:] == [VI.no_model, VI.no_model]


def test_a_voice_message_is_answered_politely(chat: ChatWorld) -> None:
    chat.chats.send(OWN, AN, "audio", {"file_key": "file_1", "duration": 2000})
    chat.settle()
    assert chat.heard() == [VI.kinds[Kind.VOICE]]


def test_a_message_of_10_000_characters_and_one_of_200_mentions_are_answered(chat: ChatWorld) -> None:
    chat.say("lịch " * 2_000)
    mentions = [
        {"key": f"@_user_{n}", "id": {"open_id": f"ou_{n}"}, "name": f"Tên {n}", "tenant_key": "t"}
        for n in range(2, 202)
    ]
    bot = {"key": "@_user_1", "id": {"open_id": chat.lark.bot.open_id}, "name": "Larkbridge"}
    text = " ".join(mention["key"] for mention in [bot, *mentions])
    chat.chats.send(GROUP, AN, "text", {"text": text}, mentions=[bot, *mentions])
    chat.settle()
    assert (chat.heard(), chat.heard(GROUP)) == ([VI.no_model], [VI.no_model])


def connected(chat: ChatWorld, who: str = AN) -> VaultWorld:
    """Have a person connected."""
    vault = VaultWorld(chat.world.environ)
    vault.clock = chat.world.clock
    vault.connect(Owner(LARK_USER, who))
    return vault


COSTS = {
    "/help": (3, 3),
    "/new": (4, 3),
    "/status": (4, 3),
    "/connect": (4, 3),
    "/disconnect": (5, 4),
    "/stop": (3, 3),
    "/retry": (27, 3),
    "/sync": (3, 3),
    "?": (3, 3),
}
"""How many requests of DynamoDB's and calls of Lark each command costs at most in a person's own chat.

`/retry` looks for what failed, and finds nothing here; `/sync` finds no table.
"""
PRIVATE = ("/status", "/connect", "/disconnect", "/retry", "/sync")
"""In a group these cost one call more, since it hears of them."""


@pytest.mark.parametrize("command", COSTS)
@pytest.mark.parametrize("where", [OWN, GROUP])
def test_a_command_costs_few_requests_and_calls(chat: ChatWorld, where: str, command: str) -> None:
    connected(chat)
    chat.restart(LARK_OAUTH_REDIRECT_URI="https://api.test/oauth/callback", STAFF=f"{AN}=read+retry+write")
    chat.say("@bot /help", chat=GROUP)
    chat.chats.say(where, AN, command if where == OWN else f"@bot {command}")
    chat.lark.events.deliver_due()
    chat.world.wake()
    before = len(chat.heard(where))
    with chat.world.watch(calls := Calls()):
        assert chat.take_turn()
    assert len(chat.heard(where)) == before + 1
    requests, lark_calls = COSTS[command]
    assert calls.count("dynamodb") <= requests
    of_lark = calls.count("POST") + calls.count("DELETE") + calls.count("GET")
    assert of_lark <= lark_calls + (where == GROUP and command in PRIVATE)


def test_what_every_command_costs_is_known() -> None:
    assert {command.removeprefix("/") for command in COSTS} == {*Command} - {Command.UNKNOWN} | {"?"}


def test_a_press_on_a_card_in_a_group_tells_the_group_nothing_private(chat: ChatWorld) -> None:
    connected(chat)
    chat.chats.enter(AN)
    chat.settle()
    (card,) = chat.lark.chat_view.lines(OWN)
    content = json.loads(json.dumps(chat.lark.messages.find(card.message_id).content))
    buttons(content)[0]["value"] = {OUR_ACTION: "/trạng thái"}
    forwarded = chat.lark.messages.receive(GROUP, "", msg_type="interactive", content=content, sender=AN)
    assert chat.chats.press(AN, forwarded, VI.connect_button) == 200
    chat.settle()
    assert chat.heard(GROUP) == []
    assert any("READ" in text or "Larkbridge" in text for text in chat.heard()[1:])


def test_a_welcome_is_said_at_the_next_visit_when_lark_was_down(chat: ChatWorld) -> None:
    chat.lark.faults["messages"].set(Fault("error_500", times=3 * (len(WAITS) + 1)))
    chat.chats.enter(AN)
    for _ in range(6):
        chat.settle()
        chat.world.clock.advance(seconds=151)
    assert chat.heard() == []
    for _ in range(2):
        chat.world.clock.advance(days=1)
        chat.chats.enter(AN)
        chat.settle()
    assert len(chat.heard()) == 1


def test_in_a_persons_own_chat_nothing_hangs_on_the_bots_id(chat: ChatWorld) -> None:
    chat.lark.faults["bot"].set(Fault("error_500", times=1_000))
    chat.say(f"@{HUONG} mai có lịch gì?")
    assert chat.heard() == [VI.no_model]
    assert [reaction.removed is not None for reaction in chat.lark.reactions.all] == [True]


def test_words_that_lark_refuses_for_good_end_in_an_apology(
    chat: ChatWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit = chat.lark.messages.require_audit

    def refuse(content: Any) -> None:
        if VI.given_up not in json.dumps(content, ensure_ascii=False):
            raise RefusedError(230028, "audit", 400)
        audit(content)

    monkeypatch.setattr(chat.lark.messages, "require_audit", refuse)
    chat.say("/trợ giúp")
    assert chat.heard() == [VI.given_up]
