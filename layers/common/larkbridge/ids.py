"""Ids that follow from what they stand for, and what an id or a word may show of a person: nothing."""

import hashlib
import re
import uuid
from functools import lru_cache

MAX_PLAIN_ID = 200
"""Characters."""

_PLAIN_ID = re.compile(rf"[A-Za-z0-9._:=+-]{{1,{MAX_PLAIN_ID}}}")
_PLAIN_WORD = re.compile(r"[a-z0-9._/-]{1,80}")
_PHONE_NUMBER = re.compile(r"[0-9](?<![0-9]{2})(?:[._:=+-]?[0-9]){8,14}(?![0-9])")
_RANDOM_OR_LONG = re.compile(
    r"(?<![0-9A-Za-z])(?:(?i:[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12,})(?![0-9A-Za-z])|leadgen:[0-9]+)"
    r"|[0-9]{16,}"
)


def derived_id(*parts: str) -> str:
    """Return an id that the same parts always give, in the shape of a UUIDv4 (which Lark's APIs ask for)."""
    digest = hashlib.sha256("\0".join(("larkbridge", *parts)).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def plain_id(text: str) -> str:
    """Return an id that may stand in a key, a URL and a log: the id itself, or its hash.

    Hashed is what has other characters or more of them, and what may show who is meant: an e-mail address, a
    phone number (9 to 15 digits), WhatsApp's message ids (`wamid.` and a base64 with the phone number in it).
    """
    if _PLAIN_ID.fullmatch(text) and not _is_personal(text):
        return text
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


@lru_cache(maxsize=256)
def plain_word(text: str) -> str:
    """Return a word that a log may show; "other" for whatever is not a short one of small ASCII letters."""
    return text if _PLAIN_WORD.fullmatch(text) and not _is_personal(text) else "other"


def _is_personal(text: str) -> bool:
    """Return whether it is WhatsApp's or may have a phone number in it; what is random or longer is none.

    What is found without those was there with them: they end where no digit goes on.
    """
    if "wamid." in text.lower():
        return True
    return bool(_PHONE_NUMBER.search(text) and _PHONE_NUMBER.search(_RANDOM_OR_LONG.sub(" ", text)))
