"""Reading due work within a run's time."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from larkbridge.clock import Clock, from_text, to_text
from larkbridge.observability import count, gauge_seconds, logger
from larkbridge.store.work import Work
from larkbridge.store.work_store import WorkStore
from larkbridge.work.policy import Policy
from larkbridge.work.states import is_due


def until[T](stop_at: datetime, clock: Clock, found: Iterable[T], policy: Policy) -> Iterator[T]:
    """Yield what is found until it is time; a scan that is cut is counted, since it hides what is behind."""
    for item in found:
        if clock.now() > stop_at:
            note_cut(policy)
            return
        yield item


def heads[W: Work](store: WorkStore[W]) -> Iterator[W]:
    """Yield the first work of each lane, due or not, in the order of the lanes; a request for each."""
    lane: str | None = None
    while (work := store.first_after(lane)) is not None:
        yield work
        lane = work.lane


def in_turn[T](queues: Iterable[Iterator[T]]) -> Iterator[T]:
    """Yield one of each queue and begin again, until all are empty."""
    waiting = deque(queues)
    while waiting:
        queue = waiting.popleft()
        for item in queue:
            yield item
            waiting.append(queue)
            break


@dataclass(frozen=True, slots=True)
class Survey[W: Work]:
    """What is open: the first of each lane, and the partitions whose first attempts may have been cut off."""

    heads: list[W]
    cut_off: list[str]


def survey[W: Work](
    store: WorkStore[W],
    partitions: Collection[str],
    policy: Policy,
    metric: str,
    clock: Clock,
    stop_at: datetime,
) -> Survey[W]:
    """Look at what is open, and report the age of the oldest in seconds.

    A request for each partition and lane, and two more for each partition in which something is open; it
    looks at no more lanes once it is `stop_at`.
    """
    now = clock.now()
    found = list(until(stop_at, clock, heads(store), policy))
    stored_before = to_text(now - policy.head_start)
    cut_off = [name for name in partitions if next(store.fresh(name, stored_before, page_size=1), None)]
    oldest = next(store.backlog({work.partition for work in found} | set(cut_off), page_size=1), None)
    if oldest is not None:
        age = (now - from_text(oldest.sort_key.partition("#")[0])).total_seconds()
        gauge_seconds(metric, max(0.0, age))  # what is meant for later may be all that is open
    return Survey(found, cut_off)


def cut_off[W: Work](
    store: WorkStore[W], partition: str, policy: Policy, clock: Clock, stop_at: datetime
) -> Iterator[W]:
    """Yield the due work whose first attempt never began or stopped before its outcome was written down.

    It reads past what is not due until `stop_at` and no longer.
    """
    now = clock.now()
    for work in store.fresh(partition, to_text(now - policy.head_start)):
        if is_due(work, now):
            yield work
        elif clock.now() > stop_at:
            note_cut(policy)
            return


def note_cut(policy: Policy) -> None:
    """Count and log that a scan ended before its end."""
    count("DueScansCut")
    logger.warning("scan of due work cut", kind=policy.noun)
