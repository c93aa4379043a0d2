from typing import Any

import pytest

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
