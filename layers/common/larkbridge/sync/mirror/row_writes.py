"""What records of a mirrored table become here, however they were read."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from larkbridge.clock import Clock, from_text, to_text
from larkbridge.lark.base import Record
from larkbridge.store.mirror_rows import MirrorRow, MirrorRowStore
from larkbridge.store.table import Action
from larkbridge.sync.base.rows import Content, Schema
from larkbridge.sync.config.tables import Deletions, Table
from larkbridge.sync.mirror.pull import REPLICA_LAG, Taken
from larkbridge.sync.state.digests import Digests

MAX_ROW_BYTES = 180_000
"""DynamoDB takes 400 KB, and a quarantined row has two versions."""
RETENTION = timedelta(days=30)


class MirrorRows:
    """Turns records into writes; each of them does nothing when a newer one has been there."""

    def __init__(self, rows: MirrorRowStore, clock: Clock) -> None:
        self._rows = rows
        self._clock = clock

    def take(
        self,
        schema: Schema,
        records: Sequence[Record],
        known: Digests | None,
        read_at: str,
        *,
        reported_at: datetime | None = None,
    ) -> Taken:
        """Return the writes of those records that are not `known` as they are.

        A blank record has no row until somebody fills it in; one that was emptied keeps its row, with nothing
        in it.

        Parameters
        ----------
        reported_at
            When Lark says that they were there: what was deleted before that is there again. Without it, that
            is believed a while after the deletion, since a replica may not have it yet.
        """
        settled = from_text(read_at) - REPLICA_LAG
        if reported_at is not None:
            settled = max(settled, reported_at + timedelta(seconds=1))
        taken = Taken()
        for record in records:
            content = schema.read(record)
            taken.quarantined += bool(content.reasons)
            place = None if known is None else known.see(record.record_id)
            if content.blank and known is not None and place is None:
                continue
            if known is None or place is None or not known.is_same(place, content.hash):
                taken.actions.append(self._put(schema.table, record, content, read_at, to_text(settled)))
        return taken

    def gone(self, table: Table, record_id: str, read_at: str, *, reported: bool = False) -> Action:
        """Return the marking of a row whose record Lark does not have.

        Parameters
        ----------
        reported
            Whether Lark has also told that it was deleted: then a replica that lags is not to blame.
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

    def _put(self, table: Table, record: Record, content: Content, read_at: str, settled: str) -> Action:
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
                quarantine=reasons or None,
                modified_at="" if record.modified_at is None else to_text(record.modified_at),
                read_at=read_at,
                changed_at=to_text(self._clock.now()),
            ),
            settled,
            to_text(from_text(read_at) - REPLICA_LAG),
            only_known=content.blank,
        )
