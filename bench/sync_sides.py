"""Lark and DynamoDB for a process that syncs, and how it did."""

import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qsl, urlsplit

from botocore.exceptions import ClientError

from bench.table import NotMeasurableError
from sandbox.lark.cells import FieldType
from sandbox.lark.tables import Field
from sandbox.routing import Request, Router
from sandbox.simulators import Simulators
from tests.support.aws import SECRETS
from tests.support.clock import SimulatedClock
from tests.support.memory_dynamo.aws import SETTINGS
from tests.support.memory_dynamo.client import Interference, MemoryDynamo
from tests.support.webhooks import LARK_APP_ID
from tests.support.world import SANDBOX_ORIGIN, SANDBOX_SETTINGS

ROOT = Path(__file__).parents[1]
APP, TABLE = "appToken", "tblTable"
COLUMNS = [
    ("code", "fldCode", "text", FieldType.TEXT),
    ("title", "fldTitle", "text", FieldType.TEXT),
    ("branch", "fldBranch", "single_select", FieldType.SINGLE_SELECT),
    ("startsOn", "fldStarts", "datetime", FieldType.DATE_TIME),
    ("seats", "fldSeats", "number", FieldType.NUMBER),
    ("open", "fldOpen", "checkbox", FieldType.CHECKBOX),
]
CREATED = ("createdAt", "fldCreated", "created_time", FieldType.CREATED_TIME)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took.

    `seconds` are simulated; `writes` counts the writes of each table's items, those in transactions too.
    """

    seconds: float
    peak_bytes: int
    lark_calls: Counter[str]
    requests: Counter[str]
    writes: Counter[str]


class WriteCount(Interference):
    """Counts the items that are written, by table."""

    def __init__(self) -> None:
        self.items = Counter[str]()

    def before(self, operation: str, parameters: Mapping[str, Any]) -> None:
        if operation == "transact_write_items":
            written = [part for action in parameters["TransactItems"] for part in action.values()]
        else:
            written = [parameters] if operation in ("put_item", "update_item", "delete_item") else []
        self.items.update(one["TableName"] for one in written)


class Sides:
    """One table in Lark and in DynamoDB, of a role."""

    def __init__(self, role: str) -> None:
        self.clock = SimulatedClock()
        self.dynamo = MemoryDynamo()
        self._simulators = Simulators(self.clock.timestamp, SANDBOX_SETTINGS)
        self._router = Router(self._simulators.routes())
        self.bases = self._simulators.openapi.bases
        self._pulls = role == "MIRROR"
        self.columns = [*COLUMNS, *([CREATED] if self._pulls else [])]
        fields = [Field(field_id, name, int(kind)) for name, field_id, _, kind in self.columns]
        self.bases.create_table(APP, TABLE, fields)
        columns = ",".join(
            f'{{name="{name}", id="{field_id}", column="{name}", type="{kind}"}}'
            for name, field_id, kind, _ in self.columns
        )
        self.registry = f'[rows]\nrole = "{role}"\nkey = "code"\nfields = [{columns}]\n'
        self.places = [f"rows={APP}/{TABLE}"]

    def run(self, latency: float) -> Run:
        """Sync in a process of its own, until that is done; raises NotMeasurableError when it fails.

        Parameters
        ----------
        latency
            Seconds for each call of Lark.
        """
        writes = self.dynamo.interference = WriteCount()
        self.dynamo.requests.clear()
        self.bases.calls.clear()
        self.clock.advance(minutes=30)
        start = self.clock.now()
        became, peak = self._served(latency)
        if became not in ({"rows": "pulled"}, {"rows": "pushed"}):
            raise NotMeasurableError(f"the table is not synced: {became}")
        seconds = (self.clock.now() - start).total_seconds()
        return Run(seconds, peak, self.bases.calls.copy(), self.dynamo.requests.copy(), writes.items)

    def _served(self, latency: float) -> tuple[dict[str, str], int]:
        job = {
            "start": self.clock.now(),
            "latency": latency,
            "domain": SANDBOX_ORIGIN,
            "app_id": LARK_APP_ID,
            "app_secret": SECRETS["LARK_APP_SECRET"],
            "settings": SETTINGS,
            "registry": self.registry,
            "places": self.places,
            "pulls": self._pulls,
        }
        command = [sys.executable, "-m", "bench.sync_process"]
        environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common'}", "POWERTOOLS_SERVICE_NAME": "bench"}
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            if process.stdin is None or process.stdout is None:
                raise NotMeasurableError("the process that syncs has no pipes")
            return self._talk(process.stdin, process.stdout, job)

    def _talk(self, to_it: IO[bytes], from_it: IO[bytes], answer: Any) -> tuple[dict[str, str], int]:
        while True:
            pickle.dump(answer, to_it)
            to_it.flush()
            try:
                kind, now, request = pickle.load(from_it)  # noqa: S301 - our own child's
            except EOFError:
                raise NotMeasurableError("the process that syncs has failed") from None
            self.clock.sleep(now - self.clock.timestamp())
            if kind == "done":
                return request
            answer = self._answer(kind, *request)

    def _answer(self, kind: str, *request: Any) -> Any:
        if kind == "dynamodb":
            operation, parameters = request
            try:
                return getattr(self.dynamo, operation)(**parameters)
            except ClientError as error:
                return error
        method, url, body, headers = request
        parts = urlsplit(url)
        received = Request(method, parts.path, headers, body or b"", dict(parse_qsl(parts.query)))
        reply = self._router.dispatch(received)
        return reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.body
