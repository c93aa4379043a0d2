"""What the benchmark rests on."""

import json
from dataclasses import asdict
from typing import Any
from unittest.mock import patch

import pytest

from bench.backlog import most_in_window
from bench.memory_tables import MemoryTables
from bench.table import at_most
from larkbridge import aws
from larkbridge.store.submissions import FormType
from sandbox.faults import Fault
from tests.support.aws import SECRETS
from tests.support.world import World


@pytest.mark.parametrize(
    ("times", "most"),
    [([], 0), ([0.0, 0.5, 0.999], 3), ([0.0, 1.0, 2.0], 1), ([0.0, 0.6, 1.2, 1.6], 2)],
)
def test_busiest_window(times: list[float], most: int) -> None:
    assert most_in_window(times, 1.0) == most


def test_missed_budget_says_by_how_much() -> None:
    assert at_most("size", 30, 25, "{:.0f} MB".format).met == "NO, by 5 MB"
    assert at_most("size", 25, 25, "{:.0f} MB".format).met == "yes"


def test_memory_tables_answer_as_moto_does(environ: dict[str, str]) -> None:
    on_moto = _partial_outage(World(environ))
    with patch.object(aws, "call", MemoryTables(json.dumps(SECRETS), lambda: None).call):
        in_memory = _partial_outage(World(environ))
    assert in_memory == on_moto


def _partial_outage(world: World) -> list[Any]:
    """Return all that can be seen of a backlog of which one submission fails once more."""
    world.lark.faults.set(Fault("down"))
    for number in range(7):
        world.post(list(FormType)[number % 2], idempotency_key=f"key-{number}")
    world.clock.advance(minutes=2)
    world.lark.faults.set(Fault("down", times=1))
    seen: list[Any] = [asdict(one) for one in world.submissions.unsent(FormType)]
    seen.append(world.retry_due())
    return seen + [asdict(one) for one in world.submissions.unsent(FormType)]
