"""The circuit opens after five failures in a row, for longer each time, and closes at the first answer."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.clock import from_text, to_text
from larkbridge.store.destinations import Destination
from larkbridge.work import circuit
from larkbridge.work.outcome import QUOTA_USED_UP, RATE_LIMITED, Outcome, Verdict
from tests.support.clock import START

ANSWERS = (Verdict.OK, Verdict.REJECT, Verdict.IGNORED)
FAILURES = (Verdict.RETRY, Verdict.UNKNOWN)
failure = pytest.mark.parametrize("failure", FAILURES)
answer = pytest.mark.parametrize("answer", ANSWERS)


def after(*verdicts: Verdict, state: Destination = Destination()) -> Destination:  # noqa: B008 - immutable
    """Return the state once all of these came at the beginning of time."""
    for verdict in verdicts:
        state = circuit.observe(state, Outcome(verdict=verdict, reason=str(verdict)), START)
    return state


def open_minutes(state: Destination) -> float:
    """Return how long after the beginning of time nothing may be sent."""
    if state.open_until is None:
        return 0
    return (from_text(state.open_until) - START) / timedelta(minutes=1)


@given(verdicts=st.lists(st.sampled_from(Verdict), max_size=40))
def test_open_only_after_five_failures_in_a_row(verdicts: list[Verdict]) -> None:
    in_a_row, state = 0, Destination()
    for verdict in verdicts:
        state = after(verdict, state=state)
        in_a_row = in_a_row + 1 if verdict in FAILURES else 0
        assert circuit.is_open(state, START) == (in_a_row >= 5)


@failure
def test_four_failures_leave_it_closed(failure: Verdict) -> None:
    assert not circuit.is_open(after(*[failure] * 4), START)


@failure
@answer
def test_an_answer_starts_the_count_again(failure: Verdict, answer: Verdict) -> None:
    assert not circuit.is_open(after(*[failure] * 4, answer, *[failure] * 4), START)


@failure
@pytest.mark.parametrize(
    ("failures", "minutes"), [(5, 1), (6, 2), (7, 4), (8, 8), (9, 15), (10, 15), (20, 15)]
)
def test_each_probe_that_fails_opens_it_for_longer(failure: Verdict, failures: int, minutes: int) -> None:
    assert open_minutes(after(*[failure] * failures)) == minutes


@failure
def test_it_is_open_until_the_very_moment(failure: Verdict) -> None:
    state = after(*[failure] * 5)
    assert circuit.is_open(state, START + timedelta(seconds=59, milliseconds=999))
    assert not circuit.is_open(state, START + timedelta(seconds=60))


@failure
@answer
def test_a_probe_that_is_answered_closes_it_for_good(failure: Verdict, answer: Verdict) -> None:
    closed = after(*[failure] * 9, answer)
    assert not circuit.is_open(closed, START)
    assert open_minutes(after(*[failure] * 5, state=closed)) == 1


def test_what_was_never_used_is_closed() -> None:
    assert not circuit.is_open(Destination(), START)


def too_fast(state: Destination, seconds: float | None) -> Destination:
    outcome = Outcome(verdict=Verdict.RETRY, reason=RATE_LIMITED, retry_after=seconds)
    return circuit.observe(state, outcome, START)


@pytest.mark.parametrize("seconds", [1, 30, 900])
def test_pause_lasts_as_long_as_it_was_asked_for(seconds: int) -> None:
    state = too_fast(after(), seconds)
    assert circuit.is_closed_off(state, START + timedelta(seconds=seconds - 0.5))
    assert not circuit.is_closed_off(state, START + timedelta(seconds=seconds))


def test_too_fast_without_a_number_pauses_for_longer_each_time() -> None:
    state, pauses = after(), []
    for _ in range(14):
        state = too_fast(state, None)
        pauses.append((from_text(circuit.not_before(state, START)) - START).total_seconds())
    assert pauses[:4] == [0.25, 0.5, 1, 2]
    assert max(pauses) <= 900
    assert circuit.not_before(too_fast(after(Verdict.OK, state=state), None), START) == to_text(
        START + timedelta(milliseconds=250)
    )


@pytest.mark.parametrize("seconds", [901, 86_400, 10**9 - 1, 10**15, float("inf")])
def test_no_pause_is_longer_than_a_quarter_of_an_hour(seconds: float) -> None:
    assert not circuit.is_closed_off(too_fast(after(), seconds), START + timedelta(minutes=15))


def test_a_quota_that_is_used_up_pauses_for_a_quarter_of_an_hour() -> None:
    state = circuit.observe(after(), Outcome(verdict=Verdict.RETRY, reason=QUOTA_USED_UP), START)
    assert circuit.not_before(state, START) == to_text(START + timedelta(minutes=15))


def test_too_fast_is_not_down_however_often() -> None:
    state = after()
    for _ in range(100):
        state = too_fast(state, 1)
    assert not circuit.is_open(state, START)


def test_circuit_of_a_destination_that_is_down_for_weeks_still_lets_one_through() -> None:
    state = after(*[Verdict.RETRY] * 3000)
    assert circuit.is_open(state, START)
    assert not circuit.is_open(state, START + timedelta(minutes=15))


def test_too_fast_keeps_the_count_of_failures() -> None:
    paused = too_fast(after(*[Verdict.RETRY] * 4), 1)
    assert open_minutes(after(Verdict.RETRY, state=paused)) == 1


def test_too_fast_does_not_close_a_circuit() -> None:
    probed = too_fast(after(*[Verdict.RETRY] * 6), 1)
    assert open_minutes(after(Verdict.RETRY, state=probed)) == 4
