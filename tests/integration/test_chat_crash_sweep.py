"""A process that stops at any call on a chat's way: each message is answered once."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest

from larkbridge.inbound.all_providers import SOURCES
from larkbridge.store.work import Status
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.chat_world import AN, GROUP, OWN, ChatWorld
from tests.support.memory_dynamo.aws import SETTINGS, MemoryAccount, memory_account
from tests.support.world import World

SENT_AGAIN_SECONDS = 30
"""By then Lark has sent again what was not accepted."""

type Deed = Callable[[ChatWorld], object]


def ask_twice(chat: ChatWorld) -> None:
    chat.chats.say(OWN, AN, "/trợ giúp")
    chat.world.clock.advance(seconds=1)
    chat.chats.say(OWN, AN, "/mới")


def ask_in_a_group(chat: ChatWorld) -> None:
    chat.chats.say(GROUP, AN, "@bot /trạng thái")


def enter_and_choose(chat: ChatWorld) -> None:
    chat.chats.enter(AN)
    chat.world.clock.advance(seconds=1)
    chat.chats.choose(AN, "help")


def disconnect(chat: ChatWorld) -> None:
    chat.chats.say(OWN, AN, "/ngắt kết nối")


DEEDS: dict[str, Deed] = {
    "two questions": ask_twice,
    "in a group": ask_in_a_group,
    "enter and choose": enter_and_choose,
    "disconnect": disconnect,
}


def follow(chat: ChatWorld) -> None:
    """Let everything follow from what people did; whoever posts to a process that stops has no answer."""
    post = chat.lark.events.post
    assert post is not None

    def post_to_a_mortal(headers: Mapping[str, str], body: bytes) -> int:
        try:
            return post(headers, body)
        except ProcessStoppedError:
            return 0

    chat.lark.events.post = post_to_a_mortal
    try:
        chat.settle()
    finally:
        chat.lark.events.post = post


def go_on(chat: ChatWorld) -> None:
    """Let new processes run, and Lark send again what was not accepted, until all is done."""
    chat.world.restart()
    chat.restart()
    for number in range(40):
        chat.settle()
        chat.world.sweep()
        chat.settle()
        is_open = any(chat.world.events.backlog(SOURCES)) or len(chat.queue) or len(chat.given_up)
        if number and not is_open:
            return
        chat.world.clock.advance(seconds=SENT_AGAIN_SECONDS)
    raise AssertionError("it never ends")


def outcome(chat: ChatWorld, account: MemoryAccount, token: str) -> dict[str, Any]:
    """Return what the bot has said in each chat, which messages still have a sign, and who is connected."""
    lines = [*chat.lark.chat_view.lines(OWN), *chat.lark.chat_view.lines(GROUP)]
    return {
        "own": sorted(chat.heard(OWN)),
        "group": sorted(chat.heard(GROUP)),
        "signs": [line.message_id for line in lines if line.reactions],
        "grants": len(account.dynamo.items("TokensTable")),
        "recorded": len(account.dynamo.items("AuditTable")),
        "token lives": chat.lark.tokens.user_tokens.grant_of(token) is not None,
    }


@pytest.mark.parametrize("deed", DEEDS)
def test_stop_at_any_call_answers_each_message_once(deed: str) -> None:
    with memory_account() as account:
        calm = ChatWorld(World(SETTINGS), account)
        token = calm.connect()
        with calm.world.watch() as calls:
            DEEDS[deed](calm)
            follow(calm)
        total, expected = len(calls.made), outcome(calm, account, token)
    assert total >= 10
    assert expected["signs"] == []
    assert expected["own"] or expected["group"]
    disconnected = deed == "disconnect"
    assert (expected["grants"], expected["recorded"], expected["token lives"]) == (
        not disconnected,
        disconnected,
        not disconnected,
    )

    for number in range(total):  # a stop before a call is one after the call before it
        with memory_account() as account:
            chat = ChatWorld(World(SETTINGS), account)
            token = chat.connect()
            with chat.world.watch(Calls(stop_at=(number, "after"))), suppress(ProcessStoppedError):
                DEEDS[deed](chat)
                follow(chat)
            go_on(chat)
            stop = f"after call {number}: {calls.made[number]}"
            assert outcome(chat, account, token) == expected, stop
            found = {one.status for one in chat.world.events.listed(SOURCES, set(Status), None)}
            assert found == {Status.SUCCESS}, stop
