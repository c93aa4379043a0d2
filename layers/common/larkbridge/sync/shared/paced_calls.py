"""Calls to Lark within a run: below the published rate, and patient where Lark asks for it."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from larkbridge.clock import Clock
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.error_codes import WRITE_CONFLICT
from larkbridge.work.outcome import RATE_LIMITED, Verdict
from larkbridge.work.pacer import Pacer

TRIES = 6
NOT_READY = "data_not_ready"
_PASSING = frozenset({RATE_LIMITED, WRITE_CONFLICT, NOT_READY})
"""What Lark says when it would take the same call in a moment."""


class TimeUpError(Exception):
    """There is no time left for another call; nothing was sent."""


class PacedCalls:
    """Makes calls of one kind, one after another.

    Parameters
    ----------
    per_second
        What Lark publishes for this kind.
    stop_at
        No call is begun after it.
    gap
        Seconds between the end of a call and the start of the next.
    """

    def __init__(
        self, clock: Clock, rng: random.Random, per_second: int, stop_at: datetime, *, gap: float = 0
    ) -> None:
        self._clock = clock
        self._rng = rng
        self._pacer = Pacer(per_second, None)
        self._stop_at = stop_at
        self._gap = timedelta(seconds=gap)
        self._not_before = clock.now()

    def make[T](self, call: Callable[[], T], *, repeatable: bool) -> T:
        """Return what `call` does, once Lark takes it.

        Parameters
        ----------
        repeatable
            Whether it may be made a second time when no answer tells what became of the first.

        Raises
        ------
        LarkApiError
            When Lark goes on refusing, or for a reason that does not pass in a moment.
        TimeUpError
            When the call would come too late.
        """
        for left in reversed(range(TRIES)):
            self.wait()
            try:
                return self._timed(call)
            except LarkApiError as error:
                outcome = error.outcome
                unknown = repeatable and outcome.verdict is Verdict.UNKNOWN
                if left == 0 or not (outcome.reason in _PASSING or unknown):
                    raise
                wait = self._rng.uniform(0.5, 1) * (TRIES - left)
                later = self._clock.now() + timedelta(seconds=max(outcome.retry_after or 0, wait))
                if later > self._stop_at:
                    raise
                self._not_before = later
        raise AssertionError("unreachable")

    def wait(self) -> None:
        """Wait until the next call may be made; raises TimeUpError when that would be too late."""
        moment = max(self._pacer.next_turn(self._clock.now()), self._not_before)
        if moment > self._stop_at:
            raise TimeUpError
        self._clock.sleep(max(0.0, (moment - self._clock.now()).total_seconds()))

    def _timed[T](self, call: Callable[[], T]) -> T:
        started = self._clock.now()
        try:
            return call()
        finally:
            ended = self._clock.now()
            self._pacer.note(started, ended)
            self._not_before = ended + self._gap
