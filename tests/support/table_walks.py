"""Down every path of table sync: of its own functions, and of those that it has a part in."""

from collections.abc import Mapping, Sequence
from typing import Any

from larkbridge.clock import Clock
from larkbridge.store.source_rows import SourceRow, SourceRowStore
from larkbridge.store.submissions import FormType
from larkbridge.store.transactions import write_what_holds
from larkbridge.sync.config.table_registry import Registry, read_tables
from larkbridge.sync.source.absences import UNDO
from larkbridge.sync.source.local_writes import LocalWrites
from sandbox.faults import Fault
from sandbox.lark.base_codes import ErrorCode
from sandbox.lark.tables import Field
from sandbox.local_tables import APP_TOKEN, lark_tables
from tests.support.admin_tables import MIRROR, SOURCE, path
from tests.support.observed import Event, Stage
from tests.support.webhooks import FIRST_SECRETS, request
from tests.support.world import World

DOWN = Fault("down")
FED_TABLES = "\n".join(
    f"""
[{form_type}]
role = "SOURCE"
key = "id"
feed = "{form_type}"
fields = [{{ name = "id", id = "fldId", column = "Mã", type = "text" }}]
"""
    for form_type in FormType
)
CASE_TABLES = read_tables().replace(
    'feed = "student-info"',
    'feed = "student-info"\ncase = { status = "Tình trạng", note = "Trao đổi", values = ["Đã gọi"] }',
)
FED_PLACES = ",".join(f"{form_type}=bascnFed/tbl{number}" for number, form_type in enumerate(FormType))
FORM_FEEDS = ",".join(FormType)


class LarkTables:
    """The tables of `tables.toml` in the simulated Lark, as people there use them, and our rows."""

    def __init__(self, world: World) -> None:
        self._lark = world.simulators.openapi
        self._tables = {one.name: one for one in Registry(read_tables(), lark_tables().split(","))}
        for table in self._tables.values():
            columns = [Field(one.field_id, one.column, one.type) for one in table.fields]
            self._lark.bases.create_table(table.app_token, table.table_id, columns)
        self._ours = Ours(world.environ["SOURCE_ROWS_TABLE"], world.clock)

    def put(self, name: str, record_id: str, **fields: Any) -> None:
        """Write a record by our names of its fields."""
        table = self._tables[name]
        cells = {one.column: fields[one.name] for one in table.fields if one.name in fields}
        self._lark.bases.put(table.app_token, table.table_id, record_id, cells)

    def delete(self, name: str, *record_ids: str) -> None:
        """Delete records."""
        for record_id in record_ids:
            self._lark.bases.delete(APP_TOKEN, self._tables[name].table_id, record_id)

    def records(self, name: str) -> list[str]:
        """Return the ids of a table's records."""
        return list(self._lark.bases.records(APP_TOKEN, self._tables[name].table_id))

    def remove_column(self, name: str, field_id: str) -> None:
        """Remove a column."""
        self._lark.bases.remove_column(APP_TOKEN, self._tables[name].table_id, field_id)

    def rename_column(self, name: str, field_id: str, column: str) -> None:
        """Give a column another name."""
        self._lark.bases.rename_column(APP_TOKEN, self._tables[name].table_id, field_id, column)

    def write(self, row_id: str, **fields: Any) -> SourceRow:
        """Write a row of ours."""
        return self._ours.writes.put(self._tables[SOURCE], row_id, fields)

    def remove(self, row_id: str) -> None:
        """Delete a row of ours."""
        self._ours.writes.delete(self._tables[SOURCE], row_id)

    def has(self, row_id: str, record_id: str) -> None:
        """Have a row of ours that Lark has under this id."""
        self.put(SOURCE, record_id, studentId=row_id)
        self._ours.pushed(self.write(row_id), record_id)

    def pushed(self, row_id: str, record_id: str) -> None:
        """Have a row of ours that Lark has under this id, and that a person deletes there."""
        self.has(row_id, record_id)
        self.delete(SOURCE, record_id)


def form_with_case(world: World) -> str:
    """Store a form whose row Lark has, with a case; returns its id."""
    form_id = world.post(FormType.STUDENT_INFO).body["submissionId"]
    LarkTables(world).has(form_id, f"recCase{form_id}")
    return form_id


class Ours:
    """Rows of ours, written as the admin API does and pushed as a run does."""

    def __init__(self, table_name: str, clock: Clock) -> None:
        self._rows = SourceRowStore(table_name)
        self._clock = clock
        self.writes = LocalWrites(self._rows, clock)

    def pushed(self, row: SourceRow, record_id: str) -> None:
        """Note that Lark has a row."""
        action = self._rows.pushed_action(row, record_id, self._clock.now())
        assert write_what_holds([action], sleep=self._clock.sleep) == [True]


def receive_base_changes(world: World, name: str) -> None:
    """Let Lark tell of records that were added, edited and deleted, of one of ours that is gone, of a column.

    It returns when nobody takes a deletion back any more.
    """
    lark, events = LarkTables(world), world.simulators.openapi.events
    world.simulators.openapi.files.subscribed.add(APP_TOKEN)
    events.secrets = FIRST_SECRETS
    events.post = lambda headers, body: world.receive(request("POST /webhook/event", body, headers)).status
    for code in ("E0", "E1"):
        lark.put(MIRROR, f"recNew{name}", code=code)
    lark.put(MIRROR, f"recGone{name}", code="E2")
    lark.delete(MIRROR, f"recGone{name}")
    lark.pushed(f"row-{name}", f"recOurs{name}")
    lark.rename_column(MIRROR, "fldClassTitle", f"Tên {name}")
    events.deliver_due()
    events.stop()
    world.clock.advance(seconds=UNDO.total_seconds())


def walk_feed(stage: Stage, form: Event) -> None:
    """Post a form that feeds a table, and one that should and cannot."""
    for tables in (FED_TABLES, ""):
        with stage.started(tables=tables, FORM_FEEDS=FORM_FEEDS, LARK_TABLES=FED_PLACES):
            stage.invoke(form)


def walk_rows(stage: Stage, rows: Mapping[str, Sequence[str]], key: str) -> None:
    """List rows of both kinds in every way, and look at one that Lark has."""
    for table, status in ((MIRROR, "quarantined"), (SOURCE, "rejected")):
        listing = authorized(stage.samples["list_rows"], key) | {"pathParameters": path(table)}
        for query in ({}, {"status": status}):
            stage.invoke(listing | {"queryStringParameters": query})
    one = authorized(stage.samples["get_row"], key)
    stage.invoke(one | {"pathParameters": path(MIRROR, rows[MIRROR][0])})


def authorized(event: Event, key: str) -> Event:
    """Return a request with an API key."""
    return event | {"headers": event["headers"] | {"x-api-key": key}}


def walk_sync_mirrors(stage: Stage) -> None:
    """Pull for the first time, what has changed, what is gone, with other columns, and with Lark down."""
    lark, clock = LarkTables(stage.world), stage.world.clock
    scheduled, nightly = stage.samples["scheduled"], stage.samples["nightly"]
    rows = [f"rec{number}" for number in range(20)]
    with stage.started():
        for _ in range(2):
            stage.invoke(scheduled)
        for row in rows:
            lark.put(MIRROR, row, code=row)
        lark.put(MIRROR, "recNoKey", title="Không có mã")
        clock.advance(minutes=20)
        stage.invoke(scheduled)
        lark.delete(MIRROR, rows[0])
        clock.advance(minutes=20)
        stage.invoke(nightly)
        lark.delete(MIRROR, *rows)
        lark.remove_column(MIRROR, "fldSeats")
        stage.invoke(nightly)
        stage.world.simulators.openapi.faults["base"].set(DOWN)
        stage.invoke(nightly)


def walk_push_sources(stage: Stage) -> None:
    """Push what is new, changed and deleted; with answers lost, rows refused, and Lark meddled with."""
    lark, clock = LarkTables(stage.world), stage.world.clock
    scheduled, nightly, woken = (stage.samples[one] for one in ("scheduled", "nightly", "row_changed"))
    writes = stage.world.simulators.openapi.faults["base/writes"]
    with stage.started():
        stage.invoke(scheduled)
        for number in range(20):
            lark.write(f"HV-{number}", studentName="An")
        writes.set(Fault("answer_lost", times=1))
        stage.invoke(woken)
        lark.write("HV-1", studentName="Bình")
        lark.remove("HV-2")
        stage.invoke(scheduled)
        lark.write("HV-refused", studentName="Chi")
        writes.set(Fault("error_code", code=ErrorCode.TextFieldConvFail, times=1))
        stage.invoke(scheduled)
        clock.advance(minutes=5)
        first, second, *_ = lark.records(SOURCE)
        lark.put(SOURCE, first, studentId="HV-of-another")
        lark.delete(SOURCE, second)
        lark.put(SOURCE, "recStranger", studentName="Người lạ")
        stage.invoke(nightly)
        lark.write("HV-down")
        writes.set(DOWN)
        stage.invoke(scheduled)
