"""The Subscriptions table: one item per Stripe subscription, as Stripe reported it last.

Key: `subscriptionId`. One that was deleted stays deleted.
"""

from typing import NotRequired, TypedDict

from larkbridge.store.entities import EntityStore


class Subscription(TypedDict):
    """One subscription; `status` is Stripe's own word."""

    subscriptionId: str
    status: str
    cancelAtPeriodEnd: bool
    priceIds: list[str]
    createdAt: str
    updatedAt: str
    customerId: NotRequired[str | None]
    currentPeriodEnd: NotRequired[str | None]
    endedAt: NotRequired[str | None]


class SubscriptionStore(EntityStore[Subscription]):
    """Every access to the Subscriptions table."""

    def __init__(self, table_name: str) -> None:
        super().__init__(table_name, "subscriptionId")
