"""Twelve attempts take about three days, spread out, and never sooner than the other side asked."""

import random
from copy import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.clock import from_text
from larkbridge.targets.policies import SUBMISSION
from larkbridge.work import states
from larkbridge.work.outcome import Outcome, Verdict
from larkbridge.work.policy import WAITS
from tests.support.clock import START
from tests.support.submissions import submission_at

FAILED = range(1, SUBMISSION.attempts)
ATTEMPTS = st.sampled_from(FAILED)
STORED = timedelta(milliseconds=1)
"""Moments are stored in milliseconds, the rest of one is cut off."""


class Always(random.Random):
    """Draws the same each time."""

    def __init__(self, drawn: float) -> None:
        super().__init__()
        self._drawn = drawn

    def random(self) -> float:
        return self._drawn


def wait_after(attempt: int, asked: float | None, rng: random.Random) -> timedelta:
    """Return how long work waits after an attempt that failed."""
    outcome = Outcome(verdict=Verdict.RETRY, reason="down", retry_after=asked)
    work = replace(submission_at(0), attempt_count=attempt)
    due = states.record(work, SUBMISSION, outcome, START, rng).fields["next_attempt_at"]
    return from_text(due) - START


def _total(drawn: float) -> timedelta:
    return sum((wait_after(attempt, None, Always(drawn)) for attempt in FAILED), timedelta())


def test_there_are_twelve_attempts() -> None:
    assert SUBMISSION.attempts == 12


def test_they_take_about_three_days_on_average() -> None:
    assert timedelta(days=2.5) < _total(0.5) < timedelta(days=3.5)


def test_they_never_take_six_days() -> None:
    assert _total(1.0) < timedelta(days=6)


def test_waits_get_longer_up_to_two_days() -> None:
    longest = [wait_after(attempt, None, Always(1.0)) for attempt in FAILED]
    assert longest[0] == timedelta(minutes=1)
    assert longest == sorted(longest)
    assert longest[-1] == timedelta(hours=48)


@given(attempt=ATTEMPTS, rng=st.randoms())
def test_wait_is_between_nothing_and_its_ceiling(attempt: int, rng: random.Random) -> None:
    assert timedelta() <= wait_after(attempt, None, rng) <= WAITS[attempt - 1]


@given(attempt=ATTEMPTS, drawn=st.sampled_from([0.0, 0.25, 0.5, 0.75]))
def test_jitter_is_full_and_even(attempt: int, drawn: float) -> None:
    assert timedelta() <= WAITS[attempt - 1] * drawn - wait_after(attempt, None, Always(drawn)) < STORED


@given(attempt=ATTEMPTS, asked=st.floats(0, 48 * 3600), drawn=st.floats(0, 1))
def test_a_wait_that_was_asked_for_is_a_floor(attempt: int, asked: float, drawn: float) -> None:
    wait = max(timedelta(seconds=asked), WAITS[attempt - 1] * drawn)
    assert timedelta() <= wait - wait_after(attempt, asked, Always(drawn)) < STORED


@pytest.mark.parametrize("asked", [48 * 3600, 49 * 3600, 10**9])
def test_at_most_two_days_are_granted(asked: float) -> None:
    assert wait_after(1, asked, Always(0.0)) == timedelta(hours=48)


def test_attempts_beyond_the_last_of_the_waits_wait_as_long_as_that() -> None:
    patient = replace(SUBMISSION, attempts=99, waits=(timedelta(minutes=1), timedelta(minutes=5)))
    waits = [states.wait_after(tried, patient, Always(1.0)) for tried in range(1, 5)]
    assert waits == [timedelta(minutes=1), *[timedelta(minutes=5)] * 3]
