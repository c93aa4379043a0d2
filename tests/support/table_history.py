"""What histories of mirrored and of pushed tables have in common: people, processes, and time."""

import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar
from unittest.mock import patch

from larkbridge.clock import from_text, to_text
from larkbridge.store.codec import from_item
from larkbridge.store.sync_progress import SyncState
from larkbridge.sync.config.table_registry import Registry
from larkbridge.sync.mirror import reported_changes
from larkbridge.sync.shared import table_reader
from larkbridge.sync.source import absences, creations, edits, push_run, table_push
from larkbridge.sync.table_sync import TableSync
from sandbox.lark import cell_values
from sandbox.lark.cells import FieldType
from sandbox.lark.tables import Field
from tests.support.histories import BrokenHistoryError, Step
from tests.support.memory_dynamo.client import MemoryDynamo
from tests.support.sync_world import RUN_SECONDS, SyncWorld
from tests.support.trouble import Process

APP, TABLE = "appToken", "tblTable"
MAX_RECORDS = 12
REPLICA_LAGS = [0, 5, 30, 55]
"""Seconds; a minute is what the code allows for."""
TYPES = {
    FieldType.TEXT: "text",
    FieldType.SINGLE_SELECT: "single_select",
    FieldType.DATE_TIME: "datetime",
    FieldType.NUMBER: "number",
    FieldType.CHECKBOX: "checkbox",
    FieldType.CREATED_TIME: "created_time",
    FieldType.MODIFIED_TIME: "modified_time",
}
SMALL = [
    (table_reader, "MAX_PAGE", 4),
    (table_reader, "MAX_BATCH_GET", 3),
    (table_reader, "MAX_LOST_ROWS", 4),
    (table_reader, "_CHECKPOINT_PAGES", 2),
    (table_reader, "_CHECKPOINT_ROWS", 3),
    (reported_changes, "MAX_BATCH_GET", 2),
    (absences, "MAX_BATCH_GET", 2),
    (push_run, "MAX_BATCH", 3),
    (edits, "MAX_BATCH", 3),
    (table_push, "MAX_BATCH", 5),
    (creations, "MAX_CONDITIONS", 2),
    (cell_values, "MAX_TEXT", 30),
]
"""Limits that a dozen rows reach."""

type Column = tuple[str, str, str, FieldType]
"""Our name, Lark's id, Lark's name, type."""


class TableHistory:
    """One table in Lark and here.

    Parameters
    ----------
    entry
        What the registry says of it, but for its columns.
    """

    LEASE: ClassVar[str]
    RESTS: ClassVar[frozenset[str]] = frozenset({"taken", "not_due", "idle", "time_up", "crashed"})
    """What becomes of a table on which another process works."""
    MEANWHILE: ClassVar[Sequence[str]]

    def __init__(
        self, dynamo: MemoryDynamo, rng: random.Random, name: str, entry: str, columns: Sequence[Column]
    ) -> None:
        self.name = name
        self.columns = columns
        fields = ",\n".join(
            f'{{ name = "{ours}", id = "{field_id}", column = "{column}", type = "{TYPES[kind]}" }}'
            for ours, field_id, column, kind in columns
        )
        registry = Registry(f"[{name}]\n{entry}fields = [\n{fields}\n]\n", [f"{name}={APP}/{TABLE}"])
        self.world = SyncWorld(dynamo, registry)
        self.table = next(iter(registry))
        self.clock = self.world.clock
        self.bases = self.world.bases
        self.bases.create_table(APP, TABLE, [Field(one[1], one[2], int(one[3])) for one in columns])
        self.names = {field_id: column for _, field_id, column, _ in columns}
        self._fence = 0
        self._depth = 0

    @staticmethod
    def limits() -> AbstractContextManager[Any]:
        """Have limits that a dozen rows reach."""
        stack = ExitStack()
        for module, limit, value in SMALL:
            stack.enter_context(patch.object(module, limit, value))
        return stack

    def play(self, step: Step) -> None:
        """Let one thing happen; raises AssertionError for what must never be."""
        rng = random.Random(step.seed)
        self.clock.advance(seconds=rng.choice([0, 0.5, 3, 20]))
        self.do(step.kind, rng)

    def do(self, kind: str, rng: random.Random) -> None:
        getattr(self, kind)(rng)
        self.world.lark.events.deliver_due()
        self.check()

    def check(self) -> None:
        """Assert what always holds: nobody writes a table's state who has been replaced."""
        for item in self.world.dynamo.items("SyncStateTable"):
            record = from_item(item)
            if record["part"] == "state" and "fence" in record:
                assert record["fence"] >= self._fence, "a process that was replaced writes"
                self._fence = record["fence"]

    def state(self) -> SyncState:
        return self.world.calmly(lambda: self.world.states.get(self.name))

    @property
    def present(self) -> list[str]:
        """The ids of Lark's records."""
        return list(self.bases.records(APP, TABLE))

    def rename(self, rng: random.Random) -> None:
        field_id = rng.choice(sorted(self.names))
        self.names[field_id] = f"Cột {rng.randrange(1000)}"
        self.bases.rename_column(APP, TABLE, field_id, self.names[field_id])

    def hide(self, _: random.Random) -> None:
        self.bases.hidden.add(APP)

    def show(self, _: random.Random) -> None:
        self.bases.hidden.discard(APP)

    def run(self, rng: random.Random) -> None:
        self.sync(self.process(rng), full=False, seconds=rng.choice([RUN_SECONDS, RUN_SECONDS, 46, 60]))

    def night(self, rng: random.Random) -> None:
        self.sync(self.process(rng), full=True)

    def event(self, rng: random.Random) -> None:
        for _ in range(rng.choice([1, 1, 3])):
            if not self.world.inbox:
                return
            document = rng.choice(self.world.inbox)
            hidden = bool(self.bases.hidden)
            done = self.world.handle_event(self.process(rng), document)
            if done and not hidden:
                self.check_event(document["event"])
            if done and rng.random() < 0.8 and document in self.world.inbox:
                self.world.inbox.remove(document)

    def check_event(self, event: dict[str, Any]) -> None:
        """Assert what holds once an event has been handled."""

    def lose_event(self, rng: random.Random) -> None:
        if self.world.inbox:
            self.world.inbox.remove(rng.choice(self.world.inbox))

    def accept(self, _: random.Random) -> None:
        """An admin, who can see that the table is as it is, has its deletions accepted."""
        if not self.bases.hidden:
            states = self.world.states
            self.world.calmly(lambda: states.request(self.name, "full", accept_deletions=True) or True)

    def insist(self, rng: random.Random) -> None:
        """An admin asks for a sync, whatever the table was waiting for."""
        states = self.world.states
        self.world.calmly(lambda: states.request(self.name, "incremental", accept_deletions=False) or True)
        self.run(rng)

    def wait(self, rng: random.Random) -> None:
        self.clock.advance(minutes=rng.choice([1, 1, 5, 16, 61, 1500]))

    def pause(self, rng: random.Random) -> None:
        self.clock.advance(minutes=rng.choice([0, 0.2, 1, 7, 20]))

    def lag(self, rng: random.Random) -> None:
        self.bases.replica_lag = rng.choice(REPLICA_LAGS)

    def stale(self, rng: random.Random) -> None:
        self.world.dynamo.stale = rng.choice([None, random.Random(rng.random())])

    def calm(self) -> None:
        """End all trouble, and give replicas and indexes the time to follow."""
        self.bases.hidden.clear()
        self.world.dynamo.stale = None
        self.bases.replica_lag = 0
        self.clock.advance(minutes=2)

    def settled_sync(self, *, full: bool) -> str | None:
        became = self.sync(Process(random.Random(0)), full=full)
        self.check()
        return became

    def process(self, rng: random.Random) -> Process:
        """Return a process with which little or much goes wrong, and in whose middle something may happen."""
        process = Process(random.Random(rng.random()), rng.choice([0, 0, 0, 0.03, 0.1, 0.4]))
        if self._depth == 0 and rng.random() < 0.5:
            process.at, process.meanwhile = rng.randrange(30), self._meanwhile(rng)
        return process

    def sync(self, process: Process, *, full: bool, seconds: float = RUN_SECONDS) -> str | None:
        """Let a process do its scheduled work; returns what became of the table, None when it stopped."""
        before = self._lease()

        def work(sync: TableSync, owner: str) -> str | None:
            return self.scheduled(sync)(full=full, owner=owner, seconds=seconds).get(self.name)

        became: Any = self.world.run(process, work)
        if before is not None and before > to_text(self.clock.now()):
            assert became is None or became in self.RESTS, "two processes at once"
        return became

    def scheduled(self, sync: TableSync) -> Callable[..., dict[str, str]]:
        """Return what the schedule calls."""
        raise NotImplementedError

    def _lease(self) -> str | None:
        """Return until when somebody has the lease."""
        for item in self.world.dynamo.items("SyncStateTable"):
            record = from_item(item)
            if record["table"] == self.LEASE and record["part"] == "lease" and "leaseOwner" in record:
                return record["leaseUntil"]
        return None

    def _meanwhile(self, rng: random.Random) -> Callable[[], object]:
        kinds = rng.choices(self.MEANWHILE, k=rng.choice([1, 2, 3, 5]))
        return self.amid(*[partial(self.do, kind, rng) for kind in kinds])

    def amid(self, *actions: Callable[[], object]) -> Callable[[], object]:
        """Return what does something in the middle of a process."""

        def happen() -> None:
            self._depth += 1
            try:
                for action in actions:
                    action()
            except Exception as error:
                # The code that is interrupted here must not take it for its own.
                raise BrokenHistoryError from error
            finally:
                self._depth -= 1

        return happen


def plain(kind: FieldType, cell: Any) -> Any:
    """Return what a cell says in plain JSON, read independently of the code under test."""
    if kind is FieldType.CHECKBOX:
        return bool(cell)
    if cell is None:
        return None
    if kind is FieldType.TEXT:
        return "".join(part["text"] for part in cell)
    if kind in (FieldType.DATE_TIME, FieldType.CREATED_TIME, FieldType.MODIFIED_TIME):
        return to_text(from_text("1970-01-01T00:00:00.000Z") + timedelta(milliseconds=cell))
    return cell
