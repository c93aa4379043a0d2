"""Stripe: checkout sessions become payments, subscriptions are kept as they are.

Protocol (docs.stripe.com/api, "Events", "Checkout Session", "Subscription"): `data.object` is the whole state
at the time `created`, in seconds; `data.previous_attributes` are those that an update changed, as they were.
Events come in any order, so the newest state wins; of two in one second the later step of a life does, and
of two updates the one whose previous attributes the other one shows.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from larkbridge.processors.payload_fields import NAME, REFERENCE, SECONDS, TEXT, Fields
from larkbridge.processors.stored_reports import reports_of
from larkbridge.processors.subscriber import Handles, Incoming, Resources
from larkbridge.store.deliveries import Delivery
from larkbridge.store.entities import Report, version
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
        self._payments, self._stored_payment = payments, reports_of(events, _payment)
        self._subscriptions, self._stored_subscription = subscriptions, reports_of(events, _subscription)

    def checkout(self, incoming: Incoming) -> Sequence[Delivery]:
        """Store a checkout session's payment."""
        self._payments.take_in(_payment(incoming), incoming.event, self._stored_payment)
        return []

    def subscription(self, incoming: Incoming) -> Sequence[Delivery]:
        """Store a subscription; one that is deleted stays so."""
        self._subscriptions.take_in(_subscription(incoming), incoming.event, self._stored_subscription)
        return []


def subscribers(resources: Resources) -> Sequence[Handles]:
    stripe = StripeProcessor(resources.payments, resources.subscriptions, resources.events)
    return [
        Handles("stripe", CHECKOUT_TYPES, stripe.checkout),
        Handles("stripe", SUBSCRIPTION_TYPES, stripe.subscription),
    ]


def _payment(incoming: Incoming) -> Report[Payment]:
    event, kind = Fields(incoming.document), incoming.event.type
    session = event.object("data").object("object")
    at = event.optional_moment("created", SECONDS) or incoming.event.received_at
    email = session.object("customer_details", {}).text("email", TEXT, None)
    payment: Payment = {
        "paymentId": session.text("id", NAME),
        "status": session.text("payment_status", NAME),
        "eventType": kind,
        "amount": session.optional_integer("amount_total"),
        "currency": session.text("currency", NAME, None),
        "email": email or session.text("customer_email", TEXT, None),
        "customerId": session.text("customer", REFERENCE, None),
        "subscriptionId": session.text("subscription", REFERENCE, None),
        "createdAt": session.optional_moment("created", SECONDS) or at,
        "updatedAt": at,
    }
    return Report(payment, version(at, CHECKOUT_TYPES.index(kind)))


def _subscription(incoming: Incoming) -> Report[Subscription]:
    event, kind = Fields(incoming.document), incoming.event.type
    data = event.object("data")
    state = data.object("object")
    at = event.optional_moment("created", SECONDS) or incoming.event.received_at
    items = state.object("items", {}).objects("data")
    subscription: Subscription = {
        "subscriptionId": state.text("id", NAME),
        "customerId": state.text("customer", REFERENCE, None),
        "status": state.text("status", NAME),
        "cancelAtPeriodEnd": state.flag("cancel_at_period_end"),
        "currentPeriodEnd": _period_end(state, items),
        "endedAt": state.optional_moment("ended_at", SECONDS),
        "priceIds": [price for item in items if (price := item.text("price", REFERENCE, None))],
        "createdAt": state.optional_moment("created", SECONDS) or at,
        "updatedAt": at,
    }
    newness = version(at, SUBSCRIPTION_TYPES.index(kind), final=kind == _DELETED)
    return Report(subscription, newness, state.values, _previous(data))


def _previous(data: Fields) -> Mapping[str, Any]:
    previous = data.values.get("previous_attributes")
    return previous if isinstance(previous, dict) else {}


def _period_end(state: Fields, items: Sequence[Fields]) -> str | None:
    """Return when the current period ends; since API version 2025-03-31 that stands in each item."""
    ends = [part.optional_moment("current_period_end", SECONDS) for part in (state, *items)]
    return max(filter(None, ends), default=None)
