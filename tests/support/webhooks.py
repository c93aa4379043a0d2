"""Webhook requests as API Gateway delivers them, signed as each vendor signs."""

import itertools
import json
from collections.abc import Mapping
from typing import Any

from sandbox.webhooks.signers import SIGNERS
from tests.support.aws import SECRETS
from tests.support.forms import http_event

type Event = dict[str, Any]

FIRST_SECRETS = {name: value if isinstance(value, str) else value[0] for name, value in SECRETS.items()}
LARK_APP_ID = "cli_local"
ZALO_APP_ID = "1234567890"

_OWN_ROUTES = {
    "feishu-automation": "/v1/webhooks/feishu/button",
    "feishu-button": "/v1/webhooks/feishu/button",
    "lark": "/webhook/event",
    "lark-card": "/webhook/card",
    "lark-challenge": "/webhook/event",
    "lark-old-card": "/webhook/card",
}
_requests = itertools.count(1)


def route_of(signer: str) -> tuple[str, dict[str, str]]:
    """Return the route that a signer's requests go to, and its path parameters."""
    if signer in _OWN_ROUTES:
        return f"POST {_OWN_ROUTES[signer]}", {}
    return "POST /webhooks/{provider}", {"provider": signer.partition("-")[0]}


def body_of(document: Any) -> bytes:
    """Return a document as JSON, and bytes as they are."""
    return document if isinstance(document, bytes) else json.dumps(document).encode()


def webhook(
    signer: str,
    document: Any,
    now: float,
    *,
    secrets: Mapping[str, str] = FIRST_SECRETS,
    source_ip: str = "203.0.113.7",
    base64_encoded: bool = False,
) -> Event:
    """Return a signed request; `document` is JSON, or the body itself as bytes."""
    signed = SIGNERS["lark" if signer == "lark-card" else signer](body_of(document), secrets, now)
    route, path = route_of(signer)
    return request(
        route,
        signed.body,
        signed.headers,
        path=path,
        source_ip=source_ip,
        base64_encoded=base64_encoded,
    )


def request(
    route: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> Event:
    """Return a request with an id of its own, whoever it is from."""
    return http_event(
        body if body is None or options.get("base64_encoded") else body.decode(),
        route=route,
        headers={name.lower(): value for name, value in (headers or {}).items()},
        request_id=f"request-{next(_requests)}",
        **options,
    )
