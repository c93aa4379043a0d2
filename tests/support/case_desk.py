"""Staff who may change the cases of parents, and where these stand in simulated Lark."""

from dataclasses import replace
from typing import Any, override

from larkbridge.lark.base import Base
from larkbridge.lark.cell_formats import FieldType
from larkbridge.routes import Scope
from larkbridge.store.button_results import ButtonResultStore
from larkbridge.store.deliveries import Delivery
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.submissions import FormType, Submission
from larkbridge.store.table import Table
from larkbridge.store.work import Status
from larkbridge.sync.config.registered import Registered
from larkbridge.sync.config.synced_table import SyncedTable
from larkbridge.sync.config.table_registry import Registry
from larkbridge.sync.source.local_writes import LocalWrites
from larkbridge.targets.case_note import CaseNote
from larkbridge.work.outcome import Outcome
from sandbox.lark.tables import Field
from tests.support.pending_world import PendingWorld
from tests.support.submissions import submission_at

NEW, CALLED, ENROLLED = "Mới", "Đã gọi", "Đã nhập học"
STATUS, NOTE = "Tình trạng", "Ghi chú của trung tâm"
CASE = f'case = {{ status = "{STATUS}", note = "{NOTE}", values = ["{NEW}", "{CALLED}", "{ENROLLED}"] }}'
TABLES = f"""
[holds]
role = "SOURCE"
key = "id"
feed = "hold"
{CASE}
fields = [{{ name = "id", id = "fldId", column = "Mã", type = "text" }}]
"""
PLACE = ("bascnHolds", "tblHolds")


class GivenTables(Registered):
    """A registry of a text of its own."""

    def __init__(self, text: str = TABLES) -> None:
        self._given = Registry(text, ["holds=" + "/".join(PLACE)])

    @override
    def all(self) -> Registry:
        return self._given


class CaseDesk(PendingWorld):
    """Staff who may `write`, forms with their rows and records, and what sends the changes."""

    def __init__(self, environ: dict[str, str], tables: str = TABLES) -> None:
        registered = GivenTables(tables)
        super().__init__(environ, tables=registered)
        self.scopes = frozenset({Scope.READ, Scope.WRITE})
        self.rows = SourceRowStore(environ["SOURCE_ROWS_TABLE"])
        self._rows_table = Table(environ["SOURCE_ROWS_TABLE"])
        self.states = ButtonResultStore(environ["BUTTON_RESULTS_TABLE"])
        self.table: SyncedTable = registered.named("holds")
        self.bases = self.lark.api.bases
        self._writes = LocalWrites(self.rows, self.lark.clock)
        columns = [
            Field("fldId", "Mã"),
            Field("fldStatus", STATUS, FieldType.SINGLE_SELECT),
            Field("fldNote", NOTE),
        ]
        self.bases.create_table(*PLACE, columns)
        self.target = CaseNote(
            Base(self.lark.client), self.rows, self.states, self.lark.clock, configured=True
        )

    def form(self, *, row: bool = True, record: bool = True, status: str = NEW, note: str = "") -> Submission:
        """Store a form, its row and its record in Lark."""
        stored = replace(submission_at(1, FormType.HOLD), status=Status.SENT)
        self.submissions.add(stored)
        if row:
            self._writes.put(self.table, stored.id, {})
        if row and record:
            self.push(stored, status=status, note=note)
        return stored

    def push(self, form: Submission, record_id: str = "rec1", *, status: str = NEW, note: str = "") -> None:
        """Have a form's row in Lark, with what staff have written there."""
        cells = {"Mã": form.id, STATUS: status or None, NOTE: note or None}
        self.bases.put(*PLACE, record_id, cells)
        row = self.rows.get("holds", form.id)
        assert row is not None
        self._rows_table.write(self.rows.pushed_action(row, record_id, self.lark.clock.now()))

    def remove_row(self, form: Submission) -> None:
        """Delete a form's row here."""
        self._writes.delete(self.table, form.id)

    def write(self, record_id: str = "rec1", **cells: Any) -> None:
        """Write `status` and `note` of a record as staff do."""
        names = {"status": STATUS, "note": NOTE}
        self.bases.put(*PLACE, record_id, {names[name]: value for name, value in cells.items()})

    def shown(self, record_id: str = "rec1") -> tuple[str, list[str]]:
        """Return a record's status and the lines of its note."""
        cells = self.bases.records(*PLACE)[record_id]
        note = "".join(str(part["text"]) for part in cells.get(NOTE) or ())
        return cells.get(STATUS) or "", note.split("\n") if note else []

    def stored_changes(self) -> list[Delivery]:
        """Return the deliveries of changes, whole, the first stored before the others."""
        found = [*self.deliveries.listed(["case-note"], [*Status], None)]
        whole = [self.deliveries.get(one.id) for one in found]
        return [one for one in reversed(whole) if one is not None]

    def send(self, delivery: Delivery) -> Outcome:
        """Attempt one; afterwards time passes until what was written can be read."""
        outcome = self.target.send(delivery)
        self.lark.clock.advance(seconds=15)
        return outcome
