"""What Stripe reports is kept as it was last, whatever the order in which it arrives."""

import itertools
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from larkbridge.processors.stripe_payments import StripeProcessor
from larkbridge.processors.subscriber import Incoming
from larkbridge.store.events import Event, EventStore
from larkbridge.store.payments import PaymentStore
from larkbridge.store.subscriptions import SubscriptionStore
from larkbridge.store.work import Status
from tests.support.documents import CREATED, SESSION, SUBSCRIPTION, stripe_document
from tests.support.events import Events, every_stop, incoming, new_event, refusal

NOWHERE = StripeProcessor(PaymentStore("nowhere"), SubscriptionStore("nowhere"), EventStore("nowhere"))
CHECKOUT = "checkout.session.completed"
UPDATED = "customer.subscription.updated"


def stripe_event(kind: str, state: Any, at: Any = CREATED, number: str = "1") -> Event:
    return new_event("stripe", kind, stripe_document(kind, state, at), f"evt_{number}")


def process_nowhere(event: Incoming) -> object:
    """Process an event without tables: what is refused must be refused before anything is stored."""
    process = NOWHERE.checkout if event.event.type == CHECKOUT else NOWHERE.subscription
    return process(event)


def payment(events: Events) -> Any:
    return PaymentStore(events.world.environ["PAYMENTS_TABLE"]).get("cs_1")


def subscription(events: Events, subscription_id: str = "sub_1") -> Any:
    return SubscriptionStore(events.world.environ["SUBSCRIPTIONS_TABLE"]).get(subscription_id)


def test_completed_checkout_becomes_a_payment(events: Events) -> None:
    event = events.handle(stripe_event(CHECKOUT, SESSION, CREATED + 5))
    assert event.status == Status.SUCCESS
    assert payment(events) == {
        "paymentId": "cs_1",
        "status": "paid",
        "eventType": CHECKOUT,
        "amount": 1_990_000,
        "currency": "vnd",
        "email": "an@example.com",
        "customerId": "cus_1",
        "subscriptionId": "sub_1",
        "createdAt": "2026-09-01T02:00:00.000Z",
        "updatedAt": "2026-09-01T02:00:05.000Z",
    }


def test_checkout_in_setup_mode_has_no_amount(events: Events) -> None:
    empty = dict.fromkeys(("amount_total", "currency", "customer", "subscription", "customer_details"))
    events.handle(stripe_event(CHECKOUT, SESSION | empty | {"customer_email": "an@example.com"}))
    stored = payment(events)
    assert stored["email"] == "an@example.com"
    assert stored.keys().isdisjoint({"amount", "currency", "customerId", "subscriptionId"})


def test_expanded_objects_are_known_by_their_ids(events: Events) -> None:
    expanded = {"customer": {"id": "cus_2", "name": "An"}, "subscription": {"id": "sub_2"}}
    events.handle(stripe_event(CHECKOUT, SESSION | expanded))
    assert (payment(events)["customerId"], payment(events)["subscriptionId"]) == ("cus_2", "sub_2")


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
@pytest.mark.parametrize("outcome", ["failed", "succeeded"])
def test_delayed_payment_ends_as_its_bank_decides(events: Events, outcome: str, order: Any) -> None:
    late = SESSION | {"payment_status": "paid" if outcome == "succeeded" else "unpaid"}
    kind = f"checkout.session.async_payment_{outcome}"
    arriving = [
        stripe_event(CHECKOUT, SESSION | {"payment_status": "unpaid"}, number="1"),
        stripe_event(kind, late, number="0"),
    ]
    for place in order:
        events.handle(arriving[place])
    assert (payment(events)["status"], payment(events)["eventType"]) == (late["payment_status"], kind)


def test_subscription_is_kept_whole(events: Events) -> None:
    events.handle(stripe_event(UPDATED, SUBSCRIPTION | {"cancel_at_period_end": True}))
    assert subscription(events) == {
        "subscriptionId": "sub_1",
        "customerId": "cus_1",
        "status": "active",
        "cancelAtPeriodEnd": True,
        "currentPeriodEnd": "2026-09-01T02:03:20.000Z",
        "priceIds": ["price_1", "price_2"],
        "createdAt": "2026-09-01T02:00:00.000Z",
        "updatedAt": "2026-09-01T02:00:00.000Z",
    }


def test_older_api_has_the_period_in_the_subscription_itself(events: Events) -> None:
    older = SUBSCRIPTION | {
        "current_period_end": CREATED + 60,
        "items": {"data": [{"price": {"id": "price_1"}}]},
    }
    events.handle(stripe_event(UPDATED, older))
    assert subscription(events)["currentPeriodEnd"] == "2026-09-01T02:01:00.000Z"


def history(subscription_id: str) -> list[Event]:
    """Return a subscription's life: two things in its first second, two in another, and its end."""
    steps = [
        ("created", "incomplete", 0),
        ("updated", "active", 0),
        ("updated", "past_due", 60),
        ("updated", "unpaid", 60),
        ("deleted", "canceled", 90),
    ]
    return [
        stripe_event(
            f"customer.subscription.{step}",
            SUBSCRIPTION | {"id": subscription_id, "status": status},
            CREATED + seconds,
            f"{subscription_id}_{number}",
        )
        for number, (step, status, seconds) in enumerate(steps)
    ]


@given(order=st.permutations(range(5)), length=st.integers(1, 5), again=st.integers(0, 4))
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_of_arrival_never_matters(events: Events, order: list[int], length: int, again: int) -> None:
    subscription_id = f"sub_{uuid.uuid4().hex}"
    life = history(subscription_id)
    arriving = [life[place] for place in order if place < length]
    subscriptions = SubscriptionStore(events.world.environ["SUBSCRIPTIONS_TABLE"])
    processor = StripeProcessor(PaymentStore("nowhere"), subscriptions, events.world.events)
    for event in [*arriving, arriving[again % length]]:
        processor.subscription(incoming(event))
    states = ["incomplete", "active", "past_due", "unpaid", "canceled"]
    assert subscription(events, subscription_id)["status"] == states[length - 1]


def test_deleted_subscription_never_comes_back(events: Events) -> None:
    events.handle(history("sub_1")[-1])
    late = events.handle(stripe_event(UPDATED, SUBSCRIPTION, CREATED + 10**6, "9"))
    assert late.status == Status.SUCCESS
    assert subscription(events)["status"] == "canceled"


def test_replay_leaves_what_is_there(events: Events) -> None:
    event = events.handle(stripe_event(CHECKOUT, SESSION))
    before = events.records("PAYMENTS_TABLE")
    assert events.replay(event).status == Status.SUCCESS
    assert events.records("PAYMENTS_TABLE") == before
    assert events.deliveries() == []


def test_stop_anywhere_ends_the_same(environ: dict[str, str]) -> None:
    event = stripe_event(CHECKOUT, SESSION)
    for events, stop in every_stop(environ, lambda one: one.receive(event), lambda one: one.process(event)):
        events.settle()
        assert events.stored(event).status == Status.SUCCESS, stop
        assert payment(events)["status"] == "paid", stop


def without(state: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in state.items() if key != name}


BAD_STATES: list[tuple[str, Callable[[], Any], str]] = [
    (CHECKOUT, lambda: SESSION | {"id": 7}, "data.object.id"),
    (CHECKOUT, lambda: without(SESSION, "id"), "data.object.id"),
    (CHECKOUT, lambda: SESSION | {"id": "a\nb"}, "data.object.id"),
    (CHECKOUT, lambda: SESSION | {"id": "c" * 201}, "data.object.id"),
    (CHECKOUT, lambda: without(SESSION, "payment_status"), "data.object.payment_status"),
    (CHECKOUT, lambda: SESSION | {"customer": ["cus_1"]}, "data.object.customer"),
    (CHECKOUT, lambda: SESSION | {"customer": {"id": None}}, "data.object.customer.id"),
    (CHECKOUT, lambda: SESSION | {"customer_details": "an"}, "data.object.customer_details"),
    (UPDATED, lambda: "sub_1", "data.object"),
    (UPDATED, lambda: None, "data.object"),
    (UPDATED, lambda: SUBSCRIPTION | {"items": []}, "data.object.items"),
    (UPDATED, lambda: SUBSCRIPTION | {"items": {"data": {}}}, "data.object.items.data"),
    (UPDATED, lambda: SUBSCRIPTION | {"items": {"data": [None]}}, "data.object.items.data"),
    (UPDATED, lambda: SUBSCRIPTION | {"items": {"data": [{"price": 5}]}}, "data.object.items.data[0].price"),
    (UPDATED, lambda: SUBSCRIPTION | {"cancel_at_period_end": "no"}, "data.object.cancel_at_period_end"),
]


@pytest.mark.parametrize(("kind", "state", "field"), BAD_STATES)
def test_nonsense_is_refused_by_name(kind: str, state: Callable[[], Any], field: str) -> None:
    refused = refusal(process_nowhere, stripe_event(kind, state()))
    assert refused.reason == "invalid_field"
    assert refused.message.startswith(f"{field} must be ")


@pytest.mark.parametrize("at", [None, "soon", 1.5, True, -1, 10**12])
def test_time_that_is_none_costs_no_payment(events: Events, at: Any) -> None:
    event = events.handle(stripe_event(CHECKOUT, SESSION | {"created": at}, at))
    assert event.status == Status.SUCCESS
    (payment,) = events.records("PAYMENTS_TABLE")
    assert payment["updatedAt"] == payment["createdAt"] == event.received_at


def test_thin_event_is_only_logged(events: Events) -> None:
    event = events.handle(stripe_event("v1.customer.subscription.updated", SUBSCRIPTION))
    assert event.status == Status.IGNORED
