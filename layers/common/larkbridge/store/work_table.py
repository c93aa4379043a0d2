"""What is stored of work (`store.work`), and the conditional writes that add and change it.

A payload above 1 KB is compressed, in a binary attribute: a write is billed for the whole item by the
kilobyte, also where it changes only a status.
"""

import json
import uuid
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Annotated, Any

from larkbridge.clock import from_text
from larkbridge.errors import ConditionFailedError, ConflictError, TransactionRefusedError
from larkbridge.observability import log_crash
from larkbridge.store.codec import Record, Stored, attribute_keys, decode, encode_changes, from_item
from larkbridge.store.table import Action, Table
from larkbridge.store.transactions import transact
from larkbridge.store.work import DONE, FINAL, Status, Work

KEPT_ATTEMPTS = 30
"""Of a history that goes on and on: an item may have 400 KB."""
MAX_SUMMARY_BYTES = 700
"""An index entry of up to 1 KB costs one write unit."""
MAX_PLAIN_BYTES = 1024
"""Of a payload in UTF-8. Up to here it stays legible; compressing saves no unit worth having."""
MAX_TEXT_BYTES = 3 * 1024 * 1024
"""Of a payload in UTF-8; nothing larger is ever stored."""
_LEVEL = 3
"""Takes half the time of zlib's own choice for 5 % more bytes."""
_MAX_CHARACTER_BYTES = 4

type Failures = list[dict[str, str]]
"""The records that go back to a stream, as Lambda's ReportBatchItemFailures wants them."""


def pack(payload: str | Mapping[str, Any]) -> str | Mapping[str, Any] | bytes:
    """Return what to store: the payload itself, or the compressed UTF-8 of it or of its JSON."""
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    if len(text) * _MAX_CHARACTER_BYTES <= MAX_PLAIN_BYTES:
        return payload
    plain = text.encode(errors="surrogatepass")
    return payload if len(plain) <= MAX_PLAIN_BYTES else zlib.compress(plain, _LEVEL)


def unpack_text(packed: bytes) -> str:
    """Return the text that was packed.

    Raises
    ------
    ValueError
        For bytes that `pack` never returns, which may grow beyond all bounds.
    """
    inflating = zlib.decompressobj()
    try:
        plain = inflating.decompress(packed, MAX_TEXT_BYTES + 1)
    except zlib.error as error:
        raise ValueError(f"a payload is damaged: {error}") from None
    if len(plain) > MAX_TEXT_BYTES or not inflating.eof:
        raise ValueError("a payload is cut off or too large")
    return plain.decode(errors="surrogatepass")


def unpack_json(packed: bytes) -> Any:
    """Return the object that was packed; raises ValueError as `unpack_text` does."""
    return json.loads(unpack_text(packed))


PackedText = Annotated[str, Stored({str: None, bytes: unpack_text}, pack)]
PackedObject = Annotated[dict[str, Any], Stored({dict: None, bytes: unpack_json}, pack)]
"""A payload that no attempt changes."""


def to_record(work: Work, names: Collection[str] | None = None) -> Record:
    """Return what is stored of work, or what an update of the fields of these names writes.

    None is what it takes away. The queues, which are stored for the indexes' sake alone, are always there. So
    is the `summary` of what only lists show, but in an update that changes nothing of it: whoever claims
    work may have read it before its file came.
    """
    shape, status = work.SHAPE, work.status
    record = encode_changes(work, names and {*names, *shape.listed})
    listed = {key: record.pop(key) for key in _listed_keys(type(work))}
    summary = {key: value for key, value in listed.items() if value is not None}
    is_fresh = status != Status.FAILED and work.attempt_count - work.round_start <= 1
    is_due = status not in FINAL and (shape.due_at_once or not is_fresh)
    if status in DONE:
        queue = None
    elif status in FINAL:
        queue = queue_of(work.partition, status)
    else:
        queue = work.partition if is_fresh else queue_of(work.partition, Status.FAILED)
    record |= {
        "queue": queue,
        "dueQueue": shape.due_queue if is_due else None,
        "dueKey": f"{work.lane}#{work.next_attempt_at}#{work.id}" if is_due else None,
    }
    if names is None or {*names}.intersection(shape.listed):
        record["summary"] = _fitting(summary, work.last_error) if work.last_error else summary
    return record


def queue_of(partition: str, status: Status) -> str:
    """Return the queue of a partition's work that has failed, is dead, held or discarded."""
    return f"{partition}#{status}"


def from_record[W: Work](kind: type[W], record: Mapping[str, Any]) -> W:
    """Return the work in a record of the table or of an index; raises as `decode` does for what is none."""
    work = decode(kind, {**record, **record.get("summary", {})})
    moments = (work.next_attempt_at, work.attempted_at, work.first_unknown_at)
    for moment in (work.sort_key.partition("#")[0], *moments):
        if moment is not None:
            from_text(moment)  # decisions reckon with it as a time
    return work


class WorkTable[W: Work]:
    """One table of work, by its key."""

    def __init__(self, table_name: str, kind: type[W]) -> None:
        self.table = Table(table_name)
        self._kind = kind
        self._shape = kind.SHAPE

    def add(self, work: W, record: Record | None = None) -> W | None:
        """Store a new piece of work; one request.

        Parameters
        ----------
        record
            What is stored of it, where that is known.

        Returns
        -------
        W or None
            The one that already has this id, None when the new one is stored (a repeated request of the
            SDK included, whose first answer was lost).
        """
        if work.lease_owner is None:
            work = replace(work, lease_owner=str(uuid.uuid4()))  # tells it from one that was stored before
        try:
            self.table.write(self.table.put_action(record or to_record(work), self._shape.key))
        except ConditionFailedError as error:
            return self.unless_own(work, error.item)
        return None

    def unless_own(self, work: W, item: Record | None) -> W | None:
        """Return what stood in the way of `work`, None when it is `work` itself, stored a moment ago."""
        taken = from_record(self._kind, item or {})
        return None if taken.lease_owner == work.lease_owner else taken

    def get(self, work_id: str) -> W | None:
        """Return a piece of work whole, read consistently."""
        record = self.table.get({self._shape.key: work_id})
        return from_record(self._kind, record) if record else None

    def announced(self, batch: Mapping[str, Any]) -> tuple[list[W], Failures]:
        """Return the work that a batch of the table's stream announces, as it was written.

        Beside it the records that cannot be read.
        """
        works: list[W] = []
        failures: Failures = []
        for record in batch["Records"]:
            try:
                works.append(from_record(self._kind, from_item(record["dynamodb"]["NewImage"])))
            except (KeyError, TypeError, ValueError) as error:
                log_crash("stream record not readable", error)
                failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
        return works, failures

    def change(
        self,
        work: W,
        changes: Mapping[str, Any],
        *,
        attempts: Sequence[dict] = (),
        actions: Sequence[Action] = (),
        read: bool = False,
    ) -> W:
        """Write `changes` (by field name) if nobody has moved the work since it was read; one request.

        Parameters
        ----------
        attempts
            Entries to add to its history.
        actions
            Further writes, which happen if and only if this one does; not to `read`.
        read
            Return it as it is stored then: what an index told of has neither payload nor history.

        Raises
        ------
        ConflictError
            When somebody else moved it first; nothing was written.
        """
        goal, update, write = self.change_action(work, changes, attempts)
        written: Record = {}
        try:
            if actions:
                transact([write, *actions])
            else:
                written = self.table.write(write, read="after" if read else None)
        except (ConditionFailedError, TransactionRefusedError) as error:
            item = error.item if isinstance(error, ConditionFailedError) else error.items[0]
            if item is None or any(item.get(key) != value for key, value in update.items()):
                raise ConflictError("it was changed by somebody else") from None
            written = item  # ours: the SDK repeated a request whose answer was lost
        return from_record(self._kind, written) if read else goal

    def change_action(
        self, work: W, changes: Mapping[str, Any], attempts: Sequence[dict] = ()
    ) -> tuple[W, Record, Action]:
        """Return the work as it is once `changes` are written, what is written, and the write.

        The write's condition is that nobody has moved the work since it was read, nor replaced it if it is
        discarded.
        """
        history = [*work.attempts[-KEPT_ATTEMPTS:], *attempts] if attempts else work.attempts
        goal = replace(work, **changes, attempts=history)
        is_cut = len(history) < len(work.attempts) + len(attempts)
        update = to_record(goal, {"status", *changes, *(["attempts"] if is_cut else [])})
        condition = "attemptCount = :seenCount AND #status = :seenStatus"
        seen: Record = {":seenCount": work.attempt_count, ":seenStatus": work.status}
        if goal.status == Status.DEAD:  # another round changes neither, and whoever read before knows of none
            condition += " AND (roundStart = :seenRound OR attribute_not_exists(roundStart))"
            seen[":seenRound"] = work.round_start
        if work.status == Status.DISCARDED:  # stays so when it is replaced, and no list says that it is
            condition += " AND attribute_not_exists(replacedBy)"
        write = self.table.update_action(
            {self._shape.key: work.id},
            update,
            append={"attempts": list(attempts)} if attempts and not is_cut else None,
            condition=condition,
            values=seen,
        )
        return goal, update, write


def _fitting(summary: Record, error: Mapping[str, Any]) -> Record:
    """Return a summary of at most `MAX_SUMMARY_BYTES`; the words of an error give way, its reason stays."""
    over = len(json.dumps(summary, ensure_ascii=False).encode()) - MAX_SUMMARY_BYTES
    message = error.get("message")
    if over <= 0 or not message:
        return summary
    kept = message.encode()[: -over - len("…".encode())].decode(errors="ignore")
    return summary | {"lastError": {**error, "message": f"{kept}…"}}


@cache
def _listed_keys(kind: type[Work]) -> list[str]:
    keys = attribute_keys(kind)
    return [keys[name] for name in kind.SHAPE.listed]
