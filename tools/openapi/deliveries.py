"""Outbound deliveries, as an admin sees them."""

from larkbridge.admin.requests import TARGETS, ListDeliveries
from larkbridge.store.deliveries import STATUSES, Delivery
from tools.openapi.schema import (
    MOMENT,
    OBJECT,
    TEXT,
    UUID,
    Operations,
    Schema,
    answer,
    described,
    nullable,
    operation,
    page_of,
    path,
    query,
    record,
    reference,
)
from tools.openapi.work import ATTEMPTS, LIST, MADE_DUE, ONE, PROGRESS, words

DELIVERY_ID = path("deliveryId", "The delivery's id.")

SUMMARY: dict[str, Schema] = {
    "deliveryId": UUID,
    "target": {"enum": [*TARGETS], "description": "The kind of call."},
    "destination": described(TEXT, "Whose circuit and rate it shares."),
    "eventId": described(TEXT, "The event that it comes from."),
    "createdAt": MOMENT,
    "status": words(Delivery, STATUSES),
    **PROGRESS,
    "sentAt": nullable(MOMENT),
    "receiptAt": described(nullable(MOMENT), "When the other side reported that a person has it."),
    "maybeDuplicate": {
        "type": "boolean",
        "description": "Sent again after the other side forgot the first attempt, whose outcome was unknown.",
    },
}

SCHEMAS: dict[str, Schema] = {
    "DeliverySummary": record(SUMMARY),
    "Delivery": record(
        SUMMARY | {"content": described(OBJECT, "What the call is made of; no secret."), "attempts": ATTEMPTS}
    ),
    "DeliveryPage": page_of("DeliverySummary"),
}

OPERATIONS: Operations = {
    "GET /v1/deliveries": operation(
        "listDeliveries",
        "Outbound deliveries of the last 90 days, newest first",
        tag="deliveries",
        parameters=query(ListDeliveries),
        success=answer("One page.", reference("DeliveryPage")),
        refusals=LIST,
    ),
    "GET /v1/deliveries/{deliveryId}": operation(
        "getDelivery",
        "One delivery with its content and attempts",
        tag="deliveries",
        parameters=[DELIVERY_ID],
        success=answer("The delivery.", reference("Delivery")),
        refusals=ONE,
    ),
    "POST /v1/deliveries/{deliveryId}/retry": operation(
        "retryDelivery",
        "Make a failed or dead delivery due now; it is sent within a minute",
        tag="deliveries",
        parameters=[DELIVERY_ID],
        success=answer("It is due.", reference("DeliverySummary")),
        refusals=MADE_DUE,
    ),
}
