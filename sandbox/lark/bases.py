"""Lark Base: tables of typed fields and records, and the APIs that Larkbridge calls.

The modules of reads, writes, searches and values name their sources and what they assume.
"""

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

from sandbox.faults import FaultSwitch
from sandbox.lark.base_codes import ErrorCode, refused
from sandbox.lark.platform import PartSwitch, Platform
from sandbox.lark.record_reads import RecordReads
from sandbox.lark.record_writes import Creation, RecordWrites, Write
from sandbox.lark.scopes import CREATE_RECORDS, DELETE_RECORDS, READ_FIELDS, READ_RECORDS, UPDATE_RECORDS
from sandbox.lark.table_store import TableChange, TableStore
from sandbox.routing import Request, Route

TABLE_PATH = "/open-apis/bitable/v1/apps/{app_token}/tables/{table_id}"
RECORDS_PATH = f"{TABLE_PATH}/records"
RECORD_PATH = f"{RECORDS_PATH}/{{record_id}}"
READ_RATE = 20
WRITE_RATE = 50

type Process = Callable[[Request], dict[str, Any]]


class Bases(TableStore):
    """Every Base of one tenant.

    Parameters
    ----------
    now
        The time in unix seconds.
    notify
        Told of every change, by a person or an API call.

    Attributes
    ----------
    faults, read_faults, write_faults
        Make every call fail, or reads or writes alone.
    calls
        How many calls of each API were let through, by names such as ``search`` and ``batch_create``.
    """

    def __init__(
        self, now: Callable[[], float], notify: Callable[[TableChange], None] = lambda _: None
    ) -> None:
        super().__init__(now, notify)
        self.calls: Counter[str] = Counter()
        self.faults = FaultSwitch()
        self.read_faults = PartSwitch(self.faults)
        self.write_faults = PartSwitch(self.faults)
        self._reads = RecordReads(self)
        self._writes = RecordWrites(self)

    @property
    def writes(self) -> list[Write]:
        """Every record that an API call updated, oldest first."""
        return self._writes.updated

    @property
    def created(self) -> list[Creation]:
        """Every record that an API call created, oldest first."""
        return self._writes.created

    def routes(self, platform: Platform) -> list[Route]:
        """Return the field and record APIs."""
        reads, writes = self._reads, self._writes

        def read(
            method: str, path: str, name: str, process: Process, scopes: Collection[str] = READ_RECORDS
        ) -> Route:
            counted = self._counted(name, process)
            return platform.route(
                method, path, self.read_faults, READ_RATE, counted, user=True, scopes=scopes
            )

        def write(method: str, path: str, name: str, process: Process, scopes: Collection[str]) -> Route:
            return platform.route(
                method,
                path,
                self.write_faults,
                WRITE_RATE,
                self._counted(name, process),
                user=True,
                scopes=scopes,
                takes=lambda: self.write_seconds,
            )

        create, update, delete = CREATE_RECORDS, UPDATE_RECORDS, DELETE_RECORDS
        return [
            read("GET", f"{TABLE_PATH}/fields", "fields", reads.fields, READ_FIELDS),
            read("POST", f"{RECORDS_PATH}/search", "search", reads.search),
            read("POST", f"{RECORDS_PATH}/batch_get", "batch_get", reads.batch_get),
            read("GET", RECORDS_PATH, "list", reads.list_all),
            read("GET", RECORD_PATH, "get", reads.get),
            write("POST", RECORDS_PATH, "create", writes.create, create),
            write("PUT", RECORD_PATH, "update", writes.update, update),
            write("DELETE", RECORD_PATH, "delete", writes.delete, delete),
            write("POST", f"{RECORDS_PATH}/batch_create", "batch_create", writes.batch_create, create),
            write("POST", f"{RECORDS_PATH}/batch_update", "batch_update", writes.batch_update, update),
            write("POST", f"{RECORDS_PATH}/batch_delete", "batch_delete", writes.batch_delete, delete),
        ]

    def _counted(self, name: str, process: Process) -> Process:
        def counted(request: Request) -> dict[str, Any]:
            self.calls[name] += 1
            if request.params["app_token"] in self.closed:
                raise refused(ErrorCode.Forbidden)
            return process(request)

        return counted
