"""What an admin can see of one kind of work, and do about what is not done."""

import itertools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from larkbridge.admin.paging import MAX_SCANNED, Scan, from_cursor, page
from larkbridge.admin.requests import Many, Page
from larkbridge.clock import Clock
from larkbridge.errors import ConflictError, NotFoundError
from larkbridge.outbox import states
from larkbridge.outbox.policy import Policy
from larkbridge.outcome import Verdict
from larkbridge.shapes import Count, Cursor, Moment, Note
from larkbridge.store.work import Status, Work
from larkbridge.store.work_store import WorkStore

MAX_COUNTED = 10_000
"""A dry run looks at so many entries."""

RETRYABLE = (Status.FAILED, Status.DEAD)


class LastError(TypedDict):
    reason: Annotated[str, Note(examples=["rate_limited"])]
    message: NotRequired[str]
    hint: NotRequired[Annotated[str, Note("What a person can do about it, where Lark is the other side.")]]


class Progress(TypedDict):
    attemptCount: Count
    nextAttemptAt: Moment | None
    lastError: LastError | None


class Attempt(TypedDict):
    number: Annotated[int, Note(minimum=1)]
    startedAt: Moment
    verdict: Annotated[str, Note(enum=[*Verdict])]
    reason: str
    endedAt: NotRequired[Moment]
    message: NotRequired[str]
    httpStatus: NotRequired[int]
    larkCode: NotRequired[int]
    larkLogId: NotRequired[str]
    retryAfter: NotRequired[Annotated[float, Note("Seconds that the other side asked for.")]]


class MatchCount(TypedDict):
    dryRun: Literal[True]
    matched: Annotated[int, Note(f"Among at most {MAX_COUNTED:,} entries.", minimum=0)]
    cursor: Cursor


Skipped = Annotated[int, Note("Moved on meanwhile.", minimum=0)]


def words(kind: type[Work], statuses: Sequence[Status]) -> Note:
    """Return the statuses of one kind of work in its own words."""
    return Note(enum=[kind.SHAPE.words.get(status, str(status)) for status in statuses])


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter[W: Work]:
    """Which work: its partitions, its statuses and, beyond those, what `matches`.

    `since` and `before` bound its sort keys; the first is among them, the second is not.
    """

    partitions: Collection[str]
    statuses: Collection[Status]
    matches: Callable[[W], bool] = lambda _: True
    since: str = ""
    before: str | None = None

    def takes(self, work: W) -> bool:
        return work.status in self.statuses and self.matches(work)


class WorkAdmin[W: Work]:
    """The admin's view of one table of work.

    Parameters
    ----------
    summary
        Returns what lists show of one.
    again
        The move that takes one up again, of `outbox.states`; it raises ConflictError.
    noun, done
        Name one in messages, and in answers what happened to it.
    """

    def __init__(
        self,
        store: WorkStore[W],
        policy: Policy,
        clock: Clock,
        *,
        summary: Callable[[W], dict[str, Any]],
        again: Callable[..., states.Change],
        noun: str,
        done: str,
    ) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._summary = summary
        self._again = again
        self._noun = noun
        self._done = done

    def get(self, work_id: str) -> W:
        """Return one whole; raises NotFoundError."""
        work = self._store.get(work_id)
        if work is None:
            raise NotFoundError(f"there is no such {self._noun}")
        return work

    def page(self, wanted: Filter[W], asked: Page) -> dict[str, Any]:
        """Return one page of summaries, newest first."""
        return page(self._scan(wanted, asked.cursor, asked.limit, MAX_SCANNED), self._summary)

    def take_up(self, work_id: str) -> dict[str, Any]:
        """Make one due now; it is taken up within a minute.

        Raises
        ------
        NotFoundError, ConflictError
            When there is none, or it cannot be taken up now.
        """
        return self._summary(self._make_due(self.get(work_id)))

    def take_up_many(self, wanted: Filter[W], asked: Many) -> dict[str, Any]:
        """Make up to `limit` due now, newest first, or count them in a dry run.

        Safe to repeat. Those that move on meanwhile are left alone and counted as skipped. The cursor is
        where to go on, None when everything was looked at.
        """
        if asked.dry_run:
            scan = self._scan(wanted, asked.cursor, MAX_COUNTED, MAX_COUNTED)
            return {"dryRun": True, "matched": sum(1 for _ in scan), "cursor": scan.cursor()}
        scan = self._scan(wanted, asked.cursor, asked.limit, MAX_SCANNED)
        moved = [self._is_made_due(work) for work in scan]
        return {
            "dryRun": False,
            self._done: moved.count(True),
            "skipped": moved.count(False),
            "cursor": scan.cursor(),
        }

    def _make_due(self, work: W) -> W:
        return self._store.change(work, self._again(work, self._policy, self._clock.now()).fields)

    def _is_made_due(self, work: W) -> bool:
        try:
            self._make_due(work)
        except ConflictError:
            return False
        return True

    def _scan(self, wanted: Filter[W], cursor: str | None, limit: int, most: int) -> Scan[W]:
        starts = (wanted.before, from_cursor(cursor))
        before = min((one for one in starts if one is not None), default=None)
        found = self._store.listed(wanted.partitions, wanted.statuses, before)
        recent = itertools.takewhile(lambda one: one.sort_key >= wanted.since, found)
        return Scan(recent, lambda one: one.sort_key, limit=limit, most=most, matches=wanted.takes)
