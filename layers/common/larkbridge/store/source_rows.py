"""The SourceRows table: one item per row of a table in which we are authoritative.

Keys: `table`, `rowId`; stream. Indexes: `unpushed` (queue, sortKey), sparse: the table's name while a row
waits to be pushed, that and `#rejected` once Lark has refused it; `by-record` (table, larkRecordId), sparse;
`by-change` (table, sortKey). Each has a table's rows in one partition: 1,000 writes a second for each table.
TTL on `expiresAt` tidies up deleted rows 30 days after Lark has deleted them too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from larkbridge.clock import to_text
from larkbridge.store.codec import decode
from larkbridge.store.synced_rows import GONE, RETENTION, JsonText, SyncedRowStore, json_text
from larkbridge.store.table import Action

_AS_SEEN = "version = :seen AND larkRecordId = :record"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One row. Times are texts as `clock.to_text` writes them.

    `version` counts its changes here, `pushed_version` is the last one that Lark is known to have, since
    `pushed_at`. `queue` is the partition of the index `unpushed` that it is in; `rejected` says why Lark
    refused it: a map of `reason`, `message` and what else is known. `self_deleted` tells whether a push may
    have deleted its record, though the row may be there again.
    """

    table: str
    row_id: str
    values: JsonText
    content_hash: str
    version: int
    pushed_version: int = 0
    pushed_at: str | None = None
    lark_record_id: str | None = None
    deleted: bool = False
    self_deleted: bool = False
    updated_at: str
    queue: str | None = None
    rejected: Mapping[str, Any] | None = None

    @property
    def queued(self) -> bool:
        """Whether it waits to be pushed."""
        return self.queue == self.table


class SourceRowStore(SyncedRowStore[SourceRow]):
    """Every access to the SourceRows table."""

    def __init__(self, table_name: str) -> None:
        super().__init__(table_name, SourceRow, "rowId")

    def change_action(
        self,
        stored: SourceRow | None,
        table: str,
        row_id: str,
        values: Mapping[str, Any] | None,
        content_hash: str,
        now: str,
    ) -> Action:
        """Return the write of new content, None to delete.

        Its condition fails when the row is no longer as `stored`.
        """
        seen = stored.version if stored else 0
        return self._table.update_action(
            self._key(table, row_id),
            {
                **({} if values is None else {"values": json_text(values)}),
                "contentHash": content_hash,
                "version": seen + 1,
                "deleted": True if values is None else None,
                **({"selfDeleted": True} if values is None else {}),
                "updatedAt": now,
                "sortKey": f"{now}#{row_id}",
                "queue": table,
                "rejected": None,
                "expiresAt": None,
            },
            condition="version = :seen" if stored else "attribute_not_exists(rowId)",
            values={":seen": seen} if stored else None,
        )

    def change(self, action: Action) -> SourceRow:
        """Do what `change_action` returned; raises ConditionFailedError."""
        return decode(SourceRow, self._table.update(action))

    def pushed_action(self, row: SourceRow, lark_record_id: str | None, now: datetime) -> Action:
        """Return the note that Lark has `row` as it is, under this id; None when it is deleted there.

        Its condition fails when the row has changed since: then `overtaken_action` is due.
        """
        changes = {
            **_pushed(row, lark_record_id, now),
            "selfDeleted": None,
            "queue": None,
            "rejected": None,
            "expiresAt": int((now + RETENTION).timestamp()) if row.deleted else None,
        }
        return self._update(row, changes, "version = :seen")

    def overtaken_action(self, row: SourceRow, lark_record_id: str | None, now: datetime) -> Action:
        """Return the note that Lark has `row` as it was, which has changed since and keeps waiting."""
        return self._update(row, _pushed(row, lark_record_id, now), "version > :seen")

    def reject_action(self, row: SourceRow, error: Mapping[str, Any]) -> Action:
        """Return the write that takes a row out of the queue with its reason, unless it has changed since."""
        changes = {"queue": f"{row.table}#rejected", "rejected": dict(error)}
        return self._update(row, changes, "version = :seen")

    def requeue_action(self, row: SourceRow, now: datetime) -> Action:
        """Return the write that makes a row wait again from `now`, unless it has changed since."""
        return self._update(row, _waiting(row, now), "version = :seen")

    def adopt_action(self, row: SourceRow, lark_record_id: str, now: datetime) -> Action:
        """Return the note that a record was found to be the row's: the row waits to be written to it.

        Its condition fails when the row has a record.
        """
        changes = {**_waiting(row, now), "larkRecordId": lark_record_id}
        return self._update(row, changes, "version >= :seen AND attribute_not_exists(larkRecordId)")

    def restore_action(self, row: SourceRow, now: datetime) -> Action:
        """Return the write that has a row created again whose record is gone, unless it has changed since."""
        changes = {**_waiting(row, now), "larkRecordId": None}
        return self._update(row, changes, _AS_SEEN, {":record": row.lark_record_id})

    def lost_action(self, row: SourceRow, now: datetime) -> Action:
        """Return the write that deletes a row because its record is gone, unless it has changed since."""
        changes = {
            "contentHash": GONE,
            "version": row.version + 1,
            "deleted": True,
            "updatedAt": to_text(now),
            "sortKey": f"{to_text(now)}#{row.row_id}",
            "pushedVersion": row.version + 1,
            "larkRecordId": None,
            "queue": None,
            "rejected": None,
            "expiresAt": int((now + RETENTION).timestamp()),
        }
        return self._update(row, changes, _AS_SEEN, {":record": row.lark_record_id})

    def waiting(self, table: str) -> Iterator[str]:
        """Yield the ids of the rows that wait to be pushed, the one changed longest ago first."""
        for record in self._table.query("unpushed", ("queue", table), None, newest_first=False):
            yield record["rowId"]

    def waiting_since(self, table: str) -> str | None:
        """Return when the row that waits longest was changed."""
        rows = self._table.query("unpushed", ("queue", table), None, newest_first=False, page_size=1)
        first = next(rows, None)
        return None if first is None else first["sortKey"].partition("#")[0]

    def count_waiting(self, table: str) -> int:
        return self._table.count("unpushed", ("queue", table))

    def count_rejected(self, table: str) -> int:
        return self._table.count("unpushed", ("queue", f"{table}#rejected"))

    def rejected(self, table: str, before: str | None) -> Iterator[tuple[str, str]]:
        """Yield sort key and id of the rows that Lark has refused, the last one changed first."""
        return self._listed("unpushed", ("queue", f"{table}#rejected"), before)

    def digests(self, table: str) -> Iterator[tuple[str, str]]:
        """Yield Lark's record id and the content hash of every row that has one, in order of the ids."""
        return self._digests("by-record", table, "larkRecordId")

    def with_record(self, table: str, lark_record_id: str) -> str | None:
        """Return the id of the row that has a record in Lark."""
        found = self._table.find("by-record", {"table": table, "larkRecordId": lark_record_id})
        return None if found is None else found["rowId"]

    def _update(
        self,
        row: SourceRow,
        changes: Mapping[str, Any],
        condition: str,
        values: Mapping[str, Any] | None = None,
    ) -> Action:
        return self._table.update_action(
            self._key(row.table, row.row_id),
            changes,
            condition=condition,
            values={":seen": row.version, **(values or {})},
        )


def _waiting(row: SourceRow, now: datetime) -> dict[str, Any]:
    sort_key = f"{to_text(now)}#{row.row_id}"
    return {"queue": row.table, "sortKey": sort_key, "rejected": None, "expiresAt": None}


def _pushed(row: SourceRow, lark_record_id: str | None, now: datetime) -> dict[str, Any]:
    return {"pushedVersion": row.version, "pushedAt": to_text(now), "larkRecordId": lark_record_id}
