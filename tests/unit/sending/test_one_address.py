"""A school behind one address waits for nobody's click; a stranger behind one costs no parent anything."""

import heapq
import math
import random

import pytest

from bench.flood import LIMITS, Play, by_parents, by_strangers, play

SCHOOL = "198.51.100.7"


DRAINS_PART = 2
"""Seconds of five in which only the retry job sends."""


def stored(played: Play) -> int:
    return played.posts - played.refused


@pytest.mark.parametrize("seed", range(3))
def test_300_parents_of_one_address_are_with_lark_in_time(seed: int) -> None:
    rng = random.Random(seed)
    moments = sorted(rng.uniform(0, 600) for _ in range(300))
    played = play(by_parents(moments, SCHOOL), 20, **LIMITS)
    assert played.refused == 0
    assert max(played.arrivals[one] for one in played.parents) <= moments[-1] + 600


def test_parent_elsewhere_waits_for_none_of_a_school() -> None:
    school = by_parents([number * 2.0 for number in range(300)], SCHOOL)
    others = [7.3 + number * 11 for number in range(60)]
    played = play(heapq.merge(school, by_parents(others)), 20, **LIMITS)
    assert max(wait_of(played, others)) <= DRAINS_PART


def wait_of(played: Play, moments: list[float]) -> list[float]:
    """Return how long the parents waited who posted at these moments."""
    own = {round(moment, 3) for moment in moments}
    return [
        played.arrivals.get(name, math.inf) - posted
        for name, posted in played.parents.items()
        if round(posted, 3) in own
    ]


def test_stranger_who_posts_50_a_second_is_stored_300_times_and_keeps_no_parent_waiting() -> None:
    others = sorted([*(number * 7.0 + 0.13 for number in range(17)), 0.7, 1.1, 2.2, 5.0])
    stranger = by_strangers(number / 50 for number in range(100 * 50))
    with_it = play(heapq.merge(stranger, by_parents(others)), 4, **LIMITS)
    without = play(by_parents(others), 4, **LIMITS)
    assert stored(with_it) - len(others) == 300
    assert all(
        longer - shorter <= DRAINS_PART
        for longer, shorter in zip(with_it.waits(), without.waits(), strict=True)
    )
