import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.lark.workflow import ErrorCode, WorkflowTrigger
from sandbox.routing import Request
from tests.support.clock import SimulatedClock

TOKEN = "a-bearer-token"


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def trigger(clock: SimulatedClock) -> WorkflowTrigger:
    return WorkflowTrigger(clock.timestamp, [TOKEN])


def post(
    trigger: WorkflowTrigger,
    workflow_id: str = "wf1",
    *,
    body: bytes = b"{}",
    bearer: str | None = TOKEN,
    client_token: str | None = None,
) -> int:
    given = {"Authorization": bearer and f"Bearer {bearer}", "Client-Token": client_token}
    headers = {name: value for name, value in given.items() if value is not None}
    reply = trigger.receive(Request("POST", "/", headers, body, params={"workflow_id": workflow_id}))
    return json.loads(reply.body)["code"]


def test_five_a_second_fire_in_one_workflow(trigger: WorkflowTrigger, clock: SimulatedClock) -> None:
    codes = [post(trigger) for _ in range(7)]
    clock.advance(seconds=1)
    later = post(trigger)

    assert codes == [0] * 5 + [ErrorCode.RATE_LIMITED] * 2
    assert later == 0
    assert len(trigger.runs) == 6


def test_one_a_second_fires_in_a_workflow_without_a_credential(clock: SimulatedClock) -> None:
    trigger = WorkflowTrigger(clock.timestamp)

    codes = [post(trigger, bearer=None) for _ in range(2)]
    other_workflow = post(trigger, "wf2", bearer=None)

    assert codes == [0, ErrorCode.RATE_LIMITED]
    assert other_workflow == 0


def test_fifty_a_second_fire_in_one_base(trigger: WorkflowTrigger) -> None:
    codes = [post(trigger, f"wf{number}") for number in range(51)]

    assert codes == [0] * 50 + [ErrorCode.RATE_LIMITED]


def test_refused_requests_do_not_count_towards_the_rate(trigger: WorkflowTrigger) -> None:
    for _ in range(5):
        post(trigger, bearer=None)
        post(trigger, body=b"not json")

    assert post(trigger) == 0


def test_a_clock_that_is_set_back_does_not_close_the_rate_window(
    trigger: WorkflowTrigger, clock: SimulatedClock
) -> None:
    for _ in range(5):
        post(trigger)
    clock.advance(hours=-1)

    assert post(trigger) == 0


ARRIVALS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.0, 0.001, 0.1, 0.2, 0.999, 1.0]),
        st.sampled_from([f"wf{n}" for n in range(12)]),
    ),
    max_size=150,
)


@given(arrivals=ARRIVALS, with_bearer=st.booleans())
def test_the_rate_is_kept_in_every_second_and_refuses_nothing_else(
    arrivals: list[tuple[float, str]], with_bearer: bool
) -> None:
    clock = SimulatedClock()
    trigger = WorkflowTrigger(clock.timestamp, [TOKEN] if with_bearer else [])
    workflow_rate = 5 if with_bearer else 1

    for gap, workflow_id in arrivals:
        clock.advance(seconds=gap)
        now = clock.timestamp()
        last_second = [run for run in trigger.runs if now < run.time + 1]
        of_workflow = sum(run.workflow_id == workflow_id for run in last_second)
        full = len(last_second) >= 50 or of_workflow >= workflow_rate

        assert post(trigger, workflow_id) == (ErrorCode.RATE_LIMITED if full else 0)

    for start in trigger.runs:
        second = [run.workflow_id for run in trigger.runs if start.time <= run.time < start.time + 1]
        assert len(second) <= 50
        assert second.count(start.workflow_id) <= workflow_rate


def test_a_client_token_fires_once_in_three_hours(trigger: WorkflowTrigger, clock: SimulatedClock) -> None:
    start = clock.timestamp()
    codes: list[int] = []
    for seconds in (0, 1, 3 * 60 * 60 - 2, 1):
        clock.advance(seconds=seconds)
        codes.append(post(trigger, client_token="t1"))

    assert codes == [0, 0, 0, 0]
    assert [run.time - start for run in trigger.runs] == [0, 3 * 60 * 60]


@pytest.mark.parametrize("client_token", [None, ""])
def test_a_request_without_a_client_token_always_fires(
    trigger: WorkflowTrigger, client_token: str | None
) -> None:
    for _ in range(2):
        post(trigger, client_token=client_token)

    assert len(trigger.runs) == 2


def test_a_client_token_belongs_to_one_workflow(trigger: WorkflowTrigger) -> None:
    post(trigger, "wf1", client_token="t1")
    post(trigger, "wf2", client_token="t1")

    assert [run.workflow_id for run in trigger.runs] == ["wf1", "wf2"]


def test_a_refused_request_does_not_use_its_client_token_up(trigger: WorkflowTrigger) -> None:
    post(trigger, client_token="t1", bearer=None)
    post(trigger, client_token="t1")

    assert len(trigger.runs) == 1


@given(
    st.lists(
        st.tuples(
            st.floats(min_value=0, max_value=4 * 60 * 60),
            st.sampled_from(["wf1", "wf2"]),
            st.sampled_from(["t1", "t2"]),
        )
    )
)
def test_a_client_token_fires_at_most_once_per_window(arrivals: list[tuple[float, str, str]]) -> None:
    clock = SimulatedClock()
    trigger = WorkflowTrigger(clock.timestamp, [TOKEN])
    first_uses: dict[tuple[str, str], float] = {}

    for gap, workflow_id, client_token in arrivals:
        clock.advance(seconds=gap)
        now = clock.timestamp()
        answered = post(trigger, workflow_id, client_token=client_token)
        key = (workflow_id, client_token)
        expired = key not in first_uses or now >= first_uses[key] + 3 * 60 * 60
        fires = answered == 0 and expired

        assert trigger.requests[-1].fired == fires
        if fires:
            first_uses[key] = now


def test_requests_are_processed_one_at_a_time() -> None:
    both_inside = Barrier(2)

    def now() -> float:
        with suppress(BrokenBarrierError):
            both_inside.wait(timeout=0.05)
            met.append(True)
        return 0.0

    met: list[bool] = []
    trigger = WorkflowTrigger(now, [TOKEN])
    with ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(lambda workflow_id: post(trigger, workflow_id), ["wf1", "wf2"]))

    assert (codes, met) == ([0, 0], [])


def test_cleared_records_leave_used_client_tokens_in_place(trigger: WorkflowTrigger) -> None:
    post(trigger, client_token="t1")
    trigger.clear_records()
    post(trigger, client_token="t1")

    assert [record.fired for record in trigger.requests] == [False]
    assert trigger.runs == []
