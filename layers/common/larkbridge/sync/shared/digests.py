"""The known rows in 27 bytes each: what a reading holds in memory, whatever the size of a table."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from larkbridge.store.synced_rows import GONE


class Digests:
    """Record ids and content hashes of the known rows, and which ids have been seen.

    Parameters
    ----------
    known
        Id and hash of each row, in the order that DynamoDB keeps the ids.
    """

    def __init__(self, known: Iterable[tuple[str, str]]) -> None:
        self._ids = bytearray()
        self._ends = array("I", [0])
        self._hashes = array("Q")
        for record_id, content_hash in known:
            self._ids += record_id.encode()
            self._ends.append(len(self._ids))
            self._hashes.append(_short(content_hash))
        self._seen = bytearray(len(self._hashes))

    def __len__(self) -> int:
        return len(self._hashes)

    def see(self, record_id: str) -> int | None:
        """Note that a record is there; returns the place of its row, None when it has none."""
        place = bisect_left(range(len(self)), record_id.encode(), key=self._id)
        if place == len(self) or self._id(place) != record_id.encode():
            return None
        self._seen[place] = True
        return place

    def is_same(self, place: int, content_hash: str) -> bool:
        """Tell whether the row at a place has this content."""
        return self._hashes[place] == _short(content_hash)

    def unseen(self) -> Iterator[str]:
        """Yield the ids that have not been seen, without those of deleted rows."""
        deleted = _short(GONE)
        for place, content_hash in enumerate(self._hashes):
            if not self._seen[place] and content_hash != deleted:
                yield self._id(place).decode()

    def count(self) -> int:
        """Return how many rows there are, without deleted ones."""
        return len(self) - self._hashes.count(_short(GONE))

    def _id(self, place: int) -> bytes:
        return bytes(self._ids[self._ends[place] : self._ends[place + 1]])


def _short(content_hash: str) -> int:
    """Return 64 bits of a hash: two contents of one row share them once in 10^19 changes."""
    return int(content_hash[:16], 16) if len(content_hash) >= 16 else 0
