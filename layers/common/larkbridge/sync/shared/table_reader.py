"""Reading a table of Lark page by page; with the writes of each page goes the note of how far the reading is.

A run may stop anywhere. The next one goes on at the last checkpoint, and reads once more what came after it:
to handle a record twice changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import batched
from typing import Any

from larkbridge.clock import to_text
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.base import BaseRecord, Found, RecordPage
from larkbridge.lark.error_codes import ANSWER_TOO_LARGE
from larkbridge.lark.limits import MAX_BATCH_GET, MAX_PAGE
from larkbridge.lark.record_filter import Sort
from larkbridge.store.sync_progress import FULL, PullProgress, SyncState
from larkbridge.store.table import Action
from larkbridge.sync.shared.digests import Digests
from larkbridge.sync.shared.paced_calls import TimeUpError
from larkbridge.sync.shared.schema import Schema
from larkbridge.sync.shared.table_run import TableRun

MAX_LOST_SHARE = 0.2
MAX_LOST_ROWS = 10
_CHECKPOINT_ROWS = 90
_CHECKPOINT_PAGES = 25


@dataclass(slots=True)
class PageWrites:
    """What must be written for a page of records; `quarantined` of them do not fit."""

    actions: list[Action] = field(default_factory=list[Action])
    quarantined: int = 0


type Compare = Callable[[Sequence[BaseRecord], Digests, str], PageWrites]
"""Compares records, read at a time, with the known rows, and returns what must be written."""


class TableReader:
    """Reads a table as far as one run gets.

    Parameters
    ----------
    pull
        Where the reading goes on.
    since
        Where an incremental pull ends: records modified before that are known.
    """

    def __init__(
        self,
        run: TableRun,
        pull: PullProgress,
        known: Digests,
        compare: Compare,
        *,
        sort: Sort | None = None,
        since: datetime | None = None,
    ) -> None:
        self.pull = pull
        self.known = known
        self._run = run
        self._compare = compare
        self._sort = sort
        self._since = since
        self._actions: list[Action] = []
        self._seen: list[str] = []
        self._pages = 0
        for record_id in run.states.seen(run.name, pull):
            known.see(record_id)

    def read(self) -> None:
        """Read to the last page.

        Raises
        ------
        TimeUpError, LarkApiError
            When the rest must wait; what has been read is written.
        LeaseLostError
            When another run has taken over.
        """
        while not self.pull.ended:
            read_at = to_text(self._run.clock.now())
            try:
                page = self._page()
            except (TimeUpError, LarkApiError):
                self._write()
                raise
            self._note(page, read_at)
            if len(self._actions) >= _CHECKPOINT_ROWS or self._pages >= _CHECKPOINT_PAGES or self.pull.ended:
                self._write()

    def _page(self) -> RecordPage:
        """Return the next page; one that is too large makes the pull begin again with smaller ones."""
        pull = self.pull
        try:
            return self._run.searches.make(
                lambda: self._run.lark.search(
                    columns=self._run.schema.columns,
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

    def _note(self, page: RecordPage, read_at: str) -> None:
        writes = self._compare(page.records, self.known, read_at)
        self._actions += writes.actions
        self._seen += [record.record_id for record in page.records]
        self._pages += 1
        self.pull = replace(
            self.pull,
            token=page.next_token,
            total=page.total,
            read=self.pull.read + len(page.records),
            quarantined=self.pull.quarantined + writes.quarantined,
            ended=page.next_token is None or self._is_known(page.records),
        )

    def _is_known(self, records: Sequence[BaseRecord]) -> bool:
        if self._since is None or not records:
            return False
        modified_at = records[-1].modified_at
        return modified_at is not None and modified_at < self._since

    def _write(self) -> None:
        """Write what is due, and with its last part how far the pull is."""
        if not self._pages:
            return
        run, final = self._run, []
        if self.pull.mode == FULL:
            final.append(run.states.seen_action(run.name, self.pull, self._seen))
            self.pull = replace(self.pull, parts=self.pull.parts + 1)
        done = run.write(self._actions, changes={"pull": self.pull}, final=final)
        self.pull = replace(self.pull, written=self.pull.written + done)
        self._actions, self._seen, self._pages = [], [], 0

    def doubt(self) -> str | None:
        """Return why the rows that were not seen must not be taken for deleted, None when they may be."""
        if self.pull.accept_deletions:
            return None
        before = self.known.count()
        lost = sum(1 for _ in self.known.unseen())
        if lost and self.pull.read == 0:
            return "Lark answered without any record"
        if self.pull.mode != FULL:
            return None
        if self.pull.read < self.pull.total:
            return f"Lark has {self.pull.total} records and answered with {self.pull.read}"
        if lost > max(MAX_LOST_ROWS, before * MAX_LOST_SHARE):
            return f"{lost} of {before} rows are missing in Lark"
        return None

    def look_up_unseen(self) -> Iterator[tuple[Found, str]]:
        """Ask Lark for the record of every row that was not seen; yields each answer and its time."""
        for ids in batched(list(self.known.unseen()), MAX_BATCH_GET, strict=False):
            read_at = to_text(self._run.clock.now())
            found = self._run.batch_gets.make(lambda ids=ids: self._run.lark.get(ids), repeatable=True)
            yield found, read_at


def pull_to_continue(state: SyncState, schema: Schema) -> PullProgress | None:
    """Return the pull that is under way; None when a request or other columns make it begin again."""
    pull = state.pull
    is_current = pull is not None and pull.fingerprint == schema.fingerprint and state.requested != FULL
    return pull if is_current else None


def new_pull(state: SyncState, mode: str, schema: Schema, now: datetime) -> PullProgress:
    """Return a pull that has not begun; it believes deletions if the one before it or a request does."""
    before = state.pull
    last_number = before.number if before else (state.last_pull or {}).get("number", 0)
    return PullProgress(
        mode=mode,
        number=last_number + 1,
        started_at=to_text(now),
        fingerprint=schema.fingerprint,
        page_size=MAX_PAGE,
        accept_deletions=state.accept_deletions or bool(before and before.accept_deletions),
    )


def begin_again(*, accept_deletions: bool) -> dict[str, Any]:
    """Return what must change in a table's state to give up its pull and begin a full one."""
    accepted = {"accept_deletions": True} if accept_deletions else {}
    return {"pull": None, "requested": FULL, **accepted}
