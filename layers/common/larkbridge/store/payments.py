"""The Payments table: one item per Stripe checkout session, as Stripe reported it last.

Key: `paymentId`, the session's id.
"""

from typing import NotRequired, TypedDict

from larkbridge.store.entities import EntityStore


class Payment(TypedDict):
    """One payment; `amount` is in the currency's smallest unit, `status` is Stripe's `payment_status`.

    `eventType` tells a payment that failed from one that is still on its way: both are "unpaid".
    """

    paymentId: str
    status: str
    eventType: str
    createdAt: str
    updatedAt: str
    amount: NotRequired[int | None]
    currency: NotRequired[str | None]
    email: NotRequired[str | None]
    customerId: NotRequired[str | None]
    subscriptionId: NotRequired[str | None]


class PaymentStore(EntityStore[Payment]):
    """Every access to the Payments table."""

    def __init__(self, table_name: str) -> None:
        super().__init__(table_name, "paymentId")
