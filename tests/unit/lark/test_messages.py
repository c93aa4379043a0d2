"""Messages that the bot sends and answers."""

import json
from typing import Any

import pytest

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.messages import Message, Messages, plain_card
from larkbridge.work.outcome import Verdict
from sandbox.faults import Fault
from tests.support.lark import Platform, ScriptedLark, lark_client, refused

CARD = plain_card("Đã nhận", "Phiếu của Nguyễn Minh An")
HELLO = Message("text", {"text": "Chào chị"})


@pytest.fixture
def lark() -> Platform:
    return Platform()


@pytest.fixture
def messages(lark: Platform) -> Messages:
    return Messages(lark.client)


def test_a_card_travels_as_a_json_string() -> None:
    lark = ScriptedLark({"code": 0, "data": {"message_id": "om_1"}})
    assert Messages(lark_client(lark.network)).send_card("ou_1", "open_id", CARD, "key-1") == "om_1"
    (request,) = lark.calls
    body = json.loads(request.content)
    assert str(request.url).endswith("/open-apis/im/v1/messages?receive_id_type=open_id")
    assert isinstance(body["content"], str)
    assert json.loads(body.pop("content")) == CARD
    assert body == {"receive_id": "ou_1", "msg_type": "interactive", "uuid": "key-1"}


def test_a_card_reaches_its_receiver(lark: Platform, messages: Messages) -> None:
    message_id = messages.send_card("ou_1", "open_id", CARD, "key-1")
    (sent,) = lark.api.messages.sent
    assert (sent.message_id, sent.receive_id, sent.receive_id_type) == (message_id, "ou_1", "open_id")
    assert (sent.msg_type, sent.content, sent.uuid) == ("interactive", CARD, "key-1")


def test_a_lost_answer_and_a_second_try_send_one_message(lark: Platform, messages: Messages) -> None:
    lark.api.faults["messages"].set(Fault("answer_lost", times=1))
    lost = refused(lambda: messages.send_card("ou_1", "open_id", CARD, "key-1"))
    message_id = messages.send_card("ou_1", "open_id", CARD, "key-1")
    assert lost.verdict is Verdict.UNKNOWN
    assert [sent.message_id for sent in lark.api.messages.sent] == [message_id]


@pytest.mark.parametrize("length", [50, 51, 5_000])
def test_a_key_of_any_length_is_one_message(lark: Platform, messages: Messages, length: int) -> None:
    for key in ("a" * length, "a" * length, "a" * (length - 1) + "b"):
        messages.send_card("ou_1", "open_id", CARD, key)
    assert len(lark.api.messages.sent) == 2
    assert all(len(sent.uuid) <= 50 for sent in lark.api.messages.sent)


def test_a_short_key_is_sent_as_it_is(lark: Platform, messages: Messages) -> None:
    messages.send_card("ou_1", "open_id", CARD, "k" * 50)
    assert lark.api.messages.sent[0].uuid == "k" * 50


@pytest.mark.parametrize(
    "text",
    [
        "<at id=all></at>",
        "**đậm** [bấm](https://evil.test)",
        '"},{"tag":"img',
        "\\",
        "a\nb",
        "<b>x</b>",
        "\ud800",
    ],
    ids=ascii,
)
def test_words_of_a_card_are_never_markup(lark: Platform, messages: Messages, text: str) -> None:
    messages.send_card("ou_1", "open_id", plain_card(text, text), "key-1")
    content = lark.api.messages.sent[0].content
    plain = {"tag": "plain_text", "content": text}
    assert content["header"]["title"] == plain
    assert content["elements"] == [{"tag": "div", "text": plain}]


def test_a_colour_is_the_headers(lark: Platform, messages: Messages) -> None:
    messages.send_card("ou_1", "open_id", plain_card("Lỗi", "x", colour="red"), "key-1")
    assert lark.api.messages.sent[0].content["header"]["template"] == "red"


@pytest.mark.parametrize("letter", ["a", "ế", "𝒜", "\\", "\0"], ids=ascii)
def test_a_card_of_the_longest_text_is_short_enough_for_lark(
    lark: Platform, messages: Messages, letter: str
) -> None:
    messages.send_card("ou_1", "open_id", plain_card(letter * 100_000, letter * 100_000), "key-1")
    assert len(lark.api.messages.sent) == 1


def test_too_many_messages_to_one_person_wait(lark: Platform, messages: Messages) -> None:
    for number in range(5):
        messages.send_card("ou_1", "open_id", CARD, f"key-{number}")
    outcome = refused(lambda: messages.send_card("ou_1", "open_id", CARD, "key-5"))
    assert (outcome.verdict, outcome.throttled, outcome.http_status) == (Verdict.RETRY, True, 400)
    messages.send_card("ou_2", "open_id", CARD, "key-6")
    lark.clock.advance(seconds=1)
    messages.send_card("ou_1", "open_id", CARD, "key-5")
    assert len(lark.api.messages.sent) == 7


def test_an_answer_without_an_id_is_still_a_message_sent() -> None:
    lark = ScriptedLark({"code": 0})
    assert Messages(lark_client(lark.network)).send_card("ou_1", "open_id", CARD, "key-1") == ""


def test_a_reply_travels_as_a_json_string() -> None:
    lark = ScriptedLark({"code": 0, "data": {"message_id": "om_2"}})
    assert Messages(lark_client(lark.network)).reply("om_1", HELLO, "key-1") == "om_2"
    (request,) = lark.calls
    assert (request.method, request.url.path) == ("POST", "/open-apis/im/v1/messages/om_1/reply")
    assert json.loads(request.content) == {
        "msg_type": "text",
        "content": '{"text": "Chào chị"}',
        "reply_in_thread": False,
        "uuid": "key-1",
    }


@pytest.mark.parametrize("message_id", ["", "..", "om_1/..", "om_1?x=1", "om 1", "ế"])
def test_what_is_no_id_never_becomes_a_path(message_id: str) -> None:
    lark = ScriptedLark()
    with pytest.raises(LarkApiError):
        Messages(lark_client(lark.network)).reply(message_id, HELLO, "key-1")
    assert lark.calls == []


@pytest.mark.parametrize("in_thread", [False, True])
def test_a_reply_goes_where_the_message_is(lark: Platform, messages: Messages, in_thread: bool) -> None:
    question = lark.api.messages.receive("oc_1", "Mấy giờ ạ?")
    reply_id = messages.reply(question, HELLO, "key-1", in_thread=in_thread)
    (sent,) = lark.api.messages.sent
    assert (sent.message_id, sent.receive_id, sent.parent_id) == (reply_id, "oc_1", question)
    assert (sent.content, sent.in_thread) == ({"text": "Chào chị"}, in_thread)


def test_a_message_that_does_not_exist_is_not_answered(lark: Platform, messages: Messages) -> None:
    outcome = refused(lambda: messages.reply("om_x", HELLO, "key-1"))
    assert (outcome.verdict, outcome.lark_code) == (Verdict.REJECT, 230001)
    assert lark.api.messages.sent == []


def test_a_lost_answer_and_a_second_try_reply_once(lark: Platform, messages: Messages) -> None:
    question = lark.api.messages.receive("oc_1", "Mấy giờ ạ?")
    lark.api.faults["messages"].set(Fault("answer_lost", times=1))
    assert refused(lambda: messages.reply(question, HELLO, "k" * 60)).verdict is Verdict.UNKNOWN
    reply_id = messages.reply(question, HELLO, "k" * 60)
    assert [sent.message_id for sent in lark.api.messages.sent] == [reply_id]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"items": []},
        {"items": "x"},
        {"items": [{}]},
        {"items": [{"message_id": "om_1", "msg_type": 7}]},
        {"items": [{"message_id": "om_1", "msg_type": "text", "create_time": "soon"}]},
        {"items": [{"message_id": "om_1", "msg_type": "text", "create_time": "1", "mentions": "x"}]},
    ],
)
def test_a_message_that_cannot_be_read_is_incomplete(data: Any) -> None:
    lark = ScriptedLark({"code": 0, "data": data})
    outcome = refused(lambda: Messages(lark_client(lark.network)).get("om_1"))
    assert outcome.reason == "incomplete_answer"


def test_a_message_is_read_with_who_wrote_it_and_where(lark: Platform, messages: Messages) -> None:
    mentions = ({"key": "@_user_1", "id": "ou_bot", "name": "Bot"},)
    question = lark.api.messages.receive(
        "oc_1", "@_user_1 mấy giờ?", sender="ou_lan", thread_id="omt_1", parent_id="om_0", mentions=mentions
    )
    found = messages.get(question)
    assert json.loads(found.content) == {"text": "@_user_1 mấy giờ?"}
    assert (found.sender_id, found.sender_type, found.mentions) == ("ou_lan", "user", mentions)
    assert (found.chat_id, found.thread_id, found.parent_id) == ("oc_1", "omt_1", "om_0")
    assert (found.created_at, found.is_deleted) == (lark.clock.now(), False)
    assert "mấy giờ" not in repr(found)
    lark.api.messages.recalled.add(question)
    assert messages.get(question).is_deleted


def test_the_bots_own_message_is_read(messages: Messages) -> None:
    found = messages.get(messages.send("ou_1", "open_id", HELLO, "key-1"))
    assert (found.sender_type, found.msg_type, found.thread_id) == ("app", "text", "")


def test_a_message_is_recalled_once(lark: Platform, messages: Messages) -> None:
    message_id = messages.send("ou_1", "open_id", HELLO, "key-1")
    messages.recall(message_id)
    messages.recall(message_id)
    assert lark.api.messages.recalled == {message_id}


def test_a_message_of_another_or_of_yesterday_is_not_recalled(lark: Platform, messages: Messages) -> None:
    theirs = lark.api.messages.receive("oc_1", "?")
    ours = messages.send("ou_1", "open_id", HELLO, "key-1")
    lark.clock.advance(days=1)
    outcomes = [refused(lambda one=one: messages.recall(one)) for one in (theirs, ours)]
    assert [outcome.reason for outcome in outcomes] == ["no_permission", "message_too_old"]


def test_a_group_without_threads_refuses_one(lark: Platform, messages: Messages) -> None:
    lark.api.messages.threadless.add("oc_1")
    question = lark.api.messages.receive("oc_1", "?")
    assert refused(lambda: messages.reply(question, HELLO, "key-1", in_thread=True)).lark_code == 230071
    messages.reply(question, HELLO, "key-1")
    assert len(lark.api.messages.sent) == 1


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (230002, "bot_not_in_chat"),
        (230013, "receiver_unavailable"),
        (230053, "receiver_unavailable"),
        (232009, "chat_not_found"),
    ],
)
def test_a_chat_that_cannot_be_written_to_says_why(
    lark: Platform, messages: Messages, code: int, reason: str
) -> None:
    lark.api.messages.refusals["ou_1"] = code
    outcome = refused(lambda: messages.send("ou_1", "open_id", HELLO, "key-1"))
    assert (outcome.verdict, outcome.reason) == (Verdict.REJECT, reason)


def test_an_audit_is_told_apart(lark: Platform, messages: Messages) -> None:
    lark.api.messages.audits = True
    words = Message("text", {"text": "Gọi 0912345678"})
    outcome = refused(lambda: messages.send("ou_1", "open_id", words, "key-1"))
    assert (outcome.reason, outcome.lark_code) == ("message_refused", 230028)


@pytest.mark.parametrize("code", [230050, 230002, 231003])
def test_a_message_that_the_bot_does_not_see_is_not_taken_for_recalled(code: int) -> None:
    lark = ScriptedLark((400, {"code": code, "msg": "no"}, {}))
    assert refused(lambda: Messages(lark_client(lark.network)).recall("om_1")).lark_code == code
