"""What is written for records of a mirrored table, however they were read."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from larkbridge.clock import Clock, from_text, to_text
from larkbridge.lark.base import BaseRecord
from larkbridge.store.mirror_rows import MirrorRow, MirrorRowStore
from larkbridge.store.synced_rows import RETENTION
from larkbridge.store.table import Action
from larkbridge.sync.config.synced_table import Deletions, SyncedTable
from larkbridge.sync.shared.digests import Digests
from larkbridge.sync.shared.schema import RecordContent, Schema
from larkbridge.sync.shared.table_reader import PageWrites
from larkbridge.sync.shared.table_run import REPLICA_LAG

MAX_ROW_BYTES = 180_000
"""DynamoDB takes 400 KB, and a quarantined row has two versions."""


class RowWrites:
    """Turns records into writes; a write does nothing once a newer one was made."""

    def __init__(self, rows: MirrorRowStore, clock: Clock) -> None:
        self._rows = rows
        self._clock = clock

    def of_records(
        self,
        schema: Schema,
        records: Sequence[BaseRecord],
        read_at: str,
        *,
        known: Digests | None = None,
        reported_at: datetime | None = None,
    ) -> PageWrites:
        """Return the writes of records that Lark has.

        A blank record has no row until somebody fills it in. One that was emptied keeps its row.

        Parameters
        ----------
        known
            The rows that there are; what is the same here is not written.
        reported_at
            When Lark says that the records were there. A row that was deleted before that is there again.
            Without it that is believed only `REPLICA_LAG` after the deletion, which a replica may not know.
        """
        settled = from_text(read_at) - REPLICA_LAG
        if reported_at is not None:
            settled = max(settled, reported_at + timedelta(seconds=1))
        writes = PageWrites()
        for record in records:
            content = schema.read(record)
            writes.quarantined += bool(content.reasons)
            place = None if known is None else known.see(record.record_id)
            if content.blank and known is not None and place is None:
                continue
            if known is None or place is None or not known.is_same(place, content.hash):
                writes.actions.append(self._put(schema.table, record, content, read_at, to_text(settled)))
        return writes

    def of_absent(
        self, table: SyncedTable, record_id: str, read_at: str, *, reported: bool = False
    ) -> Action:
        """Return the write that marks a row as deleted, whose record Lark does not have.

        Parameters
        ----------
        reported
            Whether Lark has also said that it was deleted: then a replica that lags is not to blame.
        """
        now = self._clock.now()
        settled = read_at if reported else to_text(from_text(read_at) - REPLICA_LAG)
        expires = table.deletions is Deletions.EXPIRE
        return self._rows.delete_action(
            table.name,
            record_id,
            read_at=read_at,
            settled=settled,
            now=to_text(now),
            expires_at=int((now + RETENTION).timestamp()) if expires else None,
        )

    def _put(
        self, table: SyncedTable, record: BaseRecord, content: RecordContent, read_at: str, settled: str
    ) -> Action:
        reasons, received = content.reasons, content.values
        if len(json.dumps(content.values, ensure_ascii=False).encode(errors="replace")) > MAX_ROW_BYTES:
            reasons, received = {**reasons, "*": "the row is too large to be kept"}, {}
        return self._rows.put_action(
            MirrorRow(
                table=table.name,
                record_id=record.record_id,
                content_hash=content.hash,
                values=None if reasons else content.values,
                received=received if reasons else None,
                reasons=reasons or None,
                modified_at="" if record.modified_at is None else to_text(record.modified_at),
                read_at=read_at,
                changed_at=to_text(self._clock.now()),
            ),
            settled,
            to_text(from_text(read_at) - REPLICA_LAG),
            only_known=content.blank,
        )
