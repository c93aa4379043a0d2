"""The bot speaks where it was asked, once, and tells a group nothing that is for one person."""

import json
from typing import Any

import httpx
import pytest

from larkbridge.agent.protocols import Answer, MessageGoneError
from larkbridge.agent.speaker import LarkSpeaker
from larkbridge.lark.messages import Messages
from larkbridge.lark.reactions import Reactions
from larkbridge.store.chat_queue import ChatTurn, TurnKind
from tests.support.chat_documents import PERSON
from tests.support.chat_turns import chat_turn, chosen
from tests.support.lark import ScriptedLark, lark_client, refused

SENT = {"code": 0, "data": {"message_id": "om_2"}}
HELLO = Answer("Chào bạn")


GROUP = chat_turn(is_group=True)
MENU = chosen("help")


def speaker(lark: ScriptedLark, *, reply_in_thread: bool = True) -> LarkSpeaker:
    client = lark_client(lark.network)
    return LarkSpeaker(Messages(client), Reactions(client), reply_in_thread=reply_in_thread)


def said(request: httpx.Request) -> dict[str, Any]:
    """Return a message as it was asked for: its words and the fields that say where it goes."""
    body = json.loads(request.content)
    content = json.loads(body.pop("content"))
    words = content["zh_cn"]["content"][0][0]["text"] if body["msg_type"] == "post" else content
    return body | {"words": words, "path": request.url.path.removeprefix("/open-apis/im/v1")}


def code(number: int) -> tuple[int, dict[str, Any], dict[str, str]]:
    return 400, {"code": number, "msg": "no"}, {}


@pytest.mark.parametrize("number", [230011, 231003])
def test_a_message_that_is_gone_gets_no_sign_and_ends_the_turn(number: int) -> None:
    with pytest.raises(MessageGoneError):
        speaker(ScriptedLark(code(number))).first_sign(chat_turn())


@pytest.mark.parametrize("answer", [code(231002), code(230020), (500, {}, {}), httpx.ConnectError("no")])
def test_no_other_refusal_of_a_sign_costs_the_turn(answer: Any) -> None:
    assert speaker(ScriptedLark(answer)).first_sign(chat_turn()) == ""


@pytest.mark.parametrize("answer", [code(231003), code(231011), (500, {}, {}), httpx.ReadTimeout("no")])
def test_a_sign_that_stays_costs_nothing(answer: Any) -> None:
    speaker(ScriptedLark(answer)).remove_sign(chat_turn(), "reaction-1")


def test_the_first_sign_is_a_reaction_that_goes() -> None:
    lark = ScriptedLark({"code": 0, "data": {"reaction_id": "reaction-1"}})
    bot = speaker(lark)
    bot.remove_sign(chat_turn(), bot.first_sign(chat_turn()))
    added, removed = lark.calls
    assert json.loads(added.content) == {"reaction_type": {"emoji_type": "Typing"}}
    assert (removed.method, removed.url.path) == (
        "DELETE",
        "/open-apis/im/v1/messages/om_1/reactions/reaction-1",
    )


@pytest.mark.parametrize("kind", [TurnKind.MENU, TurnKind.ENTERED, TurnKind.PRESS])
def test_what_is_no_message_has_no_sign(kind: TurnKind) -> None:
    lark = ScriptedLark()
    bot = speaker(lark)
    bot.remove_sign(chat_turn(kind=kind), bot.first_sign(chat_turn(kind=kind)))
    assert lark.calls == []


@pytest.mark.parametrize("number", [230011, 230019, 230050, 231003, 230110])
def test_an_answer_to_what_is_gone_ends_the_turn(number: int) -> None:
    with pytest.raises(MessageGoneError):
        speaker(ScriptedLark(code(number))).say(chat_turn(), HELLO, 0)


@pytest.mark.parametrize(
    ("turn", "in_thread"),
    [
        (chat_turn(), False),
        (chat_turn(thread_id="omt_1"), True),
        (GROUP, True),
        (chat_turn(is_group=True, thread_id="omt_1"), True),
        (chat_turn(kind=TurnKind.PRESS), False),
    ],
)
def test_a_message_is_answered_where_it_stands(turn: ChatTurn, in_thread: bool) -> None:
    lark = ScriptedLark(SENT)
    assert speaker(lark).say(turn, HELLO, 0) == 1
    (request,) = lark.calls
    assert said(request)["path"] == "/messages/om_1/reply"
    assert (said(request)["words"], said(request)["reply_in_thread"]) == ("Chào bạn", in_thread)


def test_a_group_may_be_answered_without_threads() -> None:
    lark = ScriptedLark(SENT)
    speaker(lark, reply_in_thread=False).say(GROUP, HELLO, 0)
    assert said(lark.calls[0])["reply_in_thread"] is False


def test_a_group_that_has_no_threads_gets_a_plain_reply() -> None:
    lark = ScriptedLark(code(230071), SENT)
    assert speaker(lark).say(GROUP, HELLO, 0) == 1
    assert [said(request)["reply_in_thread"] for request in lark.calls] == [True, False]


@pytest.mark.parametrize("kind", [TurnKind.MENU, TurnKind.ENTERED])
def test_what_has_no_message_is_answered_to_the_person(kind: TurnKind) -> None:
    lark = ScriptedLark(SENT)
    speaker(lark).say(chat_turn(kind=kind, message_id="", chat_id=""), HELLO, 0)
    (request,) = lark.calls
    assert request.url.params["receive_id_type"] == "open_id"
    assert (said(request)["path"], said(request)["receive_id"]) == ("/messages", PERSON)


def test_a_long_answer_is_said_in_parts_of_their_own_uuids() -> None:
    lark, long = ScriptedLark(SENT), Answer("\n\n".join(f"{number} {'ế' * 3_000}" for number in range(6)))
    bot = speaker(lark)
    parts = bot.say(chat_turn(), long, 0)
    assert parts == 3
    assert [bot.say(chat_turn(), long, part) for part in range(1, parts)] == [parts, parts]
    uuids = [said(request)["uuid"] for request in lark.calls]
    assert len({*uuids}) == parts
    assert all(len(uuid) <= 50 for uuid in uuids)


def uuid_of(turn: ChatTurn, answer: Answer = HELLO, part: int = 0) -> str:
    lark = ScriptedLark(SENT)
    speaker(lark).say(turn, answer, part)
    return said(lark.calls[0])["uuid"]


def test_an_answer_has_one_uuid_whatever_it_says_and_whichever_event_brings_it() -> None:
    assert uuid_of(chat_turn()) == uuid_of(chat_turn(event_id="e-2"), Answer("Xin lỗi"))


def test_other_answers_have_other_uuids() -> None:
    press = chat_turn(kind=TurnKind.PRESS)
    answers = [
        chat_turn(),
        chat_turn(message_id="om_3"),
        chat_turn(resumed="connected"),
        press,
        chat_turn(kind=TurnKind.PRESS, event_id="e-2"),
        chat_turn(kind=TurnKind.MENU, message_id="", event_id="e-3"),
        chat_turn(message_id=f"om_{'1' * 32}", resumed="connected-again"),
        chat_turn(message_id=f"om_{'1' * 32}", resumed="connected-anew"),
    ]
    assert len({uuid_of(one) for one in answers}) == len(answers)


def test_a_card_is_shown_in_place_of_words() -> None:
    lark, card = ScriptedLark(SENT), {"header": {}, "elements": []}
    assert speaker(lark).say(MENU, Answer("Chào", card=json.dumps(card)), 0) == 1
    (request,) = lark.calls
    assert (said(request)["msg_type"], said(request)["words"]) == ("interactive", card)


def test_words_that_may_not_leave_are_said_once_more_without_numbers() -> None:
    lark = ScriptedLark(code(230028), SENT)
    assert speaker(lark).say(chat_turn(), Answer("Gọi 0912 345 678"), 0) == 1
    assert [said(request)["words"] for request in lark.calls] == ["Gọi 0912 345 678", "Gọi •••"]
    assert len({said(request)["uuid"] for request in lark.calls}) == 1


def test_words_that_may_not_leave_either_way_are_refused() -> None:
    lark = ScriptedLark(code(230028))
    outcome = refused(lambda: speaker(lark).say(chat_turn(), Answer("Gọi 0912 345 678"), 0))
    assert (outcome.lark_code, len(lark.calls)) == (230028, 2)


@pytest.mark.parametrize("number", [230002, 230020, 230049, 232009])
def test_another_refusal_is_told(number: int) -> None:
    lark = ScriptedLark(code(number))
    assert refused(lambda: speaker(lark).say(chat_turn(), HELLO, 0)).lark_code == number
    assert len(lark.calls) == 1


SECRET = Answer("Lịch của bạn: phỏng vấn lúc 9 giờ", private=True)


def test_what_is_private_goes_to_the_person_and_the_group_hears_that_it_did() -> None:
    lark = ScriptedLark(SENT)
    assert speaker(lark).say(GROUP, SECRET, 0) == 1
    private, public = map(said, lark.calls)
    assert (private["path"], private["receive_id"], private["words"]) == ("/messages", PERSON, SECRET.text)
    assert (public["path"], public["words"]) == ("/messages/om_1/reply", "Tôi đã trả lời riêng cho bạn.")
    assert private["uuid"] != public["uuid"]


def test_a_group_hears_once_of_a_private_answer_in_parts() -> None:
    lark, long = ScriptedLark(SENT), Answer("\n\n".join("ế" * 3_000 for _ in range(6)), private=True)
    bot = speaker(lark)
    assert [bot.say(GROUP, long, part) for part in range(3)] == [3] * 3
    paths = [said(request)["path"] for request in lark.calls]
    assert paths == ["/messages"] * 3 + ["/messages/om_1/reply"]


def test_a_group_that_may_not_hear_of_a_private_answer_costs_nothing() -> None:
    assert speaker(ScriptedLark(SENT, code(230018))).say(GROUP, SECRET, 0) == 1


def test_what_a_group_may_not_have_heard_is_said_again() -> None:
    refused(lambda: speaker(ScriptedLark(SENT, (500, {}, {}))).say(GROUP, SECRET, 0))


def test_what_is_private_never_stands_beside_the_card_that_was_pressed() -> None:
    lark = ScriptedLark(SENT)
    assert speaker(lark).say(chat_turn(kind=TurnKind.PRESS), SECRET, 0) == 1
    (private,) = map(said, lark.calls)
    assert (private["path"], private["receive_id"]) == ("/messages", PERSON)


def test_an_answer_that_follows_parts_of_another_counts_on() -> None:
    lark = ScriptedLark(SENT)
    bot = speaker(lark)
    assert bot.say(chat_turn(), HELLO._replace(first=2), 2) == 3
    assert said(lark.calls[0])["words"] == HELLO.text
    assert said(lark.calls[0])["uuid"] != uuid_of(chat_turn())


def test_a_welcome_is_known_by_its_person() -> None:
    first, second = (chat_turn(kind=TurnKind.ENTERED, message_id="", event_id=f"e-{n}") for n in (1, 2))
    assert uuid_of(first) == uuid_of(second)


def test_the_group_hears_it_in_the_answers_language() -> None:
    lark = ScriptedLark(SENT)
    speaker(lark).say(GROUP, Answer("Your calendar: an interview at 9", private=True), 0)
    assert said(lark.calls[1])["words"] == "I have answered you privately."


@pytest.mark.parametrize("number", [230013, 230053])
def test_what_does_not_reach_the_person_is_never_said_to_the_group(number: int) -> None:
    lark = ScriptedLark(code(number), SENT)
    assert speaker(lark).say(GROUP, SECRET, 0) == 1
    _, public = map(said, lark.calls)
    assert public["path"] == "/messages/om_1/reply"
    assert public["words"].startswith("Tôi không gửi được tin nhắn riêng cho bạn")


@pytest.mark.parametrize("answer", [code(230020), code(230028), (500, {}, {}), httpx.ReadTimeout("no")])
def test_no_trouble_tells_the_group_what_is_private(answer: Any) -> None:
    lark = ScriptedLark(answer)
    refused(lambda: speaker(lark).say(GROUP, SECRET, 0))
    assert {said(request)["path"] for request in lark.calls} == {"/messages"}


def test_in_a_persons_own_chat_private_is_as_any_answer() -> None:
    lark = ScriptedLark(SENT)
    assert speaker(lark).say(chat_turn(), SECRET, 0) == 1
    assert said(lark.calls[0])["path"] == "/messages/om_1/reply"


def test_a_note_stands_where_the_question_does_under_a_uuid_of_its_own() -> None:
    lark = ScriptedLark(SENT, SENT)
    bot = speaker(lark)
    bot.note(GROUP, "Chờ chút nhé")
    bot.say(GROUP, HELLO, 0)
    note, answer = map(said, lark.calls)
    assert (note["path"], note["words"]) == ("/messages/om_1/reply", "Chờ chút nhé")
    assert note["uuid"] != answer["uuid"]


@pytest.mark.parametrize("answer", [code(230020), (500, {}, {}), httpx.ReadTimeout("no")])
def test_a_note_that_fails_costs_nothing(answer: Any) -> None:
    speaker(ScriptedLark(answer)).note(chat_turn(), "Chờ chút nhé")


def test_a_note_to_what_is_gone_ends_the_turn() -> None:
    with pytest.raises(MessageGoneError):
        speaker(ScriptedLark(code(231003))).note(chat_turn(), "Chờ chút nhé")
