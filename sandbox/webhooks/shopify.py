"""Shopify: the base64 HMAC-SHA256 of the body; id, topic and shop are headers that nothing signs.

Source: shopify.dev, "Verify webhook deliveries" and "Webhooks delivery structure".
"""

import hmac
import uuid
from base64 import b64encode
from collections.abc import Mapping

from sandbox.webhooks import Signed

_DELIVERIES = uuid.UUID("0f4b2d0e-6a57-4f0c-8d57-3b8c2f6f4a21")

DOCUMENT = {"id": 7, "name": "#1001"}


def sign(body: bytes, secrets: Mapping[str, str], now: float) -> Signed:
    """Sign a delivery, whose id is always the same for the same body."""
    key = secrets["SHOPIFY_WEBHOOK_SECRET"].encode()
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Hmac-SHA256": b64encode(hmac.digest(key, body, "sha256")).decode(),
        "X-Shopify-Shop-Domain": "example-centre.myshopify.com",
        "X-Shopify-Webhook-Id": str(uuid.uuid5(_DELIVERIES, body.hex())),
    }
    return Signed(headers, body)


SIGNERS = {"shopify": sign}
