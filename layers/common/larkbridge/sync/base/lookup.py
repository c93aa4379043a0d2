"""Looking rows up in Lark by their key, where nothing else tells whether they are there."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import batched

from larkbridge.lark.base import AnyOf, Page, Record
from larkbridge.lark.limits import MAX_CONDITIONS, MAX_PAGE
from larkbridge.sync.mirror.pull import Turn

_BEGINNING = datetime.min.replace(tzinfo=UTC)


class Lookup:
    """Finds records; what Lark has accepted within `pull.REPLICA_LAG` may be missing."""

    def __init__(self, turn: Turn) -> None:
        key = turn.schema.table.key_field
        if key is None:
            raise ValueError("a table without a key cannot be looked up")
        self._turn = turn
        self._key = key.name
        self._column = turn.schema.column(key)

    def by_key(self, row_ids: Sequence[str]) -> dict[str, list[str]]:
        """Return the ids of the records that each key has, the oldest first, without keys that have none."""
        found = defaultdict[str, list[Record]](list)
        for keys in batched(row_ids, MAX_CONDITIONS, strict=False):
            for record in self._all(AnyOf(self._column, keys)):
                key = self._turn.schema.read(record).values.get(self._key)
                if key in keys:
                    found[key].append(record)
        return {key: [one.record_id for one in sorted(records, key=_age)] for key, records in found.items()}

    def sees_a_record(self) -> bool:
        """Tell whether Lark shows any record: none at all may mean that the app may not see them."""
        return bool(self._page(None, None).records)

    def _all(self, where: AnyOf) -> list[Record]:
        page = self._page(where, None)
        records = list(page.records)
        while page.next_token is not None:
            page = self._page(where, page.next_token)
            records += page.records
        return records

    def _page(self, where: AnyOf | None, token: str | None) -> Page:
        def search() -> Page:
            return self._turn.lark.search(
                columns=[self._column], where=where, page_size=MAX_PAGE, page_token=token
            )

        return self._turn.calls.make(search, repeatable=True)


def _age(record: Record) -> tuple[datetime, str]:
    return record.created_at or _BEGINNING, record.record_id
