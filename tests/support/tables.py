"""SyncedTable sync in one process: real code, Lark simulated, time simulated, an AWS from outside."""

import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from larkbridge.settings import TableSettings
from larkbridge.store.mirror_rows import MirrorRow, MirrorRowStore
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.sync_progress import SyncState, SyncStateStore
from larkbridge.sync.config.synced_table import SyncedTable
from larkbridge.sync.config.table_registry import Registry
from larkbridge.wiring.parts import Parts
from larkbridge.wiring.sync import table_sync
from sandbox.lark.openapi import OpenApi
from sandbox.lark.tables import Field
from sandbox.lark.transport import OpenApiTransport
from tests.support.calls import Calls, WatchedTransport
from tests.support.clock import SimulatedClock
from tests.support.lark import APP_ID, APP_SECRET, lark_client

TABLES = """
[classes]
role = "MIRROR"
key = "code"
every_minutes = 15
fields = [
  { name = "code", id = "fldCode", column = "Mã lớp", type = "text" },
  { name = "seats", id = "fldSeats", column = "Số chỗ", type = "number" },
  { name = "createdAt", id = "fldCreated", column = "Tạo lúc", type = "created_time" },
  { name = "modifiedAt", id = "fldModified", column = "Sửa lúc", type = "modified_time" },
]

[rooms]
role = "MIRROR"
every_minutes = 60
deletions = "expire"
fields = [{ name = "room", id = "fldRoom", column = "Phòng", type = "text" }]

[students]
role = "SOURCE"
key = "studentId"
fields = [
  { name = "studentId", id = "fldId", column = "Mã học viên", type = "text" },
  { name = "name", id = "fldName", column = "Họ tên", type = "text" },
  { name = "bornOn", id = "fldBorn", column = "Ngày sinh", type = "datetime" },
]
"""
PLACES = ("classes=appClasses/tblClasses", "rooms=appRooms/tblRooms", "students=appStudents/tblStudents")


type Meddle = Callable[[httpx.Request], httpx.Response | None]
"""Does what it likes when a call leaves, and answers it, unless it returns None."""


class SyncWorld:
    """One deployed bundle as table sync sees it, with every connected table in Lark, empty.

    Parameters
    ----------
    environ
        The settings, as `tests.support.aws` yields them.
    tables, places
        The registry, and LARK_TABLES.

    Attributes
    ----------
    meddle
        Stands between the client and Lark.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        tables: str = TABLES,
        places: Sequence[str] = PLACES,
        *,
        seed: int = 0,
    ) -> None:
        self.environ = {"LARK_CLIENT_TOKEN_MINUTES": "60", **environ}
        self.clock = SimulatedClock()
        self.lark = OpenApi(self.clock.timestamp, APP_ID, [APP_SECRET])
        self.bases = self.lark.bases
        self.meddle: Meddle = lambda _: None
        self.transport = WatchedTransport(_Meddled(self, OpenApiTransport(self.lark, self.clock.sleep)))
        self.mirror_rows = MirrorRowStore(environ["MIRROR_ROWS_TABLE"])
        self.source_rows = SourceRowStore(environ["SOURCE_ROWS_TABLE"])
        self.states = SyncStateStore(environ["SYNC_STATE_TABLE"])
        self._rng = random.Random(seed)
        self._runs = itertools.count(1)
        self.registry = Registry(tables, places)
        for table in self.registry.connected:
            columns = [Field(one.field_id, one.column, one.type) for one in table.fields]
            self.bases.create_table(table.app_token, table.table_id, columns)
        self.restart()

    def restart(self) -> None:
        """Start a new process."""
        lark = lark_client(self.transport, self.clock)
        parts = Parts(clock=self.clock, rng=self._rng)
        self.sync = table_sync(TableSettings(self.environ), parts, lark, self.registry)

    def table(self, name: str) -> SyncedTable:
        """Return a table of the registry."""
        table = self.registry.get(name)
        assert table is not None
        return table

    def put(self, name: str, record_id: str, **fields: Any) -> str:
        """Write a record in Lark by our names of its fields, as a person does; returns its id."""
        table = self.table(name)
        columns = {one.field_id: one.name for one in self._columns(table)}
        cells = {columns[one.field_id]: fields[one.name] for one in table.fields if one.name in fields}
        self.bases.put(table.app_token, table.table_id, record_id, cells)
        return record_id

    def fill(self, name: str, field: str, number: int) -> list[str]:
        """Write so many records with a text of their own, and return their ids."""
        return [self.put(name, f"rec{one:07d}", **{field: f"{field} {one}"}) for one in range(number)]

    def delete(self, name: str, *record_ids: str) -> None:
        """Delete records in Lark as a person does."""
        table = self.table(name)
        for record_id in record_ids:
            self.bases.delete(table.app_token, table.table_id, record_id)

    def pull(self, *, full: bool = False, seconds: float = 300, owner: str | None = None) -> dict[str, str]:
        """Run the mirrors' job once; returns what became of each table."""
        return self.sync.pull(full=full, owner=owner or f"run {next(self._runs)}", seconds=seconds)

    def request(self, name: str, mode: str = "full", *, accept_deletions: bool = False) -> None:
        """Ask for a sync, as an admin does."""
        self.states.request(name, mode, accept_deletions=accept_deletions)

    def state(self, name: str) -> SyncState:
        return self.states.get(name)

    def mirrored(self, name: str) -> dict[str, MirrorRow]:
        """Return every row of a mirrored table by record id, the deleted ones too."""
        ids = [record_id for record_id, _ in self.mirror_rows.digests(name)]
        return self.mirror_rows.get_many(name, ids, self.clock.sleep)

    def last_pull(self, name: str) -> dict[str, Any]:
        """Return what is told of a table's last pull, which there must be."""
        report = self.state(name).last_pull
        assert report is not None
        return dict(report)

    def settle(self, name: str, field: str, number: int) -> list[str]:
        """Have so many rows that changed long before the last pull, and the next one due."""
        ids = self.fill(name, field, number)
        self.clock.advance(hours=1)
        self.pull()
        self.clock.advance(minutes=20)
        return ids

    def values(self, name: str) -> dict[str, Any]:
        """Return the content of the rows of a mirrored table that are not deleted."""
        return {one: row.values for one, row in self.mirrored(name).items() if row.deleted_at is None}

    @contextmanager
    def watch(self, calls: Calls | None = None) -> Iterator[Calls]:
        """Watch the calls that are made."""
        calls = calls or Calls()
        self.transport.calls = calls
        try:
            with calls.watch_aws():
                yield calls
        finally:
            self.transport.calls = Calls()

    def _columns(self, table: SyncedTable) -> list[Field]:
        return list(self.bases.table(table.app_token, table.table_id).fields.values())


class _Meddled(httpx.BaseTransport):
    def __init__(self, world: SyncWorld, inner: httpx.BaseTransport) -> None:
        self._world = world
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._world.meddle(request)
        if answer is None:
            return self._inner.handle_request(request)
        request.extensions["trace"]("http11.send_request_headers.started", {})
        return answer


@dataclass
class At:
    """Meddles with one call alone.

    Parameters
    ----------
    path
        How the call's path ends.
    number
        Which of the calls with this path, from 0.
    action
        What happens then; what it returns is the answer, None lets Lark answer.
    """

    path: str
    number: int
    action: Callable[[], Any]
    met: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith(self.path):
            return None
        self.met += 1
        return _response(self.action()) if self.met == self.number + 1 else None


def _response(answer: Any) -> httpx.Response | None:
    if answer is None:
        return None
    status, document, headers = answer
    return httpx.Response(status, json=document, headers=headers)
