"""One run's calls: below Lark's rate, patient for what passes, and never begun too late."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from larkbridge.lark.api_error import LarkApiError, error_of
from larkbridge.lark.error_codes import WRITE_CONFLICT
from larkbridge.sync.shared.paced_calls import TRIES, PacedCalls, TimeUpError
from larkbridge.work.outcome import RATE_LIMITED, Outcome, Verdict
from tests.support.clock import SimulatedClock


class Lark:
    """Answers calls with these errors, then well, and remembers when it was asked."""

    def __init__(self, clock: SimulatedClock, *errors: LarkApiError, seconds: float = 0) -> None:
        self.asked: list[float] = []
        self._clock = clock
        self._errors = list(errors)
        self._seconds = seconds

    def __call__(self) -> str:
        self.asked.append(self._clock.timestamp())
        self._clock.advance(seconds=self._seconds)
        if self._errors:
            raise self._errors.pop(0)
        return "done"

    @property
    def gaps(self) -> list[float]:
        return [later - earlier for earlier, later in zip(self.asked, self.asked[1:], strict=False)]


def error(verdict: Verdict, reason: str, retry_after: float | None = None) -> LarkApiError:
    return error_of(Outcome(verdict=verdict, reason=reason, retry_after=retry_after))


def calls(clock: SimulatedClock, *, per_second: int = 20, seconds: float = 600, gap: float = 0) -> PacedCalls:
    stop_at = clock.now() + timedelta(seconds=seconds)
    return PacedCalls(clock, random.Random(0), per_second, stop_at, gap=gap)


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


def raised(call: Callable[[], Any]) -> LarkApiError:
    with pytest.raises(LarkApiError) as caught:
        call()
    return caught.value


@pytest.mark.parametrize("reason", [RATE_LIMITED, WRITE_CONFLICT, "data_not_ready"])
def test_what_passes_is_asked_again(clock: SimulatedClock, reason: str) -> None:
    lark = Lark(clock, *[error(Verdict.RETRY, reason)] * (TRIES - 1))
    assert calls(clock).make(lark, repeatable=False) == "done"
    assert len(lark.asked) == TRIES
    assert all(gap >= 0.5 for gap in lark.gaps)
    assert lark.gaps[-1] > lark.gaps[0]


def test_what_does_not_pass_is_given_up(clock: SimulatedClock) -> None:
    lark = Lark(clock, *[error(Verdict.RETRY, RATE_LIMITED)] * 50)
    assert raised(lambda: calls(clock).make(lark, repeatable=True)).outcome.reason == RATE_LIMITED
    assert len(lark.asked) == TRIES


def test_lark_says_how_long_to_wait(clock: SimulatedClock) -> None:
    lark = Lark(clock, error(Verdict.RETRY, RATE_LIMITED, retry_after=37))
    calls(clock).make(lark, repeatable=False)
    assert lark.gaps == [37]


def test_wait_beyond_the_run_is_not_waited(clock: SimulatedClock) -> None:
    lark = Lark(clock, error(Verdict.RETRY, RATE_LIMITED, retry_after=61))
    before = clock.now()
    assert raised(lambda: calls(clock, seconds=60).make(lark, repeatable=True)).outcome.retry_after == 61
    assert clock.now() == before


@pytest.mark.parametrize(
    ("verdict", "reason"), [(Verdict.REJECT, "no_permission"), (Verdict.RETRY, "http_503")]
)
def test_other_refusals_are_told_at_once(clock: SimulatedClock, verdict: Verdict, reason: str) -> None:
    lark = Lark(clock, error(verdict, reason))
    assert raised(lambda: calls(clock).make(lark, repeatable=True)).outcome.reason == reason
    assert len(lark.asked) == 1


def test_unknown_outcome_is_asked_again_only_where_that_does_no_harm(clock: SimulatedClock) -> None:
    unknown = error(Verdict.UNKNOWN, "no_answer")
    write, read = Lark(clock, unknown), Lark(clock, unknown)
    assert raised(lambda: calls(clock).make(write, repeatable=False)) is unknown
    assert len(write.asked) == 1
    assert calls(clock).make(read, repeatable=True) == "done"


def test_calls_keep_below_the_rate(clock: SimulatedClock) -> None:
    lark, made = Lark(clock, seconds=0.01), calls(clock, per_second=5)
    for _ in range(20):
        made.make(lark, repeatable=True)
    assert all(later - earlier > 1 for earlier, later in zip(lark.asked, lark.asked[5:], strict=False))


def test_gap_begins_where_a_call_ends(clock: SimulatedClock) -> None:
    lark, made = Lark(clock, seconds=2), calls(clock, gap=0.5)
    for _ in range(3):
        made.make(lark, repeatable=True)
    assert lark.gaps == pytest.approx([2.5, 2.5])


def test_gap_follows_a_call_that_failed_too(clock: SimulatedClock) -> None:
    lark, made = Lark(clock, error(Verdict.REJECT, "bad_body"), seconds=2), calls(clock, gap=5)
    raised(lambda: made.make(lark, repeatable=True))
    made.make(lark, repeatable=True)
    assert lark.gaps == pytest.approx([7])


def test_call_that_would_begin_too_late_is_not_made(clock: SimulatedClock) -> None:
    lark, made = Lark(clock, seconds=30), calls(clock, seconds=60)
    made.make(lark, repeatable=True)
    made.make(lark, repeatable=True)
    clock.advance(seconds=1)
    with pytest.raises(TimeUpError):
        made.make(lark, repeatable=True)
    assert len(lark.asked) == 2
