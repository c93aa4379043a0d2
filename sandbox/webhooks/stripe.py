"""Stripe: `t=<unix>,v1=<hex HMAC-SHA256 of "<t>.<body>">`; the key is the whole secret.

Source: Stripe's Python SDK, `WebhookSignature.generate_signature_header`.
"""

import hmac
from collections.abc import Mapping

from sandbox.webhooks import Signed

DOCUMENT = {"id": "evt_1", "object": "event", "type": "a.b"}


def sign(body: bytes, secrets: Mapping[str, str], now: float) -> Signed:
    timestamp = str(int(now))
    key = secrets["STRIPE_WEBHOOK_SECRET"].encode()
    signature = hmac.new(key, b"%s.%s" % (timestamp.encode(), body), "sha256").hexdigest()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": f"t={timestamp},v1={signature}",
    }
    return Signed(headers, body)


SIGNERS = {"stripe": sign}
