"""Somebody's conversation with the bot on a local stack, printed as a person sees it."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from sandbox.lark.contacts import Person

CONTROL = "/_sandbox/lark"
LONGEST_WAIT = 180.0
"""Seconds until an answer is there; a turn that failed comes again after 150."""
NAME = "Lê Minh Châu"
GROUP = "oc_demo_teachers"
BOT = "Larkbridge"

type Line = dict[str, Any]


class NotSeenError(Exception):
    """What was to be seen in the chat did not come."""


class Conversation:
    """One person's chat with the bot on a local stack, and a group of theirs.

    Parameters
    ----------
    sandbox
        Calls the simulators.
    person
        Somebody of the tenant; without one it is a new person who is in a group of teachers.

    Attributes
    ----------
    signs
        After how many seconds each message got its first sign.
    """

    def __init__(self, sandbox: httpx.Client, person: Person | None = None) -> None:
        self._sandbox = sandbox
        self.open_id, self.name = (person.open_id, person.name) if person else (_new_open_id(), NAME)
        self.own = f"oc_p2p_{self.open_id}"
        self.signs: list[float] = []
        self._shown = {chat: len(self.lines(chat)) for chat in (self.own, GROUP)}
        if person is None:
            self._put(f"/people/{self.open_id}", {"name": NAME, "email": f"{self.open_id}@school.test"})
            self._put(f"/chats/{GROUP}", {"name": "Giáo viên", "members": [self.open_id]})

    def enter(self) -> Line:
        """Open the chat with the bot and return its welcome."""
        print(f"({self.name} opens the chat with the bot)", flush=True)
        self._post("/chats/enter", {"openId": self.open_id})
        return self.answer()

    def say(self, text: str) -> Line:
        """Write to the bot and return its answer."""
        started = time.monotonic()
        message_id = self._say(self.own, text)
        self._until(lambda: self._is_noticed(message_id), "a sign")
        self.signs.append(time.monotonic() - started)
        self._until(lambda: self._is_over(message_id), "its whole answer")
        answer = self.answer()
        print(f"    (the first sign came after {self.signs[-1]:.1f} s)", flush=True)
        return answer

    def say_in_group(self, text: str) -> Line:
        """Write to the group and return what the bot says there."""
        self._say(GROUP, f"@bot {text}")
        return self.answer(GROUP)

    def hear(self, words: str) -> Line:
        """Wait for the bot's message with these words, and return it."""
        while words not in (answer := self.answer())["text"]:
            pass
        return answer

    def press(self, card: Line, label: str) -> Line:
        """Press a card's button and return the answer."""
        self._press(card, label)
        return self.answer()

    def decide(self, card: Line, label: str, words: str) -> Line:
        """Press a button of a card that asks, and return the card once it says what came of it."""
        self._press(card, label)
        decided = self._until(lambda: self._with_words(card, words), f"a card with {words!r}")
        print(shown(decided, in_group=False), flush=True)
        return decided

    def seen_in(self, chat: str, words: str) -> Line:
        """Wait for the bot's message with these words in a chat, and return the newest."""

        def look() -> list[Line]:
            return [line for line in self.lines(chat) if line["sender"] == BOT and words in line["text"]]

        return self._until(look, f"a message with {words!r}")[-1]

    def question(self) -> Line:
        """Return the newest card with buttons in the person's own chat."""
        return [line for line in self.lines(self.own) if line["buttons"]][-1]

    def _press(self, card: Line, label: str) -> None:
        print(f"({self.name} presses [ {label} ])", flush=True)
        pressed = {"openId": self.open_id, "messageId": card["messageId"], "label": label}
        self._post("/chats/press", pressed)

    def _with_words(self, card: Line, words: str) -> Line | None:
        lines = [line for line in self.lines(self.own) if line["messageId"] == card["messageId"]]
        return next((line for line in lines if words in line["text"]), None)

    def answer(self, chat: str = "") -> Line:
        """Wait for the bot's next message in a chat, show what is new there, and return that message."""
        chat = chat or self.own
        lines = self._until(lambda: self._new_answer(chat), "an answer")
        for line in lines[self._shown[chat] :]:
            print(shown(line, in_group=chat == GROUP), flush=True)
        self._shown[chat] = len(lines)
        return lines[-1]

    def _new_answer(self, chat: str) -> list[Line]:
        lines = self.lines(chat)
        return lines if any(line["sender"] == BOT for line in lines[self._shown[chat] :]) else []

    def _is_noticed(self, message_id: str) -> bool:
        reactions = self._sandbox.get(f"{CONTROL}/reactions").raise_for_status().json()["items"]
        return any(reaction["messageId"] == message_id for reaction in reactions)

    def _is_over(self, message_id: str) -> bool:
        lines = self.lines(self.own)
        return any(line["messageId"] == message_id and not line["reactions"] for line in lines)

    def lines(self, chat: str) -> list[Line]:
        """Return what there is in a chat, oldest first."""
        return self._sandbox.get(f"{CONTROL}/chats/{chat}").raise_for_status().json()["items"]

    def _say(self, chat: str, text: str) -> str:
        said = {"openId": self.open_id, "text": text}
        return self._post(f"/chats/{chat}/say", said).json()["messageId"]

    def _until[T](self, look: Callable[[], T | None], what: str) -> T:
        deadline = time.monotonic() + LONGEST_WAIT
        while time.monotonic() < deadline:
            if found := look():
                return found
            time.sleep(0.02)
        raise NotSeenError(f"the bot did not give {what} within {LONGEST_WAIT:.0f} s")

    def _post(self, path: str, document: dict[str, Any]) -> httpx.Response:
        return self._sandbox.post(f"{CONTROL}{path}", json=document).raise_for_status()

    def _put(self, path: str, document: dict[str, Any]) -> None:
        self._sandbox.put(f"{CONTROL}{path}", json=document).raise_for_status()


def shown(line: Line, *, in_group: bool) -> str:
    """Return a message as text, what belongs to it indented below."""
    place = "[Giáo viên] " if in_group else ""
    first, *rest = line["text"].split("\n")
    buttons = [f"[ {label} ]" for label in line["buttons"]]
    return "\n".join([f"{place}{line['sender']}: {first}", *(f"    {one}" for one in [*rest, *buttons])])


def _new_open_id() -> str:
    return f"ou_demo_{uuid.uuid4().hex}"
