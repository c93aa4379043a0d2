"""Lists in pages: a request looks at so many entries and no more, and says where the next one goes on."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from larkbridge.admin import cursor as cursors

MAX_SCANNED = 2_000
"""A page ends after so many entries, whether they match or not."""


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
        return cursors.encode(self._sort_key(self._last))


def page[T](scan: Scan[T], summary: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    """Return one page and the cursor of the next; it may be short, and even empty, and yet have a cursor."""
    return {"items": [summary(one) for one in scan], "cursor": scan.cursor()}
