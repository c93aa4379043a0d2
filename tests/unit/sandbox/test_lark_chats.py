"""Chats: what people do there is told as Lark tells it, and what is seen is what was said."""

import json
from typing import Any

import pytest

from sandbox.lark.bot import BOT_ID
from sandbox.lark.chats import P2P, Group
from sandbox.lark.envelope import RefusedError
from sandbox.routing import Request, Router
from tests.support.event_receiver import Receiver
from tests.support.lark_calls import MESSAGES, CalledLark

PERSON, MANAGER = "ou_sandbox_person", "ou_sandbox_manager"
OWN = P2P + PERSON
CARD = {
    "header": {"title": {"tag": "plain_text", "content": "Chào"}},
    "elements": [
        {
            "tag": "action",
            "actions": [
                {"tag": "button", "text": {"tag": "plain_text", "content": "Bấm"}, "value": {"say": "/help"}}
            ],
        }
    ],
}


@pytest.fixture
def lark() -> CalledLark:
    lark = CalledLark()
    lark.api.chats.groups["oc_1"] = Group("oc_1", "Giáo viên", [PERSON, MANAGER])
    return lark


@pytest.fixture
def receiver(lark: CalledLark) -> Receiver:
    return Receiver(lark.api.events)


def events(receiver: Receiver) -> list[tuple[str, dict[str, Any]]]:
    return [(one["header"]["event_type"], one["event"]) for one in receiver.told()]


def reply(lark: CalledLark, message_id: str, msg_type: str, content: Any) -> str:
    body = {"msg_type": msg_type, "content": json.dumps(content), "uuid": f"{message_id}:{msg_type}"}
    return lark.data("POST", f"{MESSAGES}/{message_id}/reply", body)["message_id"]


@pytest.mark.parametrize(("chat", "who"), [("oc_x", PERSON), ("oc_1", "ou_sandbox_namesake"), (OWN, MANAGER)])
def test_nobody_writes_where_they_are_not(lark: CalledLark, receiver: Receiver, chat: str, who: str) -> None:
    with pytest.raises(RefusedError):
        lark.api.chats.say(chat, who, "?")
    assert events(receiver) == []


def test_what_a_person_writes_to_the_bot_is_told(lark: CalledLark, receiver: Receiver) -> None:
    message_id = lark.api.chats.say(OWN, PERSON, "Chào bạn")
    [(event_type, event)] = events(receiver)
    message, sender = event["message"], event["sender"]
    assert event_type == "im.message.receive_v1"
    assert (sender["sender_type"], sender["sender_id"]["open_id"]) == ("user", PERSON)
    assert (message["message_id"], message["chat_id"], message["chat_type"]) == (message_id, OWN, "p2p")
    assert (message["message_type"], json.loads(message["content"])) == ("text", {"text": "Chào bạn"})
    assert "mentions" not in message


def test_of_a_group_the_bot_hears_what_mentions_it(lark: CalledLark, receiver: Receiver) -> None:
    lark.api.chats.say("oc_1", MANAGER, f"@{PERSON} xem nhé")
    lark.api.chats.say("oc_1", MANAGER, f"@bot nhắc @{PERSON} nhé")
    [(_, event)] = events(receiver)
    message = event["message"]
    assert message["chat_type"] == "group"
    assert json.loads(message["content"])["text"] == "@_user_1 nhắc @_user_2 nhé"
    mentioned = [(one["key"], one["id"]["open_id"], one["name"]) for one in message["mentions"]]
    assert mentioned == [("@_user_1", BOT_ID, "Larkbridge"), ("@_user_2", PERSON, "Nguyễn Văn An")]


def test_an_answer_names_what_it_answers_and_stays_in_its_thread(
    lark: CalledLark, receiver: Receiver
) -> None:
    question = lark.api.chats.say("oc_1", PERSON, "@bot ?")
    body = {"msg_type": "text", "content": '{"text": "!"}', "reply_in_thread": True}
    thread = lark.data("POST", f"{MESSAGES}/{question}/reply", body)
    events(receiver)
    lark.api.chats.say("oc_1", PERSON, "@bot và?", reply_to=thread["message_id"])
    [(_, event)] = events(receiver)
    message = event["message"]
    assert (message["parent_id"], message["root_id"]) == (thread["message_id"], question)
    assert message["thread_id"] == thread["thread_id"]


def test_a_picture_is_told_by_its_type(lark: CalledLark, receiver: Receiver) -> None:
    lark.api.chats.send(OWN, PERSON, "image", {"image_key": "img_1"})
    [(_, event)] = events(receiver)
    assert event["message"]["message_type"] == "image"


def test_what_is_no_message_is_told_too(lark: CalledLark, receiver: Receiver) -> None:
    message_id = lark.api.chats.say(OWN, PERSON, "?")
    lark.api.chats.enter(PERSON)
    lark.api.chats.choose(PERSON, "help")
    lark.api.chats.recall(message_id)
    told = dict(events(receiver)[1:])
    assert told["im.chat.access_event.bot_p2p_chat_entered_v1"]["operator_id"]["open_id"] == PERSON
    menu = told["application.bot.menu_v6"]
    assert (menu["event_key"], menu["operator"]["operator_id"]["open_id"]) == ("help", PERSON)
    assert told["im.message.recalled_v1"]["message_id"] == message_id


def test_a_press_is_a_callback_that_is_sent_once(lark: CalledLark, receiver: Receiver) -> None:
    card = reply(lark, lark.api.chats.say(OWN, PERSON, "?"), "interactive", CARD)
    events(receiver)
    receiver.status = 500
    assert lark.api.chats.press(PERSON, card, "Bấm") == 500
    [press] = receiver.documents[1:]
    assert press["header"]["event_type"] == "card.action.trigger"
    assert press["event"]["action"] == {"value": {"say": "/help"}, "tag": "button"}
    assert press["event"]["context"] == {"open_message_id": card, "open_chat_id": OWN}
    lark.clock.advance(seconds=60)
    assert events(receiver) == []


def test_a_button_that_is_not_there_is_not_pressed(lark: CalledLark, receiver: Receiver) -> None:
    card = reply(lark, lark.api.chats.say(OWN, PERSON, "?"), "interactive", CARD)
    with pytest.raises(RefusedError):
        lark.api.chats.press(PERSON, card, "Kéo")


def test_a_chat_shows_what_a_person_sees(lark: CalledLark) -> None:
    question = lark.api.chats.say("oc_1", PERSON, "@bot mấy giờ?")
    md = {"zh_cn": {"content": [[{"tag": "md", "text": "**9 giờ**"}]]}}
    answer = reply(lark, question, "post", md)
    reply(lark, question, "interactive", CARD)
    lark.call("POST", f"{MESSAGES}/{question}/reactions", {"reaction_type": {"emoji_type": "Typing"}})
    gone = lark.api.chats.say("oc_1", MANAGER, "bí mật")
    lark.api.chats.recall(gone)
    lines = lark.api.chat_view.lines("oc_1")
    assert [(one.sender, one.text, one.buttons) for one in lines] == [
        ("Nguyễn Văn An", "@Larkbridge mấy giờ?", []),
        ("Larkbridge", "**9 giờ**", []),
        ("Larkbridge", "Chào", ["Bấm"]),
        ("Phạm Thu Hương", "(recalled)", []),
    ]
    assert [one.reactions for one in lines] == [["Typing"], [], [], []]
    assert (lines[1].message_id, lines[1].reply_to) == (answer, question)


def ask(lark: CalledLark, method: str, path: str, document: Any = None) -> tuple[int, Any]:
    body = b"" if document is None else json.dumps(document).encode()
    answer = Router(lark.api.routes()).dispatch(Request(method, f"/_sandbox/lark/chats{path}", {}, body))
    return answer.status, json.loads(answer.body or b"null")


def test_people_act_over_http(lark: CalledLark, receiver: Receiver) -> None:
    assert ask(lark, "PUT", "/oc_2", {"name": "Văn phòng", "members": [PERSON]}) == (204, None)
    status, sent = ask(lark, "POST", "/oc_2/say", {"openId": PERSON, "text": "@bot ?"})
    assert status == 200
    assert ask(lark, "POST", f"/{OWN}/say", {"openId": PERSON, "type": "audio", "content": {}})[0] == 200
    assert ask(lark, "POST", "/enter", {"openId": PERSON})[0] == 204
    assert ask(lark, "POST", "/menu", {"openId": PERSON, "key": "help"})[0] == 204
    assert ask(lark, "POST", "/recall", {"messageId": sent["messageId"]})[0] == 204
    assert len(events(receiver)) == 5
    _, seen = ask(lark, "GET", "/oc_2")
    assert [line["text"] for line in seen["items"]] == ["(recalled)"]


def test_somebody_new_writes_too(lark: CalledLark, receiver: Receiver) -> None:
    router = Router(lark.api.routes())
    for body, status in ((b'{"name": 1}', 400), (b'{"name": "Ch\xc3\xa2u", "email": "c@school.test"}', 204)):
        path = "/_sandbox/lark/people/ou_new"
        assert router.dispatch(Request("PUT", path, {}, body)).status == status
    lark.api.chats.say(f"{P2P}ou_new", "ou_new", "?")
    assert [one.sender for one in lark.api.chat_view.lines(f"{P2P}ou_new")] == ["Châu"]
    assert len(events(receiver)) == 1


@pytest.mark.parametrize(
    ("method", "path", "document"),
    [
        ("PUT", "/oc_2", {"name": "x", "members": "y"}),
        ("POST", "/oc_1/say", {"openId": PERSON}),
        ("POST", "/oc_1/say", {"openId": PERSON, "type": "image", "content": "x"}),
        ("POST", "/oc_1/say", {"openId": "ou_nobody", "text": "x"}),
        ("POST", "/enter", {"openId": "ou_nobody"}),
        ("POST", "/press", {"openId": PERSON, "messageId": "om_x", "label": "x"}),
        ("POST", "/recall", {"messageId": "om_x"}),
    ],
)
def test_a_wrong_request_is_refused(lark: CalledLark, method: str, path: str, document: Any) -> None:
    assert ask(lark, method, path, document)[0] == 400


def test_a_card_that_was_changed_is_seen_as_it_is_now(lark: CalledLark) -> None:
    shared = {"config": {"update_multi": True}, **CARD}
    question = lark.api.messages.receive("oc_1", "?")
    card = reply(lark, question, "interactive", shared)
    done = {"config": {"update_multi": True}, "elements": [{"tag": "plain_text", "content": "Xong"}]}
    lark.data("PATCH", f"{MESSAGES}/{card}", {"content": json.dumps(done)})
    [(text, buttons)] = [(one.text, one.buttons) for one in lark.api.chat_view.lines("oc_1")[1:]]
    assert (text, buttons) == ("Xong", [])
    with pytest.raises(RefusedError):
        lark.api.chats.press(PERSON, card, "Bấm")
