"""The Deliveries table: one item per outbound call that must succeed in the end.

Keys: `deliveryId`; indexes as `store.work` describes them, partitioned by target, and `by-subject` (subject,
sortKey). TTL on `expiresAt` tidies up 90 days after it is sent or given up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any, ClassVar

from larkbridge.clock import to_text
from larkbridge.errors import ConditionFailedError
from larkbridge.ids import derived_id
from larkbridge.observability import plain_id
from larkbridge.store.table import Action
from larkbridge.store.work import Shape, Status, Work
from larkbridge.store.work_store import WorkStore
from larkbridge.store.work_table import PackedObject, to_record


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(Work):
    """One outbound call.

    `target` says what kind of call it is, `destination` whose circuit and rate it shares, `subject` which
    event it comes from. `content` is what the target needs to make the call, plain JSON. `receipt_at` is
    when the other side reported that a person has it.
    """

    SHAPE: ClassVar[Shape] = Shape(
        key="deliveryId",
        partition="target",
        by_partition="by-target",
        due_queue="deliveries",
        due_at_once=True,
        listed=("created_at", "sent_at", "last_error"),
    )
    id = property(attrgetter("delivery_id"))
    partition = property(attrgetter("target"))
    lane = property(attrgetter("destination"))
    """Each destination takes its turn, whatever the others are like."""
    log_details = property(lambda work: {"destination": plain_id(work.destination), "eventId": work.subject})

    delivery_id: str
    target: str
    destination: str
    subject: str
    created_at: str
    sent_at: str | None = None
    content: PackedObject = field(default_factory=dict)
    receipt_at: str | None = None


STATUSES = (Status.PENDING, Status.SENDING, Status.SENT, Status.FAILED, Status.DEAD)
"""Those that a delivery can have."""


def delivery_id(target: str, *about: str) -> str:
    """Return the id of the delivery to `target` that is about these things."""
    return derived_id("delivery", target, *about)


def new_delivery(
    target: str,
    *,
    about: Sequence[str],
    destination: str,
    subject: str,
    content: dict[str, Any],
    now: datetime,
    next_attempt_at: datetime,
    give_up_at: datetime | None = None,
) -> Delivery:
    """Return a delivery that nobody has attempted; its id follows from `target` and `about`."""
    identity = delivery_id(target, *about)
    return Delivery(
        delivery_id=identity,
        target=target,
        destination=destination,
        subject=subject,
        created_at=to_text(now),
        sort_key=f"{to_text(now)}#{identity}",
        status=Status.PENDING,
        attempt_count=0,
        next_attempt_at=to_text(next_attempt_at),
        give_up_at=to_text(give_up_at) if give_up_at else None,
        content=content,
    )


class DeliveryStore(WorkStore[Delivery]):
    """Every access to the Deliveries table."""

    def __init__(self, table_name: str) -> None:
        super().__init__(table_name, Delivery)

    def put_action(self, delivery: Delivery) -> Action:
        """Return the write that stores a new delivery, as a part of a transaction."""
        return self.table.put_action(to_record(delivery), self._shape.key)

    def note_receipt(self, delivery_id: str, at: str) -> bool:
        """Note that a person has it; return False when there is no such delivery. The first receipt stays."""
        write = self.table.update_action(
            {"deliveryId": delivery_id},
            {"receiptAt": at},
            condition="attribute_exists(deliveryId) AND attribute_not_exists(receiptAt)",
        )
        try:
            self.table.write(write)
        except ConditionFailedError as error:
            return error.item is not None
        return True
