"""No second sees more requests than the rate allows, wherever between start and end each one arrives."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.clock import from_text, to_text
from larkbridge.work.pacer import Pacer
from tests.support.clock import START

SECOND = timedelta(seconds=1)
RATES = st.integers(1, 10)
EXCHANGES = st.lists(st.tuples(st.floats(0, 5), st.floats(0, 3), st.floats(0, 1)), min_size=1, max_size=40)


def drive(
    pacer: Pacer, now: datetime, exchanges: list[tuple[float, float, float]]
) -> tuple[list[datetime], datetime]:
    """Send at the earliest moments allowed, and return when each request arrives and when the last one ends.

    Parameters
    ----------
    exchanges
        For each the latency, what else takes time before the next one, and where in between it arrives.
    """
    arrivals, ended = [], now
    for latency, work, part in exchanges:
        started = pacer.next_turn(now)
        assert started >= now
        ended = started + timedelta(seconds=latency)
        pacer.note(started, ended)
        arrivals.append(started + timedelta(seconds=latency * part))
        now = ended + timedelta(seconds=work)
    return arrivals, ended


def busiest_second(arrivals: list[datetime]) -> int:
    return max(sum(start <= one <= start + SECOND for one in arrivals) for start in arrivals)


@given(rate=RATES, exchanges=EXCHANGES)
def test_no_second_sees_more_than_the_rate(rate: int, exchanges: list[tuple[float, float, float]]) -> None:
    arrivals, _ = drive(Pacer(rate, None), START, exchanges)
    assert busiest_second(arrivals) <= rate


@given(rate=RATES, before=EXCHANGES, after=EXCHANGES)
def test_nor_does_one_that_spans_two_runs(
    rate: int, before: list[tuple[float, float, float]], after: list[tuple[float, float, float]]
) -> None:
    arrivals, ended = drive(Pacer(rate, None), START, before)
    later, _ = drive(Pacer(rate, from_text(to_text(ended))), ended, after)
    assert busiest_second(arrivals + later) <= rate


@pytest.mark.parametrize("rate", [1, 5])
def test_fast_exchanges_come_close_to_the_rate(rate: int) -> None:
    seconds = 60
    arrivals, _ = drive(Pacer(rate, None), START, [(0.01, 0.0, 0.5)] * (rate * seconds))
    assert arrivals[-1] - arrivals[0] <= seconds * SECOND * 1.1


@pytest.mark.parametrize("rate", [1, 5])
def test_fast_exchanges_are_spread_evenly(rate: int) -> None:
    arrivals, _ = drive(Pacer(rate, None), START, [(0.0, 0.0, 0.0)] * 20)
    assert min(later - earlier for earlier, later in pairwise(arrivals)) >= SECOND / rate


@given(rate=RATES)
def test_first_request_may_go_at_once(rate: int) -> None:
    assert Pacer(rate, None).next_turn(START) == START


@given(rate=RATES, days=st.integers(1, 3))
def test_an_earlier_run_long_ago_costs_no_wait(rate: int, days: int) -> None:
    assert Pacer(rate, START - timedelta(days=days)).next_turn(START) == START
