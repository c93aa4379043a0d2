"""Small things that others send, read the same way everywhere."""

import base64
import binascii
import re
from collections.abc import Mapping


def storable(text: str, length: int | None = None) -> str:
    """Return up to `length` characters without half surrogates, which JSON can hold and UTF-8 cannot."""
    return text[:length].encode("utf-8", "replace").decode()


def wait_asked_for(headers: Mapping[str, str], *names: str) -> float | None:
    """Return the seconds that one of these headers asks to wait; a date, as HTTP allows, counts for none."""
    for name in names:
        value = headers.get(name, "")
        if re.fullmatch(r"\d{1,9}", value, re.ASCII):
            return float(value)
    return None


def standard_webhooks_key(secret: str) -> bytes | None:
    """Return the key that "whsec_" and base64 stand for (Standard Webhooks), None when it is not base64."""
    encoded = secret.removeprefix("whsec_").rstrip("=")
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True) or None
    except (binascii.Error, ValueError):
        return None
