"""Words without phone numbers and e-mail addresses: Lark may refuse them, and no model needs them.

A number counts however it is written: with digits, dashes and spaces of any script, with and without the zero
before it, and a hotline's (1800 and 1900). One of nine digits that ends in three zeros is an amount.
"""

import re
from collections.abc import Collection
from functools import lru_cache

from larkbridge.text import plain

_UNSEEN = "\u200b"
_SEPARATOR = rf"[ .(){_UNSEEN}-]{{0,3}}"
_FOUND = re.compile(
    r"(https?://[^\s)]+|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    rf"|(?<![\w+])((?:\+|(?=0|84))[0-9](?:{_SEPARATOR}[0-9]){{8,14}}(?!\w)"
    rf"|(?<![0-9][.,])[35789][0-9]{{2}}(?!(?:[ -]?[0-9]{{3}})?[ -]?000\b)"
    rf"(?:[ {_UNSEEN}-]?[0-9]{{3}}){{2}}(?![.,]?\w)"
    rf"|(?<![0-9][.,])1[89]00(?:[ .{_UNSEEN}]?[0-9]){{4,6}}(?![.,]?\w))"
    r"|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
)
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
    shown, end = list[str](), 0
    for found in _FOUND.finditer(_as_ascii(words)):
        if found[1] or (found[2] and _known_by(found[2]) in but_for):
            continue
        shown += words[end : found.start()], _MASK
        end = found.end()
    return "".join([*shown, words[end:]])


def numbers_in(words: str) -> frozenset[str]:
    """Return the phone numbers in some words, each by what tells it, however it is written."""
    found = _FOUND.finditer(_as_ascii(words))
    return frozenset(_known_by(one[2]) for one in found if one[2])


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
