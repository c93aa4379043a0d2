"""What people write to the bot, on the deployed stack: over the signed webhook, the queue and back."""

import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.lark.base_control import CONTROL
from sandbox.lark.chats import BOT_NAME, P2P
from tests.support.providers import FIRST_ATTEMPT_SECONDS
from tests.support.stack import LocalStack
from tests.support.waiting import wait_for

PERSON = "ou_sandbox_person"
CHATS = f"{CONTROL}/chats"
FIRST_SIGN_SECONDS = 1.5
"""When all functions run already."""


class Chat:
    """One person's own chat with the bot, in the simulated Lark."""

    def __init__(self, lark: httpx.Client) -> None:
        self._lark = lark
        self._path = f"{CHATS}/{P2P}{PERSON}"

    def say(self, text: str) -> str:
        """Write to the bot and return the message's id."""
        body = {"openId": PERSON, "text": text}
        return self._lark.post(f"{self._path}/say", json=body).raise_for_status().json()["messageId"]

    def lines(self) -> list[dict[str, Any]]:
        return self._lark.get(self._path).raise_for_status().json()["items"]

    def answers(self, message_id: str) -> list[str]:
        """Return what the bot has replied to a message."""
        return [
            line["text"]
            for line in self.lines()
            if line["replyTo"] == message_id and line["sender"] == BOT_NAME
        ]

    def answer(self, message_id: str) -> str:
        """Wait for the answer to a message, which must stay the only one."""
        wait_for(lambda: bool(self.answers(message_id)), FIRST_ATTEMPT_SECONDS, self.lines)
        wait_for(lambda: not self.signs(message_id), FIRST_ATTEMPT_SECONDS, self.lines)
        (answer,) = self.answers(message_id)
        return answer

    def signs(self, message_id: str) -> list[str]:
        """Return the emoji under a message."""
        (line,) = (line for line in self.lines() if line["messageId"] == message_id)
        return line["reactions"]


@pytest.fixture
def chat(stack: LocalStack) -> Iterator[Chat]:
    with httpx.Client(base_url=stack.description["sandboxUrl"], timeout=10) as lark:
        yield Chat(lark)


def test_a_message_gets_its_answer_and_the_first_sign_goes(chat: Chat) -> None:
    assert "/connect" in chat.answer(chat.say("/help"))


def test_the_way_to_the_answer_is_short(chat: Chat) -> None:
    messages = []
    for _ in range(5):
        messages.append(chat.say("/help"))
        chat.answer(messages[-1])
    asked = {line["messageId"]: line["time"] for line in chat.lines()}
    waits = [line["time"] - asked[line["replyTo"]] for line in chat.lines() if line["replyTo"] in messages]
    assert min(waits) <= FIRST_SIGN_SECONDS  # the first sign comes before the answer


def test_messages_are_answered_in_their_order(chat: Chat) -> None:
    messages = [chat.say(f"câu hỏi {uuid.uuid4().hex}") for _ in range(5)]
    for message_id in messages:
        chat.answer(message_id)
    replied = [line["replyTo"] for line in chat.lines() if line["replyTo"] in messages]
    assert replied == messages


def test_both_sides_of_the_queue_know_a_stop(chat: Chat, stack: LocalStack) -> None:
    chat.answer(chat.say("/stop"))
    row = stack.aws("dynamodb").get_item(
        TableName=stack.table("ConversationsTable"),
        Key={"conversation": {"S": f"person:{PERSON}"}, "part": {"S": f"stopped:{PERSON}"}},
    )
    assert row["Item"]["stoppedAt"]["S"] <= time.strftime("%Y-%m-%dT%H:%M:%S.999Z", time.gmtime())
    assert chat.answer(chat.say("/help"))
