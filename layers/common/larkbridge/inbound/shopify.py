"""Shopify webhooks.

Protocol (shopify.dev, "Verify webhook deliveries"): `X-Shopify-Hmac-SHA256` is the base64 HMAC-SHA256 of the
raw body with the app's client secret. `X-Shopify-Webhook-Id` is the same again when a delivery is repeated;
`X-Shopify-Event-Id` is shared by every topic that one change sets off and would hide all but the first.

No header is signed, and the body does not say when it was sent: nothing tells how old a delivery is. The
shop stands in a header alone and is kept as the event's subject.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, override

from larkbridge.errors import BadRequestError
from larkbridge.http_exchange import Request
from larkbridge.inbound.provider import (
    Context,
    NewEvent,
    Provider,
    Received,
    hmac_base64,
    require_match,
    required_header,
    text_of,
)


class Shopify(Provider):
    source: ClassVar[str] = "shopify"
    own_secrets: ClassVar[Sequence[str]] = ("SHOPIFY_WEBHOOK_SECRET",)

    @override
    def verify(self, request: Request, context: Context) -> bytes:
        secrets = context.secrets.all("SHOPIFY_WEBHOOK_SECRET", required=True)
        signature = required_header(request, "x-shopify-hmac-sha256")
        require_match([hmac_base64(secret.encode(), request.body) for secret in secrets], [signature])
        return request.body

    @override
    def identify(self, request: Request, document: dict[str, Any], context: Context) -> Received:
        headers = {name: value.strip() for name, value in request.headers.items()}
        delivery_id, topic = headers.get("x-shopify-webhook-id"), text_of(headers, "x-shopify-topic", None)
        if not delivery_id or not topic:
            raise BadRequestError("X-Shopify-Webhook-Id and X-Shopify-Topic are required")
        shop = text_of(headers, "x-shopify-shop-domain", None)
        event = NewEvent(delivery_id=delivery_id, type=topic, subject=shop)
        return Received(events=[event])
