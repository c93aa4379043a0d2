"""GitHub webhooks.

Protocol (docs.github.com, "Validating webhook deliveries"): `X-Hub-Signature-256` is "sha256=" and the hex
HMAC-SHA256 of the raw body, also when the body is a form whose field `payload` holds the JSON.
`X-GitHub-Delivery` is the same again when a delivery is sent anew. GitHub does not retry by itself. Neither
this header nor `X-GitHub-Event` is signed, and nothing tells how old a delivery is.
"""

import hmac
import re
from collections.abc import Sequence
from typing import Any, ClassVar, override
from urllib.parse import parse_qs

from larkbridge.errors import BadRequestError
from larkbridge.http_exchange import Request
from larkbridge.inbound.provider import (
    Context,
    NewEvent,
    Provider,
    Received,
    require_match,
    required_header,
    text_of,
)

_FORM = "application/x-www-form-urlencoded"


class GitHub(Provider):
    source: ClassVar[str] = "github"
    own_secrets: ClassVar[Sequence[str]] = ("GITHUB_WEBHOOK_SECRET",)

    @override
    def verify(self, request: Request, context: Context) -> bytes:
        secrets = context.secrets.all("GITHUB_WEBHOOK_SECRET", required=True)
        signature = required_header(request, "x-hub-signature-256")
        macs = [hmac.digest(secret.encode(), request.body, "sha256").hex() for secret in secrets]
        require_match([f"sha256={mac}" for mac in macs], [signature])
        if request.headers.get("content-type", "").lower().startswith(_FORM):
            return _payload_field(request.body)
        return request.body

    @override
    def identify(self, request: Request, document: dict[str, Any], context: Context) -> Received:
        delivery_id = request.headers.get("x-github-delivery", "").strip()
        event_type = request.headers.get("x-github-event", "")
        if not delivery_id or not re.fullmatch(r"[a-z0-9_]{1,100}", event_type):
            raise BadRequestError("X-GitHub-Delivery and X-GitHub-Event are required")
        action = text_of(document, "action", None)
        event = NewEvent(delivery_id, f"{event_type}.{action}" if action else event_type)
        return Received(events=[event])


def _payload_field(body: bytes) -> bytes:
    try:
        fields = parse_qs(body.decode(), errors="strict")
        [payload] = fields["payload"]
    except (ValueError, KeyError):
        raise BadRequestError("the form has no field payload") from None
    return payload.encode()
