"""What people do in chats is handed over once, as one shape; what stops a turn does not wait behind it."""

import json
from typing import Any

import pytest

from larkbridge.clock import to_text
from larkbridge.errors import AwsUnavailableError
from larkbridge.processors.chat_events import MAX_MENTIONS, ChatEvents
from larkbridge.processors.subscriber import NothingToDoError
from larkbridge.store.chat_queue import MAX_CONTENT, ChatQueue, ChatTurn, Mention, TurnKind
from larkbridge.store.conversations import ConversationStore
from larkbridge.store.work import Status
from tests.support import chat_documents as lark
from tests.support.aws_faults import aws_fails
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
    assert (turn.kind, turn.action, turn.sent_at) == (TurnKind.MENU, {"key": "stop"}, to_text(START))


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
    assert (len(turn.content), len(turn.mentions)) == (MAX_CONTENT, MAX_MENTIONS)


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
