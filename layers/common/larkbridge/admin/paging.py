"""Lists in pages: a request looks at so many entries and no more, and says where the next one goes on."""

import base64
import binascii
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from larkbridge.errors import BadRequestError

MAX_SCANNED = 2_000
"""A page ends after so many entries, whether they match or not."""

PAGE_LENGTH = 1_000_000
"""Characters of text after which a page ends: a Lambda may answer with 6 MB."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_PLAIN_ID = re.compile(r"[\x21-\x7e]{1,300}")


def to_cursor(sort_key: str) -> str:
    """Return the opaque position that stands after the entry with this sort key."""
    return base64.urlsafe_b64encode(sort_key.encode()).decode().rstrip("=")


def from_cursor(cursor: str | None, is_id: Callable[[str], object] = _PLAIN_ID.fullmatch) -> str | None:
    """Return the sort key that `to_cursor` took, None for None (a list's start).

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


class Scan[T]:
    """Takes the first `limit` of `found` that match, looking at no more than `most`; for one iteration.

    Parameters
    ----------
    sort_key
        Returns an entry's place in the list.
    """

    def __init__(
        self,
        found: Iterable[T],
        sort_key: Callable[[T], str],
        *,
        limit: int,
        most: int = MAX_SCANNED,
        matches: Callable[[T], bool] = lambda _: True,
    ) -> None:
        self._found = iter(found)
        self._sort_key = sort_key
        self._limit = limit
        self._most = most
        self._matches = matches
        self._last: T | None = None

    def __iter__(self) -> Iterator[T]:
        return itertools.islice(filter(self._matches, self._looked_at()), self._limit)

    def _looked_at(self) -> Iterator[T]:
        for entry in itertools.islice(self._found, self._most):
            self._last = entry
            yield entry

    def cursor(self) -> str | None:
        """Return where the next scan goes on, None when this one came to the end."""
        if self._last is None or next(self._found, None) is None:
            return None
        return to_cursor(self._sort_key(self._last))


def page[T](scan: Scan[T], summary: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    """Return one page and the cursor of the next; it may be short, and even empty, and yet have a cursor."""
    return {"items": [summary(entry) for entry in scan], "cursor": scan.cursor()}
