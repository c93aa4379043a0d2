"""Woken by the Deliveries stream: try at once what has just been stored; by alarms: store cards of them."""

from typing import Any

from larkbridge.observability import instrumented
from larkbridge.sending.first_attempts import send_records
from larkbridge.settings import SendDeliveriesSettings
from larkbridge.staff_chat.alarm_cards import is_notification
from larkbridge.wiring.sending import alarm_cards, first_attempts

settings = SendDeliveriesSettings()
sending = first_attempts(settings)
alarms = alarm_cards(settings)


@instrumented
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Attempt the deliveries that a batch of stream records announces; returns those that cannot be read.

    What SNS notifies becomes deliveries, which the stream announces in their turn.
    """
    if is_notification(event):
        alarms.take(event)
        return {"batchItemFailures": []}
    return send_records(event, sending, owner=context.aws_request_id)
