"""Sets a case's status and adds a note to it, in the columns of staff in Lark Base."""

from collections.abc import Mapping, Sequence
from copy import replace
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from larkbridge.clock import Clock
from larkbridge.errors import AwsUnavailableError
from larkbridge.lark import cell_formats
from larkbridge.lark.api_error import LarkApiError, RecordNotFoundError
from larkbridge.lark.base import Base
from larkbridge.lark.cell_formats import FieldType, ValueMismatchError
from larkbridge.observability import logger
from larkbridge.store.button_results import ButtonResultStore, Place, Result
from larkbridge.store.deliveries import Delivery
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.targets.lark_record import may_have_written, unavailable, unsettled
from larkbridge.targets.policies import DELIVERY
from larkbridge.targets.target import Origin
from larkbridge.work.attempts import Attempted
from larkbridge.work.outcome import Outcome, Verdict
from larkbridge.work.policy import Policy

TURN = timedelta(minutes=2)
"""Longer than an attempt, and what it sends without an answer, may take."""
SHOWN_AFTER = timedelta(seconds=10)
"""So long what was written may not show yet (Lark's FAQ of Base: "some seconds")."""

_HOLDS, _TAKEN_BACK = "holds", "taken back"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """What is done to a case, or taken back.

    Attributes
    ----------
    change_id
        Of both, doing it and taking it back.
    at
        When it was agreed to, a stored text; the later of two changes says what the status is.
    table, row_id
        Our row, which knows the record.
    before
        The status as it was, empty for none.
    line
        The note, one line that tells who has written it and when.
    """

    change_id: str
    at: str
    table: str
    row_id: str
    app_token: str
    table_id: str
    status_column: str
    note_column: str
    status: str
    before: str
    line: str = field(repr=False)
    taken_back: bool = False

    @property
    def place(self) -> Place:
        """What all changes of a case have in common, whichever record it has at the moment."""
        return Place(
            app_token=self.app_token,
            table_id=self.table_id,
            record_id=self.row_id,
            field=self.note_column,
        )

    @property
    def version(self) -> str:
        """Sorts as the changes of a case follow one another, each before its being taken back."""
        return f"{self.at}#{self.change_id}" + ("#1" if self.taken_back else "#0")

    @property
    def state(self) -> Result:
        """What is stored of it."""
        text = _TAKEN_BACK if self.taken_back else _HOLDS
        return Result(owner=self.change_id, version=self.version, text=text)


class CaseNote:
    """Brings a case to what was agreed; doing it twice is doing it once.

    Whether a change holds or is taken back is stored first. Then one attempt at a time reads the record and
    writes what it lacks: a line that stands there is not added again, and the status is that of the last
    change that holds. What staff write at the very moment between reading and writing is lost.
    """

    name: ClassVar[str] = "case-note"
    policy: ClassVar[Policy] = replace(DELIVERY, margin=timedelta(seconds=50))

    def __init__(
        self, base: Base, rows: SourceRowStore, states: ButtonResultStore, clock: Clock, *, configured: bool
    ) -> None:
        self._base = base
        self._rows = rows
        self._states = states
        self._clock = clock
        self.configured = configured

    def requests_per_second(self) -> int:
        return 5

    def send(self, delivery: Delivery) -> Outcome:
        change = CaseChange(**delivery.content)
        try:
            is_newest = self._states.put(change.place, change.state, self._clock.now())
            if not is_newest and not may_have_written(delivery):
                return Outcome(verdict=Verdict.OK, reason="superseded")
            row = self._rows.get(change.table, change.row_id)
            if row is None or row.deleted or row.lark_record_id is None:
                return _without_record(change, is_gone=row is None or row.deleted)
            return self._in_turn(delivery.delivery_id, change, row.lark_record_id)
        except AwsUnavailableError as error:
            return unavailable(error)

    def follow_ups(self, delivery: Delivery, attempted: Attempted) -> Sequence[Delivery]:
        return []

    def _in_turn(self, holder: str, change: CaseChange, record_id: str) -> Outcome:
        """Write while no other attempt at this case does."""
        now = self._clock.now()
        if not self._states.take_turn(change.place, holder, now, now + TURN):
            return Outcome(
                verdict=Verdict.RETRY, reason="another_change", retry_after=SHOWN_AFTER.total_seconds()
            )
        outcome = self._write(change, record_id)
        if outcome.verdict is Verdict.UNKNOWN:
            return outcome  # it may still come about: the turn is kept
        has_written = outcome.reason == "updated"
        until = self._clock.now() + (SHOWN_AFTER if has_written else timedelta())
        try:
            self._states.end_turn(change.place, holder, until)
        except AwsUnavailableError as error:
            logger.warning("turn not ended", reason=error.message)
        return outcome

    def _write(self, change: CaseChange, record_id: str) -> Outcome:
        """Write what the record lacks."""
        table = self._base.table(change.app_token, change.table_id)
        states = self._states.results(change.place)
        try:
            fields = _lacking(change, states, table.get_one(record_id).fields)
            if fields:
                table.update(record_id, fields)
        except RecordNotFoundError as error:
            return _gone(change, error.outcome)
        except ValueMismatchError:
            return Outcome(verdict=Verdict.REJECT, reason="wrong_field_type")
        except LarkApiError as error:
            return unsettled(error.outcome, has_written=False)
        return Outcome(verdict=Verdict.OK, reason="updated" if fields else "up_to_date")


def new_case_change(change: CaseChange, moment: datetime) -> Delivery:
    """Return the delivery of a change that somebody has agreed to now; its id follows from the change's."""
    origin = Origin((change.change_id, change.state.text), change.change_id, moment)
    return origin.delivery(CaseNote, "lark-cases", asdict(change))


def status_in(cells: Mapping[str, Any], column: str) -> str:
    """Return what stands in a column of text or of one choice, empty for nothing.

    Raises
    ------
    ValueMismatchError
        When the column is of another type.
    """
    return cell_formats.read(FieldType.TEXT, cells.get(column)) or ""


def _lacking(change: CaseChange, states: Sequence[Result], cells: Mapping[str, Any]) -> dict[str, str | None]:
    """Return what must be written, by column."""
    own = next(state for state in states if state.owner == change.change_id)
    is_last = not any(state.text == _HOLDS and state.version > own.version for state in states)
    status, notes = status_in(cells, change.status_column), status_in(cells, change.note_column)
    lines, fields = notes.split("\n") if notes else [], dict[str, str | None]()
    if own.text == _HOLDS:
        if is_last and status != change.status:
            fields[change.status_column] = change.status
        if change.line not in lines:
            fields[change.note_column] = "\n".join([*lines, change.line])
        return fields
    if is_last and status == change.status != change.before:
        fields[change.status_column] = change.before or None
    if change.line in lines:
        lines.remove(change.line)
        fields[change.note_column] = "\n".join(lines) or None
    return fields


def _without_record(change: CaseChange, *, is_gone: bool) -> Outcome:
    """Return what becomes of a case that Lark has no record of: one that is to come is waited for."""
    if change.taken_back:
        return Outcome(verdict=Verdict.OK, reason="nothing_to_take_back")
    if is_gone:
        return Outcome(verdict=Verdict.REJECT, reason="row_not_found")
    return Outcome(verdict=Verdict.RETRY, reason="no_record_yet")


def _gone(change: CaseChange, outcome: Outcome) -> Outcome:
    """Return what becomes of a record that Lark misses; it may be new, or about to be made again."""
    if change.taken_back:
        return Outcome(verdict=Verdict.OK, reason="nothing_to_take_back")
    return outcome._replace(verdict=Verdict.RETRY, refused=True)
