"""What a scheduled run costs in which nothing is due: DynamoDB requests, however much waits."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bench.table import NotMeasurableError, Row, at_most
from larkbridge.clock import to_text
from larkbridge.inbound.all_providers import SOURCES
from larkbridge.store.deliveries import new_delivery
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status, Work
from larkbridge.sync.config.synced_table import Role
from larkbridge.targets.policies import DELIVERY, TARGETS
from tests.support.clock import START
from tests.support.events import new_event
from tests.support.memory_dynamo.aws import SETTINGS, memory_aws
from tests.support.submissions import submission_at
from tests.support.tables import SyncWorld
from tests.support.world import World

A_QUEUE, A_DESTINATION, A_TABLE = 1, 2, 1
"""Requests that each may cost."""
OPEN_LISTS = 2
"""Queues of a target in which something is open: what nobody has attempted, and what failed."""
MORE_DESTINATIONS = 5
"""Of each target."""
MANY = 200
LATER = to_text(START + timedelta(days=1))
IDLE = ("idle", "not_due")
"""What becomes of a table for which there is nothing to do."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """One of the retry job's backlogs.

    Attributes
    ----------
    lists
        Queues that are looked at while nothing is open, beside the one of what is due.
    work
        Returns the pieces of work of a number, one for each place in which it may wait.
    store, run
        Where it is stored, and the job.
    """

    name: str
    lists: int
    work: Callable[[int], Iterable[Work]]
    store: Callable[[World], Any]
    run: Callable[[World], object]

    def cost(self, waiting: int) -> int:
        """Return the DynamoDB requests of a run while so many wait in each place, none of them due."""
        waits = {"status": Status.FAILED, "attempt_count": 1, "next_attempt_at": LATER}
        with memory_aws() as dynamo:
            world = World(SETTINGS)
            store = self.store(world)
            for number in range(waiting):
                for work in self.work(number):
                    store.add(replace(work, **waits))
            before = dynamo.requests.copy()
            self.run(world)
            made = dynamo.requests - before
        if made.keys() != {"query"}:
            raise NotMeasurableError(f"a run of the {self.name} does something: {made}")
        return made.total()


def _deliveries(destinations: int) -> Callable[[int], Iterator[Work]]:
    """Return what makes a delivery to each of so many destinations of each target."""

    def work(number: int) -> Iterator[Work]:
        for target in TARGETS:
            for destination in range(destinations):
                yield new_delivery(
                    target,
                    about=(str(destination), str(number)),
                    destination=f"{target}:{destination}",
                    subject="stripe#evt_1",
                    content={},
                    now=START,
                    next_attempt_at=START + DELIVERY.head_start,
                )

    return work


SUBMISSIONS = Backlog(
    name="submissions",
    lists=len(FormType),
    work=lambda number: (submission_at(-60 - number, form_type) for form_type in FormType),
    store=lambda world: world.submissions,
    run=lambda world: world.retry_due(),
)
EVENTS = Backlog(
    name="events",
    lists=len(SOURCES),
    work=lambda number: (new_event(source, "made.up", {}, str(number)) for source in SOURCES),
    store=lambda world: world.events,
    run=lambda world: world.processing.engine.sweep(SOURCES, owner="bench", seconds=80),
)
DELIVERIES = Backlog(
    name="deliveries",
    lists=0,
    work=_deliveries(1),
    store=lambda world: world.deliveries,
    run=lambda world: world.delivery_backlog().run(seconds=80),
)
BACKLOGS = (SUBMISSIONS, EVENTS, DELIVERIES)


def measure() -> Iterator[Row]:
    """Yield a row for each queue, destination and table, and for what more work adds that waits there."""
    for backlog in BACKLOGS:
        yield _within(f"retry_due, no {backlog.name}", backlog.cost(0), (1 + backlog.lists) * A_QUEUE)
    yield from _destinations()
    for backlog in BACKLOGS:
        added = backlog.cost(MANY) - backlog.cost(1)
        yield _within(f"retry_due, what {MANY} {backlog.name} waiting in each place add to 1", added, 0)
    yield from _tables()


def _destinations() -> Iterator[Row]:
    few, all_of_them = len(TARGETS), len(TARGETS) * MORE_DESTINATIONS
    one_each = DELIVERIES.cost(1)
    more = replace(DELIVERIES, work=_deliveries(MORE_DESTINATIONS)).cost(1)
    budget = (1 + few * OPEN_LISTS) * A_QUEUE + few * A_DESTINATION
    yield _within(f"retry_due, deliveries wait at {few} destinations of {few} targets", one_each, budget)
    each = (more - one_each) / (all_of_them - few)
    yield at_most("idle: retry_due, what one more destination adds", each, A_DESTINATION, "{:.2f}".format)


def _tables() -> Iterator[Row]:
    with memory_aws() as dynamo:
        world = SyncWorld(SETTINGS)
        jobs = {
            "sync_mirrors, {} tables": (Role.MIRROR, A_TABLE, world.sync.pull),
            "push_sources, {} table with its queue": (Role.SOURCE, A_TABLE + A_QUEUE, world.sync.push),
        }
        for name, (role, budget, run) in jobs.items():
            run(full=False, owner="first", seconds=300)
            before = dynamo.requests.total()
            became = run(full=False, owner="second", seconds=300)
            if not set(became.values()) <= set(IDLE):
                raise NotMeasurableError(f"there is something to do: {became}")
            tables = len(world.registry.of_role(role))
            yield _within(name.format(tables), dynamo.requests.total() - before, tables * budget)


def _within(name: str, requests: int, budget: int) -> Row:
    return at_most(f"idle: {name}", requests, budget, "{:.0f}".format)
