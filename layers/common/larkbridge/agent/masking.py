"""Words without phone numbers and e-mail addresses: Lark may refuse them, and no model needs them.

A number counts however it is written: with digits, dashes and spaces of any script, with and without the zero
before it, and a hotline's (1800 and 1900). One of nine digits that ends in three zeros is an amount. A number
of Vietnam with its zero or country counts beside letters too, but for one within an id. Links stay, but for
those of messengers, which name people by their numbers.
"""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any

from larkbridge.text import plain

_UNSEEN = "\u200b"
_SEPARATOR = rf"[ .(){_UNSEEN}-]{{0,3}}"
_WIDE_SEPARATOR = r"(?: ?[/*|_]{1,2} ?|,)?"
_MESSENGERS = r"(?:[\w-]+\.){0,3}(?:zalo\.me|wa\.me|whatsapp\.com|t\.me|viber\.com|viber\.click)[/?]"
_FOUND = re.compile(
    rf"((?i:https?://)(?!(?i:{_MESSENGERS}))[^\s)]+|(?<![0-9a-f])[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})"
    rf"|(?<![\w+])((?:\+|(?=0|84))[0-9](?:{_SEPARATOR}[0-9]){{8,14}}(?!\w)"
    rf"|(?<![0-9][.,])[35789][0-9]{{2}}(?!(?:[ -]?[0-9]{{3}})?[ -]?000\b)"
    rf"(?:[ {_UNSEEN}-]?[0-9]{{3}}){{2}}(?![.,]?\w)"
    rf"|(?<![0-9][.,])1[89]00(?:[ .{_UNSEEN}]?[0-9]){{4,6}}(?![.,]?\w))"
    r"|(?<![0-9+])((?:\+?84|0)"
    rf"(?:{_SEPARATOR}[235789](?:{_SEPARATOR}[0-9]){{8,9}}?|[235789][0-9](?:{_WIDE_SEPARATOR}[0-9]){{7,8}}?)(?![0-9]))"
    r"|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
)
_ID_REACH = 40
_ID_RUNS = 3
"""An id has so many runs of digits beside the one that looks like a number."""
_MASK = "•••"
_SUBSCRIBER = 9
"""Digits that tell a number, however its country is written."""


def masked(words: str, but_for: Collection[str] = ()) -> str:
    """Return words with a mask over every phone number and e-mail address; links and ids stay as they are.

    Parameters
    ----------
    but_for
        Numbers that stay too, as `numbers_in` returns them.
    """
    shown, end, text = list[str](), 0, _as_ascii(words)
    for found in _found_in(text):
        number = found[2] or found[3]
        if number and _known_by(number) in but_for:
            continue
        shown += words[end : found.start()], _MASK
        end = found.end()
    return "".join([*shown, words[end:]])


def masked_in(value: Any, but_for: Collection[str] = ()) -> Any:
    """Return any JSON with its texts as `masked` returns them: no escape of JSON's stands beside a number."""
    match value:
        case str():
            return masked(value, but_for)
        case list() | tuple():
            return [masked_in(item, but_for) for item in value]
        case dict():
            return {name: masked_in(item, but_for) for name, item in value.items()}
    return value


def numbers_in(words: str) -> frozenset[str]:
    """Return the phone numbers in some words, each by what tells it, however it is written."""
    numbers = (found[2] or found[3] for found in _found_in(_as_ascii(words)))
    return frozenset(_known_by(number) for number in numbers if number)


def _found_in(text: str) -> Iterator[re.Match[str]]:
    """Yield the numbers and addresses in a text."""
    for found in _FOUND.finditer(text):
        if not found[1] and not (found[3] and _is_in_id(text, *found.span())):
            yield found


def _is_in_id(text: str, start: int, end: int) -> bool:
    before = re.search(r"[A-Za-z0-9]*\Z", text[max(0, start - _ID_REACH) : start])
    after = re.match(r"[A-Za-z0-9]*", text[end : end + _ID_REACH])
    beside = f"{before[0] if before else ''} {after[0] if after else ''}"
    return len(re.findall("[0-9]+", beside)) >= _ID_RUNS


def _as_ascii(words: str) -> str:
    """Return words of the same length with plain digits, dashes, spaces and signs."""
    return words if words.isascii() else "".join(map(_sign, words))


@lru_cache(maxsize=1_024)
def _sign(sign: str) -> str:
    if sign == "\n":
        return sign
    like = plain(f"x{sign}x")[1:-1]
    return like if len(like) == 1 else _UNSEEN if not like else sign


def _known_by(number: str) -> str:
    return re.sub(r"\D", "", number)[-_SUBSCRIBER:]
