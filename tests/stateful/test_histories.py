"""A history that fails is found, made shorter, and told so that it can be repeated."""

import random
from contextlib import AbstractContextManager, nullcontext
from typing import ClassVar

import pytest

from tests.support.histories import Step, failure_of, play_histories, steps_of
from tests.support.memory_dynamo.client import MemoryDynamo


class Fragile:
    """Breaks in the end when it was pushed twice, and at once when it was hit."""

    WEIGHTS: ClassVar[dict[str, int]] = {"look": 30, "push": 3, "hit": 0}

    def __init__(self, dynamo: MemoryDynamo, rng: random.Random) -> None:
        self.pushed = 0

    @staticmethod
    def limits() -> AbstractContextManager[None]:
        return nullcontext()

    def play(self, step: Step) -> None:
        assert step.kind != "hit"
        self.pushed += step.kind == "push"

    def settle(self) -> None:
        assert self.pushed < 2


def test_history_is_the_same_each_time() -> None:
    assert steps_of(Fragile, 7) == steps_of(Fragile, 7)
    assert steps_of(Fragile, 7) != steps_of(Fragile, 8)
    assert all(10 <= len(steps_of(Fragile, number)) <= 40 for number in range(50))


@pytest.mark.parametrize(("kinds", "fails"), [("look push", False), ("push look push", True), ("hit", True)])
def test_history_fails_in_a_step_or_in_the_end(kinds: str, fails: bool) -> None:
    steps = [Step(kind, 0) for kind in kinds.split()]
    assert (failure_of(Fragile, 0, steps) is not None) == fails


def test_failure_is_told_with_its_number_and_only_the_steps_that_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = next(one for one in range(100) if failure_of(Fragile, one))
    monkeypatch.setenv("LARKBRIDGE_HISTORY", str(number))
    with pytest.raises(AssertionError) as failure:
        play_histories(Fragile)
    told = str(failure.value)
    assert f"LARKBRIDGE_HISTORY={number} make test" in told
    assert [line.split()[0] for line in told.splitlines() if line.startswith("  push ")] == ["push"] * 2
    assert "  look " not in told


def test_as_many_are_played_as_the_environment_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    failing = sum(failure_of(Fragile, number) is not None for number in range(30))
    assert 0 < failing < 30
    monkeypatch.setenv("LARKBRIDGE_HISTORIES", "30")
    with pytest.raises(AssertionError, match=f"{failing} of 30 fail"):
        play_histories(Fragile)
