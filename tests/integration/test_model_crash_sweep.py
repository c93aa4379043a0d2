"""A process that stops at any call of a turn with tools: one answer, and a history that the model takes."""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Literal, NamedTuple

import pytest

from larkbridge.agent.memory import Entry, EntryKind, from_stored
from larkbridge.agent.model.model_client import ModelClient
from larkbridge.store.conversations import ConversationStore
from sandbox.lark.chat_view import Line
from sandbox.routing import Router
from sandbox.server import SandboxServer
from tests.support.aws import SECRETS
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.chat_turns import said
from tests.support.chat_world import AN, OWN, ChatWorld
from tests.support.memory_dynamo.aws import SETTINGS, memory_account
from tests.support.world import World

KEY = "sk-ant-test"
SIDES: tuple[Literal["before", "after"], ...] = ("before", "after")
EVENTS = {"name": "my_events", "input": {"start": "2026-09-02", "end": "2026-09-02"}}
MEETING = {
    "name": "create_event",
    "input": {"title": "Họp phụ huynh", "start": "2026-09-02T09:00:00", "end": "2026-09-02T10:00:00"},
}
SCRIPT = (
    {"when": "chào", "says": "Chào bạn.", "times": 0},
    {"when": "lịch", "round": 0, "calls": [{"name": "days", "input": {}}, EVENTS], "times": 0},
    {"when": "lịch", "round": 1, "calls": [EVENTS], "times": 0},
    {"when": "lịch", "round": 2, "says": "Ngày mai bạn không có lịch.", "times": 0},
    {"when": "còn gì", "says": "Hết rồi.", "times": 0},
    {"when": "họp", "round": 0, "calls": [MEETING], "times": 0},
    {"when": "họp", "round": 1, "says": "Tôi đã hỏi bạn trên thẻ.", "times": 0},
)


class Sweep(NamedTuple):
    """A chat in which a question waits for the agent."""

    chat: ChatWorld
    url: str

    def restart(self) -> None:
        self.chat.restart(ANTHROPIC_BASE_URL=self.url)

    def hand_over(self) -> None:
        """Let what a person did come to the queue; a new process will take it."""
        self.chat.lark.events.deliver_due()
        self.chat.world.wake()
        self.restart()

    def take(self, calls: Calls) -> None:
        """Let the process take a turn that waits, which it may not survive, and new ones after it."""
        with self.chat.world.watch(calls), suppress(ProcessStoppedError):
            self.chat.take_turn()
        self.go_on()

    def cards(self) -> list[Line]:
        return [line for line in self.chat.lark.chat_view.lines(OWN) if "Tạo sự kiện" in line.text]

    def agree(self) -> None:
        """Let the person agree on the card."""
        self.chat.world.clock.advance(seconds=1)
        assert self.chat.chats.press(AN, self.cards()[-1].message_id, "Đồng ý") == 200
        self.hand_over()

    def events(self) -> list[str]:
        calendar = self.chat.lark.calendar
        return [one["summary"] for one in calendar.events_in(calendar.primary_of(AN)).values()]

    def heard(self) -> list[str]:
        """Return what the bot has said, without until when it may be undone."""
        return [text.partition("Bạn có thể hoàn tác đến")[0] for text in self.chat.heard()]

    def go_on(self) -> None:
        """Let new processes run until nothing waits any more."""
        self.restart()
        for _ in range(20):
            self.chat.settle()
            if not len(self.chat.queue) and not len(self.chat.given_up):
                return
            self.chat.world.clock.advance(seconds=60)
        raise AssertionError("it never ends")

    def remembered(self) -> list[Entry]:
        return from_stored(
            ConversationStore(SETTINGS["CONVERSATIONS_TABLE"]).memory(said("", open_id=AN)), "t"
        )


@contextmanager
def waiting_question(monkeypatch: pytest.MonkeyPatch, question: str) -> Iterator[Sweep]:
    """Yield a connected person's question, which stands after another one; calls of the model are watched."""
    with memory_account() as account:
        world = World(SETTINGS)
        world.put_secrets(SECRETS | {"ANTHROPIC_API_KEY": KEY})
        world.simulators.anthropic.accept([KEY])
        world.simulators.anthropic.write(*SCRIPT)
        chat = ChatWorld(world, account)
        chat.connect()
        create = ModelClient.create

        def watched(self: ModelClient, request: Mapping[str, Any], seconds: float) -> Any:
            world.transport.calls.before("model")
            try:
                return create(self, request, seconds)
            finally:
                world.transport.calls.after()

        with (
            monkeypatch.context() as patched,
            SandboxServer("127.0.0.1", 0, Router(world.simulators.anthropic.routes())).running() as url,
        ):
            patched.setattr(ModelClient, "create", watched)
            sweep = Sweep(chat, url)
            sweep.restart()
            chat.say("Chào bạn")
            world.clock.advance(seconds=1)
            chat.chats.say(OWN, AN, question)
            sweep.hand_over()
            yield sweep


def test_stop_at_any_call_of_a_turn_with_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    with waiting_question(monkeypatch, "Ngày mai tôi có lịch gì?") as calm, calm.chat.world.watch() as calls:
        calm.chat.take_turn()
        made = list(calls.made)
        expected, kinds = calm.chat.heard(), [entry.kind for entry in calm.remembered()]
    assert expected == ["Chào bạn.", "Ngày mai bạn không có lịch."]
    assert kinds.count(EntryKind.CALLED) == kinds.count(EntryKind.RETURNED) == 3
    assert made.count("model") == 3

    for number in range(len(made)):
        for side in SIDES:
            stop = f"{side} call {number}: {made[number]}"
            with waiting_question(monkeypatch, "Ngày mai tôi có lịch gì?") as sweep:
                sweep.take(Calls(stop_at=(number, side)))
                assert sweep.chat.heard() == expected, stop
                assert [entry.kind for entry in sweep.remembered()] == kinds, stop
                assert not any(line.reactions for line in sweep.chat.lark.chat_view.lines(OWN)), stop
                sweep.chat.say("Còn gì nữa không?")
                assert sweep.chat.heard()[-1] == "Hết rồi.", stop


def test_stop_at_any_call_of_a_question_and_a_press_makes_one_event(monkeypatch: pytest.MonkeyPatch) -> None:
    with waiting_question(monkeypatch, "Đặt giúp tôi buổi họp") as calm:
        asking, acting = Calls(), Calls()
        calm.take(asking)
        calm.agree()
        calm.take(acting)
        expected, kinds = calm.heard(), [entry.kind for entry in calm.remembered()]
        assert calm.events() == ["Họp phụ huynh"]
        assert "Đã xong" in calm.cards()[-1].text

    calls = [
        (in_press, number)
        for in_press, all_made in enumerate((asking, acting))
        for number in range(len(all_made.made))
    ]
    for (in_press, number), side in itertools.product(calls, SIDES):
        made = acting.made if in_press else asking.made
        stop = f"{side} call {number} of the {'press' if in_press else 'question'}: {made[number]}"
        with waiting_question(monkeypatch, "Đặt giúp tôi buổi họp") as sweep:
            sweep.take(Calls() if in_press else Calls(stop_at=(number, side)))
            assert (len(sweep.cards()), sweep.events()) == (1, []), stop
            sweep.agree()
            sweep.take(Calls(stop_at=(number, side)) if in_press else Calls())
            assert sweep.events() == ["Họp phụ huynh"], stop
            assert sweep.heard() == expected, stop
            assert [entry.kind for entry in sweep.remembered()] == kinds, stop
            sweep.chat.say("Còn gì nữa không?")
            assert sweep.chat.heard()[-1] == "Hết rồi.", stop
