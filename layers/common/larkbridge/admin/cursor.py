"""Opaque positions in a list."""

import base64
import binascii
import re

from larkbridge.errors import BadRequestError

_SORT_KEY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[\x21-\x7e]{1,300}", re.ASCII)


def encode(sort_key: str) -> str:
    """Return the cursor that stands after the entry with this sort key."""
    return base64.urlsafe_b64encode(sort_key.encode()).decode().rstrip("=")


def decode(cursor: str | None) -> str | None:
    """Return the sort key that `encode` took, None for None (a list's start).

    Raises
    ------
    BadRequestError
        For anything else.
    """
    if cursor is None:
        return None
    try:
        sort_key = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        sort_key = ""
    if not _SORT_KEY.fullmatch(sort_key):
        raise BadRequestError("unknown cursor", fields={"cursor": "not one that a list gave out"})
    return sort_key
