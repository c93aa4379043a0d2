"""The steps that signature checks are made of; each of them refuses what it cannot prove."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from larkbridge.errors import UnverifiedRequestError
from larkbridge.http_exchange import Request

TOLERANCE = timedelta(minutes=5)
"""How far a signed timestamp may be from our clock, either way."""


def required_header(request: Request, name: str) -> str:
    """Return a header's value; raises UnverifiedRequestError when it is absent or empty."""
    value = request.headers.get(name, "").strip()
    if not value:
        raise UnverifiedRequestError(f"the header {name} is missing")
    return value


def require_match(expected: Iterable[str], given: Iterable[str]) -> None:
    """Compare in constant time; raises UnverifiedRequestError unless one of `given` is one of `expected`."""
    given_bytes = [_encode(one) for one in given]
    matches = [hmac.compare_digest(_encode(ours), theirs) for ours in expected for theirs in given_bytes]
    if not any(matches):
        raise UnverifiedRequestError("the signature or token is wrong")


def require_fresh(seconds: str, now: datetime, tolerance: timedelta = TOLERANCE) -> None:
    """Raise UnverifiedRequestError unless a unix time in seconds is within `tolerance`, either way."""
    if not re.fullmatch(r"\d{1,12}", seconds, re.ASCII):
        raise UnverifiedRequestError("the timestamp is not a number of seconds")
    if abs(now.timestamp() - int(seconds)) > tolerance.total_seconds():
        raise UnverifiedRequestError("the timestamp is too far from now")


def hmac_hex(secret: str, content: bytes) -> str:
    """Return the lower-case hex HMAC-SHA256 of `content`."""
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def hmac_base64(key: bytes, content: bytes) -> str:
    """Return the base64 HMAC-SHA256 of `content`."""
    return base64.b64encode(hmac.digest(key, content, "sha256")).decode()


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
