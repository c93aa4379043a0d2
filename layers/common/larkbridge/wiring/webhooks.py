"""The webhooks."""

from collections.abc import Callable
from functools import partial
from typing import Any

from larkbridge import aws
from larkbridge.apigateway import RouteTable, Served
from larkbridge.clock import Clock, SystemClock
from larkbridge.inbound.receive import Receive
from larkbridge.inbound.webhook_routes import ROUTES
from larkbridge.settings import Settings
from larkbridge.store.events import EventStore
from larkbridge.store.rate_limits import RateLimitStore


def receive_webhook(
    settings: Settings | None = None, clock: Clock | None = None
) -> Callable[..., dict[str, Any]]:
    """Return the Lambda handler that takes every webhook."""
    settings, clock = settings or Settings(), clock or SystemClock()
    secrets = aws.Secrets(partial(aws.read_secret, settings.secrets_id), clock)
    events = EventStore(
        settings.required("EVENTS_TABLE"), RateLimitStore(settings.required("RATE_LIMITS_TABLE"))
    )
    aws.client("dynamodb")
    receive = Receive(settings, secrets, events, clock)
    return RouteTable(Served(route, receive) for route in ROUTES).handler()
