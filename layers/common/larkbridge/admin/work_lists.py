"""What an admin can see of one kind of work, and do about what is not done."""

import itertools
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from larkbridge.admin.paging import MAX_SCANNED, Scan, from_cursor, page
from larkbridge.admin.requests import Many, Page
from larkbridge.clock import Clock, to_text
from larkbridge.errors import ConflictError, NotFoundError
from larkbridge.routes import Caller
from larkbridge.shapes import Count, Cursor, Moment, Note
from larkbridge.store.work import Status, Work
from larkbridge.store.work_store import WorkStore
from larkbridge.work import states
from larkbridge.work.moving import Move, moved, requested
from larkbridge.work.outcome import Verdict
from larkbridge.work.policy import Policy

MAX_COUNTED = 10_000
"""A dry run looks at so many entries."""


class RequestedBy(TypedDict):
    """Who has asked for something, by the API key or, in a chat with the bot, as themselves."""

    action: Annotated[str, Note(enum=["retry", "again", "replay", "discard", "restore", "release"])]
    at: Moment
    key: Annotated[str, Note("The key's name; `chat` for somebody who asked the bot.")]
    owner: Annotated[str, Note("Who the key was made for; who asked the bot, by their open id.")]


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
    requestedBy: NotRequired[Annotated[RequestedBy, Note("Who asked for the round that it is of.")]]


class MatchCount(TypedDict):
    dryRun: Literal[True]
    matched: Annotated[int, Note(f"Among at most {MAX_COUNTED:,} entries.", minimum=0)]
    cursor: Cursor


Skipped = Annotated[int, Note("Moved on meanwhile, or cannot be moved now.", minimum=0)]


class RetryReport(TypedDict):
    dryRun: Literal[False]
    retried: Count
    skipped: Skipped
    cursor: Cursor


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
    noun
        Names one in messages.
    """

    def __init__(
        self,
        store: WorkStore[W],
        policy: Policy,
        clock: Clock,
        *,
        summary: Callable[[W], dict[str, Any]],
        noun: str,
    ) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._summary = summary
        self._noun = noun

    def get(self, work_id: str) -> W:
        """Return one whole; raises NotFoundError."""
        work = self._store.get(work_id)
        if work is None:
            raise NotFoundError(f"there is no such {self._noun}")
        return work

    def page(self, wanted: Filter[W], asked: Page) -> dict[str, Any]:
        """Return one page of summaries, newest first."""
        return page(self._scan(wanted, asked.cursor, asked.limit, MAX_SCANNED), self._summary)

    def move(self, work_id: str, move: Move[W], caller: Caller) -> dict[str, Any]:
        """Move one, and note who asked; what becomes due is taken up within a minute.

        Raises
        ------
        NotFoundError, ConflictError
            When there is none, or it cannot be moved now.
        """
        return self._summary(self._moved(self.get(work_id), move, caller))

    def move_many(
        self, wanted: Filter[W] | Collection[str], asked: Many, move: Move[W], caller: Caller
    ) -> dict[str, Any]:
        """Move up to `limit` that match, newest first, or those with some ids, or count them in a dry run.

        Safe to repeat. Those that cannot be moved now, or are not there, are left alone and counted as
        skipped. The cursor is where to go on, None when everything was looked at.
        """
        most, limit = (MAX_COUNTED, MAX_COUNTED) if asked.dry_run else (MAX_SCANNED, asked.limit)
        if isinstance(wanted, Filter):
            scan = self._scan(wanted, asked.cursor, limit, most)
            found, cursor = scan, scan.cursor
        else:
            found, cursor = (self._store.get(work_id) for work_id in dict.fromkeys(wanted)), lambda: None
        if asked.dry_run:
            matched = sum(self._done(work, partial(self._change, move=move)) for work in found)
            return {"dryRun": True, "matched": matched, "cursor": cursor()}
        moved = [self._done(work, partial(self._moved, move=move, caller=caller)) for work in found]
        counts = {move.done: moved.count(True), "skipped": moved.count(False)}
        return {"dryRun": False, **counts, "cursor": cursor()}

    def _moved(self, work: W, move: Move[W], caller: Caller) -> W:
        now = self._clock.now()
        asked = requested(move, at=to_text(now), key=caller.name, owner=caller.owner)
        return moved(self._store, work, move, self._policy, self._clock, asked)

    def _change(self, work: W, move: Move[W]) -> states.Change:
        return move.change(work, self._policy, self._clock.now())

    def _done(self, work: W | None, act: Callable[[W], object]) -> bool:
        if work is None:
            return False
        try:
            act(work)
        except ConflictError:
            return False
        return True

    def _scan(self, wanted: Filter[W], cursor: str | None, limit: int, most: int) -> Scan[W]:
        starts = (wanted.before, from_cursor(cursor))
        before = min((start for start in starts if start is not None), default=None)
        found = self._store.listed(wanted.partitions, wanted.statuses, before)
        recent = itertools.takewhile(lambda work: work.sort_key >= wanted.since, found)
        return Scan(recent, lambda work: work.sort_key, limit=limit, most=most, matches=wanted.takes)


def history(work: Work) -> dict[str, Any]:
    """Return the attempts, and who last asked for something; each of a round that was asked for says by whom.

    An attempt that was cut off is written down by one who does not know who asked for it.
    """
    last = work.requested_by
    attempts = [
        {"requestedBy": last} | attempt if last and attempt["startedAt"] >= last["at"] else attempt
        for attempt in work.attempts
    ]
    return {"requestedBy": last, "attempts": attempts}
