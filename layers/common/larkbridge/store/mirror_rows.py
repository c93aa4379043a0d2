"""The MirrorRows table: one item per record of a table in which Lark is authoritative.

Keys: `table`, `recordId` (Lark's, shown as `larkSourceId`). Indexes: `digests` (table, recordId), what a pull
compares with; `by-change` (table, sortKey); `quarantined` (quarantine, sortKey), sparse. Each has a table's
rows in one partition: 1,000 writes a second for each table. TTL on `expiresAt` tidies up deleted rows where
the table's policy says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from larkbridge.store.codec import encode_changes
from larkbridge.store.synced_rows import GONE, JsonText, SyncedRowStore
from larkbridge.store.table import Action

_WRITTEN = ("content_hash", "received", "reasons", "modified_at", "read_at", "changed_at", "deleted_at")
"""What is written of a row, besides `values`: of those a quarantined row keeps the last that fitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorRow:
    """One record as it was last pulled. Times are texts as `clock.to_text` writes them.

    `values` is the last content that fitted its types, None when there was none. While the row is quarantined
    `reasons` says for each field why the present content does not fit, and `received` has that content.
    `modified_at` is Lark's time, empty when Lark gave none; `read_at` when we asked for it, `changed_at` when
    it last changed here.
    """

    table: str
    record_id: str
    content_hash: str
    values: JsonText | None = None
    received: JsonText | None = None
    reasons: Mapping[str, str] | None = None
    modified_at: str
    read_at: str
    changed_at: str
    deleted_at: str | None = None

    @property
    def sort_key(self) -> str:
        return f"{self.changed_at}#{self.record_id}"


class MirrorRowStore(SyncedRowStore[MirrorRow]):
    """Every access to the MirrorRows table."""

    def __init__(self, table_name: str) -> None:
        super().__init__(table_name, MirrorRow, "recordId")

    def digests(self, table: str) -> Iterator[tuple[str, str]]:
        """Yield record id and content hash of every row in order of the ids; a request for each thousand."""
        return self._digests("digests", table, "recordId")

    def quarantined(self, table: str, before: str | None) -> Iterator[tuple[str, str]]:
        """Yield sort key and record id of the rows that are quarantined, the last one changed first."""
        return self._listed("quarantined", ("quarantine", table), before)

    def count_quarantined(self, table: str) -> int:
        return self._table.count("quarantined", ("quarantine", table))

    def put_action(self, row: MirrorRow, settled: str, lagged: str, *, only_known: bool = False) -> Action:
        """Return the write of a row that is there in Lark; with `only_known`, if it is here already.

        Its condition fails when what is stored has the same content, or was modified or read later, and when
        it was deleted after both `settled` and the record's modification: a replica may not have that yet.
        """
        fits = row.reasons is None
        return self._table.update_action(
            self._key(row.table, row.record_id),
            {
                **encode_changes(row, (*_WRITTEN, "values") if fits else _WRITTEN),
                "quarantine": None if fits else row.table,
                "sortKey": row.sort_key,
                "expiresAt": None,
            },
            condition=(
                f"{'' if only_known else 'attribute_not_exists(recordId) OR '}"
                "(contentHash <> :contentHash AND readAt <= :readAt AND "
                "(modifiedAt <= :modifiedAt OR readAt <= :lagged) AND "
                "(attribute_not_exists(deletedAt) OR deletedAt <= :settled OR deletedAt < :modifiedAt))"
            ),
            values={":settled": settled, ":lagged": lagged},
        )

    def delete_action(
        self, table: str, record_id: str, *, read_at: str, settled: str, now: str, expires_at: int | None
    ) -> Action:
        """Return the marking of a row that is gone in Lark.

        Its condition fails when there is no such row, when it is marked already, when it was read later, and
        when it was modified after `settled`: a replica may not have it yet.
        """
        return self._table.update_action(
            self._key(table, record_id),
            {
                "contentHash": GONE,
                "reasons": None,
                "received": None,
                "quarantine": None,
                "readAt": read_at,
                "changedAt": now,
                "sortKey": f"{now}#{record_id}",
                "deletedAt": now,
                "expiresAt": expires_at,
            },
            condition=(
                "attribute_exists(recordId) AND contentHash <> :contentHash "
                "AND readAt <= :readAt AND modifiedAt <= :settled"
            ),
            values={":settled": settled},
        )
