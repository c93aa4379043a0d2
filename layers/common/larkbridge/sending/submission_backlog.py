"""The backlog of submissions, which all go to one Lark workflow."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice

from larkbridge.clock import Clock, to_text
from larkbridge.store.submissions import LATER, UNTRIED, Submission, SubmissionStore
from larkbridge.targets.lark_form import LarkForm
from larkbridge.work import states
from larkbridge.work.attempts import Attempts
from larkbridge.work.drain import Drain, Report
from larkbridge.work.due import cut_off, heads, in_turn, survey

_FROM_EACH_END = 3
"""Of a lane, so many are taken before the lanes are looked at anew: what comes in meanwhile has its turn."""

_MEANWHILE = 3
"""Of those that failed, the longest due: a flood of new ones does not shut them out."""


class SubmissionBacklog:
    """Sends the submissions that are due: what nobody has tried to send comes before what failed.

    The forms take turns, and of one form's the newest and the oldest, so that a flood of one form delays
    neither the others nor all who come after it. While there are untried ones, every third turn is for those
    that failed. What came from an address that has sent many has its turn while nothing else is due.
    """

    def __init__(
        self,
        store: SubmissionStore,
        attempts: Attempts[Submission],
        target: LarkForm,
        drain: Drain,
        clock: Clock,
    ) -> None:
        self._store = store
        self._attempts = attempts
        self._target = target
        self._drain = drain
        self._clock = clock

    def run(self, form_types: Collection[str], *, seconds: float) -> Report:
        """Send what is due; see `Drain.run`."""
        ends = self._clock.now() + timedelta(seconds=seconds)
        stop_at = ends - LarkForm.policy.margin
        found = survey(self._store, form_types, LarkForm.policy, "OldestUnsentAge", self._clock, stop_at)
        if not (found.cut_off or any(states.is_due(head, self._clock.now()) for head in found.heads)):
            return Report()
        if not self._target.configured:
            return Report(stopped="not_configured")
        return self._drain.run(
            self._due(found.cut_off, stop_at),
            lambda _: self._attempts,
            LarkForm.destination,
            self._target.requests_per_second,
            ends=ends,
        )

    def _due(self, stopped: Collection[str], stop_at: datetime) -> Iterator[Submission]:
        """Yield what is due, of the `stopped` forms also what their own requests left without an outcome.

        Of the latter one comes after each batch, so that no backlog of the others shuts them out.
        """
        never_recorded = in_turn(
            cut_off(self._store, form, LarkForm.policy, self._clock, stop_at) for form in stopped
        )
        seen = set[str]()
        while batch := [*self._batch(seen), *islice(never_recorded, 1)]:
            for submission in batch:
                seen.add(submission.id)
                yield submission

    def _batch(self, seen: Collection[str]) -> list[Submission]:
        """Return the few that come next."""
        now = self._clock.now()
        lanes = [head.lane for head in heads(self._store) if states.is_due(head, now)]
        look = _Look(self._store, to_text(now), seen)
        later = [lane for lane in lanes if lane.startswith(LATER)]
        untried = [look.both_ends(lane) for lane in lanes if lane.startswith(UNTRIED)]
        tried = lanes[len(untried) : len(lanes) - len(later)]
        others = [look.oldest(lane, _MEANWHILE) if untried else look.both_ends(lane) for lane in tried]
        batch = list({work.id: work for work in in_turn([*untried, *others])}.values())
        return batch or look.any_of(later)


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at lanes, past what the run has taken already."""

    store: SubmissionStore
    now: str
    seen: Collection[str]

    def any_of(self, lanes: Sequence[str]) -> list[Submission]:
        """Return one of these lanes if there is one: whatever comes in meanwhile goes before the next.

        The lanes and their ends take turns, so that nobody's flood hides what others have sent.
        """
        ends = [(lane, newest_first) for lane in lanes for newest_first in (False, True)]
        first = len(self.seen) % max(1, len(ends))
        due = (self._due(lane, 1, newest_first=newest) for lane, newest in [*ends[first:], *ends[:first]])
        return [*islice(chain.from_iterable(due), 1)]

    def both_ends(self, lane: str) -> Iterator[Submission]:
        """Yield the newest and the oldest of a lane in turn, a few of each."""
        return in_turn(
            [self._due(lane, _FROM_EACH_END, newest_first=True), self.oldest(lane, _FROM_EACH_END)]
        )

    def oldest(self, lane: str, count: int) -> Iterator[Submission]:
        """Yield the first few that fell due."""
        return self._due(lane, count, newest_first=False)

    def _due(self, lane: str, count: int, *, newest_first: bool) -> Iterator[Submission]:
        due = self.store.due(lane, self.now, newest_first=newest_first)
        return islice((work for work in due if work.id not in self.seen), count)
