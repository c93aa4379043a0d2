"""What each step of a table's push works with: the run, batches of rows, and the note of what Lark has."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.error_codes import ANSWER_TOO_LARGE, BATCH_TOO_LARGE, RECORD_NOT_FOUND, ROW_REASONS
from larkbridge.lark.limits import MAX_BATCH
from larkbridge.store.source_rows import SourceRow, SourceRowStore
from larkbridge.sync.shared.paced_calls import PacedCalls
from larkbridge.sync.shared.schedule import described
from larkbridge.sync.shared.table_run import TableRun
from larkbridge.work.outcome import Outcome, Verdict

MAX_BYTES = 300_000
"""Of what is sent, and of the ids that are kept with it: an item of DynamoDB has 400 KB."""
_ROW_OVERHEAD = 60
_DIVISIBLE = ROW_REASONS | {BATCH_TOO_LARGE, ANSWER_TOO_LARGE, RECORD_NOT_FOUND}


class TableStoppedError(LarkApiError):
    """A table cannot go on for now.

    Attributes
    ----------
    changes
        What must change in its state, together with the note of the error.
    """

    def __init__(self, outcome: Outcome, changes: Mapping[str, Any] | None = None) -> None:
        super().__init__(outcome)
        self.changes = dict(changes or {})


@dataclass(slots=True)
class PushReport:
    """What one run did.

    Attributes
    ----------
    tables
        What became of each: "pushed", "idle", "not_due", "taken" by another run, "lost" to one, "time_up",
        "crashed", or the reason why it stopped.
    pushed, rejected
        How many rows Lark has taken, and refused.
    missing
        How many rows' records are gone in Lark.
    duplicates
        How many records have the key of a row that has another record.
    """

    tables: dict[str, str] = field(default_factory=dict[str, str])
    pushed: int = 0
    rejected: int = 0
    missing: int = 0
    duplicates: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRun(TableRun):
    """One SOURCE table during a push; `writes` are the Base's, one after another."""

    writes: PacedCalls
    rows: SourceRowStore
    report: PushReport

    def note(
        self, pushed: Sequence[tuple[SourceRow, str | None]], changes: Mapping[str, Any] | None = None
    ) -> None:
        """Note what Lark has: rows as they were sent, and their record ids, None where it is deleted.

        `changes` of the table's state are written last, once every row has its id.
        """
        now = self.clock.now()
        noted = self.write_each([self.rows.pushed_action(row, record_id, now) for row, record_id in pushed])
        overtaken = [
            self.rows.overtaken_action(row, record_id, now)
            for (row, record_id), done in zip(pushed, noted, strict=True)
            if not done
        ]
        self.write(overtaken, changes=changes)
        self.report.pushed += len(pushed)

    def reject(self, row: SourceRow, error: LarkApiError, changes: Mapping[str, Any] | None = None) -> None:
        """Take a row out of the queue, with the reason for which Lark refuses it."""
        reason = described(error, self.clock.now())
        self.report.rejected += self.write([self.rows.reject_action(row, reason)], changes=changes)


@dataclass(frozen=True)
class PreparedRow:
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


def batches(rows: Iterable[PreparedRow]) -> Iterator[list[PreparedRow]]:
    """Yield rows in order, in batches that Lark and an item of DynamoDB can hold.

    A row that is too large for a batch comes alone.
    """
    batch: list[PreparedRow] = []
    size = 0
    for row in rows:
        if batch and (len(batch) == MAX_BATCH or size + row.size > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += row.size
    if batch:
        yield batch


def halves[T](rows: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    """Return rows in two parts, the first of which is never empty."""
    middle = (len(rows) + 1) // 2
    return rows[:middle], rows[middle:]


def is_divisible(error: LarkApiError) -> bool:
    """Tell whether a batch is refused for one of its rows, or for its size: fewer of them may pass."""
    return error.outcome.verdict is Verdict.REJECT and error.outcome.reason in _DIVISIBLE
