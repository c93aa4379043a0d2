"""Stripe: checkout sessions become payments, subscriptions are kept as they are.

Protocol (docs.stripe.com/api, "Events", "Checkout Session", "Subscription"): `data.object` is the whole state
at the time `created`, in seconds; `data.previous_attributes` are those that an update changed, as they were.
Events come in any order, so the newest state wins; of two in one second the later step of a life does, and
of two updates the one whose previous attributes the other one shows.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from larkbridge.processors.payload_fields import Fields, moment, time_of_receipt
from larkbridge.processors.processor import Incoming
from larkbridge.processors.projection import Projection, Report
from larkbridge.store.deliveries import Delivery
from larkbridge.store.entities import version
from larkbridge.store.events import EventStore
from larkbridge.store.payments import Payment, PaymentStore
from larkbridge.store.subscriptions import Subscription, SubscriptionStore

CHECKOUT_TYPES = (
    "checkout.session.completed",
    "checkout.session.async_payment_failed",
    "checkout.session.async_payment_succeeded",
)
_DELETED = "customer.subscription.deleted"
SUBSCRIPTION_TYPES = ("customer.subscription.created", "customer.subscription.updated", _DELETED)
"""Both in the order of a life."""


class StripeProcessor:
    """Keeps payments and subscriptions as Stripe reported them last."""

    def __init__(self, payments: PaymentStore, subscriptions: SubscriptionStore, events: EventStore) -> None:
        self._payments = Projection(payments, events, _payment)
        self._subscriptions = Projection(subscriptions, events, _subscription)

    def checkout(self, incoming: Incoming) -> Sequence[Delivery]:
        """Store a checkout session's payment."""
        self._payments.apply(incoming)
        return []

    def subscription(self, incoming: Incoming) -> Sequence[Delivery]:
        """Store a subscription; one that is deleted stays so."""
        self._subscriptions.apply(incoming)
        return []


def _payment(incoming: Incoming) -> Report[Payment]:
    event, kind = Fields(incoming.document), incoming.event.type
    session, at = event.object("data").object("object"), _at(incoming)
    customer = session.optional_object("customer_details")
    email = customer and customer.optional_text("email")
    payment: Payment = {
        "paymentId": session.name("id"),
        "status": session.name("payment_status"),
        "eventType": kind,
        "amount": session.optional_integer("amount_total"),
        "currency": session.optional_name("currency"),
        "email": email or session.optional_text("customer_email"),
        "customerId": _reference(session, "customer"),
        "subscriptionId": _reference(session, "subscription"),
        "createdAt": moment(session.seconds("created", at) * 1000),
        "updatedAt": moment(at * 1000),
    }
    return Report(payment, version(at, CHECKOUT_TYPES.index(kind)))


def _subscription(incoming: Incoming) -> Report[Subscription]:
    event, kind = Fields(incoming.document), incoming.event.type
    data, at = event.object("data"), _at(incoming)
    state = data.object("object")
    items = (state.optional_object("items") or Fields({})).objects("data")
    subscription: Subscription = {
        "subscriptionId": state.name("id"),
        "customerId": _reference(state, "customer"),
        "status": state.name("status"),
        "cancelAtPeriodEnd": state.flag("cancel_at_period_end"),
        "currentPeriodEnd": _moment(_period_end(state, items)),
        "endedAt": _moment(state.optional_seconds("ended_at")),
        "priceIds": [price for item in items if (price := _reference(item, "price"))],
        "createdAt": moment(state.seconds("created", at) * 1000),
        "updatedAt": moment(at * 1000),
    }
    newness = version(at, SUBSCRIPTION_TYPES.index(kind), final=kind == _DELETED)
    return Report(subscription, newness, state.values, _previous(data))


def _at(incoming: Incoming) -> int:
    """Return the second whose state an event tells."""
    return Fields(incoming.document).seconds("created", time_of_receipt(incoming) // 1000)


def _previous(data: Fields) -> Mapping[str, Any]:
    previous = data.values.get("previous_attributes")
    return previous if isinstance(previous, dict) else {}


def _reference(holder: Fields, name: str) -> str | None:
    """Return the id of something that may stand there whole."""
    if isinstance(holder.values.get(name), dict):
        return holder.object(name).name("id")
    return holder.optional_name(name)


def _period_end(state: Fields, items: Sequence[Fields]) -> int | None:
    """Return when the current period ends; since API version 2025-03-31 that stands in each item."""
    ends = [one.optional_seconds("current_period_end") for one in (state, *items)]
    return max((end for end in ends if end is not None), default=None)


def _moment(seconds: int | None) -> str | None:
    return None if seconds is None else moment(seconds * 1000)
