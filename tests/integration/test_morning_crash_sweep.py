"""A process that stops at any call after a press on the morning card: what failed goes out once."""

import re
from contextlib import suppress
from typing import Any

from larkbridge.agent.pending.pending_texts import VI
from larkbridge.settings import RetryDueSettings
from larkbridge.staff_chat.staff_chat_texts import RETRY_BUTTON
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from larkbridge.targets.lark_card import cards_to
from larkbridge.targets.target import Origin
from larkbridge.wiring.morning import morning_card
from sandbox.faults import Fault
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.chat_world import AN, GROUP, HUONG, ChatWorld
from tests.support.memory_dynamo.aws import SETTINGS, MemoryAccount, memory_account
from tests.support.world import World

STAFF = f"{AN}=retry"


class Morning:
    """A staff's chat in the morning, with a form and a card that have failed."""

    def __init__(self, account: MemoryAccount) -> None:
        self.world = World(SETTINGS)
        self.chat = ChatWorld(self.world, account)
        self.chat.restart(STAFF=STAFF, MORNING_CHAT_ID=GROUP)
        self.world.lark.faults.set(Fault("down"))
        self.form = self.world.post(FormType.HOLD).body["submissionId"]
        self.world.lark.faults.clear()
        (self.card,) = cards_to(HUONG, "?", "?", "blue", Origin(("?",), "github#1", self.world.clock.now()))
        self.world.deliveries.add(self.card)
        self.world.deliveries.change(self.card, {"status": Status.DEAD})
        self.world.clock.advance(seconds=1)
        settings = RetryDueSettings(SETTINGS | {"MORNING_CHAT_ID": GROUP})
        morning_card(settings, self.world.parts()).run()
        self.world.send_new()

    def press(self, label: str) -> None:
        """Let somebody press the newest button with a label, if there is one, and everything follow."""
        lines = [line for line in self.chat.lark.chat_view.lines(GROUP) if label in line.buttons]
        if lines:
            self.chat.chats.press(AN, lines[-1].message_id, label)
            self.chat.settle()
            self.world.clock.advance(seconds=1)

    def go_on(self) -> None:
        """Let new processes run until all is done; Lark sends no press again."""
        self.world.restart()
        self.chat.restart(STAFF=STAFF, MORNING_CHAT_ID=GROUP)
        for number in range(40):
            self.chat.settle()
            self.world.sweep()
            if number and not len(self.chat.queue) and not len(self.chat.given_up):
                return
            self.world.clock.advance(seconds=30)
        raise AssertionError("it never ends")

    def outcome(self) -> dict[str, Any]:
        """Return what has gone out in the end, and what the newest card says without its numbers."""
        self.world.let_retry_run()
        newest = self.chat.lark.chat_view.lines(GROUP)[-1]
        delivery = self.world.deliveries.get(self.card.delivery_id)
        assert delivery
        return {
            "form": (self.world.stored(self.form).status, self.world.runs_of(self.form)),
            "delivery": delivery.status,
            "told": sum(one.receive_id == HUONG for one in self.world.simulators.openapi.messages.sent),
            "card": re.sub(r"\d+", "", newest.text),
            "buttons": newest.buttons,
        }


def test_stop_at_any_call_after_a_press_sends_once_what_had_failed() -> None:
    labels = [RETRY_BUTTON, VI.agree]
    with memory_account() as account:
        calm = Morning(account)
        with calm.world.watch() as calls:
            for label in labels:
                calm.press(label)
        calm.go_on()
        total, expected = len(calls.made), calm.outcome()
    assert total >= 20
    assert (expected["form"], expected["delivery"], expected["told"]) == ((Status.SENT, 1), Status.SENT, 1)

    for number in range(total):  # a stop before a call is one after the call before it
        with memory_account() as account:
            morning, left = Morning(account), list(labels)
            stopping = Calls(stop_at=(number, "after"))
            with morning.world.watch(stopping), suppress(ProcessStoppedError):
                while left:
                    morning.press(left[0])
                    left.pop(0)
            morning.go_on()
            for label in left:
                morning.press(label)
            morning.go_on()
            assert morning.outcome() == expected, f"after call {number}: {calls.made[number]}"
