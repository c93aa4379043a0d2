"""Woken by the queue of chat turns, and by the one of turns that were given up: answers people in Lark."""

from typing import Any

from larkbridge.observability import instrumented
from larkbridge.wiring.chatting import chatting

handed_over = chatting()


@instrumented
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Take a batch of turns; returns those that must be handed over again."""
    return handed_over.take(event)
