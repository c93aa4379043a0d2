"""A chat as a person sees it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.lark.chats import BOT_NAME, buttons
from sandbox.lark.contacts import Directory
from sandbox.lark.messages import Message, MessageBox
from sandbox.lark.reactions import Reactions

RECALLED = "(recalled)"
_AT = re.compile(r"<at id=(\w+)></at>")
"""How a card's markup mentions somebody."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message: who, what words and buttons there are to see, the emoji under it, what it answers."""

    time: float
    message_id: str
    sender: str
    text: str
    buttons: list[str]
    reactions: list[str]
    reply_to: str
    thread_id: str


class ChatView:
    """Shows chats."""

    def __init__(self, box: MessageBox, reactions: Reactions, directory: Directory) -> None:
        self._box = box
        self._reactions = reactions
        self._directory = directory

    def lines(self, chat_id: str) -> list[Line]:
        """Return a chat's messages, oldest first."""
        return [self._line(message) for message in self._box.all if message.chat_id == chat_id]

    def _line(self, message: Message) -> Line:
        is_gone, content = message.message_id in self._box.recalled, self._box.shown(message)
        return Line(
            time=message.time,
            message_id=message.message_id,
            sender=self._name(message.sender) if message.sender else BOT_NAME,
            text=RECALLED if is_gone else self._with_names(_words(message, content)),
            buttons=[] if is_gone else [button["text"]["content"] for button in buttons(content)],
            reactions=self._reactions.shown(message.message_id),
            reply_to=message.parent_id,
            thread_id=message.thread_id,
        )

    def _with_names(self, words: str) -> str:
        return _AT.sub(lambda found: f"@{self._name(found[1])}", words)

    def _name(self, open_id: str) -> str:
        return next((one.name for one in self._directory.people if one.open_id == open_id), open_id)


def _words(message: Message, content: Any) -> str:
    words = "\n".join(_texts(content, message.msg_type))
    names = {mention["key"]: f"@{mention['name']}" for mention in message.mentions}
    for key in sorted(names, key=len, reverse=True):
        words = words.replace(key, names[key])
    return words or f"({message.msg_type})"


def _texts(content: Any, msg_type: str) -> Iterator[str]:
    """Yield the words of a content in their order, without its buttons."""
    match content:
        case {"tag": "button"}:
            return
        case {"tag": "plain_text" | "lark_md", "content": str(words)} | {"text": str(words)}:
            yield words
        case dict():
            for value in content.values():
                yield from _texts(value, msg_type)
        case list():
            for value in content:
                yield from _texts(value, msg_type)
        case _:
            return
