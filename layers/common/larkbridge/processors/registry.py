"""Every subscriber of events; an event of a type that has none is only logged."""

from larkbridge.processors import (
    base_changes,
    button_clicks,
    chat_events,
    clerk_users,
    modelriver_content,
    stripe_payments,
    zalo_receipts,
)
from larkbridge.processors.subscriber import Incoming, Resources, Subscriber, Subscribers

_FAMILIES = (
    base_changes.subscribers,
    button_clicks.subscribers,
    chat_events.subscribers,
    clerk_users.subscribers,
    modelriver_content.subscribers,
    stripe_payments.subscribers,
    zalo_receipts.subscribers,
)


def registry(resources: Resources) -> Subscribers:
    """Return every subscriber by source and type."""
    found: dict[tuple[str, str], list[Subscriber[Incoming]]] = {}
    for subscribers in _FAMILIES:
        for source, types, subscriber in subscribers(resources):
            for event_type in types:
                found.setdefault((source, event_type), []).append(subscriber)
    return found
