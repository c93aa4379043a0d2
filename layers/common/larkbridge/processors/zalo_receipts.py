"""Zalo: receipts of the messages that we sent.

Protocol (developers of other integrations): a receipt of a template message has `message.delivery_time`
(milliseconds, as text) and the `message.tracking_id` that was sent; the receipt of a chat message has the
same event name and neither.
"""

from collections.abc import Sequence

from larkbridge.processors.payload_fields import MILLISECONDS, NAME, Fields
from larkbridge.processors.subscriber import Handles, Incoming, NothingToDoError, Resources
from larkbridge.store.deliveries import Delivery, DeliveryStore

RECEIPT_TYPE = "user_received_message"


class ZaloProcessor:
    """Notes on a delivery that its receiver has it; the first receipt stays."""

    def __init__(self, deliveries: DeliveryStore) -> None:
        self._deliveries = deliveries

    def receipt(self, incoming: Incoming) -> Sequence[Delivery]:
        """Note a receipt; a delivery's id is its tracking id."""
        message = Fields(incoming.document).object("message")
        if message.values.get("delivery_time") is None:
            raise NothingToDoError("chat_receipt")
        at = message.optional_moment("delivery_time", MILLISECONDS) or incoming.event.received_at
        tracking_id = message.text("tracking_id", NAME, None)
        if not tracking_id or not self._deliveries.note_receipt(tracking_id, at):
            raise NothingToDoError("unknown_tracking_id")
        return []


def subscribers(resources: Resources) -> Sequence[Handles]:
    return [Handles("zalo", (RECEIPT_TYPE,), ZaloProcessor(resources.deliveries).receipt)]
