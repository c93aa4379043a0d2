"""However many attempts a target's policy grants: so many are made, and as many again when an admin asks."""

from collections.abc import Iterator
from copy import replace
from datetime import timedelta
from unittest.mock import patch

from hypothesis import example, given, settings
from hypothesis import strategies as st

from larkbridge.clock import from_text
from larkbridge.store.deliveries import Delivery
from larkbridge.store.work import Status
from larkbridge.targets.button_forward import ButtonForward, Click, new_forward
from larkbridge.targets.policies import DELIVERY
from larkbridge.targets.target import Origin
from larkbridge.work.policy import WAITS
from sandbox.faults import Fault
from tests.support.admin import Admin
from tests.support.events import HOOK_URL
from tests.support.memory_dynamo.aws import SETTINGS, memory_account
from tests.support.world import World

CLICK = Click("app_1", "tbl_1", "rec_1", "ou_1", None, "crm")


def stored(world: World, delivery_id: str) -> Delivery:
    found = world.deliveries.get(delivery_id)
    assert found is not None
    return found


def attempted(world: World, before: Delivery) -> Delivery:
    """Run the retry job from when a delivery is due, each minute, until it has been attempted once more."""
    assert before.next_attempt_at is not None
    wait = from_text(before.next_attempt_at) - world.clock.now()
    world.clock.advance(seconds=max(0.0, wait.total_seconds()))
    while (after := stored(world, before.id)).attempt_count == before.attempt_count:
        world.delivery_backlog().run(seconds=80)
        world.clock.advance(minutes=1)
    return after


def waits_of_a_round(world: World, delivery: Delivery) -> Iterator[timedelta]:
    """Yield how long a delivery waits after each attempt that fails, until it is given up."""
    while (delivery := attempted(world, delivery)).status == Status.FAILED:
        ended_at, next_at = delivery.attempts[-1]["endedAt"], delivery.next_attempt_at
        assert next_at is not None
        yield from_text(next_at) - from_text(ended_at)
    assert delivery.status == Status.DEAD


@settings(max_examples=4, deadline=None)
@given(limit=st.integers(1, 12))
@example(limit=3)
@example(limit=12)
def test_target_has_the_attempts_of_its_policy_and_those_again_when_it_is_retried(limit: int) -> None:
    policy = replace(DELIVERY, attempts=limit)
    with memory_account(), patch.object(ButtonForward, "policy", policy):
        world = World(SETTINGS)
        world.simulators.hooks.faults("crm").set(Fault("error_500"))
        delivery = new_forward(CLICK, HOOK_URL, "{}", Origin(("crm",), "event", world.clock.now()))
        world.deliveries.add(delivery)
        for past in (0, limit):
            waits = [*waits_of_a_round(world, stored(world, delivery.id))]
            assert len(waits) == limit - 1
            assert all(timedelta() <= wait <= longest for wait, longest in zip(waits, WAITS, strict=False))
            assert len(world.simulators.hooks.requests("crm")) == past + limit
            retried = Admin(world).ask("POST /v1/deliveries/{deliveryId}/retry", delivery.id)
            assert (retried.status, retried.body["status"]) == (200, "failed")
