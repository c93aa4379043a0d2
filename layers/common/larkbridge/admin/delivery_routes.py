"""What an admin can see of outbound deliveries, and do about those that have not arrived."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypedDict

from larkbridge.admin.requests import Many, OneOf, Page, body_of
from larkbridge.admin.work_lists import (
    Attempt,
    Filter,
    MatchCount,
    Progress,
    RequestedBy,
    RetryReport,
    WorkAdmin,
    history,
)
from larkbridge.clock import Clock
from larkbridge.errors import ConflictError
from larkbridge.routes import Answer, Call, Parameter, Route, Scope
from larkbridge.settings import AdminApiSettings
from larkbridge.shapes import Cursor, JsonObject, Moment, Note, Uuid
from larkbridge.store.deliveries import STATUSES, Delivery, DeliveryStore
from larkbridge.store.work import Status
from larkbridge.targets.last_error import last_error
from larkbridge.targets.policies import DELIVERY, TARGETS
from larkbridge.work.moving import RETRY, RETRYABLE

_ID = Parameter("deliveryId", "The delivery's id.")
type _Target = Annotated[str, OneOf(TARGETS)]


_OF_TARGET = Note("Only deliveries of this kind.", examples=["button-forward"])
_STATUS = Note("Only those in this state.", examples=["failed"])


class ListDeliveries(Page):
    target: Annotated[_Target | None, _OF_TARGET] = None
    status: Annotated[Literal["pending", "sending", "sent", "failed", "dead"] | None, _STATUS] = None


class RetryDeliveries(Many):
    target: Annotated[_Target | None, _OF_TARGET] = None
    status: Annotated[Literal["failed", "dead"] | None, _STATUS] = None


class DeliverySummary(Progress):
    deliveryId: Uuid
    target: Annotated[str, Note("The kind of call.", enum=[*TARGETS])]
    destination: Annotated[str, Note("Whose circuit and rate it shares.")]
    eventId: Annotated[str, Note("The event that it comes from.")]
    createdAt: Moment
    status: Annotated[str, Note(enum=[*STATUSES])]
    sentAt: Moment | None
    receiptAt: Annotated[Moment | None, Note("When the other side reported that a person has it.")]
    maybeDuplicate: Annotated[
        bool, Note("Sent again after the other side forgot the first attempt, whose outcome was unknown.")
    ]


class ShownDelivery(DeliverySummary):
    content: Annotated[JsonObject, Note("What the call is made of; no secret.")]
    requestedBy: RequestedBy | None
    attempts: list[Attempt]


class DeliveryPage(TypedDict):
    items: list[DeliverySummary]
    cursor: Cursor


class Deliveries:
    """Serves the routes under /v1/deliveries."""

    def __init__(self, settings: AdminApiSettings, clock: Clock) -> None:
        store = DeliveryStore(settings.deliveries_table)
        self._work = WorkAdmin(store, DELIVERY, clock, summary=summary, noun="delivery")

    def page(self, call: Call[ListDeliveries]) -> dict[str, Any]:
        return self._work.page(_filter(call.query, STATUSES), call.query)

    def get(self, call: Call) -> dict[str, Any]:
        delivery = self._work.get(call.ids["deliveryId"])
        return summary(delivery) | {"content": delivery.content, **history(delivery)}

    def retry(self, call: Call) -> dict[str, Any]:
        return self._work.move(call.ids["deliveryId"], RETRY, call.caller)

    def retry_many(self, call: Call[None, RetryDeliveries]) -> dict[str, Any]:
        return self._work.move_many(_filter(call.body, RETRYABLE), call.body, RETRY, call.caller)


ROUTES = (
    Route(
        "GET",
        "/v1/deliveries",
        Scope.READ,
        name="listDeliveries",
        summary="Outbound deliveries of the last 90 days, newest first",
        tag="deliveries",
        query=ListDeliveries,
        answer=Answer(DeliveryPage, "One page."),
        handle=Deliveries.page,
    ),
    Route(
        "GET",
        "/v1/deliveries/{deliveryId}",
        Scope.READ,
        name="getDelivery",
        summary="One delivery with its content and attempts",
        tag="deliveries",
        parameters=(_ID,),
        answer=Answer(ShownDelivery, "The delivery."),
        handle=Deliveries.get,
    ),
    Route(
        "POST",
        "/v1/deliveries/{deliveryId}/retry",
        Scope.RETRY,
        name="retryDelivery",
        summary="Make a failed or dead delivery due now; it is sent within a minute",
        tag="deliveries",
        parameters=(_ID,),
        raises=(ConflictError,),
        answer=Answer(DeliverySummary, "It is due."),
        handle=Deliveries.retry,
    ),
    Route(
        "POST",
        "/v1/deliveries/retry",
        Scope.RETRY,
        name="retryDeliveries",
        summary="Make failed and dead deliveries due now, or count them",
        tag="deliveries",
        body=body_of(RetryDeliveries),
        answer=Answer(MatchCount | RetryReport, "Done, or counted."),
        handle=Deliveries.retry_many,
    ),
)


def _filter(asked: ListDeliveries | RetryDeliveries, statuses: Sequence[Status]) -> Filter[Delivery]:
    return Filter(
        partitions=TARGETS if asked.target is None else (asked.target,),
        statuses=statuses if asked.status is None else (Status(asked.status),),
    )


def summary(delivery: Delivery) -> dict[str, Any]:
    """Return what lists show of a delivery."""
    return {
        "deliveryId": delivery.delivery_id,
        "target": delivery.target,
        "destination": delivery.destination,
        "eventId": delivery.subject,
        "createdAt": delivery.created_at,
        "status": delivery.status,
        "attemptCount": delivery.attempt_count,
        "nextAttemptAt": delivery.next_attempt_at,
        "sentAt": delivery.sent_at,
        "receiptAt": delivery.receipt_at,
        "maybeDuplicate": delivery.maybe_duplicate,
        "lastError": last_error(delivery) if delivery.target.startswith("lark-") else delivery.last_error,
    }
