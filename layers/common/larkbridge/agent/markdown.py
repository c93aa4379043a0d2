"""Markdown as Lark's posts show it, in parts of the size that Lark takes.

Protocol (open platform documentation, "Send a message"; the headings and pictures as larksuite/cli sends
them): the content of a post has at most 30 KB, and what its styles become counts too. A node ``md`` shows
headings of levels 4 and 5 in a size fit for a chat, and of pictures only those of Lark's own (``img_…``). A
tag ``<at>`` in its words mentions a person, or everybody.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

MAX_PART_BYTES = 20 * 1024
"""Of one part as JSON; what is left of Lark's limit is for what the styles become."""

_HEADING = re.compile(r"^( {0,3})(#{1,3})(?=[ \t])")
_FENCE = re.compile(r"^ {0,3}(`{3,20}|~{3,20})([^`\n]{0,60})$")
_CODE_OR_PICTURE = re.compile(
    r"(?<!`)(`++).+?(?<!`)\1(?!`)|!\[([^\]\n]{0,300}+)\]\(((?:[^()\n]|\([^()\n]*+\))*+)\)"
)
_MENTION = re.compile(r"<(?=\s*+/?\s*+at\b)", re.IGNORECASE)
_WORD = re.compile(r"\S+\s*|\s+")


def post_content(part: str) -> dict[str, Any]:
    """Return the content of a post that shows one part."""
    return {"zh_cn": {"content": [[{"tag": "md", "text": part}]]}}


def parts_of(markdown: str, limit: int = MAX_PART_BYTES) -> list[str]:
    """Return a text as Lark shows it, in parts whose posts have at most `limit` bytes; none of a blank text.

    A part ends where a paragraph does, else a line, a word, a character. A block of code that does not fit is
    closed and opened again. Nothing is lost but white space between parts.
    """
    filling = _Filling(limit - _bytes_of(post_content("")))
    return [part for part in filling.parts(for_lark(markdown)) if part.strip()]


def for_lark(markdown: str) -> str:
    """Return a text with its headings lowered, without pictures Lark does not have and without mentions.

    Code stays, but for mentions: an answer has what others wrote in it, and rings for nobody.
    """
    fence, lines = "", list[str]()
    for line in markdown.splitlines(keepends=True):
        inside = fence
        fence = _fence_after(fence, line)
        lines.append(
            line if inside or fence else _CODE_OR_PICTURE.sub(_picture, _HEADING.sub(_lowered, line))
        )
    return _MENTION.sub("‹", "".join(lines))


def _lowered(heading: re.Match[str]) -> str:
    return heading[1] + ("####" if len(heading[2]) == 1 else "#####")


def _picture(found: re.Match[str]) -> str:
    if found[1] or found[3].startswith("img_"):
        return found[0]
    return found[2]


def _fence_after(fence: str, line: str) -> str:
    """Return what opened the block of code that is open after a line, an empty text where none is."""
    found = _FENCE.match(line.rstrip())
    if found is None:
        return fence
    if not fence:
        return found[0].strip()
    closes = found[1].startswith(_mark(fence)) and not found[2].strip()
    return "" if closes else fence


def _mark(fence: str) -> str:
    return fence[: len(fence) - len(fence.lstrip(fence[0]))]


def _bytes_of(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _cost(text: str) -> int:
    """Return what a text adds to a JSON text; that of a sum is the sum."""
    return _bytes_of(text) - 2


class _Filling:
    """Fills one part after the other, each of at most `room` bytes."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._part = ""
        self._fence = ""
        self._paragraph = 0
        """Where in the part the last paragraph begins."""

    def parts(self, text: str) -> Iterator[str]:
        for line in text.splitlines(keepends=True):
            fence = _fence_after(self._fence, line)
            for piece in self._pieces(line):
                while not self._takes(piece, fence):
                    yield self._finished().strip("\n")
                self._part += piece
            self._fence = fence
            if not (fence or line.strip()):
                self._paragraph = len(self._part)
        yield self._part.strip("\n")

    def _takes(self, piece: str, fence: str) -> bool:
        return _cost(self._part + piece + _closing(fence)) <= self._room

    def _finished(self) -> str:
        """Return what goes out as one part, and begin the next with what stays."""
        part, at = self._part, self._paragraph
        self._paragraph = 0
        if at and _cost(part[at:]) <= self._room // 2:
            self._part = part[at:]
            return part[:at]
        self._part = f"{self._fence}\n" if self._fence else ""
        return part + _closing(self._fence)

    def _pieces(self, line: str) -> Iterator[str]:
        """Yield a line, or what it must be cut into so that two halves fit a part."""
        most = self._room // 2
        if _cost(line) <= most:
            yield line
            return
        piece = ""
        for word in _WORD.findall(line):
            if _cost(piece + word) <= most:
                piece += word
                continue
            if piece:
                yield piece
            *cut, piece = _cut(word, most)
            yield from cut
        yield piece


def _closing(fence: str) -> str:
    return f"\n{_mark(fence)}" if fence else ""


def _cut(word: str, most: int) -> Iterator[str]:
    """Yield a word in pieces of at most so many bytes."""
    piece, size = "", 0
    for sign in word:
        cost = _cost(sign)
        if size + cost > most:
            yield piece
            piece, size = "", 0
        piece, size = piece + sign, size + cost
    yield piece
