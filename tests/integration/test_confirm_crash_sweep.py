"""A process that stops at any call after a press: the change is made once, and the card tells the truth."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, Self

import pytest

from larkbridge.agent.speaker import LarkSpeaker
from larkbridge.agent.tools.tool import Asker
from larkbridge.inbound.all_providers import SOURCES
from larkbridge.lark.calendar import Calendars
from larkbridge.lark.messages import Messages
from larkbridge.lark.reactions import Reactions
from larkbridge.lark.task_values import NewTask
from larkbridge.lark.tasks import Tasks
from larkbridge.settings import ChatAgentSettings
from larkbridge.store.conversations import ConversationStore
from larkbridge.store.grants import LARK_USER, Owner
from larkbridge.token_pair import TokenPair
from larkbridge.wiring.agent_tools import agent_tools
from larkbridge.wiring.lark import lark_client
from larkbridge.wiring.vault import token_vault
from sandbox.lark.chat_view import Line
from sandbox.lark.scopes import EVERY_SCOPE
from tests.support.agent_tools import named
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.chat_turns import said
from tests.support.chat_world import AN, HUONG, OWN, ChatWorld
from tests.support.memory_dynamo.aws import SETTINGS, memory_account
from tests.support.world import World

EVENT = {
    "title": "Họp phụ huynh",
    "start": "2026-12-04T15:00:00+07:00",
    "end": "2026-12-04T16:00:00+07:00",
    "guests": (HUONG,),
}
TASK = "task"
"""Stands for the id of the task that is there."""
CHANGES: dict[str, tuple[str, dict[str, Any], Sequence[str]]] = {
    "agree": ("create_event", EVENT, ["Đồng ý"]),
    "agree and undo": ("create_event", EVENT, ["Đồng ý", "Hoàn tác"]),
    "refuse": ("create_event", EVENT, ["Không"]),
    "complete and undo": ("complete_task", {"task_id": TASK}, ["Đồng ý", "Hoàn tác"]),
}


class Asked:
    """Somebody with a grant, whom a tool asks on a card."""

    def __init__(self, chat: ChatWorld, tool: str, arguments: dict[str, Any]) -> None:
        self.chat = chat
        settings, parts = ChatAgentSettings(chat.world.environ), chat.world.parts()
        vault, owner = token_vault(settings.vault, parts), Owner(LARK_USER, AN)
        self.token = chat.lark.tokens.user_tokens.issue(AN, EVERY_SCOPE)
        expires_at = chat.world.clock.now() + timedelta(hours=2)
        vault.keep(owner, TokenPair(self.token, expires_at, "", None, tuple(EVERY_SCOPE)))
        secrets = parts.secrets(settings.vault.private_secrets_id)
        self.client = lark_client(settings.vault.lark, parts, secrets)
        speaker = LarkSpeaker(Messages(self.client), Reactions(self.client), reply_in_thread=True)
        message_id = chat.lark.messages.receive(OWN, "tạo", sender=AN)
        self.turn = said("tạo", open_id=AN, chat_id=OWN, message_id=message_id)
        given = {name: self._task() if value == TASK else value for name, value in arguments.items()}
        chosen = named(agent_tools(settings, self.client, vault, speaker, parts), tool)
        asker = Asker(self.turn, frozenset(), chat.world.clock.now(), lambda: vault.access_token(owner))
        self._run = partial(chosen.run, asker, chosen.arguments.model_validate(given))

    def ask(self) -> Self:
        """Let the tool ask, as a turn that comes again does."""
        self._run()
        return self

    def press(self, label: str) -> None:
        """Let the person press a button, if there is one, and everything follow from it."""
        card = self.card()
        if label in card.buttons:
            self.chat.chats.press(AN, card.message_id, label)
            self.chat.settle()
            self.chat.world.clock.advance(seconds=1)

    def card(self) -> Line:
        return next(line for line in self.chat.lark.chat_view.lines(OWN) if line.text.count("\n") > 1)

    def go_on(self) -> None:
        """Let new processes run until all is done; Lark sends no press again."""
        self.chat.world.restart()
        self.chat.restart()
        for number in range(40):
            self.chat.settle()
            self.chat.world.sweep()
            self.chat.settle()
            waiting = len(self.chat.queue) or len(self.chat.given_up)
            if number and not waiting and not any(self.chat.world.events.backlog(SOURCES)):
                return
            self.chat.world.clock.advance(seconds=30)
        raise AssertionError("it never ends")

    def outcome(self) -> dict[str, Any]:
        """Return what there is in the end: in Lark, on the card and in the person's memory."""
        calendars = Calendars(self.client, self.token)
        day = self.chat.world.clock.now().replace(year=2026, month=12, day=4, hour=0)
        events = calendars.instances(calendars.primary(), day, day + timedelta(days=1))
        tasks = Tasks(self.client, self.chat.world.clock, self.token, AN).mine()
        memory = ConversationStore(SETTINGS["CONVERSATIONS_TABLE"]).memory(self.turn)
        return {
            "events": [(one.summary, [guest.open_id for guest in one.attendees]) for one in events],
            "tasks": [(one.summary, one.completed_at is not None) for one in tasks],
            "card": re.sub(r"\d\d:\d\d", "", self.card().text),
            "buttons": self.card().buttons,
            "memory": re.sub(r'"event": "[^"]*"', "", memory),
            "said": len(self.chat.heard(OWN)),
        }

    def _task(self) -> str:
        tasks = Tasks(self.client, self.chat.world.clock, self.token, AN)
        return tasks.create(NewTask(summary="Gọi chị Lan"), "token of the task").guid


@pytest.mark.parametrize("change", CHANGES)
def test_stop_at_any_call_after_a_press_makes_the_change_once(change: str) -> None:
    tool, arguments, labels = CHANGES[change]
    with memory_account() as account:
        calm = Asked(ChatWorld(World(SETTINGS), account), tool, arguments).ask()
        with calm.chat.world.watch() as calls:
            for label in labels:
                calm.press(label)
        total, expected = len(calls.made), calm.outcome()
    assert total >= 10
    assert expected["said"] == 1

    for number in range(total):  # a stop before a call is one after the call before it
        with memory_account() as account:
            asked = Asked(ChatWorld(World(SETTINGS), account), tool, arguments).ask()
            left = list(labels)
            stopping = Calls(stop_at=(number, "after"))
            with asked.chat.world.watch(stopping), suppress(ProcessStoppedError):
                while left:
                    asked.press(left[0])
                    left.pop(0)
            asked.go_on()
            for label in left:
                asked.press(label)
            assert asked.outcome() == expected, f"after call {number}: {calls.made[number]}"


def test_nothing_follows_from_the_press_of_somebody_else() -> None:
    with memory_account() as account:
        asked = Asked(ChatWorld(World(SETTINGS), account), "create_event", EVENT).ask()
        before = asked.outcome()
        asked.chat.chats.press(HUONG, asked.card().message_id, "Đồng ý")
        asked.chat.settle()
        assert asked.outcome() == before
        assert before["events"] == []
        assert asked.chat.lark.cards.updates[-1].message_id == asked.card().message_id


def test_stop_at_any_call_while_the_tool_asks_shows_one_card() -> None:
    with memory_account() as account:
        calm = Asked(ChatWorld(World(SETTINGS), account), "create_event", EVENT)
        with calm.chat.world.watch() as calls:
            calm.ask()
        total = len(calls.made)
        calm.press("Đồng ý")
        expected = calm.outcome()
    assert total >= 4

    for number in range(total):
        with memory_account() as account:
            asked = Asked(ChatWorld(World(SETTINGS), account), "create_event", EVENT)
            stopping = Calls(stop_at=(number, "after"))
            with asked.chat.world.watch(stopping), suppress(ProcessStoppedError):
                asked.ask()
            asked.ask().press("Đồng ý")
            assert asked.outcome() == expected, f"after call {number}: {calls.made[number]}"
