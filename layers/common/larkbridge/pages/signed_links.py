"""Links that only we can make: what a page may show follows from what its own address proves."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from larkbridge.errors import NotConfiguredError, NotFoundError

KEY_SETTING = "PAGE_SIGNING_KEY"

type Purpose = Literal["sent", "file", "upload", "withdraw", "connect"]
"""What a link is for: none serves for another one's."""


def sign(purpose: Purpose, payload: str, keys: Sequence[str], until: datetime) -> str:
    """Return a token of letters, digits, `-`, `_` and one dot, which anybody can read and nobody can change.

    Parameters
    ----------
    payload
        What `verify` returns: ids, and nothing of a person.
    keys
        The values of `PAGE_SIGNING_KEY`, of which the first signs.
    until
        When the token expires, to the second.

    Raises
    ------
    NotConfiguredError
        When there is no key.
    """
    if not keys:
        raise NotConfiguredError(f"{KEY_SETTING} is not configured")
    content = _encode(f"{int(until.timestamp())}:{payload}".encode())
    return f"{content}.{_signature(purpose, content, keys[0])}"


def verify(purpose: Purpose, token: str, keys: Sequence[str], now: datetime) -> str:
    """Return the payload of a token that one of `keys` signed for this purpose.

    Raises
    ------
    NotFoundError
        For any other token, and for one that has expired.
    """
    content, _, signature = token.partition(".")
    given = signature.encode(errors="replace")
    expected = (_signature(purpose, content, key).encode() for key in keys)
    if not any(hmac.compare_digest(one, given) for one in expected):
        raise NotFoundError("the link is not one of ours")
    until, _, payload = _decode(content).partition(":")
    if now.timestamp() >= int(until):
        raise NotFoundError("the link has expired")
    return payload


def _signature(purpose: Purpose, content: str, key: str) -> str:
    signed = f"{purpose}.{content}".encode(errors="replace")
    return _encode(hmac.digest(key.encode(), signed, hashlib.sha256))


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(text: str) -> str:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
