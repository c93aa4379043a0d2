"""Words without phone numbers and e-mail addresses: Lark may refuse them, and no model needs them."""

import re
from collections.abc import Collection

_FOUND = re.compile(
    r"(https?://[^\s)]+|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"|(?<![\w+])((?:\+|(?=0|84))\d(?:[ .()-]{0,2}\d){8,14})(?!\w)"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
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

    def cover(found: re.Match[str]) -> str:
        return found[0] if found[1] or (found[2] and _known_by(found[2]) in but_for) else _MASK

    return _FOUND.sub(cover, words)


def numbers_in(words: str) -> frozenset[str]:
    """Return the phone numbers in some words, each by what tells it, however it is written."""
    found = _FOUND.finditer(words)
    return frozenset(_known_by(one[2]) for one in found if one[2])


def _known_by(number: str) -> str:
    return re.sub(r"\D", "", number)[-_SUBSCRIBER:]
