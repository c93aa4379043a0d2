"""Woken by the Deliveries stream: try at once what has just been stored."""

from typing import Any

from larkbridge.observability import instrumented
from larkbridge.sending.first_attempts import send_records
from larkbridge.wiring.sending import first_attempts

sending = first_attempts()


@instrumented
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Attempt the deliveries that a batch of stream records announces; returns those that cannot be read."""
    return send_records(event, sending, owner=context.aws_request_id)
