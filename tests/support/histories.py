"""Random histories: played by number, in parallel, made shorter when they fail, and told how to repeat.

LARKBRIDGE_HISTORIES is how many are played; LARKBRIDGE_HISTORY the number of a single one.
"""

import logging
import os
import random
import sys
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, redirect_stdout
from functools import partial
from multiprocessing import get_context
from typing import ClassVar, NamedTuple, Protocol

from tests.support.memory_dynamo.aws import memory_aws
from tests.support.memory_dynamo.client import MemoryDynamo

STEPS = (10, 40)
_CHUNK = 10


class BrokenHistoryError(BaseException):
    """What was found wrong in the middle of a process; nothing in the code may catch it."""


class Step(NamedTuple):
    """Something that happens, and what decides its details."""

    kind: str
    seed: int


class History(Protocol):
    """One world and what can happen in it."""

    WEIGHTS: ClassVar[dict[str, int]]

    def __init__(self, dynamo: MemoryDynamo, rng: random.Random) -> None: ...

    @staticmethod
    def limits() -> AbstractContextManager[object]:
        """Have the limits with which it is played."""
        ...

    def play(self, step: Step) -> None:
        """Let something happen; raises whatever is wrong."""
        ...

    def settle(self) -> None:
        """End all trouble, let time pass, and assert that both sides are the same."""
        ...


def play_histories(history: type[History]) -> None:
    """Play as many as the environment asks for; raises AssertionError with the first of those that fail."""
    single = os.environ.get("LARKBRIDGE_HISTORY")
    count = int(os.environ.get("LARKBRIDGE_HISTORIES", "1000"))
    numbers = [int(single)] if single else range(count)
    failing = [number for number, failure in _played(history, numbers) if failure is not None]
    if failing:
        raise AssertionError(f"{len(failing)} of {len(numbers)} fail. {_told(history, failing[0])}")


def steps_of(history: type[History], number: int) -> list[Step]:
    """Return the steps of a history."""
    rng = random.Random(number)
    kinds = rng.choices(list(history.WEIGHTS), list(history.WEIGHTS.values()), k=rng.randint(*STEPS))
    return [Step(kind, rng.getrandbits(32)) for kind in kinds]


def failure_of(history: type[History], number: int, steps: Sequence[Step] | None = None) -> str | None:
    """Play one history, with its own steps unless others are given; returns what is wrong with it."""
    logging.disable(logging.CRITICAL)
    with (
        memory_aws() as dynamo,
        history.limits(),
        open(os.devnull, "w") as nowhere,
        redirect_stdout(nowhere),
    ):
        try:
            played = history(dynamo, random.Random(number))
            for step in steps_of(history, number) if steps is None else steps:
                played.play(step)
            played.settle()
        except (Exception, BrokenHistoryError):
            return traceback.format_exc()
        finally:
            logging.disable(logging.NOTSET)
    return None


def _played(history: type[History], numbers: Sequence[int]) -> list[tuple[int, str | None]]:
    if len(numbers) == 1:
        return [(numbers[0], failure_of(history, numbers[0]))]
    workers = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(workers, get_context("spawn"), _import_from, (sys.path,)) as pool:
        failures = pool.map(partial(failure_of, history), numbers, chunksize=_CHUNK)
        return list(zip(numbers, failures, strict=True))


def _import_from(path: list[str]) -> None:
    sys.path[:] = path


def _told(history: type[History], number: int) -> str:
    steps = _shortened(
        steps_of(history, number), lambda steps: failure_of(history, number, steps) is not None
    )
    return "\n".join(
        [
            f"{history.__name__} {number} fails; it does so with these of its steps:",
            *(f"  {step.kind} {step.seed}" for step in steps),
            f"Play it alone: LARKBRIDGE_HISTORY={number} make test ARGS=tests/stateful",
            failure_of(history, number, steps) or "",
        ]
    )


def _shortened(steps: list[Step], fails: Callable[[list[Step]], bool]) -> list[Step]:
    """Leave out what the failure does not need, larger parts first."""
    size = len(steps)
    while size:
        start = 0
        while start < len(steps):
            shorter = steps[:start] + steps[start + size :]
            if fails(shorter):
                steps = shorter
            else:
                start += size
        size //= 2
    return steps
