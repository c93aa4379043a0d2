"""SOURCE tables in one process: rows written here, pushes, and what Lark has of them."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx

from larkbridge.lark.base import Base
from larkbridge.lark.files import Files
from larkbridge.store.source_rows import SourceRow, SourceRowStore
from larkbridge.sync.source.absences import SourceDeletions
from larkbridge.sync.source.local_writes import LocalWrites
from larkbridge.sync.source.push import Push, PushParts
from larkbridge.sync.source.push_run import PushReport
from tests.support.calls import Calls
from tests.support.lark import lark_client
from tests.support.memory_dynamo.aws import SETTINGS, memory_aws
from tests.support.memory_dynamo.client import Interference, MemoryDynamo
from tests.support.memory_dynamo.writes import service_error
from tests.support.tables import SyncWorld

TABLES = """
[students]
role = "SOURCE"
key = "studentId"
feed = "student-info"
case = { status = "Tình trạng", note = "Trao đổi", values = ["Mới", "Đã gọi"] }
fields = [
  { name = "studentId", id = "fldId", column = "Mã học viên", type = "text" },
  { name = "name", id = "fldName", column = "Họ tên", type = "text" },
  { name = "score", id = "fldScore", column = "Điểm", type = "number" },
]

[lessons]
role = "SOURCE"
key = "lessonId"
deletions = "accept"
fields = [
  { name = "lessonId", id = "fldId", column = "Mã buổi", type = "text" },
  { name = "topic", id = "fldTopic", column = "Chủ đề", type = "text" },
]

[fees]
role = "SOURCE"
key = "feeId"
fields = [
  { name = "feeId", id = "fldId", column = "Mã phí", type = "text" },
  { name = "receipt", id = "fldReceipt", column = "Biên lai", type = "attachment" },
]
"""
PLACES = ("students=appOne/tblStudents", "lessons=appOne/tblLessons", "fees=appTwo/tblFees")
TRUSTED = timedelta(hours=1)
CREATE = "/batch_create"


class SourceWorld(SyncWorld):
    """One deployed bundle with SOURCE tables, two of them in one Base."""

    def __init__(self, dynamo: MemoryDynamo) -> None:
        self.dynamo = dynamo
        self.source_rows = SourceRowStore(SETTINGS["SOURCE_ROWS_TABLE"])
        super().__init__(SETTINGS, TABLES, PLACES)

    def restart(self) -> None:
        """Start a new process."""
        lark = lark_client(self.transport, self.clock)
        base, files = Base(lark), Files(lark)
        rng = random.Random(0)
        self.job = Push(
            PushParts(
                base=base,
                files=files,
                rows=self.source_rows,
                states=self.states,
                clock=self.clock,
                rng=rng,
                trusted=TRUSTED,
            )
        )
        self.writes = LocalWrites(self.source_rows, self.clock)
        self.changes = SourceDeletions(base, self.source_rows, self.clock)

    @contextmanager
    def watch(self, calls: Calls | None = None) -> Iterator[Calls]:
        """Watch the calls that are made."""
        self.transport.calls = calls = calls or Calls()
        self.dynamo.interference = _Watched(calls)
        try:
            yield calls
        finally:
            self.transport.calls, self.dynamo.interference = Calls(), Interference()

    @contextmanager
    def aws_fails(
        self, operation: str, text: str = "", *, only: int | None = None, error: BaseException | None = None
    ) -> Iterator[None]:
        """Let the requests of one operation fail whose parameters have a text in them.

        Parameters
        ----------
        only
            Which of them alone fails, from 0.
        """
        error = error or service_error("InternalServerError", operation)
        self.dynamo.interference = _Failing(operation, text, only, error)
        try:
            yield
        finally:
            self.dynamo.interference = Interference()

    def write(self, table: str, row_id: str, /, **fields: Any) -> SourceRow:
        """Write a row here."""
        return self.writes.put(self.table(table), row_id, fields)

    def write_many(self, name: str, number: int) -> list[str]:
        """Write so many rows with nothing but their key, and return their ids."""
        ids = [f"row{one:04d}" for one in range(number)]
        for row_id in ids:
            self.write(name, row_id)
        return ids

    def remove(self, name: str, row_id: str) -> SourceRow:
        """Delete a row here."""
        return self.writes.delete(self.table(name), row_id)

    def edit(self, table: str, record_id: str, /, **fields: Any) -> None:
        """Write a record in Lark by our names of its fields, as a person does."""
        place = self.table(table)
        columns = {one.name: one.column for one in place.fields}
        cells = {columns[name]: value for name, value in fields.items()}
        self.bases.put(place.app_token, place.table_id, record_id, cells)

    def push(self, *names: str, seconds: float = 300) -> PushReport:
        """Run the push once over some tables, all unless given."""
        tables = [self.table(name) for name in names] or list(self.registry.connected)
        stop_at = self.clock.now() + timedelta(seconds=seconds)
        return self.job.run(tables, owner=f"run {next(self._runs)}", stop_at=stop_at)

    def push_until_done(self, *, hours: float = 30) -> None:
        """Run the push every minute until nothing waits."""
        ends = self.clock.now() + timedelta(hours=hours)
        while self.clock.now() < ends:
            self.push()
            if not any(self.waits(table.name) for table in self.registry.connected):
                return
            self.clock.advance(minutes=1)
        raise AssertionError("something waits for ever")

    def waits(self, name: str) -> bool:
        """Tell whether there is anything left to do for a table."""
        state = self.state(name)
        return bool(self.source_rows.count_waiting(name) or state.batch or state.pull or state.requested)

    def source(self, name: str) -> dict[str, SourceRow]:
        """Return every row of a table by our id, the deleted ones too."""
        ids = [row_id for _, row_id in self.source_rows.newest(name, None)]
        return self.source_rows.get_many(name, ids, self.clock.sleep)

    def records(self, name: str) -> dict[str, dict[str, Any]]:
        """Return what a table has in Lark, by record id and column name."""
        table = self.table(name)
        return self.bases.records(table.app_token, table.table_id)

    def row(self, name: str, row_id: str) -> SourceRow:
        """Return a row that must be there."""
        row = self.source_rows.get(name, row_id)
        assert row is not None
        return row

    def in_lark(self, name: str) -> dict[str, dict[str, Any]]:
        """Return the records by key, each key once, with plain values by our names."""
        table, found = self.table(name), list[tuple[str, dict[str, Any]]]()
        for record in self.records(name).values():
            cells = {one.name: record.get(one.column) for one in table.fields}
            plain = {key: _plain(cell) for key, cell in cells.items() if cell is not None}
            found.append((str(plain.pop(str(table.key), "")), plain))
        assert len(dict(found)) == len(found), "a row is there twice"
        return dict(found)

    def here(self, name: str) -> dict[str, dict[str, Any]]:
        """Return the rows that are not deleted, in the form of `in_lark`."""
        key = str(self.table(name).key)
        return {
            row_id: {one: value for one, value in row.values.items() if value is not None and one != key}
            for row_id, row in self.source(name).items()
            if not row.deleted
        }

    def creations(self, name: str) -> Counter[str]:
        """Return how often each key was created in Lark."""
        table = self.table(name)
        column = next(one.column for one in table.fields if one.name == table.key)
        return Counter(
            str(one.fields.get(column)) for one in self.bases.created if one.table_id == table.table_id
        )

    def record_id(self, name: str, row_id: str) -> str:
        """Return the record that a row has."""
        record_id = self.row(name, row_id).lark_record_id
        assert record_id is not None
        return record_id


class Creations:
    """Every call that creates: what it sends, and what answers it.

    None lets Lark answer; a number is its code; an error loses the request.
    """

    def __init__(self, *answers: Any) -> None:
        self.bodies: list[tuple[str, bytes]] = []
        self._answers = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith(CREATE):
            return None
        self.bodies.append((request.url.params["client_token"], request.content))
        answer = self._answers.pop(0) if self._answers else None
        if isinstance(answer, Exception):
            request.extensions["trace"]("http11.send_request_headers.started", {})
            raise answer
        return None if answer is None else httpx.Response(200, json={"code": answer, "msg": "said"})


def lost() -> Exception:
    """Return the error of a request that got no answer."""
    return httpx.ReadTimeout("no answer")


@contextmanager
def source_world() -> Iterator[SourceWorld]:
    """Run with an AWS in memory, and a bundle in it whose SOURCE tables are connected and empty."""
    with memory_aws() as dynamo:
        yield SourceWorld(dynamo)


class _Watched(Interference):
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def before(self, operation: str, parameters: Mapping[str, Any]) -> None:
        self._calls.before(f"dynamodb {operation}")

    def after(self, operation: str, parameters: Mapping[str, Any]) -> None:
        self._calls.after()


class _Failing(Interference):
    def __init__(self, operation: str, text: str, only: int | None, error: BaseException) -> None:
        self._operation = operation
        self._text = text
        self._only = only
        self._error = error
        self._met = 0

    def before(self, operation: str, parameters: Mapping[str, Any]) -> None:
        if operation != self._operation or self._text not in repr(parameters):
            return
        self._met += 1
        if self._only in (None, self._met - 1):
            raise self._error


def _plain(cell: Any) -> Any:
    return "".join(part["text"] for part in cell) if isinstance(cell, list) else cell
