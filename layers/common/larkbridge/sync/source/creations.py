"""Records that Lark is asked to create: each once, whatever times out or crashes.

Protocol (open platform documentation, "Create records"): a batch is created as a whole or not at all, and
the same `client_token` with the same body creates it once. For how long is not published: so what Lark is
sent is kept before it leaves, goes out again unchanged while its token is trusted, and is then looked up.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from larkbridge.clock import from_text, to_text
from larkbridge.lark.answers import not_made
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.codes import ANSWER_TOO_LARGE, CLIENT_TOKEN_CONFLICT
from larkbridge.observability import count, logger
from larkbridge.store.source_rows import SourceRow
from larkbridge.store.sync_progress import Batch, SyncState
from larkbridge.sync.base.lookup import Lookup
from larkbridge.sync.mirror.pull import REPLICA_LAG
from larkbridge.sync.source.batches import Prepared, batches, halves, is_divisible, to_json
from larkbridge.sync.source.table_share import Share, TableStoppedError
from larkbridge.work.outcome import Outcome, Verdict

DOUBTFUL, NOTHING_VISIBLE = "creation_doubtful", "nothing_visible"
_SAME_REQUEST = 1254608
"""Lark has seen this very request on this version of the Base; what became of it, it does not say."""
_NO_BATCH = {"batch": None}


class Creations:
    """Creates the records of one table's rows.

    Parameters
    ----------
    trusted
        For so long Lark is trusted to know a client token again.
    """

    def __init__(self, share: Share, trusted: timedelta) -> None:
        self._share = share
        self._trusted = trusted

    def create(self, rows: Sequence[Prepared]) -> None:
        """Create the records of rows that have none, and of which nothing is outstanding.

        Raises
        ------
        LarkApiError
            When the table cannot go on; a batch that Lark may have created stays in its state.
        """
        for batch in batches(rows):
            self._create(batch)

    def resolve(self, batch: Batch, state: SyncState) -> None:
        """Find out what became of a batch of an earlier run, and note it.

        Raises
        ------
        LarkApiError
            When that is not known yet; the batch stays in the table's state.
        """
        age = self._share.turn.clock.now() - from_text(batch.started_at)
        if not batch.client_token:
            self._look_up(batch, age, accept_absence=state.accept_deletions)
        elif age < self._trusted:
            self._repeat(batch)
        else:
            raise self._doubt(batch, not_made(DOUBTFUL, "the client token is too old to be trusted"))

    def _create(self, rows: Sequence[Prepared]) -> None:
        self._share.writes.wait()
        batch = Batch(
            client_token=str(uuid.uuid4()),
            rows=[(one.row.row_id, one.row.version) for one in rows],
            body=to_json([one.fields for one in rows]),
            started_at=to_text(self._share.turn.clock.now()),
        )
        self._share.change({"batch": batch.to_record()})
        try:
            record_ids = self._send(batch, repeatable=False)
        except LarkApiError as error:
            self._refused(batch, rows, error)
        else:
            self._note(batch, [one.row for one in rows], record_ids)

    def _refused(self, batch: Batch, rows: Sequence[Prepared], error: LarkApiError) -> None:
        """Go on after Lark did not create a batch that it was never sent before."""
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
            self._share.reject(rows[0].row, error, _NO_BATCH)
        else:
            for half in halves(rows):
                self._create(half)

    def _repeat(self, batch: Batch) -> None:
        """Send a batch that Lark may have created once more; a refusal says nothing of the first time."""
        try:
            record_ids = self._send(batch, repeatable=True)
        except LarkApiError as error:
            if error.outcome.verdict is Verdict.REJECT or _is_doubtful(error.outcome):
                raise self._doubt(batch, error.outcome) from None
            raise
        self._note(batch, self._rows_of(batch), record_ids)

    def _send(self, batch: Batch, *, repeatable: bool) -> list[str]:
        lark, rows = self._share.turn.lark, json.loads(batch.body)
        return self._share.writes.make(
            lambda: lark.create_many(rows, batch.client_token), repeatable=repeatable
        )

    def _note(self, batch: Batch, rows: Sequence[SourceRow | None], record_ids: Sequence[str]) -> None:
        """Give the rows, as they were sent, their records; one that is not there any more has none to get."""
        sent = [
            (replace(row, version=version, deleted=False), record_id)
            for row, (_, version), record_id in zip(rows, batch.rows, record_ids, strict=True)
            if row is not None and not _is_noted(row, batch)
        ]
        self._share.note(sent, _NO_BATCH)

    def _rows_of(self, batch: Batch) -> list[SourceRow | None]:
        turn, ids = self._share.turn, [row_id for row_id, _ in batch.rows]
        known = self._share.rows.get_many(turn.name, ids, turn.clock.sleep)
        return [known.get(row_id) for row_id in ids]

    def _doubt(self, batch: Batch, outcome: Outcome) -> TableStoppedError:
        """Return the error after which a batch is never sent again, and looked up once that shows it."""
        message = f"what became of {len(batch.rows)} creations will be looked up"
        logger.warning("creation doubtful", table=self._share.turn.name, reason=outcome.reason)
        doubted = replace(batch, client_token="", started_at=to_text(self._share.turn.clock.now()))
        return _waiting(message, REPLICA_LAG, {"batch": doubted.to_record()})

    def _unowned(self, found: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        """Return records by key without those that are another row's: a person may have changed their key."""
        name, rows = self._share.turn.name, self._share.rows
        free = {
            key: [one for one in ids if rows.with_record(name, one) in (None, key)]
            for key, ids in found.items()
        }
        return {key: ids for key, ids in free.items() if ids}

    def _look_up(self, batch: Batch, age: timedelta, *, accept_absence: bool) -> None:
        if age < REPLICA_LAG:
            raise _waiting("what was created may not show yet", REPLICA_LAG - age)
        lookup, rows = Lookup(self._share.turn), self._rows_of(batch)
        found = self._unowned(lookup.by_key([row_id for row_id, _ in batch.rows]))
        if not (found or accept_absence or lookup.sees_a_record()):
            raise TableStoppedError(not_made(NOTHING_VISIBLE, "Lark shows no record at all"))
        adopted = [
            self._share.rows.adopt_action(
                replace(row, version=version), found[row.row_id][0], self._share.turn.clock.now()
            )
            for row, (_, version) in zip(rows, batch.rows, strict=True)
            if row is not None and row.row_id in found
        ]
        self._share.write(adopted)
        self._share.change(_NO_BATCH)
        duplicates = sum(len(records) - 1 for records in found.values())
        self._share.report.duplicates += duplicates
        count("SourceDuplicates", duplicates)


def _is_noted(row: SourceRow, batch: Batch) -> bool:
    """Tell whether a row was given its record by a run that stopped; that may be gone again by now."""
    return row.pushed_at is not None and row.pushed_at > batch.started_at


def _is_doubtful(outcome: Outcome) -> bool:
    return outcome.reason == CLIENT_TOKEN_CONFLICT or outcome.lark_code == _SAME_REQUEST


def _waiting(message: str, wait: timedelta, changes: dict | None = None) -> TableStoppedError:
    outcome = replace(not_made(DOUBTFUL, message), retry_after=wait.total_seconds())
    return TableStoppedError(outcome, changes)
