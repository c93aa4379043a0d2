"""The bot answers every message, obeys commands, and keeps what is personal from a group."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkbridge import __version__
from larkbridge.agent.chat_texts import EN, VI, Texts
from larkbridge.agent.incoming_text import Kind
from larkbridge.agent.protocols import Answer, Excuse
from larkbridge.agent.responder import SCOPES, Accounts, CommandResponder
from larkbridge.errors import AwsUnavailableError, NotConfiguredError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.bot import Bot
from larkbridge.people.disconnecting import Disconnecting
from larkbridge.routes import Scope
from larkbridge.store.audit_entries import AuditStore
from larkbridge.store.chat_queue import OUR_ACTION, ChatTurn, Mention, TurnKind
from larkbridge.store.codec import from_item
from larkbridge.store.conversations import ConversationStore
from larkbridge.store.grants import LARK_USER, Owner
from tests.support.calls import Calls
from tests.support.chat_documents import BOT, PERSON
from tests.support.chat_turns import MENTION_OF_BOT, chat_turn, chosen, said, said_in_group
from tests.support.lark import ScriptedLark, lark_client
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.vault import SERVER_ERROR, VaultWorld, refusal

LINK = "https://larkbridge.test/oauth/start?t=abc"
ME = Owner(LARK_USER, PERSON)
BOT_INFO = {"code": 0, "bot": {"open_id": BOT}}


class FakeConnecting:
    """Gives a link; `asked` is who asked for what."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked: list[tuple[ChatTurn, tuple[str, ...]]] = []

    def ask(self, turn: ChatTurn, scopes: Any) -> str:
        if self.error:
            raise self.error
        self.asked.append((turn, tuple(scopes)))
        return LINK


class AgentWorld:
    """A responder with a vault and conversations of its own."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.vaults = VaultWorld(environ)
        self.connecting = FakeConnecting()
        self.lark = ScriptedLark(BOT_INFO)
        self.conversations = ConversationStore(environ["CONVERSATIONS_TABLE"])
        self.scopes: frozenset[Scope] = frozenset()
        accounts = self.accounts = Accounts(
            lambda: self.vaults.vault,
            lambda: self.connecting,
            lambda: Disconnecting(self.vaults.vault, AuditStore(environ["AUDIT_TABLE"])),
            lambda _: self.scopes,
        )
        bot = Bot(lark_client(self.lark.network))
        self.responder = CommandResponder(bot, accounts, self.conversations, self.vaults.clock)

    def answer(self, turn: ChatTurn) -> Answer:
        found = self.responder.respond(turn)
        assert found is not None
        return found


@pytest.fixture
def agent(environ: dict[str, str]) -> AgentWorld:
    return AgentWorld(environ)


def test_whether_a_group_means_the_bot_is_not_guessed(agent: AgentWorld) -> None:
    agent.lark = ScriptedLark((500, {}, {}), BOT_INFO)
    agent.responder = CommandResponder(
        Bot(lark_client(agent.lark.network)),
        agent.accounts,
        agent.conversations,
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
    responder = CommandResponder(bot, nothing, nothing, nothing)
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


def test_a_link_is_private_and_asks_for_as_little_as_possible(agent: AgentWorld) -> None:
    turn = said_in_group("/kết nối")
    answer = agent.answer(turn)
    assert answer.private
    assert LINK in answer.text
    assert agent.connecting.asked == [(turn, SCOPES)]
    assert agent.answer(chosen("connect")) == answer


def test_connecting_that_is_not_configured_is_told(agent: AgentWorld) -> None:
    agent.connecting.error = NotConfiguredError("no redirect")
    assert agent.answer(said("/connect")) == Answer(EN.connect_unavailable)


def test_trouble_with_a_link_is_for_the_queue(agent: AgentWorld) -> None:
    agent.connecting.error = AwsUnavailableError("no")
    with pytest.raises(AwsUnavailableError):
        agent.responder.respond(said("/connect"))


def test_whoever_is_connected_now_is_not_asked_again(agent: AgentWorld) -> None:
    assert agent.responder.respond(said("/connect", resumed="connected")) is None
    assert agent.connecting.asked == []


def test_status_of_nobody(agent: AgentWorld) -> None:
    answer = agent.answer(said("/trạng thái"))
    version = VI.version.format(version=__version__)
    lines = [VI.not_connected, VI.staff_may_nothing, VI.model_status, version]
    assert answer == Answer("\n".join(lines), private=True)


def test_status_says_since_when_until_when_and_what_for(agent: AgentWorld) -> None:
    agent.vaults.connect(ME)
    text = agent.answer(said_in_group("/trạng thái")).text
    now = agent.vaults.clock.now() + timedelta(hours=7)
    until = now + timedelta(days=7)
    assert f"đã kết nối từ {now:%H:%M, %d/%m/%Y}" in text
    assert f"đến {until:%H:%M, %d/%m/%Y}" in text
    assert "xem danh sách lịch" in text
    assert "offline_access" not in text


def test_status_says_why_a_person_has_to_connect_again(agent: AgentWorld) -> None:
    agent.vaults.connect(ME)
    agent.vaults.clock.advance(days=8)
    assert VI.reasons["refresh_token_expired"] in agent.answer(said("/trạng thái")).text
    assert EN.reasons["refresh_token_expired"] in agent.answer(said("/status")).text


def test_a_reason_of_larks_own_is_told_in_words(agent: AgentWorld) -> None:
    agent.vaults.connect(ME)
    agent.vaults.expire()
    agent.vaults.grants.before.append(refusal(20064, "refresh_token_invalid"))
    with pytest.raises(Exception, match="connected again"):
        agent.vaults.vault.access_token(ME)
    text = agent.answer(said("/trạng thái")).text
    assert VI.other_reason in text
    assert "refresh_token_invalid" not in text


def test_disconnecting_deletes_and_revokes(agent: AgentWorld) -> None:
    agent.vaults.connect(ME)
    assert agent.answer(said_in_group("/ngắt kết nối")) == Answer(VI.disconnected, private=True)
    assert agent.vaults.vault.grant(ME) is None
    assert len(agent.vaults.grants.revoked) == 1
    assert agent.answer(said("/disconnect")) == Answer(EN.was_not_connected, private=True)


def test_a_disconnection_is_recorded_once_however_often_its_turn_comes(
    agent: AgentWorld, account: MemoryAccount
) -> None:
    agent.vaults.connect(ME)
    turn = said("/disconnect")
    for _ in range(2):
        agent.answer(turn)
    (line,) = map(from_item, account.dynamo.items("AuditTable"))
    assert (line["who"], line["what"], line["subject"], line["at"]) == (
        ME.id,
        "disconnect",
        ME.key,
        turn.sent_at,
    )


def test_the_status_says_what_the_person_may_do_here(agent: AgentWorld) -> None:
    assert EN.staff_may_nothing in agent.answer(said("/status")).text
    agent.scopes = frozenset({Scope.RETRY, Scope.READ})
    assert "see the centre's data, send again what failed" in agent.answer(said("/status")).text
    assert "xem dữ liệu của trung tâm, gửi lại" in agent.answer(said("/trạng thái")).text


def test_disconnecting_says_when_lark_did_not_confirm(agent: AgentWorld) -> None:
    agent.vaults.connect(ME)
    agent.vaults.grants.revoking.append(SERVER_ERROR)
    assert agent.answer(said("/disconnect")) == Answer(EN.disconnected_here_only, private=True)
    assert agent.vaults.vault.grant(ME) is None


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
