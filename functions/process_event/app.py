"""Woken by the Events stream: process what has just been received."""

from typing import Any

from larkbridge.observability import instrumented
from larkbridge.processors.stream import process_records
from larkbridge.wiring.processing import processing

events = processing()


@instrumented
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Process a batch of stream records; returns those that could not even be read."""
    seconds = context.get_remaining_time_in_millis() / 1000
    return process_records(event, events, owner=context.aws_request_id, seconds=seconds)
