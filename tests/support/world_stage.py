"""Conversations on the whole bundle in one process."""

from collections.abc import Callable, Sequence

from sandbox.lark.chat_view import Line
from sandbox.lark.chats import P2P
from tests.support.chat_world import AN, GROUP, HUONG, ChatWorld
from tests.support.conversations import IN_GROUP, Message

PEOPLE = {"An": AN, "Hương": HUONG}


class WorldStage:
    """A `Stage` in this process, where time passes as it is told to."""

    def __init__(self, chat: ChatWorld) -> None:
        self._chat = chat
        self._model = chat.world.simulators.anthropic
        self._before = 0

    def say(self, who: str, text: str, rounds: Sequence[Message], *, in_group: bool) -> None:
        self._chat.world.clock.advance(seconds=1)
        self._before = len(self._model.requests)
        self._model.script.lines.clear()
        self._model.write(*rounds)
        place, said = (GROUP, f"@bot {text}") if in_group else (P2P + PEOPLE[who], text)
        self._chat.chats.say(place, PEOPLE[who], said)

    def press(self, who: str, card: str, label: str) -> None:
        self._chat.world.clock.advance(seconds=1)
        self._before = len(self._model.requests)
        self._chat.chats.press(PEOPLE[who], card, label)

    def pass_time(self, minutes: int) -> None:
        self._chat.world.clock.advance(minutes=minutes)

    def settle(self, is_there: Callable[[], bool]) -> None:
        self._chat.settle()

    def asked(self) -> Sequence[Sequence[Message]]:
        return [one.body["messages"] for one in self._model.requests[self._before :]]

    def left(self) -> int:
        return sum(line.left or 0 for line in self._model.script.lines)

    def lines(self, place: str) -> Sequence[Line]:
        return self._chat.lark.chat_view.lines(GROUP if place == IN_GROUP else P2P + PEOPLE[place])

    def as_written(self, text: str) -> str:
        return text
