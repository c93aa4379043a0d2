"""Table sync in one process: the real code, a simulated Lark, DynamoDB in memory, trouble everywhere."""

import itertools
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from larkbridge.clock import to_text
from larkbridge.errors import AwsRefusedError, AwsUnavailableError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.base_event_types import RECORDS_TYPE
from larkbridge.lark.client import LarkClient
from larkbridge.processors.base_changes import BaseChangesProcessor
from larkbridge.processors.subscriber import Incoming, NothingToDoError
from larkbridge.settings import TableSettings
from larkbridge.store.mirror_rows import MirrorRowStore
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.sync_progress import SyncStateStore
from larkbridge.sync.config.table_registry import Registry
from larkbridge.sync.shared.paced_calls import TimeUpError
from larkbridge.sync.table_sync import TableSync
from larkbridge.wiring.parts import Parts
from larkbridge.wiring.sync import table_sync
from sandbox.routing import Router
from sandbox.simulators import Simulators
from tests.support.aws import SECRETS
from tests.support.clock import SimulatedClock
from tests.support.events import new_event
from tests.support.memory_dynamo.aws import SETTINGS
from tests.support.memory_dynamo.client import MemoryDynamo
from tests.support.trouble import Process, Trouble, TroubledHttp
from tests.support.webhooks import LARK_APP_ID
from tests.support.world import SANDBOX_ORIGIN, SANDBOX_SETTINGS

RUN_SECONDS = 300


class SyncWorld:
    """One Base in Lark, the tables here, and processes that keep them the same.

    Parameters
    ----------
    dynamo
        The AWS that is in force.
    registry
        The tables.
    """

    def __init__(self, dynamo: MemoryDynamo, registry: Registry) -> None:
        self.dynamo = dynamo
        self.registry = registry
        self.clock = SimulatedClock()
        self.simulators = Simulators(self.clock.timestamp, SANDBOX_SETTINGS)
        self.trouble = dynamo.interference = Trouble(self.clock)
        self.lark = self.simulators.openapi
        self.bases = self.lark.bases
        self.mirror_rows = MirrorRowStore(SETTINGS["MIRROR_ROWS_TABLE"])
        self.source_rows = SourceRowStore(SETTINGS["SOURCE_ROWS_TABLE"])
        self.states = SyncStateStore(SETTINGS["SYNC_STATE_TABLE"])
        self.inbox: list[dict[str, Any]] = []
        self.lark.events.post = self._receive
        self._http = TroubledHttp(Router(self.simulators.routes()), self.trouble, self.lark)
        self._numbers = itertools.count(1)

    def run(self, process: Process, work: Callable[[TableSync, str], object]) -> object:
        """Do some work in a new process, which is given its parts and an owner's name of its own.

        AWS may fail it; whatever else it raises is wrong.
        """
        owner = f"process-{next(self._numbers)}"
        try:
            return self.trouble.run(process, lambda: work(self._parts(process.rng), owner))
        except AwsRefusedError:
            raise
        except AwsUnavailableError:
            return None

    def calmly[T](self, work: Callable[[], T]) -> T:
        """Look at something without any trouble."""
        found = self.trouble.run(Process(random.Random(0)), work)
        assert found is not None
        return found

    def handle_event(self, process: Process, document: dict[str, Any]) -> bool:
        """Let a process handle an event; returns whether it need not come again."""

        def handle(sync: TableSync, _: str) -> bool:
            kind = document["header"]["event_type"]
            told_at = datetime.fromtimestamp(document["event"]["update_time"], UTC)
            event = replace(new_event("lark", kind, document), received_at=to_text(told_at))
            processor = BaseChangesProcessor(lambda: sync)
            (processor.records if kind == RECORDS_TYPE else processor.columns)(Incoming(event, document))
            return True

        try:
            return bool(self.run(process, handle))
        except NothingToDoError:
            return True
        except (LarkApiError, TimeUpError):
            return False

    def _receive(self, _: Mapping[str, str], body: bytes) -> int:
        self.inbox.append(json.loads(body))
        return 200

    def _parts(self, rng: random.Random) -> TableSync:
        secret = SECRETS["LARK_APP_SECRET"]
        lark = LarkClient(SANDBOX_ORIGIN, LARK_APP_ID, lambda: secret, self._http, self.clock)
        parts = Parts(clock=self.clock, rng=random.Random(rng.random()))
        return table_sync(TableSettings(SETTINGS), parts, lark, self.registry)
