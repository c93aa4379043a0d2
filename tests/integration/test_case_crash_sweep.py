"""A process that stops at any call while a case is changed: one line in Lark, or none once it is undone."""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest

from larkbridge.agent.speaker import LarkSpeaker
from larkbridge.agent.tools.tool import Asker
from larkbridge.inbound.all_providers import SOURCES
from larkbridge.lark.messages import Messages
from larkbridge.lark.reactions import Reactions
from larkbridge.routes import Scope
from larkbridge.settings import ChatAgentSettings
from larkbridge.store.work import Status
from larkbridge.sync.config import table_registry
from larkbridge.wiring.agent_tools import agent_tools
from larkbridge.wiring.lark import lark_client
from larkbridge.wiring.vault import token_vault
from sandbox.lark.chat_view import Line
from sandbox.lark.tables import Field
from sandbox.local_tables import APP_TOKEN, lark_tables
from tests.support.agent_tools import named, no_token, run
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.chat_turns import said
from tests.support.chat_world import AN, OWN, ChatWorld
from tests.support.memory_dynamo.aws import SETTINGS, MemoryAccount, memory_account
from tests.support.table_walks import CASE_TABLES, form_with_case
from tests.support.world import World

STATUS, NOTE, CASE_NOTE = "Tình trạng", "Trao đổi", ["case-note"]
STEPS: dict[str, Sequence[str]] = {
    "agree": ["Đồng ý"],
    "agree and undo": ["Đồng ý", "Hoàn tác"],
}


@pytest.fixture(autouse=True)
def tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_registry, "read_tables", lambda: CASE_TABLES)


class AskedCase:
    """Staff whom the tool has asked on a card."""

    def __init__(self, account: MemoryAccount) -> None:
        world = World(SETTINGS | {"STAFF": f"{AN}=read+write", "LARK_TABLES": lark_tables()})
        self.chat = ChatWorld(world, account)
        form_id = form_with_case(world)
        self._bases = self.chat.lark.bases
        for number, column in enumerate((STATUS, NOTE)):
            self._bases.add_column(APP_TOKEN, "tblStudents", Field(f"fldCase{number}", column))
        settings, parts = ChatAgentSettings(world.environ), world.parts()
        vault = token_vault(settings.vault, parts)
        secrets = parts.secrets(settings.vault.private_secrets_id)
        client = lark_client(settings.vault.lark, parts, secrets)
        speaker = LarkSpeaker(Messages(client), Reactions(client), reply_in_thread=True)
        message_id = self.chat.lark.messages.receive(OWN, "đã gọi", sender=AN)
        turn = said("đã gọi", open_id=AN, chat_id=OWN, message_id=message_id)
        asker = Asker(turn, frozenset({Scope.WRITE}), world.clock.now(), no_token)
        tool = named(agent_tools(settings, client, vault, speaker, parts), "set_case")
        run(tool, asker, submission_id=form_id, status="Đã gọi", note="hẹn thứ 7")

    def step(self, label: str) -> None:
        """Let the person press a button, and the change be sent."""
        card = self.card()
        if label in card.buttons:
            self.chat.chats.press(AN, card.message_id, label)
            self.chat.settle()
            self.chat.world.send_new()
            self.chat.world.clock.advance(seconds=15)

    def card(self) -> Line:
        return next(line for line in self.chat.lark.chat_view.lines(OWN) if line.text.count("\n") > 1)

    def go_on(self) -> None:
        """Let new processes run until all is done."""
        self.chat.world.restart()
        self.chat.restart()
        for number in range(40):
            self.chat.settle()
            self.chat.world.sweep()
            self.chat.settle()
            waiting = len(self.chat.queue) or len(self.chat.given_up)
            waiting = waiting or any(self.chat.world.deliveries.backlog(CASE_NOTE))
            if number and not waiting and not any(self.chat.world.events.backlog(SOURCES)):
                return
            self.chat.world.clock.advance(seconds=30)
        raise AssertionError("it never ends")

    def outcome(self) -> dict[str, Any]:
        """Return what there is in the end: in Lark and on the card."""
        (cells,) = self._bases.records(APP_TOKEN, "tblStudents").values()
        sent = self.chat.world.deliveries.listed(CASE_NOTE, [*Status], None)
        return {
            "case": re.sub(r"\d\d:\d\d", "", f"{cells.get(STATUS)} {cells.get(NOTE)}"),
            "card": re.sub(r"\d\d:\d\d", "", self.card().text),
            "deliveries": sorted(one.status for one in sent),
        }


@pytest.mark.parametrize("steps", STEPS)
def test_stop_at_any_call_changes_the_case_once(steps: str) -> None:
    labels = STEPS[steps]
    with memory_account() as account:
        calm = AskedCase(account)
        with calm.chat.world.watch() as calls:
            for label in labels:
                calm.step(label)
        total, expected = len(calls.made), calm.outcome()
    assert total >= 20
    assert ("hẹn thứ 7" in expected["case"]) == (labels[-1] == "Đồng ý")
    assert expected["deliveries"] == [Status.SENT] * len(labels)

    for number in range(total):  # a stop before a call is one after the call before it
        with memory_account() as account:
            asked, left = AskedCase(account), list(labels)
            stopping = Calls(stop_at=(number, "after"))
            with asked.chat.world.watch(stopping), suppress(ProcessStoppedError):
                while left:
                    asked.step(left[0])
                    left.pop(0)
            asked.go_on()
            for label in left:
                asked.step(label)
                asked.go_on()
            assert asked.outcome() == expected, f"after call {number}: {calls.made[number]}"
