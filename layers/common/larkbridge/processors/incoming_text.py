"""What a person said, out of a message as Lark sends it.

Protocol (open platform documentation, "Receive message" and "Content of received messages"): the content is a
JSON text whose shape follows the message's type. A mention stands in the words as its key, such as
``@_user_1``, which is a prefix of ``@_user_10``. A post that comes in has no language around it, one that was
sent has.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from larkbridge.store.chat_queue import ChatTurn, Mention
from larkbridge.text import has_control, line, lines, storable

MAX_TEXT = 10_000
MAX_NAME = 100


class Kind(StrEnum):
    """What a message is; only the first is read."""

    WORDS = "words"
    VOICE = "voice"
    PICTURE = "picture"
    FILE = "file"
    STICKER = "sticker"
    CARD = "card"
    SHARE = "share"
    UNREADABLE = "unreadable"


class Incoming(NamedTuple):
    """A message: its kind, and of words the text, which is empty for a mere mention of the bot."""

    kind: Kind
    text: str = ""


_KINDS = {
    "text": Kind.WORDS,
    "post": Kind.WORDS,
    "audio": Kind.VOICE,
    "image": Kind.PICTURE,
    "media": Kind.PICTURE,
    "file": Kind.FILE,
    "folder": Kind.FILE,
    "sticker": Kind.STICKER,
    "interactive": Kind.CARD,
    "share_chat": Kind.SHARE,
    "share_user": Kind.SHARE,
    "share_calendar_event": Kind.SHARE,
    "merge_forward": Kind.SHARE,
    "location": Kind.SHARE,
}
_PICTURES = frozenset({"img", "media"})


def read_message(turn: ChatTurn, bot_open_id: str = "") -> Incoming:
    """Return what a message says, whatever its content is: mentions by name, without the bot's own.

    The text has at most `MAX_TEXT` characters, none of them invisible, and line feeds between its lines.
    """
    kind = _KINDS.get(turn.message_type, Kind.UNREADABLE)
    if kind is not Kind.WORDS:
        return Incoming(kind)
    content = _object(turn.content)
    if content is None:
        return Incoming(Kind.UNREADABLE)
    words = _words(turn, content, _node_text)
    if not words.strip() and any(node.get("tag") in _PICTURES for node in _nodes(content)):
        return Incoming(Kind.PICTURE)
    return Incoming(Kind.WORDS, clean(_with_names(words, turn.mentions, bot_open_id)))


def without_mentions(turn: ChatTurn) -> str:
    """Return what a message says beside whom it mentions; nothing of one that is not read."""
    content = _object(turn.content) if _KINDS.get(turn.message_type) is Kind.WORDS else None
    if content is None:
        return ""
    words = _words(turn, content, lambda node: " " if node.get("tag") == "at" else _node_text(node))
    for key in sorted((mention.key for mention in turn.mentions if mention.key), key=len, reverse=True):
        words = words.replace(key, " ")
    return clean(words)


def clean(words: str) -> str:
    """Return words without what is invisible, cut to `MAX_TEXT` characters."""
    text = lines(storable(words, 2 * MAX_TEXT))
    if has_control(text):
        text = "".join(sign for sign in text if not has_control(sign))
    return text[:MAX_TEXT].strip()


def _words(turn: ChatTurn, content: dict[str, Any], of_node: Callable[[Mapping[str, Any]], str]) -> str:
    if turn.message_type == "text":
        return _text(content, "text")
    post = _without_language(content)
    paragraphs = ("".join(map(of_node, row)) for row in _rows(post))
    return "\n".join(filter(None, (_text(post, "title"), *paragraphs)))


def _object(content: str) -> dict[str, Any] | None:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _text(holder: Mapping[str, Any], name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def _without_language(content: dict[str, Any]) -> dict[str, Any]:
    """Return the post itself, which may stand under ``post`` and under a language."""
    for _ in range(2):
        inner = [value for value in content.values() if isinstance(value, dict)]
        if "content" in content or not inner:
            break
        content = inner[0]
    return content


def _rows(post: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
    rows = post.get("content")
    for row in rows if isinstance(rows, list) else ():
        yield [node for node in row if isinstance(node, dict)] if isinstance(row, list) else []


def _nodes(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in _rows(_without_language(content)):
        yield from row


def _node_text(node: Mapping[str, Any]) -> str:
    match node.get("tag"):
        case "at":
            return _text(node, "user_id") if _is_key(node) else f"@{_text(node, 'user_name')}"
        case "a":
            words, href = _text(node, "text"), _text(node, "href")
            return words if href in ("", words) else f"{words} ({href})"
        case _:
            return _text(node, "text")


def _is_key(node: Mapping[str, Any]) -> bool:
    return _text(node, "user_id").startswith("@_")


def _with_names(words: str, mentions: tuple[Mention, ...], bot_open_id: str) -> str:
    names = {mention.key: f"@{line(mention.name)[:MAX_NAME]}" for mention in mentions if mention.key}
    if not names:
        return words
    bot = {mention.key for mention in mentions if bot_open_id and mention.open_id == bot_open_id}
    # The longest first: one key may begin with another.
    keys = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.sub(
        rf"({keys})( ?)", lambda found: "" if found[1] in bot else names[found[1]] + found[2], words
    )
