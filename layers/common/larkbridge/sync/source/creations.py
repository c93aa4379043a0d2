"""Records that Lark is asked to create: each once, whatever times out or crashes.

Protocol (open platform documentation, "Create records"): a batch is created as a whole or not at all, and
the same `client_token` with the same body creates it once. For how long is not published. So what Lark is
sent is stored before it leaves, and is sent again unchanged while its token is trusted. After that the
records are looked up by their keys.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import batched

from larkbridge.clock import from_text, to_text
from larkbridge.lark.answers import not_made
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.base import BaseRecord, RecordPage
from larkbridge.lark.error_codes import ANSWER_TOO_LARGE, CLIENT_TOKEN_CONFLICT
from larkbridge.lark.limits import MAX_CONDITIONS, MAX_PAGE
from larkbridge.lark.record_filter import AnyOf
from larkbridge.observability import count, logger
from larkbridge.store.source_rows import SourceRow
from larkbridge.store.sync_progress import CreationBatch, SyncState
from larkbridge.sync.shared.table_run import REPLICA_LAG, TableRun
from larkbridge.sync.source.push_run import (
    PreparedRow,
    PushRun,
    TableStoppedError,
    batches,
    halves,
    is_divisible,
    to_json,
)
from larkbridge.work.outcome import Outcome, Verdict

DOUBTFUL, NOTHING_VISIBLE = "creation_doubtful", "nothing_visible"
_SAME_REQUEST = 1254608
"""Lark has seen this very request on this version of the Base; what became of it, it does not say."""
_NO_BATCH = {"batch": None}
_BEGINNING = datetime.min.replace(tzinfo=UTC)


class Creations:
    """Creates the records of one table's rows.

    Parameters
    ----------
    trusted
        For so long Lark is trusted to know a client token again.
    """

    def __init__(self, run: PushRun, trusted: timedelta) -> None:
        self._run = run
        self._trusted = trusted

    def create(self, rows: Sequence[PreparedRow]) -> None:
        """Create the records of rows that have none, and of which nothing is outstanding.

        Raises
        ------
        LarkApiError
            When the table cannot go on; a batch that Lark may have created stays in its state.
        """
        for batch in batches(rows):
            self._create(batch)

    def resolve(self, batch: CreationBatch, state: SyncState) -> None:
        """Find out what became of a batch of an earlier run, and note it.

        Raises
        ------
        LarkApiError
            When that is not known yet; the batch stays in the table's state.
        """
        age = self._run.clock.now() - from_text(batch.started_at)
        if not batch.client_token:
            self._look_up(batch, age, accept_absence=state.accept_deletions)
        elif age < self._trusted:
            self._repeat(batch)
        else:
            raise self._doubt(batch, not_made(DOUBTFUL, "the client token is too old to be trusted"))

    def _create(self, rows: Sequence[PreparedRow]) -> None:
        self._run.writes.wait()
        batch = CreationBatch(
            client_token=str(uuid.uuid4()),
            rows=[(prepared.row.row_id, prepared.row.version) for prepared in rows],
            body=to_json([prepared.fields for prepared in rows]),
            started_at=to_text(self._run.clock.now()),
        )
        self._run.change({"batch": batch})
        try:
            record_ids = self._send(batch, repeatable=False)
        except LarkApiError as error:
            self._refused(batch, rows, error)
        else:
            self._note(batch, [prepared.row for prepared in rows], record_ids)

    def _refused(self, batch: CreationBatch, rows: Sequence[PreparedRow], error: LarkApiError) -> None:
        """Go on after the first sending of a batch has failed."""
        outcome = error.outcome
        if outcome.verdict is Verdict.UNKNOWN or outcome.reason == ANSWER_TOO_LARGE:
            self._repeat(batch)
        elif _is_doubtful(outcome):
            raise self._doubt(batch, outcome) from None
        elif outcome.verdict is not Verdict.REJECT:
            raise error
        elif not is_divisible(error):
            raise TableStoppedError(outcome, _NO_BATCH) from None
        elif len(rows) == 1:
            self._run.reject(rows[0].row, error, _NO_BATCH)
        else:
            for half in halves(rows):
                self._create(half)

    def _repeat(self, batch: CreationBatch) -> None:
        """Send once more a batch that Lark may have created; a refusal says nothing of the first time."""
        try:
            record_ids = self._send(batch, repeatable=True)
        except LarkApiError as error:
            if error.outcome.verdict is Verdict.REJECT or _is_doubtful(error.outcome):
                raise self._doubt(batch, error.outcome) from None
            raise
        self._note(batch, self._rows_of(batch), record_ids)

    def _send(self, batch: CreationBatch, *, repeatable: bool) -> list[str]:
        lark, rows = self._run.lark, json.loads(batch.body)
        return self._run.writes.make(
            lambda: lark.create_many(rows, batch.client_token), repeatable=repeatable
        )

    def _note(
        self, batch: CreationBatch, rows: Sequence[SourceRow | None], record_ids: Sequence[str]
    ) -> None:
        """Give the rows, as they were sent, their records; None stands for a row that is gone by now."""
        sent = [
            (replace(row, version=version, deleted=False), record_id)
            for row, (_, version), record_id in zip(rows, batch.rows, record_ids, strict=True)
            if row is not None and not _is_noted(row, batch)
        ]
        self._run.note(sent, _NO_BATCH)

    def _rows_of(self, batch: CreationBatch) -> list[SourceRow | None]:
        run, ids = self._run, [row_id for row_id, _ in batch.rows]
        known = run.rows.get_many(run.name, ids, run.clock.sleep)
        return [known.get(row_id) for row_id in ids]

    def _doubt(self, batch: CreationBatch, outcome: Outcome) -> TableStoppedError:
        """Return the error after which a batch is never sent again, and is looked up by a later run."""
        message = f"what became of {len(batch.rows)} creations will be looked up"
        logger.warning("creation doubtful", table=self._run.name, reason=outcome.reason)
        doubted = replace(batch, client_token="", started_at=to_text(self._run.clock.now()))
        return _waiting(message, REPLICA_LAG, {"batch": doubted})

    def _look_up(self, batch: CreationBatch, age: timedelta, *, accept_absence: bool) -> None:
        if age < REPLICA_LAG:
            raise _waiting("what was created may not show yet", REPLICA_LAG - age)
        run, lookup, rows = self._run, KeyLookup(self._run), self._rows_of(batch)
        found = self._unowned(lookup.by_key([row_id for row_id, _ in batch.rows]))
        if not (found or accept_absence or lookup.sees_a_record()):
            raise TableStoppedError(not_made(NOTHING_VISIBLE, "Lark shows no record at all"))
        adopted = [
            run.rows.adopt_action(replace(row, version=version), found[row.row_id][0], run.clock.now())
            for row, (_, version) in zip(rows, batch.rows, strict=True)
            if row is not None and row.row_id in found
        ]
        run.write(adopted)
        run.change(_NO_BATCH)
        duplicates = sum(len(records) - 1 for records in found.values())
        run.report.duplicates += duplicates
        count("SourceDuplicates", duplicates)

    def _unowned(self, found: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        """Return records by key without those that are another row's: a person may have changed their key."""
        name, rows = self._run.name, self._run.rows
        free = {
            key: [record_id for record_id in ids if rows.with_record(name, record_id) in (None, key)]
            for key, ids in found.items()
        }
        return {key: ids for key, ids in free.items() if ids}


class KeyLookup:
    """Finds records by their key; what Lark has accepted within `REPLICA_LAG` may be missing."""

    def __init__(self, run: TableRun) -> None:
        key = run.table.key_field
        if key is None:
            raise ValueError("a table without a key cannot be looked up")
        self._run = run
        self._key = key.name
        self._column = run.schema.column(key)

    def by_key(self, row_ids: Sequence[str]) -> dict[str, list[str]]:
        """Return the ids of the records that each key has, the oldest first, without keys that have none."""
        found = defaultdict[str, list[BaseRecord]](list)
        for keys in batched(row_ids, MAX_CONDITIONS, strict=False):
            for record in self._all(AnyOf(self._column, keys)):
                key = self._run.schema.read(record).values.get(self._key)
                if key in keys:
                    found[key].append(record)
        return {
            key: [record.record_id for record in sorted(records, key=_age)] for key, records in found.items()
        }

    def sees_a_record(self) -> bool:
        """Tell whether Lark shows any record: none at all may mean that the app may not see them."""
        return bool(self._page(None, None).records)

    def _all(self, where: AnyOf) -> list[BaseRecord]:
        page = self._page(where, None)
        records = list(page.records)
        while page.next_token is not None:
            page = self._page(where, page.next_token)
            records += page.records
        return records

    def _page(self, where: AnyOf | None, token: str | None) -> RecordPage:
        def search() -> RecordPage:
            return self._run.lark.search(
                columns=[self._column], where=where, page_size=MAX_PAGE, page_token=token
            )

        return self._run.searches.make(search, repeatable=True)


def _age(record: BaseRecord) -> tuple[datetime, str]:
    return record.created_at or _BEGINNING, record.record_id


def _is_noted(row: SourceRow, batch: CreationBatch) -> bool:
    """Tell whether a row was given its record by a run that stopped; that may be gone again by now."""
    return row.pushed_at is not None and row.pushed_at > batch.started_at


def _is_doubtful(outcome: Outcome) -> bool:
    return outcome.reason == CLIENT_TOKEN_CONFLICT or outcome.lark_code == _SAME_REQUEST


def _waiting(message: str, wait: timedelta, changes: dict | None = None) -> TableStoppedError:
    outcome = not_made(DOUBTFUL, message)._replace(retry_after=wait.total_seconds())
    return TableStoppedError(outcome, changes)
