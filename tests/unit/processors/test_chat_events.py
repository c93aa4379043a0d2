"""What people do in chats is handed over once, as one shape; what stops a turn does not wait behind it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from larkbridge.clock import to_text
from larkbridge.errors import AwsUnavailableError
from larkbridge.processors.chat_events import MAX_MENTIONS, MAX_NAMES, ChatEvents
from larkbridge.processors.incoming_text import Kind, read_message
from larkbridge.processors.subscriber import NothingToDoError
from larkbridge.store.chat_queue import MAX_BODY, MAX_CONTENT, ChatQueue, ChatTurn, Mention, TurnKind
from larkbridge.store.conversations import ConversationStore, TurnOverError
from larkbridge.store.work import Status
from tests.support import chat_documents as lark
from tests.support.aws_faults import aws_fails
from tests.support.chat_turns import chat_turn
from tests.support.clock import START
from tests.support.events import Events, incoming, new_event, refusal
from tests.support.memory_dynamo.aws import SETTINGS, MemoryAccount
from tests.support.memory_sqs import CHAT_QUEUE_URL

AT = START.timestamp()
V2, V1 = "im.message.receive_v1", "message"


@pytest.fixture
def chats(account: MemoryAccount) -> ChatEvents:
    return ChatEvents(ChatQueue(CHAT_QUEUE_URL), ConversationStore(SETTINGS["CONVERSATIONS_TABLE"]))


def handed_over(account: MemoryAccount) -> list[ChatTurn]:
    """Return the turns in the queue; each is taken out."""
    found = []
    while (received := account.sqs.turns.receive()) is not None:
        account.sqs.turns.delete(received)
        found.append(ChatTurn.from_json(received.body))
    return found


def message(chats: ChatEvents, document: Any) -> None:
    chats.message(incoming(new_event("lark", V2, document)))


def marks(account: MemoryAccount) -> list[str]:
    """Return what is noted of what was stopped or recalled."""
    return [
        f"{item['conversation']['S']} {item['part']['S']}"
        for item in account.dynamo.items("ConversationsTable")
    ]


def test_a_message_is_handed_over_as_lark_tells_it(account: MemoryAccount, chats: ChatEvents) -> None:
    document = lark.message(
        "@_user_1 họp mấy giờ?", at=AT, mentions=[lark.BOT], thread_id="omt_1", parent_id="om_0"
    )
    message(chats, document)
    assert handed_over(account) == [
        ChatTurn(
            kind=TurnKind.MESSAGE,
            event_id="lark#1",
            open_id=lark.PERSON,
            sent_at=to_text(START),
            chat_id=lark.CHAT,
            is_group=True,
            thread_id="omt_1",
            message_id="om_1",
            parent_id="om_0",
            message_type="text",
            content=json.dumps({"text": "@_user_1 họp mấy giờ?"}),
            mentions=(Mention(key="@_user_1", open_id=lark.BOT, name="N1"),),
        )
    ]


def test_both_versions_tell_the_same_of_a_message(account: MemoryAccount, chats: ChatEvents) -> None:
    chats.message_of_version_1(incoming(new_event("lark", V1, lark.message_of_version_1("Xin chào", at=AT))))
    message(chats, lark.message("Xin chào", at=AT))
    (turn,) = handed_over(account)  # one event id, which the queue knows
    assert (turn.open_id, turn.message_id, turn.chat_id) == (lark.PERSON, "om_1", lark.CHAT)
    assert (turn.sent_at, json.loads(turn.content), turn.is_group) == (
        to_text(START),
        {"text": "Xin chào"},
        False,
    )


def test_mentions_of_version_1_are_tags_in_the_text(account: MemoryAccount, chats: ChatEvents) -> None:
    tag = f'<at open_id="{lark.BOT}">@Trợ lý</at>'
    document = lark.message_of_version_1(f"{tag} /help", at=AT, chat_type="group")
    chats.message_of_version_1(incoming(new_event("lark", V1, document)))
    (turn,) = handed_over(account)
    assert turn.mentions == (Mention(key=tag, open_id=lark.BOT, name="Trợ lý"),)
    assert json.loads(turn.content)["text"].startswith(tag)


@pytest.mark.parametrize("sender_type", ["app", "anonymous", "unknown"])
def test_what_bots_say_is_ignored(account: MemoryAccount, chats: ChatEvents, sender_type: str) -> None:
    with pytest.raises(NothingToDoError, match="not_a_person"):
        message(chats, lark.message(at=AT, sender_type=sender_type))
    assert handed_over(account) == []


def test_who_is_of_another_tenant_is_not_answered(account: MemoryAccount, chats: ChatEvents) -> None:
    told, pressed = lark.message(at=AT), lark.press({"larkbridge": "?"}, at=AT)
    told["event"]["sender"]["tenant_key"] = "another"
    pressed["event"]["operator"]["tenant_key"] = "another"
    with pytest.raises(NothingToDoError, match="another_tenant"):
        message(chats, told)
    with pytest.raises(NothingToDoError, match="another_tenant"):
        chats.press(incoming(new_event("lark-card", "card.action.trigger", pressed)))
    assert handed_over(account) == []


@pytest.mark.parametrize(
    "document", [lark.message(at=AT, mentions=[]), lark.message("/stop", at=AT, mentions=[])]
)
def test_a_group_that_mentions_nobody_costs_no_message(
    account: MemoryAccount, chats: ChatEvents, document: Any
) -> None:
    with pytest.raises(NothingToDoError, match="not_mentioned"):
        message(chats, document)
    assert (handed_over(account), marks(account)) == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        "/stop",
        "/stop now",
        "／stop",
        "stop",
        " STOP. ",
        "dừng",
        "Dừng!",
        "du\u031b\u0300ng",
        "/dừng",
        "/dung",
        "dừng  lại",
    ],
)
def test_a_stop_is_noted_before_it_is_handed_over(
    account: MemoryAccount, chats: ChatEvents, text: str
) -> None:
    message(chats, lark.message(text, at=AT))
    assert marks(account) == [f"person:{lark.PERSON} stopped:{lark.PERSON}"]
    assert [turn.message_id for turn in handed_over(account)] == ["om_1"]


def test_a_stop_in_a_group_may_mention_whom_it_likes(account: MemoryAccount, chats: ChatEvents) -> None:
    others = [f"ou_{number}" for number in range(10)]
    text = "@_user_1 @_user_10 dừng"
    message(chats, lark.message(text, at=AT, mentions=[lark.BOT, *others], thread_id="omt_1"))
    assert marks(account) == [f"chat:{lark.CHAT}:omt_1 stopped:{lark.PERSON}"]


@pytest.mark.parametrize(
    ("root", "thread_id"),
    [
        ({}, ""),
        ({"thread_id": "omt_1"}, "omt_1"),
        ({"chat_id": "oc_other"}, "omt_1"),
        ({"is_group": False}, "omt_1"),
        (None, "omt_1"),
    ],
    ids=["of the chat itself", "of a topic", "of another chat", "of a person's chat", "not one to the bot"],
)
def test_a_thread_that_began_from_a_question_is_of_the_questions_group(
    account: MemoryAccount, chats: ChatEvents, root: dict[str, Any] | None, thread_id: str
) -> None:
    if root is not None:
        question = chat_turn("om_root", **{"is_group": True, **root})
        ConversationStore(SETTINGS["CONVERSATIONS_TABLE"]).take(question, START)
    message(chats, lark.message(at=AT, mentions=[lark.BOT], thread_id="omt_1", root_id="om_root"))
    (turn,) = handed_over(account)
    assert turn.thread_id == thread_id


@pytest.mark.parametrize(("words", "stops"), [("dừng", True), ("dừng xe", False)])
def test_a_post_stops_like_a_text(
    account: MemoryAccount, chats: ChatEvents, words: str, *, stops: bool
) -> None:
    elements = [{"tag": "at", "user_id": "@_user_1"}, {"tag": "text", "text": f" {words} "}, 7]
    content = json.dumps({"title": "", "content": [elements, None]})
    message(chats, lark.message(at=AT, mentions=[lark.BOT], message_type="post", content=content))
    assert len(marks(account)) == stops


def test_the_menus_stop_is_noted_too(account: MemoryAccount, chats: ChatEvents) -> None:
    chats.menu(incoming(new_event("lark", "application.bot.menu_v6", lark.menu("stop", at=AT))))
    assert marks(account) == [f"person:{lark.PERSON} stopped:{lark.PERSON}"]
    (turn,) = handed_over(account)
    assert (turn.kind, turn.action, turn.sent_at) == (
        TurnKind.MENU,
        {"key": "stop"},
        "2026-09-01T02:00:00.999Z",
    )


def test_the_menus_stop_ends_a_question_of_the_same_second(account: MemoryAccount, chats: ChatEvents) -> None:
    message(chats, lark.message(at=AT + 0.2))
    (question,) = handed_over(account)
    event = new_event("lark", "application.bot.menu_v6", lark.menu("stop", at=AT))
    chats.menu(incoming(replace(event, event_id="lark#menu")))
    with pytest.raises(TurnOverError, match="stopped"):
        ConversationStore(SETTINGS["CONVERSATIONS_TABLE"]).take(question, START)


def test_a_recall_is_noted_and_not_handed_over(account: MemoryAccount, chats: ChatEvents) -> None:
    chats.recalled(incoming(new_event("lark", "im.message.recalled_v1", lark.recalled("om_1", at=AT))))
    assert (marks(account), handed_over(account)) == (["message:om_1 recalled"], [])


def test_who_enters_is_handed_over_to_the_persons_own_chat(account: MemoryAccount, chats: ChatEvents) -> None:
    chats.entered(incoming(new_event("lark", lark.ENTERED_TYPE, lark.entered(at=AT))))
    (turn,) = handed_over(account)
    assert (turn.kind, turn.group, turn.chat_id) == (
        TurnKind.ENTERED,
        f"person:{lark.PERSON}",
        lark.CHAT,
    )


def test_a_press_on_the_agents_button_is_handed_over(account: MemoryAccount, chats: ChatEvents) -> None:
    value = {"larkbridge": "help", "toast": "Đang xử lý"}
    chats.press(incoming(new_event("lark-card", "card.action.trigger", lark.press(value, at=AT))))
    (turn,) = handed_over(account)
    assert (turn.kind, turn.action, turn.message_id) == (TurnKind.PRESS, value, "om_card")
    assert (turn.group, turn.sent_at) == (f"person:{lark.PERSON}", to_text(START))


def test_a_press_on_a_card_that_asks_comes_after_what_is_under_way_where_it_was_asked(
    account: MemoryAccount, chats: ChatEvents
) -> None:
    value = {
        "larkbridge": "agree",
        "pending": "p-1",
        "chat": "oc_group",
        "thread": "omt_1",
        "inGroup": True,
        "card": {"elements": []},
    }
    chats.press(incoming(new_event("lark-card", "card.action.trigger", lark.press(value, at=AT))))
    (turn,) = handed_over(account)
    assert (turn.decides, turn.group) == ("p-1", "chat:oc_group:omt_1")
    assert turn.action == {name: part for name, part in value.items() if name != "card"}


@pytest.mark.parametrize("value", [{"toast": "Đã ghi nhận"}, "larkbridge", ["larkbridge"], None, 7])
def test_a_press_on_any_other_button_is_ignored(
    account: MemoryAccount, chats: ChatEvents, value: Any
) -> None:
    with pytest.raises(NothingToDoError, match="not_the_agents_button"):
        chats.press(incoming(new_event("lark-card", "card.action.trigger", lark.press(value, at=AT))))
    assert handed_over(account) == []


@pytest.mark.parametrize(
    ("place", "field"),
    [("sender_id", "open_id"), ("message", "message_id"), ("message", "chat_id"), ("message", "chat_type")],
)
def test_a_message_without_what_it_needs_is_given_up_by_name(
    chats: ChatEvents, place: str, field: str
) -> None:
    document = lark.message(at=AT)
    event = document["event"]
    del (event["sender"]["sender_id"] if place == "sender_id" else event[place])[field]
    error = refusal(chats.message, new_event("lark", V2, document))
    assert (error.reason, field in error.message) == ("invalid_field", True)


def test_the_longest_message_with_the_most_mentions_fits_into_the_queue(
    account: MemoryAccount, chats: ChatEvents
) -> None:
    everybody = [f"ou_{number:0200}"[:200] for number in range(2 * MAX_MENTIONS)]
    message(chats, lark.message("ệ" * 3 * MAX_CONTENT, at=AT, mentions=everybody))
    (turn,) = handed_over(account)
    assert [mention.open_id for mention in turn.mentions] == everybody[: len(turn.mentions)]
    assert len(turn.mentions) > MAX_NAMES


@pytest.mark.parametrize("sign", ["\U0001f600", "\\", '"', "\x01", "x"])
def test_the_worst_message_fits_into_the_queue(account: MemoryAccount, chats: ChatEvents, sign: str) -> None:
    document = lark.message(sign * 2 * MAX_CONTENT, at=AT)
    document["event"]["message"]["content"] = sign * 2 * MAX_CONTENT
    mention = {"key": sign * 200, "id": {"open_id": sign * 200}, "name": sign * 60}
    for mentions in ([mention] * 2 * MAX_MENTIONS, []):
        document["event"]["message"]["mentions"] = mentions
        document["event"]["message"]["message_id"] = f"om_{len(mentions)}"
        chats.message(incoming(replace(new_event("lark", V2, document), event_id=f"e {len(mentions)}")))
    bodies = [len(body.encode()) for body in account.sqs.turns.bodies]
    assert len(bodies) == 2
    assert all(size <= MAX_BODY for size in bodies)
    turn = ChatTurn.from_json(account.sqs.turns.bodies[1])
    assert len(turn.content) == MAX_CONTENT or bodies[1] > MAX_BODY - 10


def test_the_bot_may_be_the_last_of_many_mentions(account: MemoryAccount, chats: ChatEvents) -> None:
    everybody = [f"ou_{number:032}" for number in range(MAX_MENTIONS - 1)]
    message(chats, lark.message("ệ" * MAX_CONTENT, at=AT, mentions=[*everybody, lark.BOT]))
    (turn,) = handed_over(account)
    assert [mention.open_id for mention in turn.mentions] == [*everybody, lark.BOT]
    assert [bool(mention.name) for mention in turn.mentions] == [True] * MAX_NAMES + [False] * (
        MAX_MENTIONS - MAX_NAMES
    )


@pytest.mark.parametrize(
    "odd",
    [
        {"key": "@_user_2", "id": "ou_2", "name": "An"},
        {"key": "@_user_2", "id": None},
        {"key": "@_all", "id": "", "name": 5},
        {"key": None, "id": {"open_id": 7}},
        {},
        "An",
    ],
)
def test_a_mention_of_another_shape_costs_nothing(
    account: MemoryAccount, chats: ChatEvents, odd: Any
) -> None:
    document = lark.message(at=AT, mentions=[lark.BOT])
    document["event"]["message"]["mentions"].insert(0, odd)
    message(chats, document)
    (turn,) = handed_over(account)
    assert turn.mentions[-1].open_id == lark.BOT


@pytest.mark.parametrize(("text", "kind"), [("Xin chào", Kind.WORDS), ("", Kind.UNREADABLE)])
def test_a_post_of_version_1_is_its_text_or_cannot_be_read(
    account: MemoryAccount, chats: ChatEvents, text: str, kind: Kind
) -> None:
    document = lark.message_of_version_1(text, at=AT, msg_type="post", title="")
    chats.message_of_version_1(incoming(new_event("lark", V1, document)))
    (turn,) = handed_over(account)
    assert read_message(turn) == (kind, text)


@pytest.mark.parametrize("name", ["x" * 200, "có dấu", "with a space"])
def test_ids_that_the_queue_does_not_take_are_hashed(
    account: MemoryAccount, chats: ChatEvents, name: str
) -> None:
    message(chats, lark.message(at=AT, person=name))
    message(chats, lark.message(at=AT, person=name, thread_id=name, mentions=[lark.BOT]))
    assert len(handed_over(account)) == 1


def test_only_what_the_queue_has_taken_is_processed(events: Events, account: MemoryAccount) -> None:
    event = new_event("lark", V2, lark.message(at=AT))
    with aws_fails("sqs", "SendMessage"):
        assert events.handle(event).status == Status.FAILED
    assert handed_over(account) == []
    events.settle()
    assert events.stored(event).status == Status.SUCCESS
    assert [turn.event_id for turn in handed_over(account)] == [event.event_id]


def test_an_error_of_the_queue_passes(chats: ChatEvents) -> None:
    with aws_fails("sqs", "SendMessage"), pytest.raises(AwsUnavailableError):
        message(chats, lark.message(at=AT))
