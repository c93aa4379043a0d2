"""What the tables MirrorRows and SourceRows have in common: rows by table and id, a digest of each row."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

from larkbridge.store.codec import Stored, decode
from larkbridge.store.table import Table
from larkbridge.text import storable

GONE = "gone"
"""The content hash of a row that is deleted: no content has it."""
RETENTION = timedelta(days=30)
"""How long a deleted row is kept, where it expires."""
_DIGESTS_PAGE = 1_000
"""Records of an index of ids and hashes in one request: parsing a whole megabyte of them takes 25 MB."""


def json_text(values: Mapping[str, Any]) -> str:
    """Return values as JSON text: DynamoDB takes neither every number nor every depth that JSON has."""
    return storable(json.dumps(values, ensure_ascii=False, separators=(",", ":")))


type JsonText = Annotated[Mapping[str, Any], Stored({str: json.loads}, json_text)]
"""Values that are stored as JSON text."""


def content_hash(row: Mapping[str, Any], reasons: Mapping[str, str] | None = None) -> str:
    """Return a text that equal rows share, and no others."""
    text = json.dumps([row, reasons or {}], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class SyncedRowStore[R]:
    """Rows whose keys are `table` and an id; they are changed by actions alone.

    Parameters
    ----------
    kind
        The class of the rows.
    id_name
        The attribute that holds a row's id.
    """

    def __init__(self, table_name: str, kind: type[R], id_name: str) -> None:
        self._table = Table(table_name)
        self._kind = kind
        self._id_name = id_name

    def get(self, table: str, row_id: str) -> R | None:
        """Return a row, read consistently."""
        record = self._table.get(self._key(table, row_id))
        return decode(self._kind, record) if record else None

    def get_many(self, table: str, row_ids: Sequence[str], sleep: Callable[[float], None]) -> dict[str, R]:
        """Return the rows that there are by their ids, read consistently; a request for each hundred."""
        records = self._table.get_many([self._key(table, row_id) for row_id in row_ids], sleep)
        return {record[self._id_name]: decode(self._kind, record) for record in records}

    def newest(self, table: str, before: str | None) -> Iterator[tuple[str, str]]:
        """Yield sort key and id of the rows, the last one changed first."""
        return self._listed("by-change", ("table", table), before)

    def _key(self, table: str, row_id: str) -> dict[str, str]:
        return {"table": table, self._id_name: row_id}

    def _listed(self, index: str, key: tuple[str, str], before: str | None) -> Iterator[tuple[str, str]]:
        bound = None if before is None else ("sortKey", before)
        for record in self._table.query(index, key, bound, newest_first=True):
            yield record["sortKey"], record[self._id_name]

    def _digests(self, index: str, table: str, record_id: str) -> Iterator[tuple[str, str]]:
        """Yield the attribute `record_id` and the content hash of each row of an index, in order."""
        records = self._table.query(
            index, ("table", table), None, newest_first=False, page_size=_DIGESTS_PAGE
        )
        for record in records:
            yield record[record_id], record["contentHash"]
