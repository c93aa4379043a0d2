"""Pulling a table out of Lark: page after page, what a page asks for written together with how far we are.

A pull may stop anywhere. It goes on where its last checkpoint was written, and what came after that is read
once more: taking a record twice changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from larkbridge.clock import Clock, to_text
from larkbridge.errors import TransactionRefusedError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.base import BaseTable, Found, Page, Record, Sort
from larkbridge.lark.codes import ANSWER_TOO_LARGE
from larkbridge.lark.limits import MAX_BATCH_GET, MAX_PAGE
from larkbridge.lark.values import FieldType
from larkbridge.store.sync_progress import FULL, INCREMENTAL, Pull
from larkbridge.store.sync_progress_store import SyncStateStore
from larkbridge.store.table import Action
from larkbridge.store.transactions import write_what_holds
from larkbridge.sync.base.calls import Calls, TimeUpError
from larkbridge.sync.base.rows import Schema
from larkbridge.sync.state.digests import Digests

REPLICA_LAG = timedelta(minutes=1)
"""So long Lark may answer without a change that it has accepted."""
MAX_LOST_SHARE = 0.2
MAX_LOST_ROWS = 10
_CHECKPOINT_ROWS = 90
_CHECKPOINT_PAGES = 25


class LeaseLostError(Exception):
    """Somebody else works on the table now; nothing that was not checkpointed is lost."""


@dataclass(slots=True)
class Taken:
    """What a page of records asks for; `quarantined` of them do not fit."""

    actions: list[Action] = field(default_factory=list[Action])
    quarantined: int = 0


type Take = Callable[[Sequence[Record], Digests, str], Taken]
"""Compares records, read at a time, with what is known, and returns what must be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One run's right to work on one table, and what it needs for that.

    `calls` are searches, `looks` are batch_gets: Lark counts them apart.
    """

    schema: Schema
    lark: BaseTable
    calls: Calls
    looks: Calls
    states: SyncStateStore
    fence: int
    clock: Clock

    @property
    def name(self) -> str:
        return self.schema.table.name

    def write(self, actions: Sequence[Action], *, final: Sequence[Action] = ()) -> int:
        """Do what holds of some writes, and return how many that are; raises LeaseLostError."""
        return sum(self.write_each(actions, final=final))

    def write_each(self, actions: Sequence[Action], *, final: Sequence[Action] = ()) -> list[bool]:
        """Do what holds of some writes, and return for each whether it does; raises LeaseLostError."""
        guard = [self.states.change_action(self.name, self.fence, {})]
        try:
            return write_what_holds(actions, final=final, guard=guard, sleep=self.clock.sleep)
        except TransactionRefusedError:
            raise LeaseLostError(self.name) from None

    def checkpoint(self, pull: Pull) -> Action:
        """Return the note of how far a pull is."""
        return self.states.change_action(self.name, self.fence, {"pull": pull.to_record()})


class PullRun:
    """As much of one pull as fits in one run.

    Parameters
    ----------
    since
        The end of an incremental pull: what was modified before it is known.
    """

    def __init__(
        self, turn: Turn, pull: Pull, known: Digests, take: Take, sort: Sort | None, since: datetime | None
    ) -> None:
        self.pull = pull
        self.known = known
        self._turn = turn
        self._take = take
        self._sort = sort
        self._since = since
        self._actions: list[Action] = []
        self._seen: list[str] = []
        self._pages = 0
        for record_id in turn.states.seen(turn.name, pull):
            known.see(record_id)

    def read(self) -> None:
        """Read to the last page.

        Raises
        ------
        TimeUpError, LarkApiError
            When the rest must wait; what has been read is written.
        LeaseLostError
            When the rest is somebody else's.
        """
        while not self.pull.ended:
            read_at = to_text(self._turn.clock.now())
            try:
                page = self._page()
            except (TimeUpError, LarkApiError):
                self._flush()
                raise
            self._note(page, read_at)
            if len(self._actions) >= _CHECKPOINT_ROWS or self._pages >= _CHECKPOINT_PAGES or self.pull.ended:
                self._flush()

    def _page(self) -> Page:
        """Return the next page; one that is too large makes the pull begin again with smaller ones."""
        pull = self.pull
        try:
            return self._turn.calls.make(
                lambda: self._turn.lark.search(
                    columns=self._turn.schema.columns,
                    sort=self._sort,
                    page_size=pull.page_size,
                    page_token=pull.token,
                ),
                repeatable=True,
            )
        except LarkApiError as error:
            if error.outcome.reason != ANSWER_TOO_LARGE or pull.page_size == 1:
                raise
        self.pull = replace(pull, token=None, page_size=pull.page_size // 2, read=0, quarantined=0)
        return self._page()

    def _note(self, page: Page, read_at: str) -> None:
        taken = self._take(page.records, self.known, read_at)
        self._actions += taken.actions
        self._seen += [record.record_id for record in page.records]
        self._pages += 1
        self.pull = replace(
            self.pull,
            token=page.next_token,
            total=page.total,
            read=self.pull.read + len(page.records),
            quarantined=self.pull.quarantined + taken.quarantined,
            ended=page.next_token is None or self._is_known(page.records),
        )

    def _is_known(self, records: Sequence[Record]) -> bool:
        if self._since is None or not records:
            return False
        modified_at = records[-1].modified_at
        return modified_at is not None and modified_at < self._since

    def _flush(self) -> None:
        """Write what is due, and with its last part how far the pull is."""
        if not self._pages:
            return
        final = []
        if self.pull.mode == FULL:
            final.append(self._turn.states.seen_action(self._turn.name, self.pull, self._seen))
            self.pull = replace(self.pull, parts=self.pull.parts + 1)
        done = self._turn.write(self._actions, final=[self._turn.checkpoint(self.pull), *final])
        self.pull = replace(self.pull, written=self.pull.written + done)
        self._actions, self._seen, self._pages = [], [], 0

    def doubt(self, gone: str) -> str | None:
        """Return why the rows that were not seen are not to be taken for deleted; None lets them be.

        Parameters
        ----------
        gone
            The hash of rows that are deleted already.
        """
        if self.pull.accept_deletions:
            return None
        before = self.known.count(gone)
        lost = sum(1 for _ in self.known.unseen(gone))
        if lost and self.pull.read == 0:
            return "Lark answered without any record"
        if self.pull.mode != FULL:
            return None
        if self.pull.read < self.pull.total:
            return f"Lark has {self.pull.total} records and answered with {self.pull.read}"
        if lost > max(MAX_LOST_ROWS, before * MAX_LOST_SHARE):
            return f"{lost} of {before} rows are missing in Lark"
        return None

    def confirmed(self, gone: str) -> Iterator[tuple[Found, str]]:
        """Ask Lark for every row that was not seen, and yield what it says, and when."""
        unseen = list(self.known.unseen(gone))
        for start in range(0, len(unseen), MAX_BATCH_GET):
            asked, read_at = unseen[start : start + MAX_BATCH_GET], to_text(self._turn.clock.now())
            found = self._turn.looks.make(lambda asked=asked: self._turn.lark.get(asked), repeatable=True)
            yield found, read_at


def begin(mode: str, number: int, schema: Schema, now: datetime, *, accept_deletions: bool) -> Pull:
    """Return a pull of which nothing has been done."""
    return Pull(
        mode=mode,
        number=number,
        started_at=to_text(now),
        fingerprint=schema.fingerprint,
        page_size=MAX_PAGE,
        accept_deletions=accept_deletions,
    )


def order(schema: Schema, pull: Pull) -> Sort | None:
    """Return the order of a pull's pages, None for Lark's own where the table has no time to go by."""
    if pull.mode == INCREMENTAL:
        column = schema.column_of(FieldType.MODIFIED_TIME)
        return None if column is None else Sort(column, descending=True)
    column = schema.column_of(FieldType.CREATED_TIME)
    return None if column is None else Sort(column)
