"""What of a text can be stored, and what of it can be seen: a paste leaves behind what nobody typed or sees.

Source: the Unicode Standard: general categories (UAX #44), normal forms (UAX #15), the property
Default_Ignorable_Code_Point (DerivedCoreProperties.txt) and the emoji flags of regions (UTS #51).
"""

import re
import unicodedata

_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\ufff9-\ufffb"
)
"""What a font shows nothing for: Default_Ignorable_Code_Point, and the marks around annotations."""
_IS_UNSEEN = re.compile(f"[{_UNSEEN}]").match
_BLANK_BRAILLE = "\u2800"
_SEEN = re.compile(rf"[^\s{_BLANK_BRAILLE}{_UNSEEN}]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
"""Controls (Cc) that are no white space, and half surrogate pairs (Cs)."""
_FLAG = re.compile("(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f)")
"""Scotland's and others: its letters are tags, which are dropped anywhere else."""
_JOINERS = re.compile("([\u200c\u200d]+)")
_SIGNS = {"\u02d6": "+", "\u2795": "+", "\u02d7": "-", "\u2212": "-", "\u2796": "-"}
"""Plus and minus where NFKC leaves them as they are."""


def storable(text: str, length: int | None = None) -> str:
    """Return up to `length` characters without half surrogates, which JSON can hold and UTF-8 cannot."""
    return text[:length].encode("utf-8", "replace").decode()


def has_control(text: str) -> bool:
    """Tell a text that could do harm: with a control that is no white space, or half a surrogate pair."""
    return _CONTROL.search(text) is not None


def is_blank(text: str) -> bool:
    """Tell a text in which there is nothing to see; a control is something."""
    return _SEEN.search(text) is None


def lines(text: str) -> str:
    """Return a text of several lines in NFC: line feeds between them, and no format character that is unseen.

    Whatever can be seen stays. So do variation selectors, and the joiners where they show: between
    characters of scripts without upper case (Persian, Hindi) and between emoji.
    """
    text = "\n".join(text.splitlines()).replace("\x1f", " ")
    if not text.isprintable():
        text = _without_vain_joiners("".join(map(_without_format, _FLAG.split(text))))
    return unicodedata.normalize("NFC", text).strip()


def line(text: str) -> str:
    """Return a text of one line: as `lines` does, with a space for every line feed and tab."""
    return lines(text).replace("\n", " ").replace("\t", " ")


def plain(text: str) -> str:
    """Return a text that a machine reads, such as a number.

    A character counts as the plain one that it looks like: digits, dashes, spaces and signs of any script as
    those of ASCII, and compatible forms as their plain one (NFKC). What cannot be seen is gone.
    """
    if text.isascii():
        return text.strip()
    seen = "".join(map(_plain, unicodedata.normalize("NFKC", text)))
    return unicodedata.normalize("NFC", seen).strip()


def _without_format(part: str) -> str:
    """Drop unseen format characters but joiners; the Arabic number sign, for one, is seen."""
    if _FLAG.fullmatch(part):
        return part
    return "".join(
        sign
        for sign in part
        if unicodedata.category(sign) != "Cf" or _JOINERS.match(sign) or not _IS_UNSEEN(sign)
    )


def _without_vain_joiners(text: str) -> str:
    parts, base = _JOINERS.split(text), " "
    for place in range(1, len(parts), 2):
        base = next((sign for sign in reversed(parts[place - 1]) if not _is_mark(sign)), base)
        if not (_may_join(base) and _may_join(parts[place + 1][:1])):
            parts[place] = ""
    return "".join(parts)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _may_join(character: str) -> bool:
    return not (character.isspace() or character == "" or character.lower() != character.upper())


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd":
        return "-"
    if character.isspace() or character == _BLANK_BRAILLE:
        return " "
    if category == "Cf" or _IS_UNSEEN(character):
        return ""
    return _SIGNS.get(character, character)
