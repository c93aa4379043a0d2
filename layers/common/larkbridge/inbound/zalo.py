"""Zalo Official Account webhooks.

Protocol (developers of other integrations, since Zalo's own page does not say it all): `X-ZEvent-Signature`
is "mac=" and the hex SHA-256 of id + raw body + timestamp + OA secret key, one after the other. They
disagree about the id (`ZALO_SIGNED_ID`) and where the timestamp stands (`ZALO_TIMESTAMP_SOURCE`), so both
are settings. The OA secret key is not the app's secret.

Its age refuses nothing: Zalo sends again for up to 12 hours. A replay has the id of the first delivery.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any, ClassVar, override

from larkbridge.errors import NotConfiguredError, UnverifiedRequestError
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
from larkbridge.settings import ProviderSettings, ZaloSettings


class Zalo(Provider):
    source: ClassVar[str] = "zalo"
    own_secrets: ClassVar[Sequence[str]] = ("ZALO_OA_SECRET_KEY",)

    @override
    def verify(self, request: Request, context: Context) -> bytes:
        secrets = context.secrets.all("ZALO_OA_SECRET_KEY", required=True)
        sender = _sender(context.settings.zalo)
        given = required_header(request, "x-zevent-signature").removeprefix("mac=")
        in_header = context.settings.zalo.timestamp_source == "header"
        timestamp = _header_timestamp(request) if in_header else _body_timestamp(request.body)
        content = sender.encode() + request.body + timestamp.encode()
        require_match([hashlib.sha256(content + secret.encode()).hexdigest() for secret in secrets], [given])
        return request.body

    @override
    def identify(self, request: Request, document: dict[str, Any], context: Context) -> Received:
        name = text_of(document, "event_name")
        which = _message_id(document) or hashlib.sha256(request.body).hexdigest()
        return Received(events=[NewEvent(delivery_id=f"{name}:{which}", type=name)])

    @override
    def has_settings(self, settings: ProviderSettings) -> bool:
        return bool(settings.zalo.app_id or settings.zalo.oa_id)


def _sender(settings: ZaloSettings) -> str:
    """Return the id that Zalo signs; raises NotConfiguredError when it is not set."""
    if settings.signed_id == "oa_id":
        name, sender = "ZALO_OA_ID", settings.oa_id
    else:
        name, sender = "ZALO_APP_ID", settings.app_id
    if not sender:
        raise NotConfiguredError(f"{name} is not configured")
    return sender


def _header_timestamp(request: Request) -> str:
    return _digits(required_header(request, "x-zevent-timestamp"))


def _body_timestamp(body: bytes) -> str:
    try:
        document = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise UnverifiedRequestError("the body has no timestamp") from None
    return _digits(document.get("timestamp") if isinstance(document, dict) else None)


def _digits(timestamp: Any) -> str:
    if not isinstance(timestamp, str | int) or not re.fullmatch(r"[0-9]{1,20}", str(timestamp)):
        raise UnverifiedRequestError("the timestamp is not a number of milliseconds")
    return str(timestamp)


def _message_id(document: dict[str, Any]) -> str | None:
    """Return what identifies an event together with its name, None where many events share a message."""
    message = document.get("message")
    if not isinstance(message, dict) or "react_icon" in message:
        return None
    message_id = message.get("msg_id")
    return str(message_id) if type(message_id) in (str, int) and message_id else None
