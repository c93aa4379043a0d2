"""Batches of the two queues: what comes again, and what is over."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from larkbridge.agent.handed_over import MAX_APOLOGIES, HandedOver
from larkbridge.errors import AwsUnavailableError
from larkbridge.work.outcome import Verdict
from tests.support.chat_room import APOLOGY, lark_error
from tests.support.chat_storm import ChatStorm
from tests.support.chat_turns import chat_turn
from tests.support.fifo_queue import Received
from tests.support.memory_dynamo.aws import memory_aws
from tests.support.memory_sqs import CHAT_QUEUE_ARN, GIVEN_UP_ARN


@pytest.fixture
def chat() -> Iterator[ChatStorm]:
    with memory_aws() as dynamo:
        yield ChatStorm(dynamo)


def record(body: str, *, number: int = 1, receives: int = 1, arn: str = CHAT_QUEUE_ARN) -> dict[str, Any]:
    return Received(number, receives, body, "person:ou_1").record(arn)


def failed(chat: ChatStorm, *records: dict[str, Any]) -> list[str]:
    """Return the ids of those that must come again."""
    answer = HandedOver(chat.turns, GIVEN_UP_ARN).take({"Records": list(records)})
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def raising(error: BaseException) -> Callable[[str], None]:
    def hook(name: str) -> None:
        raise error

    return hook


def test_a_turn_that_is_over_does_not_come_again(chat: ChatStorm) -> None:
    assert failed(chat, record(chat_turn().to_json())) == []
    assert chat.room.said == ["re: a question"]


@pytest.mark.parametrize(
    "error",
    [
        lark_error(Verdict.RETRY),
        lark_error(Verdict.UNKNOWN),
        AwsUnavailableError("down"),
        ValueError("a defect at Nguyễn Văn An"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_turn_that_could_not_be_answered_comes_again_and_the_log_says_why(
    chat: ChatStorm, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    chat.room.hook = raising(error)
    assert failed(chat, record(chat_turn().to_json())) == ["message-1"]
    assert [line.levelno >= logging.WARNING for line in caplog.records]
    assert "An" not in str([vars(line) for line in caplog.records if line.levelno >= logging.WARNING])


def test_what_stands_behind_a_failed_turn_comes_again_too(chat: ChatStorm) -> None:
    first, second = chat_turn("om_1").to_json(), chat_turn("om_2").to_json()
    chat.room.hook = raising(lark_error(Verdict.RETRY))
    assert failed(chat, record(first), record(second, number=2)) == ["message-1", "message-2"]


@pytest.mark.parametrize("body", ["", "no JSON", "[]", '{"kind": "unheard of"}', '{"kind": "message"}'])
def test_what_cannot_be_read_is_given_up_in_the_end_and_counted(
    chat: ChatStorm, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert failed(chat, record(body)) == ["message-1"]
    assert failed(chat, record(body, receives=MAX_APOLOGIES, arn=GIVEN_UP_ARN)) == []
    assert chat.room.effects == []


def test_what_was_given_up_gets_an_apology(chat: ChatStorm) -> None:
    assert failed(chat, record(chat_turn().to_json(), arn=GIVEN_UP_ARN)) == []
    assert chat.room.said == [APOLOGY]


def test_an_apology_is_tried_again_for_less_than_an_hour(chat: ChatStorm) -> None:
    chat.room.hook = raising(lark_error(Verdict.RETRY))
    body, tries = chat_turn().to_json(), range(1, MAX_APOLOGIES + 1)
    chat.clock.advance(hours=1)
    left = []
    for receives in tries:
        left.append(failed(chat, record(body, receives=receives, arn=GIVEN_UP_ARN)))
        chat.clock.advance(seconds=150)
    assert left == [["message-1"]] * (MAX_APOLOGIES - 1) + [[]]
    assert MAX_APOLOGIES * 150 < 3600
