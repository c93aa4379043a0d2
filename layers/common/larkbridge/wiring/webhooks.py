"""The webhooks."""

from collections.abc import Callable
from functools import partial
from typing import Any

from larkbridge import aws
from larkbridge.apigateway import RouteTable, Served
from larkbridge.clock import Clock, SystemClock
from larkbridge.inbound.receive import Receive
from larkbridge.inbound.webhook_routes import ROUTES
from larkbridge.settings import ReceiveWebhookSettings
from larkbridge.store.events import EventStore
from larkbridge.store.rate_limits import RateLimitStore


def receive_webhook(
    settings: ReceiveWebhookSettings | None = None, clock: Clock | None = None
) -> Callable[..., dict[str, Any]]:
    """Return the Lambda handler that takes every webhook."""
    settings, clock = settings or ReceiveWebhookSettings(), clock or SystemClock()
    secrets = aws.Secrets(partial(aws.read_secret, settings.secrets_id), clock)
    events = EventStore(settings.events_table, RateLimitStore(settings.rate_limits_table))
    aws.client("dynamodb")
    receive = Receive(settings.providers, secrets, events, clock)
    return RouteTable(Served(route, receive) for route in ROUTES).handler()
