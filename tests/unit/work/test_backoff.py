"""Twelve attempts take about three days, spread out, and never sooner than the other side asked."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.targets.policies import SUBMISSION
from larkbridge.work.backoff import ceiling, delay

WAITS = range(1, SUBMISSION.attempts)
ATTEMPTS = st.sampled_from(WAITS)


class Always(random.Random):
    """Draws the same each time."""

    def __init__(self, drawn: float) -> None:
        super().__init__()
        self._drawn = drawn

    def random(self) -> float:
        return self._drawn


def _total(drawn: float) -> timedelta:
    return sum((delay(attempt, None, Always(drawn)) for attempt in WAITS), timedelta())


def test_there_are_twelve_attempts() -> None:
    assert SUBMISSION.attempts == 12


def test_they_take_about_three_days_on_average() -> None:
    assert timedelta(days=2.5) < _total(0.5) < timedelta(days=3.5)


def test_they_never_take_six_days() -> None:
    assert _total(1.0) < timedelta(days=6)


def test_waits_get_longer_up_to_two_days() -> None:
    longest = [ceiling(attempt) for attempt in WAITS]
    assert longest[0] == timedelta(minutes=1)
    assert longest == sorted(longest)
    assert longest[-1] == timedelta(hours=48)


@given(attempt=ATTEMPTS, rng=st.randoms())
def test_wait_is_between_nothing_and_its_ceiling(attempt: int, rng: random.Random) -> None:
    assert timedelta() <= delay(attempt, None, rng) <= ceiling(attempt)


@given(attempt=ATTEMPTS, drawn=st.sampled_from([0.0, 0.25, 0.5, 0.75]))
def test_jitter_is_full_and_even(attempt: int, drawn: float) -> None:
    assert delay(attempt, None, Always(drawn)) == ceiling(attempt) * drawn


@given(attempt=ATTEMPTS, asked=st.floats(0, 48 * 3600), drawn=st.floats(0, 1))
def test_a_wait_that_was_asked_for_is_a_floor(attempt: int, asked: float, drawn: float) -> None:
    wait = delay(attempt, asked, Always(drawn))
    assert wait == max(timedelta(seconds=asked), ceiling(attempt) * drawn)


@pytest.mark.parametrize("asked", [48 * 3600, 49 * 3600, 10**9])
def test_at_most_two_days_are_granted(asked: float) -> None:
    assert delay(1, asked, Always(0.0)) == timedelta(hours=48)
