"""However long requests take that are under way side by side, no second sees more than the rate."""

import heapq
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from larkbridge.sending.lanes import Turns
from larkbridge.work.pacer import WINDOW
from tests.support.clock import START

SECOND = timedelta(seconds=1)
RATES = st.integers(1, 10)
EXCHANGES = st.lists(st.tuples(st.floats(0, 5), st.floats(0, 1)), min_size=1, max_size=40)
"""How long each takes, and where in between it arrives."""


def drive(turns: Turns, exchanges: list[tuple[float, float]]) -> list[datetime]:
    """Start each as early as allowed, whatever is under way, and return when they arrive."""
    now, arrivals, under_way = START, list[datetime](), list[datetime]()
    for latency, part in exchanges:
        while (turn := turns.next_turn(now)) is None or (under_way and under_way[0] <= turn):
            now = heapq.heappop(under_way)
            turns.end(now)
        now = turn
        turns.start()
        heapq.heappush(under_way, now + timedelta(seconds=latency))
        arrivals.append(now + timedelta(seconds=latency * part))
    return arrivals


@settings(deadline=None)
@given(rate=RATES, exchanges=EXCHANGES)
def test_no_second_sees_more_than_the_rate(rate: int, exchanges: list[tuple[float, float]]) -> None:
    arrivals = drive(Turns(rate), exchanges)
    assert max(sum(start <= one <= start + SECOND for one in arrivals) for start in arrivals) <= rate


@given(rate=RATES, seconds=st.floats(0, 5))
def test_as_many_as_the_rate_start_at_once(rate: int, seconds: float) -> None:
    arrivals = drive(Turns(rate), [(seconds, 0.0)] * rate)
    assert {*arrivals} == {START}


@given(rate=RATES)
def test_fast_exchanges_come_close_to_the_rate(rate: int) -> None:
    arrivals = drive(Turns(rate), [(0.01, 0.5)] * (rate * 60))
    assert arrivals[-1] - arrivals[0] <= 64 * SECOND


def test_nothing_of_the_past_counts_once_a_window_has_passed() -> None:
    turns = Turns(2)
    assert turns.is_idle(START)
    turns.start()
    assert not turns.is_idle(START + 9 * SECOND)
    turns.end(START + 9 * SECOND)
    assert not turns.is_idle(START + 10 * SECOND)
    assert turns.is_idle(START + 9 * SECOND + WINDOW)
