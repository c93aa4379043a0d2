"""What an admin can see of outbound deliveries, and do about those that have not arrived."""

from typing import Any

from larkbridge.admin.call import Call, Routes
from larkbridge.admin.last_error import last_error
from larkbridge.admin.requests import TARGETS, ListDeliveries
from larkbridge.admin.work import Filter, WorkAdmin
from larkbridge.clock import Clock
from larkbridge.outbox import states
from larkbridge.settings import Settings
from larkbridge.store.deliveries import STATUSES, Delivery, DeliveryStore


def delivery_routes(settings: Settings, clock: Clock) -> Routes:
    """Return the routes under /v1/deliveries."""
    store = DeliveryStore(settings.required("DELIVERIES_TABLE"))
    admin = WorkAdmin(store, clock, summary=summary, again=states.retry_now, noun="delivery", done="retried")

    def page(call: Call) -> dict[str, Any]:
        asked = ListDeliveries.read(call.query)
        wanted = Filter[Delivery](
            partitions=TARGETS if asked.target is None else (asked.target,),
            statuses=STATUSES if asked.status is None else (Delivery.status_of(asked.status),),
        )
        return admin.page(wanted, asked)

    return {
        "GET /v1/deliveries": page,
        "GET /v1/deliveries/{deliveryId}": lambda call: _detail(admin.get(call.path("deliveryId"))),
        "POST /v1/deliveries/{deliveryId}/retry": lambda call: admin.take_up(call.path("deliveryId")),
    }


def summary(delivery: Delivery) -> dict[str, Any]:
    """Return what lists show of a delivery."""
    return {
        "deliveryId": delivery.delivery_id,
        "target": delivery.target,
        "destination": delivery.destination,
        "eventId": delivery.subject,
        "createdAt": delivery.created_at,
        "status": delivery.word,
        "attemptCount": delivery.attempt_count,
        "nextAttemptAt": delivery.next_attempt_at,
        "sentAt": delivery.done_at,
        "receiptAt": delivery.receipt_at,
        "maybeDuplicate": delivery.maybe_duplicate,
        "lastError": last_error(delivery) if delivery.target.startswith("lark-") else delivery.last_error,
    }


def _detail(delivery: Delivery) -> dict[str, Any]:
    return summary(delivery) | {"content": delivery.content, "attempts": delivery.attempts}
