"""The centre's own data in an AWS in memory, and the tools that read it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from larkbridge.agent.tools.all_tools import CentreData, centre_tools
from larkbridge.agent.tools.tool import Asker, Result
from larkbridge.clock import to_text
from larkbridge.routes import Scope
from larkbridge.store.audit_entries import AuditStore
from larkbridge.store.deliveries import DeliveryStore, new_delivery
from larkbridge.store.mirror_rows import MirrorRow, MirrorRowStore
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.submissions import FormType, Submission, SubmissionStore
from larkbridge.store.sync_progress import SyncStateStore
from larkbridge.store.table import Table
from larkbridge.store.work import Status
from larkbridge.sync.config.registered import Registered
from tests.support.agent_tools import asker, named, run
from tests.support.chat_turns import said
from tests.support.clock import START, SimulatedClock
from tests.support.memory_dynamo.aws import SETTINGS
from tests.support.memory_dynamo.client import Interference, MemoryDynamo
from tests.support.submissions import submission_at

STAFF_CHAT = "oc_staff"
PHONE = "+84912345678"
PLACES = ("classes=bascn1/tblClasses", "students=bascn1/tblStudents")


class _Requests(Interference):
    """Counts what is asked of the tables."""

    def __init__(self) -> None:
        self.made = Counter[str]()

    def before(self, operation: str, parameters: Mapping[str, Any]) -> None:
        self.made[operation] += 1


class Centre:
    """The stores and the tools; `places` is LARK_TABLES."""

    def __init__(self, dynamo: MemoryDynamo, places: tuple[str, ...] = PLACES) -> None:
        self.clock = SimulatedClock()
        self.dynamo = dynamo
        self.data = CentreData(
            submissions=SubmissionStore(SETTINGS["SUBMISSIONS_TABLE"]),
            deliveries=DeliveryStore(SETTINGS["DELIVERIES_TABLE"]),
            tables=Registered(places),
            mirror_rows=MirrorRowStore(SETTINGS["MIRROR_ROWS_TABLE"]),
            source_rows=SourceRowStore(SETTINGS["SOURCE_ROWS_TABLE"]),
            sync_states=SyncStateStore(SETTINGS["SYNC_STATE_TABLE"]),
            audit=AuditStore(SETTINGS["AUDIT_TABLE"]),
        )
        self.tools = centre_tools(self.data, (STAFF_CHAT,), self.clock)

    def ask(
        self, name: str, words: str = "?", *, scopes: tuple[Scope, ...] = (*Scope,), **arguments: Any
    ) -> Any:
        """Return what a tool tells the model when staff ask in their own chat."""
        return self.result(name, asker(said(words), *scopes), **arguments).content

    def result(self, name: str, who: Asker, **arguments: Any) -> Result:
        return run(named(self.tools, name), who, **arguments)

    def requests(self, name: str, **arguments: Any) -> Counter[str]:
        """Return how many requests of each kind a tool makes."""
        counting = _Requests()
        self.dynamo.interference = counting
        self.ask(name, **arguments)
        self.dynamo.interference = Interference()
        return counting.made

    def submission(
        self,
        minute: int,
        status: Status = Status.SENT,
        form_type: FormType = FormType.HOLD,
        phone: str = PHONE,
        **more: Any,
    ) -> Submission:
        """Store a submission in some state."""
        known = {"contact_phone": phone, "phone_key": phone, "status": status} | more
        stored = replace(submission_at(minute, form_type), **known)
        assert self.data.submissions.add(stored) is None
        return stored

    def delivery(self, number: int, status: Status, target: str = "lark-card", **more: Any) -> str:
        """Store a delivery in some state."""
        at = START + timedelta(minutes=number)
        new = new_delivery(
            target,
            about=[str(number)],
            destination="lark-api",
            subject="feishu-button#1",
            content={"uuid": "1"},
            now=at,
            next_attempt_at=at,
        )
        self.data.deliveries.add(replace(new, status=status, attempt_count=3, **more))
        return new.delivery_id

    def row(
        self,
        code: str,
        reasons: Mapping[str, str] | None = None,
        *,
        table: str = "classes",
        is_gone: bool = False,
        **values: Any,
    ) -> None:
        """Store a row of a mirrored table."""
        now = to_text(self.clock.now())
        row = MirrorRow(
            table=table,
            record_id=f"rec{code}",
            content_hash=f"{code} {values}",
            values={"code": code, **values},
            reasons=reasons,
            modified_at=now,
            read_at=now,
            changed_at=now,
        )
        table_of_rows = Table(SETTINGS["MIRROR_ROWS_TABLE"])
        fitting = replace(row, reasons=None)
        table_of_rows.write(self.data.mirror_rows.put_action(fitting, now, now))
        if reasons:
            unfit = replace(row, content_hash="unfit", received={"code": code})
            table_of_rows.write(self.data.mirror_rows.put_action(unfit, now, now))
        if is_gone:
            later = to_text(self.clock.now() + timedelta(hours=1))
            table_of_rows.write(
                self.data.mirror_rows.delete_action(
                    table, row.record_id, read_at=later, settled=later, now=later, expires_at=None
                )
            )

    def audit(self) -> list[dict[str, Any]]:
        """Return the Audit table."""
        return list(
            Table(SETTINGS["AUDIT_TABLE"]).query(
                None, ("month", to_text(START)[:7]), None, newest_first=False
            )
        )
