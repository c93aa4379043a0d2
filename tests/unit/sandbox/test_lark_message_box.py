import json
from typing import Any

import httpx
import pytest

from sandbox.lark.openapi import TOKEN_PATH
from tests.support.lark_calls import MESSAGES, CalledLark, code


@pytest.fixture
def lark() -> CalledLark:
    return CalledLark()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"receive_id": ""}, 99992402),
        ({"msg_type": None}, 99992402),
        ({"content": {}}, 99992402),
        ({"content": "not json"}, 230099),
        ({"content": "[]"}, 230099),
        ({"content": "x", "msg_type": "text"}, 230001),
        ({"content": '{"a":"%s"}' % ("x" * 30 * 1024)}, 230025),
        ({"uuid": "u" * 51}, 99992402),
        ({"uuid": 7}, 99992402),
    ],
)
def test_a_message_that_is_wrong_is_not_sent(
    lark: CalledLark, changes: dict[str, Any], expected: int
) -> None:
    response = lark.send(**changes)
    assert (response.status_code, code(response)) == (400, expected)
    assert lark.api.messages.sent == []


def test_a_receiver_has_a_known_kind_of_id(lark: CalledLark) -> None:
    body = {"receive_id": "x", "msg_type": "text", "content": "{}"}
    assert code(lark.call("POST", MESSAGES, body, receive_id_type="phone")) == 99992402
    assert code(lark.call("POST", MESSAGES, body)) == 99992402


def test_a_uuid_sends_one_message_an_hour_and_answers_it_again(lark: CalledLark) -> None:
    first = lark.send(uuid="u1").json()["data"]
    lark.clock.advance(minutes=59, seconds=59)
    assert lark.send(uuid="u1").json()["data"] == first
    assert len(lark.api.messages.sent) == 1
    lark.clock.advance(seconds=1)
    assert lark.send(uuid="u1").json()["data"]["message_id"] != first["message_id"]


def test_messages_without_a_uuid_are_all_sent(lark: CalledLark) -> None:
    for uuid in (None, "", None):
        lark.send(uuid=uuid)
    assert len(lark.api.messages.sent) == 3


def test_a_person_gets_five_messages_a_second(lark: CalledLark) -> None:
    responses = [lark.send() for _ in range(6)]
    assert [code(response) for response in responses] == [0] * 5 + [230020]
    assert responses[-1].status_code == 400
    assert code(lark.send("ou_2")) == 0
    lark.clock.advance(seconds=1)
    assert code(lark.send()) == 0


def reply(lark: CalledLark, message_id: str, **changes: Any) -> Any:
    body = {"msg_type": "text", "content": '{"text":"hi"}'} | changes
    return lark.call("POST", f"{MESSAGES}/{message_id}/reply", body)


def test_a_reply_to_nothing_is_refused(lark: CalledLark) -> None:
    response = reply(lark, "om_x")
    assert (response.status_code, code(response)) == (400, 230001)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"content": "x"}, 230001),
        ({"msg_type": ""}, 99992402),
        ({"uuid": "u" * 51}, 99992402),
        ({"reply_in_thread": "yes"}, 99992402),
    ],
)
def test_a_reply_that_is_wrong_is_not_sent(lark: CalledLark, changes: dict[str, Any], expected: int) -> None:
    assert code(reply(lark, lark.api.messages.receive("oc_1", "?"), **changes)) == expected
    assert lark.api.messages.sent == []


def test_a_reply_says_what_it_answers(lark: CalledLark) -> None:
    question = lark.api.messages.receive("oc_1", "?")
    answer = reply(lark, question).json()["data"]
    assert (answer["root_id"], answer["parent_id"]) == (question, question)
    assert "thread_id" not in answer


def test_a_reply_in_a_thread_stays_in_it(lark: CalledLark) -> None:
    question = lark.api.messages.receive("oc_1", "?")
    first = reply(lark, question, reply_in_thread=True).json()["data"]
    second = reply(lark, first["message_id"]).json()["data"]
    assert first["thread_id"]
    assert second["thread_id"]


def test_a_reply_has_a_uuid_of_its_own_for_an_hour(lark: CalledLark) -> None:
    question = lark.api.messages.receive("oc_1", "?")
    lark.send(uuid="u1")
    first = reply(lark, question, uuid="u1").json()["data"]
    assert reply(lark, question, uuid="u1").json()["data"] == first
    assert len(lark.api.messages.sent) == 2
    lark.clock.advance(hours=1)
    assert reply(lark, question, uuid="u1").json()["data"]["message_id"] != first["message_id"]


def test_a_chat_gets_five_messages_a_second_in_all(lark: CalledLark) -> None:
    question = lark.api.messages.receive("oc_1", "?")
    lark.send("oc_1")
    responses = [reply(lark, question) for _ in range(5)]
    assert [code(response) for response in responses] == [0] * 4 + [230020]


def test_replies_of_one_thread_are_in_it_whichever_they_answer(lark: CalledLark) -> None:
    question = lark.api.messages.receive("oc_1", "?")
    first = reply(lark, question, reply_in_thread=True).json()["data"]
    second = reply(lark, first["message_id"]).json()["data"]
    assert first["thread_id"] == second["thread_id"]
    assert (second["root_id"], second["parent_id"]) == (question, first["message_id"])


def test_a_group_without_threads_takes_plain_replies_only(lark: CalledLark) -> None:
    lark.api.messages.threadless.add("oc_1")
    question = lark.api.messages.receive("oc_1", "?")
    response = reply(lark, question, reply_in_thread=True, uuid="u1")
    assert (response.status_code, code(response)) == (400, 230071)
    assert code(reply(lark, question, uuid="u1")) == 0


def test_a_chat_that_refuses_refuses_everything(lark: CalledLark) -> None:
    question = lark.api.messages.receive("oc_1", "?")
    answer = reply(lark, question).json()["data"]["message_id"]
    lark.api.messages.refusals["oc_1"] = 230002
    calls = [
        reply(lark, question),
        lark.call("GET", f"{MESSAGES}/{question}"),
        lark.call("DELETE", f"{MESSAGES}/{answer}"),
        lark.call("PATCH", f"{MESSAGES}/{answer}", {"content": "{}"}),
    ]
    assert [code(response) for response in calls] == [230002] * 4


def test_what_was_recalled_is_not_answered(lark: CalledLark) -> None:
    question = lark.api.messages.receive("oc_1", "?")
    lark.api.messages.recalled.add(question)
    assert code(reply(lark, question)) == 230011
    assert lark.data("GET", f"{MESSAGES}/{question}")["items"][0]["deleted"] is True


@pytest.mark.parametrize("words", ["Gọi 0912345678 nhé", "an@school.test", "+84912345678"])
def test_an_audit_refuses_phone_numbers_and_addresses(lark: CalledLark, words: str) -> None:
    lark.api.messages.audits = True
    assert code(lark.send(content=json.dumps({"text": words}), msg_type="text")) == 230028
    assert code(lark.send(content='{"text": "9 giờ 30, phòng 2026"}', msg_type="text")) == 0


def test_the_bot_recalls_its_own_messages_for_a_day(lark: CalledLark) -> None:
    question = lark.api.messages.receive("oc_1", "?")
    answers = [reply(lark, question).json()["data"]["message_id"] for _ in range(2)]
    assert code(lark.call("DELETE", f"{MESSAGES}/{question}")) == 230026
    codes = [code(lark.call("DELETE", f"{MESSAGES}/{answers[0]}")) for _ in range(2)]
    assert codes == [0, 230110]
    lark.clock.advance(days=1)
    lark.headers = {"Authorization": f"Bearer {lark.token()}"}
    assert code(lark.call("DELETE", f"{MESSAGES}/{answers[1]}")) == 230009


def test_a_message_is_fetched_with_its_sender_and_place(lark: CalledLark) -> None:
    mentions = [{"key": "@_user_1", "id": "ou_bot", "id_type": "open_id", "name": "Bot"}]
    question = lark.api.messages.receive("oc_1", "@_user_1 ?", sender="ou_7", mentions=mentions)
    (item,) = lark.data("GET", f"{MESSAGES}/{question}")["items"]
    assert item["sender"] == {"id": "ou_7", "id_type": "open_id", "sender_type": "user"}
    assert (item["chat_id"], item["mentions"]) == ("oc_1", mentions)
    answer = lark.send("ou_7").json()["data"]
    assert (answer["sender"]["id"], answer["chat_id"]) == ("cli_a", "oc_p2p_ou_7")


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ({"elements": [{"tag": "table"}] * 3}, 0),
        ({"elements": [{"tag": "column", "elements": [{"tag": "table"}] * 4}]}, 230099),
        ({"schema": "2.0", "body": {"elements": [{"tag": "action", "actions": []}]}}, 230099),
        ({"elements": [{"tag": "action", "actions": []}]}, 0),
    ],
)
def test_a_card_with_what_its_version_does_not_take_is_not_sent(
    lark: CalledLark, card: dict[str, Any], expected: int
) -> None:
    assert code(lark.send(content=json.dumps(card))) == expected


def test_a_test_writes_and_recalls_as_a_person_over_http(sandbox: httpx.Client) -> None:
    control = "/_sandbox/lark/messages"
    conditions = {"refusals": {"oc_2": 230002}, "threadless": ["oc_1"], "audits": True}
    assert sandbox.put(f"{control}/conditions", json=conditions).json() == conditions
    body = {"chatId": "oc_1", "text": "?", "sender": "ou_1"}
    message_id = sandbox.put(f"{control}/received", json=body).json()["messageId"]
    credential = {"app_id": "cli_local", "app_secret": "a-secret"}
    token = sandbox.post(TOKEN_PATH, json=credential).json()["tenant_access_token"]
    sandbox.headers["Authorization"] = f"Bearer {token}"
    answer = {"msg_type": "text", "content": "{}", "reply_in_thread": True}
    assert code(sandbox.post(f"{MESSAGES}/{message_id}/reply", json=answer)) == 230071
    sandbox.post(f"{MESSAGES}/{message_id}/reactions", json={"reaction_type": {"emoji_type": "OK"}})
    (reaction,) = sandbox.get("/_sandbox/lark/reactions").json()["items"]
    assert (reaction["messageId"], reaction["emojiType"], reaction["removed"]) == (message_id, "OK", None)
    assert sandbox.delete(f"{control}/received/{message_id}").status_code == 204
    assert code(sandbox.post(f"{MESSAGES}/{message_id}/reply", json=answer)) == 230011


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("conditions", {"audits": 1}),
        ("conditions", {"threadless": [1]}),
        ("conditions", {"refusals": {"oc_1": "x"}}),
        ("conditions", {"other": True}),
        ("received", {"text": "?"}),
        ("received", {"chatId": "oc_1"}),
    ],
)
def test_a_control_request_that_is_wrong_is_refused(
    sandbox: httpx.Client, path: str, body: dict[str, Any]
) -> None:
    assert sandbox.put(f"/_sandbox/lark/messages/{path}", json=body).status_code == 400
