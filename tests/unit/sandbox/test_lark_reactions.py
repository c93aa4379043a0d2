from typing import Any

import httpx
import pytest

from tests.support.lark_calls import MESSAGES, CalledLark, code


@pytest.fixture
def lark() -> CalledLark:
    return CalledLark()


@pytest.fixture
def question(lark: CalledLark) -> str:
    return lark.api.messages.receive("oc_1", "?")


def add(lark: CalledLark, message_id: str, emoji: Any = "Typing") -> httpx.Response:
    body = {"reaction_type": {"emoji_type": emoji}}
    return lark.call("POST", f"{MESSAGES}/{message_id}/reactions", body)


def remove(lark: CalledLark, message_id: str, reaction_id: str) -> httpx.Response:
    return lark.call("DELETE", f"{MESSAGES}/{message_id}/reactions/{reaction_id}")


@pytest.mark.parametrize(("emoji", "expected"), [("typing", 231001), (":smile:", 231001), (7, 99992402)])
def test_an_emoji_has_its_name_as_written(lark: CalledLark, question: str, emoji: Any, expected: int) -> None:
    response = add(lark, question, emoji)
    assert (response.status_code, code(response)) == (400, expected)
    assert lark.api.reactions.shown(question) == []


def test_a_message_that_is_gone_takes_no_reaction(lark: CalledLark, question: str) -> None:
    assert code(add(lark, "om_x")) == 231003
    reaction_id = add(lark, question).json()["data"]["reaction_id"]
    lark.api.messages.recalled.add(question)
    assert code(add(lark, question)) == code(remove(lark, question, reaction_id)) == 231003


def test_a_bot_outside_the_chat_does_not_react(lark: CalledLark, question: str) -> None:
    lark.api.messages.refusals["oc_1"] = 230002
    assert code(add(lark, question)) == 231002


def test_a_reaction_is_there_until_it_is_removed(lark: CalledLark, question: str) -> None:
    first, again = (add(lark, question).json()["data"] for _ in range(2))
    assert first["reaction_id"] == again["reaction_id"]
    assert first["operator"] == {"operator_id": "cli_a", "operator_type": "app"}
    assert lark.api.reactions.shown(question) == ["Typing"]
    assert [code(remove(lark, question, first["reaction_id"])) for _ in range(2)] == [0, 231011]
    assert lark.api.reactions.shown(question) == []
    assert add(lark, question).json()["data"]["reaction_id"] != first["reaction_id"]


def test_a_reaction_belongs_to_its_message_and_to_who_added_it(lark: CalledLark, question: str) -> None:
    reaction_id = add(lark, question).json()["data"]["reaction_id"]
    other = lark.api.messages.receive("oc_1", "!")
    assert code(remove(lark, other, reaction_id)) == 231010
    path = f"{MESSAGES}/{question}/reactions"
    assert code(lark.call_as("ou_1", "DELETE", f"{path}/{reaction_id}")) == 231007
    added = lark.call_as("ou_1", "POST", path, {"reaction_type": {"emoji_type": "Typing"}}).json()["data"]
    assert added["operator"] == {"operator_id": "ou_1", "operator_type": "user"}
