"""A table of work (`store.work`) with its indexes: the backlog, what is due, and lists."""

import heapq
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from larkbridge.errors import AwsUnavailableError, ConflictError
from larkbridge.observability import count, log_crash
from larkbridge.store.codec import Record
from larkbridge.store.table import PAGE_SIZE, Action
from larkbridge.store.work import DONE, Status, Work
from larkbridge.store.work_table import WorkTable, from_record, queue_of

DUE_PAGE = 25
"""Due work in one request: what is read and not worked on is read in vain."""

_BEFORE_TIME = "#"
_AFTER_ALL_TIMES = "$"
"""The character after the one that ends a lane's name in `dueKey`."""
_BEFORE_LANES, _AFTER_LANES = " ", "~"


class WorkStore[W: Work](WorkTable[W]):
    """Every access to one table of work."""

    def backlog(self, partitions: Iterable[str], page_size: int = PAGE_SIZE) -> Iterator[W]:
        """Yield the summaries of what is neither done nor dead, oldest first.

        Two requests a page and partition. An index lags the table by moments, so what it says must be
        checked by `change`.
        """
        names = [name for partition in partitions for name in (partition, queue_of(partition, Status.FAILED))]
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

    def change_with(
        self,
        work: W,
        changes: Mapping[str, Any],
        actions: Sequence[Action],
        attempts: Sequence[dict] = (),
        needed: Sequence[Action] = (),
    ) -> W:
        """Do what `change` does, and what follows from it in one transaction; raises as that does.

        What cannot be written with it is left out, with a second request, and counted; never the `needed`.
        """
        if not actions:
            return self.change(work, changes, attempts=attempts, actions=needed)
        try:
            return self.change(work, changes, attempts=attempts, actions=[*needed, *actions])
        except (ConflictError, AwsUnavailableError) as error:
            changed = self.change(work, changes, attempts=attempts, actions=needed)
            log_crash("work not fed on", error, **{work.SHAPE.key: work.id})
            count("FeedsBroken")
            return changed

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
        for name in sorted({name for status in statuses for name in _queues(partition, status)}):
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

    def readable(self, records: Iterable[Record]) -> Iterator[W]:
        """Yield the work; what this version cannot read must not hide the rest."""
        for record in records:
            try:
                yield from_record(self._kind, record)
            except (KeyError, TypeError, ValueError) as error:
                key = self._shape.key
                log_crash(f"{self._kind.__name__.lower()} not readable", error, **{key: record[key]})
                count(f"{self._kind.__name__}sUnreadable")


def _queues(partition: str, status: Status) -> tuple[str, ...]:
    """Return the queues that can hold work in this status, which is not done."""
    if status in (Status.FAILED, Status.DEAD, Status.HELD, Status.DISCARDED, Status.REPLACED):
        return (queue_of(partition, status),)
    if status in (Status.PROCESSING, Status.SENDING):
        return (partition, queue_of(partition, Status.FAILED))
    return (partition,)
