"""`make demo-agent`: a conversation with the bot as a person sees it, from welcome to farewell.

Everything goes its whole way: Lark's events are signed and encrypted, and a browser presses Lark's page.
Exits 1 if anything does not hold.
"""

import argparse
import re
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from sandbox.browser import PHONE, launched
from sandbox.processes import StackError
from sandbox.stack import Stack

CONTROL = "/_sandbox/lark"
LONGEST_WAIT = 60.0
"""Seconds until an answer is there; the first one starts three functions."""
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

    Attributes
    ----------
    signs
        After how many seconds each message got its first sign.
    """

    def __init__(self, sandbox: httpx.Client) -> None:
        self._sandbox = sandbox
        self.open_id = f"ou_demo_{uuid.uuid4().hex}"
        self.own = f"oc_p2p_{self.open_id}"
        self.signs: list[float] = []
        self._shown: dict[str, int] = {}
        self._put(f"/people/{self.open_id}", {"name": NAME, "email": f"{self.open_id}@school.test"})
        self._put(f"/chats/{GROUP}", {"name": "Giáo viên", "members": [self.open_id]})

    def enter(self) -> Line:
        """Open the chat with the bot and return its welcome."""
        print(f"({NAME} opens the chat with the bot)", flush=True)
        self._post("/chats/enter", {"openId": self.open_id})
        return self.answer()

    def say(self, text: str) -> Line:
        """Write to the bot and return its answer."""
        started = time.monotonic()
        message_id = self._say(self.own, text)
        self._until(lambda: self._is_noticed(message_id), "a sign")
        self.signs.append(time.monotonic() - started)
        answer = self.answer()
        print(f"    (the first sign came after {self.signs[-1]:.1f} s)", flush=True)
        return answer

    def say_in_group(self, text: str) -> Line:
        """Write to the group and return what the bot says there."""
        self._say(GROUP, f"@bot {text}")
        return self.answer(GROUP)

    def press(self, card: Line, label: str) -> Line:
        """Press a card's button and return the answer."""
        print(f"({NAME} presses [ {label} ])", flush=True)
        pressed = {"openId": self.open_id, "messageId": card["messageId"], "label": label}
        self._post("/chats/press", pressed)
        return self.answer()

    def answer(self, chat: str = "") -> Line:
        """Wait for the bot's next message in a chat, show what is new there, and return that message."""
        chat = chat or self.own
        lines = self._until(lambda: self._new_answer(chat), "an answer")
        for line in lines[self._shown.get(chat, 0) :]:
            print(shown(line, in_group=chat != self.own), flush=True)
        self._shown[chat] = len(lines)
        return lines[-1]

    def _new_answer(self, chat: str) -> list[Line]:
        lines = self._lines(chat)
        return lines if any(line["sender"] == BOT for line in lines[self._shown.get(chat, 0) :]) else []

    def _is_noticed(self, message_id: str) -> bool:
        reactions = self._sandbox.get(f"{CONTROL}/reactions").raise_for_status().json()["items"]
        return any(reaction["messageId"] == message_id for reaction in reactions)

    def _lines(self, chat: str) -> list[Line]:
        return self._sandbox.get(f"{CONTROL}/chats/{chat}").raise_for_status().json()["items"]

    def _say(self, chat: str, text: str) -> str:
        said = {"openId": self.open_id, "text": text}
        return self._post(f"/chats/{chat}/say", said).json()["messageId"]

    def _until[T](self, look: Callable[[], T], what: str) -> T:
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


def link_in(text: str) -> str:
    """Return the address that a message links to; raises NotSeenError when there is none."""
    found = re.search(r"\((https?://[^)\s]+)\)", text)
    if found is None:
        raise NotSeenError("the answer has no link")
    return found[1]


def agree(link: str, open_id: str) -> str:
    """Follow a link in a browser, agree on Lark's page as a person, and return what the last page says."""
    with launched() as browser:
        page = browser.new_context(**PHONE).new_page()
        page.goto(link)
        print(f"    (the page: {page.locator('h1').inner_text()})", flush=True)
        page.locator("form button").click()
        page.wait_for_url("**/authen/v1/authorize**")
        print(f"    (Lark's page: {page.locator('h1').inner_text()})", flush=True)
        page.locator(f"input[value='{open_id}']").check()
        page.get_by_role("button", name="Authorize").click()
        page.wait_for_url("**/oauth/callback**")
        return page.locator("h1").inner_text()


def play(chat: Conversation) -> None:
    """Play the conversation; raises NotSeenError where it does not go as it should."""
    welcome = chat.enter()
    invited = chat.press(welcome, welcome["buttons"][0])
    last_page = agree(link_in(invited["text"]), chat.open_id)
    print(f"    (the page: {last_page})", flush=True)
    chat.answer()
    _expect("đã kết nối từ", chat.say("/trạng thái"))
    _expect("trả lời riêng", chat.say_in_group("/trạng thái"))
    _expect("đã kết nối từ", chat.answer())
    _expect("ANTHROPIC_API_KEY", chat.say("Hôm nay tôi có lịch gì?"))
    _expect("Đã dừng", chat.say("/dừng"))
    _expect("Đã ngắt kết nối", chat.say("/ngắt kết nối"))
    _expect("chưa kết nối", chat.say("/trạng thái"))


def _expect(words: str, line: Line) -> None:
    if words not in line["text"]:
        raise NotSeenError(f"the answer does not say {words!r}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo_agent", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the local stack's directory")
    stack = Stack(parser.parse_args().home)
    try:
        description = (stack.healthy() and stack.description()) or stack.up()
        with httpx.Client(base_url=description["sandboxUrl"], timeout=30, trust_env=False) as sandbox:
            play(Conversation(sandbox))
    except (StackError, NotSeenError) as error:
        print(f"larkbridge: {error}", file=sys.stderr)
        return 1
    print("\nEverything was seen that was to be seen.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
