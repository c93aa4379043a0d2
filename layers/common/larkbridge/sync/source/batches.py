"""Rows as they are sent, in batches that Lark and one item of DynamoDB can hold."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.codes import ANSWER_TOO_LARGE, BATCH_TOO_LARGE, RECORD_NOT_FOUND, ROW_REASONS
from larkbridge.lark.limits import MAX_BATCH
from larkbridge.store.source_rows import SourceRow
from larkbridge.work.outcome import Verdict

MAX_BYTES = 300_000
"""Of what is sent, and of the ids that are kept with it: an item of DynamoDB has 400 KB."""
_ROW_OVERHEAD = 60
_DIVISIBLE = ROW_REASONS | {BATCH_TOO_LARGE, ANSWER_TOO_LARGE, RECORD_NOT_FOUND}


@dataclass(frozen=True)
class Prepared:
    """A row and what Lark is sent of it, by column name."""

    row: SourceRow
    fields: dict[str, Any]

    @cached_property
    def size(self) -> int:
        """How many bytes it takes in a batch."""
        return len(to_json(self.fields).encode()) + len(self.row.row_id.encode()) + _ROW_OVERHEAD


def to_json(document: Any) -> str:
    """Return the text that is kept of what is sent."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def batches(rows: Iterable[Prepared]) -> Iterator[list[Prepared]]:
    """Yield rows in order, as many at once as may be; one that is too large for a batch comes alone."""
    batch: list[Prepared] = []
    size = 0
    for one in rows:
        if batch and (len(batch) == MAX_BATCH or size + one.size > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield batch


def halves[T](rows: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    """Return rows in two parts, the first of which is never empty."""
    middle = (len(rows) + 1) // 2
    return rows[:middle], rows[middle:]


def is_divisible(error: LarkApiError) -> bool:
    """Tell whether a batch is refused for one of its rows, or for its size: fewer of them may pass."""
    return error.outcome.verdict is Verdict.REJECT and error.outcome.reason in _DIVISIBLE
