"""The MirrorRows table: one item per record of a table in which Lark is authoritative.

Keys: `table`, `recordId` (Lark's, shown as `larkSourceId`). Indexes: `digests` (table, recordId), what a pull
compares with; `by-change` (table, sortKey); `quarantined` (quarantine, sortKey), sparse. Each has a table's
rows in one partition: 1,000 writes a second for each table. Values are stored as JSON text, since DynamoDB
takes neither every number nor every depth that JSON has. TTL on `expiresAt` tidies up deleted rows where
the table's policy says so.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from larkbridge.store.table import DIGESTS_PAGE, Action, Record, Table
from larkbridge.text import storable

GONE = "gone"
"""The hash of a row that is deleted: no content has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorRow:
    """One record as it was last pulled. Times are texts as `clock.to_text` writes them.

    `values` is the last content that fitted its types, None when there was none; while `quarantine` says for
    each field why the present content does not fit, `received` has that content. `modified_at` is Lark's
    time, empty when Lark gave none; `read_at` when we asked for it, `changed_at` when it last changed here.
    """

    table: str
    record_id: str
    content_hash: str
    values: Mapping[str, Any] | None = None
    received: Mapping[str, Any] | None = None
    quarantine: Mapping[str, str] | None = None
    modified_at: str = ""
    read_at: str
    changed_at: str
    deleted_at: str | None = None

    @property
    def sort_key(self) -> str:
        return f"{self.changed_at}#{self.record_id}"

    @classmethod
    def from_record(cls, record: Record) -> Self:
        return cls(
            table=record["table"],
            record_id=record["recordId"],
            content_hash=record["contentHash"],
            values=_parsed(record.get("values")),
            received=_parsed(record.get("received")),
            quarantine=record.get("reasons"),
            modified_at=record["modifiedAt"],
            read_at=record["readAt"],
            changed_at=record["changedAt"],
            deleted_at=record.get("deletedAt"),
        )


class MirrorRowStore:
    """Every access to the MirrorRows table."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def get(self, table: str, record_id: str) -> MirrorRow | None:
        """Return a row, read consistently."""
        record = self._table.get(_key(table, record_id))
        return MirrorRow.from_record(record) if record else None

    def get_many(
        self, table: str, record_ids: Sequence[str], sleep: Callable[[float], None]
    ) -> dict[str, MirrorRow]:
        """Return rows by record id, those that there are; a request for each hundred."""
        records = self._table.get_many([_key(table, one) for one in record_ids], sleep)
        return {record["recordId"]: MirrorRow.from_record(record) for record in records}

    def digests(self, table: str) -> Iterator[tuple[str, str]]:
        """Yield record id and content hash of every row in order of the ids; a request for each thousand."""
        for record in self._table.query(
            "digests", ("table", table), None, newest_first=False, page_size=DIGESTS_PAGE
        ):
            yield record["recordId"], record["contentHash"]

    def newest(self, table: str, before: str | None) -> Iterator[tuple[str, str]]:
        """Yield sort key and record id of the rows, the last one changed first."""
        return self._listed("by-change", ("table", table), before)

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
        fits = row.quarantine is None
        return self._table.update_action(
            _key(row.table, row.record_id),
            {
                "contentHash": row.content_hash,
                **({"values": _text(row.values)} if fits else {}),
                "received": None if fits else _text(row.received),
                "reasons": row.quarantine,
                "quarantine": None if fits else row.table,
                "modifiedAt": row.modified_at,
                "readAt": row.read_at,
                "changedAt": row.changed_at,
                "sortKey": row.sort_key,
                "deletedAt": None,
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
            _key(table, record_id),
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

    def _listed(self, index: str, key: tuple[str, str], before: str | None) -> Iterator[tuple[str, str]]:
        bound = None if before is None else ("sortKey", before)
        for record in self._table.query(index, key, bound, newest_first=True):
            yield record["sortKey"], record["recordId"]


def _key(table: str, record_id: str) -> dict[str, str]:
    return {"table": table, "recordId": record_id}


def _text(values: Mapping[str, Any] | None) -> str:
    return storable(json.dumps(values, ensure_ascii=False, separators=(",", ":")))


def _parsed(text: str | None) -> Any:
    return None if text is None else json.loads(text)
