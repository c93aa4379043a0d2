"""A form is held back while Lark is down or has asked for a pause, and in the drain's part of the clock."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from larkbridge.clock import to_text
from larkbridge.store.destinations import LARK_FORMS, Destination, DestinationStore
from larkbridge.work.attempts import Gate
from tests.support.aws_faults import no_answer
from tests.support.clock import START
from tests.support.memory_dynamo.aws import SETTINGS, memory_aws
from tests.support.memory_dynamo.client import Interference, MemoryDynamo

SECOND = timedelta(seconds=1)
SOON = to_text(START + 20 * SECOND)
OTHERS_PART = START + 3 * SECOND


@pytest.fixture
def dynamo() -> Iterator[MemoryDynamo]:
    with memory_aws() as dynamo:
        yield dynamo


def held_back(
    now: datetime, state: Destination | None = None, drained_until: str | None = None
) -> str | None:
    """Return what holds an attempt back, whatever is stored of Lark."""
    destinations = DestinationStore(SETTINGS["DESTINATIONS_TABLE"])
    if state:
        destinations.acquire(LARK_FORMS, owner="drain", now=to_text(START), until=SOON)
        destinations.release(LARK_FORMS, state, owner="drain")
    if drained_until:
        destinations.acquire(LARK_FORMS, owner="drain", now=to_text(START), until=drained_until)
    return Gate(destinations, LARK_FORMS).held_back(now)


@pytest.mark.usefixtures("dynamo")
@pytest.mark.parametrize("now", [START, OTHERS_PART])
def test_nothing_holds_back_while_lark_is_up_and_nobody_drains(now: datetime) -> None:
    assert held_back(now) is None


@pytest.mark.usefixtures("dynamo")
@pytest.mark.parametrize(
    ("state", "why"),
    [
        (Destination(failures=5, trips=1, open_until=SOON), "circuit_open"),
        (Destination(throttles=1, paused_until=SOON), "rate_shared"),
        (Destination(failures=5, trips=1, open_until=SOON, paused_until=SOON), "circuit_open"),
    ],
)
def test_open_circuit_and_pause_hold_back(state: Destination, why: str) -> None:
    assert held_back(START + 19 * SECOND, state) == why


@pytest.mark.usefixtures("dynamo")
def test_pause_holds_back_until_it_is_over() -> None:
    assert held_back(START + 20 * SECOND, Destination(throttles=1, paused_until=SOON)) is None


@pytest.mark.usefixtures("dynamo")
def test_after_an_open_circuits_time_the_first_request_is_the_drains() -> None:
    state = Destination(failures=5, trips=1, open_until=SOON)
    assert held_back(START + 20 * SECOND, state) == "circuit_open"
    assert held_back(START + 20 * SECOND, Destination(failures=4)) is None


@pytest.mark.usefixtures("dynamo")
@pytest.mark.parametrize(("seconds", "why"), [(0, "rate_shared"), (1, "rate_shared"), (2, None), (20, None)])
def test_drain_has_its_part_for_as_long_as_it_holds_its_lease(seconds: int, why: str | None) -> None:
    assert held_back(START + seconds * SECOND, drained_until=SOON) == why


def test_state_that_cannot_be_read_holds_nobody_back(dynamo: MemoryDynamo) -> None:
    class Silent(Interference):
        def after(self, operation: str, parameters: object) -> None:
            raise no_answer()

    dynamo.interference = Silent()
    assert held_back(START) is None
