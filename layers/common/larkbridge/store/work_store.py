"""A table of work (`store.work`): conditional moves, the backlog, and lists."""

import heapq
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from larkbridge.errors import ConditionFailedError, ConflictError, TransactionRefusedError
from larkbridge.observability import count, log_crash
from larkbridge.store.codec import from_item
from larkbridge.store.table import PAGE_SIZE, Action, Record, Table
from larkbridge.store.transactions import transact
from larkbridge.store.work import DONE, Status, Work, queues, queues_of

KEPT_ATTEMPTS = 30
"""Of a history that goes on and on: an item may have 400 KB."""

DUE_PAGE = 25
"""Due work in one request: what is read and not worked on is read in vain."""

type Failures = list[dict[str, str]]
"""The records that go back to a stream, as Lambda's ReportBatchItemFailures wants them."""

_BEFORE_TIME = "#"
_AFTER_ALL_TIMES = "$"
"""The character after the one that ends a lane's name in `dueKey`."""
_BEFORE_LANES, _AFTER_LANES = " ", "~"


class WorkStore[W: Work]:
    """Every access to one table of work."""

    def __init__(self, table_name: str, kind: type[W]) -> None:
        self.table = Table(table_name)
        self._kind = kind
        self._shape = kind.SHAPE

    def add(self, work: W) -> W | None:
        """Store a new piece of work; one request.

        Returns
        -------
        W or None
            The one that already has this id, None when the new one is stored (a repeated request of the
            SDK included, whose first answer was lost).
        """
        return self.add_record(work, work.to_record())

    def add_record(self, work: W, record: Record) -> W | None:
        """Store new work as `add` does, given what is stored of it."""
        try:
            self.table.put_new(record, self._shape.key)
        except ConditionFailedError as error:
            return self.unless_own(work, error.item)
        return None

    def unless_own(self, work: W, item: Mapping[str, Any] | None) -> W | None:
        """Return what stood in the way of `work`, None when it is `work` itself, stored a moment ago."""
        taken = self._kind.from_record(item or {})
        return None if taken.lease_owner == work.lease_owner else taken

    def get(self, work_id: str) -> W | None:
        """Return a piece of work whole, read consistently."""
        record = self.table.get({self._shape.key: work_id})
        return self._kind.from_record(record) if record else None

    def change(
        self,
        work: W,
        changes: Mapping[str, Any],
        *,
        attempts: Sequence[dict] = (),
        also: Sequence[Action] = (),
    ) -> W:
        """Write `changes` (by field name) if nobody has moved the work since it was read; one request.

        Parameters
        ----------
        attempts
            Entries to add to its history.
        also
            Further writes, which happen if and only if this one does.

        Raises
        ------
        ConflictError
            When somebody else moved it first; nothing was written.
        """
        goal = replace(work, **changes)
        record = goal.to_record() if self._shape.payload in changes else goal.state()
        update = {work.attribute(name): record[work.attribute(name)] for name in changes}
        update |= {name: record[name] for name in ("queue", "dueKey", "dueQueue")}
        trimmed = [*work.attempts[-KEPT_ATTEMPTS:], *attempts] if len(work.attempts) > KEPT_ATTEMPTS else None
        if trimmed and attempts:
            update["attempts"] = trimmed
        status = work.attribute("status")
        write = self.table.update_action(
            {self._shape.key: work.id},
            update,
            append={"attempts": list(attempts)} if attempts and not trimmed else None,
            condition=f"attemptCount = :seenCount AND #{status} = :seenStatus",
            names={f"#{status}": status},
            values={":seenCount": work.attempt_count, ":seenStatus": work.word},
        )
        try:
            if also:
                transact([write, *also])
                return replace(goal, attempts=[*work.attempts, *attempts])
            written = self.table.update(write)
        except (ConditionFailedError, TransactionRefusedError) as error:
            item = error.item if isinstance(error, ConditionFailedError) else error.items[0]
            if item is None or any(item.get(key) != value for key, value in update.items()):
                raise ConflictError("it was changed by somebody else") from None
            written = item  # ours: the SDK repeated a request whose answer was lost
        return self._kind.from_record(written)

    def backlog(self, partitions: Iterable[str], page_size: int = PAGE_SIZE) -> Iterator[W]:
        """Yield the summaries of what is neither done nor dead, oldest first.

        Two requests a page and partition. An index lags the table by moments, so what it says must be
        checked by `change`.
        """
        names = [name for partition in partitions for name in (partition, queues(partition)[Status.FAILED])]
        lists = (self._open(name, page_size=page_size, newest_first=False) for name in names)
        yield from heapq.merge(*lists, key=lambda work: work.sort_key)

    def fresh(self, partition: str, before: str, page_size: int = PAGE_SIZE) -> Iterator[W]:
        """Yield the summaries of what has never failed and was stored by a moment, oldest first."""
        bound = f"{before}{_AFTER_ALL_TIMES}"
        return self._open(partition, bound, page_size=page_size, newest_first=False)

    def due(self, lane: str, now: str, *, newest_first: bool = False) -> Iterator[W]:
        """Yield the summaries of what is due in a lane, in order of when it fell due; a request a page."""
        bounds = f"{lane}{_BEFORE_TIME}{now}{_AFTER_ALL_TIMES}"
        records = self.table.query(
            "due",
            ("dueQueue", self._shape.due_queue),
            ("dueKey", bounds),
            after=f"{lane}{_BEFORE_TIME}",
            newest_first=newest_first,
            page_size=DUE_PAGE,
        )
        return self.readable(records)

    def first_after(self, lane: str | None) -> W | None:
        """Return the summary of what falls due first in the first lane after this one; one request.

        Parameters
        ----------
        lane
            None to begin with the first one.
        """
        records = self.table.query(
            "due",
            ("dueQueue", self._shape.due_queue),
            ("dueKey", _AFTER_LANES),
            after=_BEFORE_LANES if lane is None else f"{lane}{_AFTER_ALL_TIMES}",
            newest_first=False,
            page_size=1,
        )
        return next(self.readable(records), None)

    def listed(
        self, partitions: Iterable[str], statuses: Collection[Status], before: str | None
    ) -> Iterator[W]:
        """Yield the summaries in the lists that hold the given partitions' work in the given statuses.

        Newest first. What else such a list holds is among them, so that a reader can count what was read.

        Parameters
        ----------
        before
            A sort key: only what is older is listed.
        """
        lists = itertools.chain.from_iterable(
            self._lists(partition, statuses, before) for partition in partitions
        )
        return heapq.merge(*lists, key=lambda work: work.sort_key, reverse=True)

    def _lists(
        self, partition: str, statuses: Collection[Status], before: str | None
    ) -> Iterator[Iterator[W]]:
        """Return the lists that hold all work in these statuses: the sparse ones if they do."""
        if DONE.intersection(statuses):
            yield self._summaries(self._shape.by_partition, (self._shape.partition, partition), before)
            return
        for name in sorted({name for status in statuses for name in queues_of(partition, status)}):
            yield self._open(name, before)

    def _open(
        self, name: str, before: str | None = None, *, page_size: int = PAGE_SIZE, newest_first: bool = True
    ) -> Iterator[W]:
        return self._summaries("open", ("queue", name), before, page_size, newest_first=newest_first)

    def _summaries(
        self,
        index: str,
        key: tuple[str, str],
        before: str | None,
        page_size: int = PAGE_SIZE,
        *,
        newest_first: bool = True,
    ) -> Iterator[W]:
        bound = None if before is None else ("sortKey", before)
        found = self.table.query(index, key, bound, newest_first=newest_first, page_size=page_size)
        return self.readable(found)

    def announced(self, batch: Mapping[str, Any]) -> tuple[list[W], Failures]:
        """Return the work that a batch of the table's stream announces, as it was written.

        Beside it the records that cannot be read.
        """
        works: list[W] = []
        failures: Failures = []
        for record in batch["Records"]:
            try:
                works.append(self._kind.from_record(from_item(record["dynamodb"]["NewImage"])))
            except (KeyError, TypeError, ValueError) as error:
                log_crash("stream record not readable", error)
                failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
        return works, failures

    def readable(self, records: Iterable[Mapping[str, Any]]) -> Iterator[W]:
        """Yield the work; what this version cannot read must not hide the rest."""
        for record in records:
            try:
                yield self._kind.from_record(record)
            except (KeyError, TypeError, ValueError) as error:
                key = self._shape.key
                log_crash(f"{self._kind.__name__.lower()} not readable", error, **{key: record[key]})
                count(f"{self._kind.__name__}sUnreadable")
