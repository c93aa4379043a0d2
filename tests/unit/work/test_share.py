"""The drain has two of every five seconds to itself, and everybody else the rest."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.work.share import drains_part, others_turn

ROUND = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
"""A round of the clock starts here."""

MOMENTS = st.timedeltas(timedelta(0), timedelta(days=3650)).map(lambda passed: ROUND + passed)


@pytest.mark.parametrize(
    ("seconds", "drains"),
    [(0, True), (1.999, True), (2, False), (4.999, False), (5, True), (6.999, True), (7, False)],
)
def test_first_two_of_five_seconds_are_the_drains(seconds: float, drains: bool) -> None:
    assert drains_part(ROUND + timedelta(seconds=seconds)) is drains


@pytest.mark.parametrize(("seconds", "turn"), [(0, 2), (1.5, 2), (2, 2), (4.9, 4.9), (5, 7)])
def test_the_others_start_after_the_drains_part(seconds: float, turn: float) -> None:
    assert others_turn(ROUND + timedelta(seconds=seconds)) == ROUND + timedelta(seconds=turn)


@given(now=MOMENTS)
def test_nobody_waits_for_more_than_the_drains_part(now: datetime) -> None:
    turn = others_turn(now)
    assert not drains_part(turn)
    assert timedelta(0) <= turn - now <= timedelta(seconds=2)
