"""Stripe webhooks.

Protocol (Stripe's Python SDK, `stripe/_webhook.py`): `Stripe-Signature` is `t=<unix>,v1=<hex>`, with
several `v1` while a secret rolls and other schemes to be ignored. Each `v1` is the HMAC-SHA256 of "<t>.<raw
body>" and the key is the whole secret, "whsec_" included. The SDK refuses old timestamps only; here those
ahead are refused too.

A thin event ("v2.core.event") has an id of its own and no state. It is stored beside the snapshot event of
the same change (`snapshot_event`) and never in its place: whoever came first would hide the other.
"""

import hmac
from collections.abc import Sequence
from typing import Any, ClassVar, override

from larkbridge.errors import UnverifiedRequestError
from larkbridge.http_exchange import Request
from larkbridge.inbound.provider import (
    Context,
    NewEvent,
    Provider,
    Received,
    require_fresh,
    require_match,
    required_header,
    text_of,
)


class Stripe(Provider):
    source: ClassVar[str] = "stripe"
    own_secrets: ClassVar[Sequence[str]] = ("STRIPE_WEBHOOK_SECRET",)

    @override
    def verify(self, request: Request, context: Context) -> bytes:
        secrets = context.secrets.all("STRIPE_WEBHOOK_SECRET", required=True)
        header = required_header(request, "stripe-signature")
        pairs = [part.strip().partition("=")[::2] for part in header.split(",")]
        timestamps = [value for name, value in pairs if name == "t"]
        if len(timestamps) != 1:
            raise UnverifiedRequestError("Stripe-Signature must have one timestamp")
        [timestamp] = timestamps
        require_fresh(timestamp, context.now)
        content = f"{timestamp}.".encode() + request.body
        require_match(
            [hmac.digest(secret.encode(), content, "sha256").hex() for secret in secrets],
            [value for name, value in pairs if name == "v1"],
        )
        return request.body

    @override
    def identify(self, request: Request, document: dict[str, Any], context: Context) -> Received:
        event = NewEvent(delivery_id=text_of(document, "id"), type=text_of(document, "type"))
        return Received(events=[event])
