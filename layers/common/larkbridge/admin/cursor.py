"""Opaque positions in a list."""

import base64
import binascii
import re
from collections.abc import Callable

from larkbridge.errors import BadRequestError

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_PLAIN_ID = re.compile(r"[\x21-\x7e]{1,300}")


def encode(sort_key: str) -> str:
    """Return the cursor that stands after the entry with this sort key."""
    return base64.urlsafe_b64encode(sort_key.encode()).decode().rstrip("=")


def decode(cursor: str | None, is_id: Callable[[str], object] = _PLAIN_ID.fullmatch) -> str | None:
    """Return the sort key that `encode` took, None for None (a list's start).

    Parameters
    ----------
    is_id
        Tells what can follow the time in a sort key of the list.

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
    moment, _, entry_id = sort_key.partition("#")
    if not (_MOMENT.fullmatch(moment) and is_id(entry_id)):
        raise BadRequestError("unknown cursor", fields={"cursor": "not one that a list gave out"})
    return sort_key
