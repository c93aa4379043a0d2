"""The case of a parent, in the columns of staff in Lark: its status and a note, once somebody has agreed.

A change is a delivery, so that it arrives though Lark is down or has no record of the form yet. The Audit
table has a line for it, and another when it is taken back.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from larkbridge.agent.pending.agreed_change import Change, NotDoneError, Step
from larkbridge.clock import HO_CHI_MINH, from_text
from larkbridge.errors import NotConfiguredError
from larkbridge.lark.base import Base
from larkbridge.lark.client import LarkClient
from larkbridge.lark.plain_values import ValueMismatchError
from larkbridge.routes import Scope
from larkbridge.store.audit_entries import AuditEntry, AuditStore
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.sync.config.registered import Registered
from larkbridge.sync.config.synced_table import CaseColumns, SyncedTable
from larkbridge.targets.case_note import CaseChange, new_case_change, status_in

SET_CASE = "set_case"
TAKEN_BACK = "set_case_undone"
"""What the Audit table calls it when a change is taken back."""


class CasePlace(NamedTuple):
    """Where the cases of a form stand."""

    table: SyncedTable
    columns: CaseColumns


class Cases:
    """Finds cases in Lark."""

    def __init__(self, lark: LarkClient, rows: SourceRowStore, tables: Registered) -> None:
        self._base = Base(lark)
        self._rows = rows
        self._tables = tables

    def statuses(self) -> Mapping[str, tuple[str, ...]]:
        """Return by form what a case's status may be set to; no form where `tables.toml` names no case."""
        try:
            tables = self._tables.all().connected
        except NotConfiguredError:
            return {}
        return {str(table.feed): table.case.values for table in tables if table.case}

    def place(self, form_type: str) -> CasePlace | None:
        """Return where the cases of a form stand, if anywhere; raises NotConfiguredError."""
        table = self._tables.all().case_table(form_type)
        return CasePlace(table, table.case) if table and table.case else None

    def status(self, place: CasePlace, row_id: str) -> str | None:
        """Return a case's status, empty for none or no record as yet; None when it has no row.

        A request, and a call of Lark's. Raises LarkApiError, and ValueMismatchError when the column cannot
        be a status.
        """
        row = self._rows.get(place.table.name, row_id)
        if row is None or row.deleted:
            return None
        if row.lark_record_id is None:
            return ""
        table = self._base.table(place.table.app_token, place.table.table_id)
        return status_in(table.get_one(row.lark_record_id).fields, place.columns.status)


class CaseChanges:
    """Changes cases for a person who has agreed and may `write`."""

    def __init__(self, cases: Cases, deliveries: DeliveryStore, audit: AuditStore) -> None:
        self._cases = cases
        self._deliveries = deliveries
        self._audit = audit

    def changes(self) -> Mapping[str, Change]:
        """Return what the tool does once somebody has agreed."""
        return {SET_CASE: Change(self._set, self._take_back, needs=Scope.WRITE)}

    def _set(self, step: Step) -> str:
        """Store the change and who made it, if the case is still as the card said.

        That is looked at once: a press that comes again finds its own change there, or somebody's later one.
        """
        if "change" not in step.progress:
            step.note({"change": self._checked(step)})
        self._store(step, SET_CASE, step.progress["change"])
        return ""

    def _take_back(self, step: Step) -> None:
        self._store(step, TAKEN_BACK, step.progress["change"] | {"taken_back": True})

    def _checked(self, step: Step) -> dict[str, Any]:
        """Return the change; raises NotDoneError when it is not to be made."""
        known, at = step.arguments, _moment(step)
        try:
            place = self._cases.place(known["form_type"])
        except NotConfiguredError:
            place = None
        if place is None or known["status"] not in place.columns.values:
            raise NotDoneError("no_case")
        try:
            status = self._cases.status(place, known["submission_id"])
        except ValueMismatchError:
            status = None
        if status is None:
            raise NotDoneError("no_case")
        if status not in (known["before"], known["status"]):
            raise NotDoneError("changed")
        written_at = from_text(at).astimezone(HO_CHI_MINH)
        return {
            "change_id": step.action.pending_id,
            "at": at,
            "table": place.table.name,
            "row_id": known["submission_id"],
            "app_token": place.table.app_token,
            "table_id": place.table.table_id,
            "status_column": place.columns.status,
            "note_column": place.columns.note,
            "status": known["status"],
            "before": known["before"],
            "line": f"{written_at:%Y-%m-%d %H:%M}, {known['name']}: {known['note']}",
        }

    def _store(self, step: Step, what: str, change: Mapping[str, Any]) -> None:
        at = from_text(_moment(step))
        self._deliveries.add(new_case_change(CaseChange(**change), at))
        subject = step.arguments["submission_id"]
        self._audit.add(AuditEntry(at=at, who=step.action.asker, what=what, subject=subject))


def _moment(step: Step) -> str:
    """Return when this step was agreed to: the same for each press."""
    return step.action.moved_at or step.action.asked_at
