"""ModelRiver webhooks.

Protocol: its sources disagree, so the header names and the signed content are settings. The signature is
the bare hex HMAC-SHA256 of one of

* `body`: the raw body (modelriver.com/docs/webhooks/signature-verification), which bounds no replay;
* `timestamp.body`: "<timestamp>.<raw body>" (its repository chatbot-async-app);
* `timestamp.data`: "<timestamp>.<data>", where data is that member as it stands in the body (its repository
  webhook-test-server). Nothing but `data` is proven then, not even `callback_url`.

A channel has one event of each type, however often it is sent. Fields may stand inside `data`.
"""

import hmac
import json
import re
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

_DECODER = json.JSONDecoder()
_PUNCTUATION = re.compile(r"[ \t\n\r]*([{}:,])[ \t\n\r]*")


class ModelRiver(Provider):
    source: ClassVar[str] = "modelriver"
    own_secrets: ClassVar[Sequence[str]] = ("MODELRIVER_WEBHOOK_SECRET",)

    @override
    def verify(self, request: Request, context: Context) -> bytes:
        secrets = context.secrets.all("MODELRIVER_WEBHOOK_SECRET", required=True)
        content = _signed_content(request, context)
        signature = required_header(request, context.settings.modelriver.signature_header.lower())
        macs = [hmac.digest(secret.encode(), content, "sha256").hex() for secret in secrets]
        require_match(macs, [signature])
        return request.body

    @override
    def identify(self, request: Request, document: dict[str, Any], context: Context) -> Received:
        event_type = text_of(document, "type")
        data = document.get("data")
        holder = data if "channel_id" not in document and isinstance(data, dict) else document
        channel_id = text_of(holder, "channel_id")
        return Received(events=[NewEvent(delivery_id=f"{event_type}:{channel_id}", type=event_type)])


def _signed_content(request: Request, context: Context) -> bytes:
    variant = context.settings.modelriver.signed_content
    if variant == "body":
        return request.body
    timestamp = required_header(request, context.settings.modelriver.timestamp_header.lower())
    require_fresh(timestamp, context.now)
    return f"{timestamp}.".encode() + (_data(request.body) if variant == "timestamp.data" else request.body)


def _data(body: bytes) -> bytes:
    try:
        return member(body.decode(), "data").encode()
    except (ValueError, RecursionError):
        raise UnverifiedRequestError("the body has no data that could be signed") from None


def member(text: str, name: str) -> str:
    """Return the value of a JSON object's member exactly as it is written.

    >>> member('{"id": 1, "data": {"n" : 1.0}}', "data")
    '{"n" : 1.0}'

    Raises
    ------
    ValueError
        When the text is no JSON object or does not have the member exactly once.
    """
    found: list[str] = []
    mark, position = _punctuation(text, 0, "{")
    while mark != "}":
        if text[position : position + 1] != '"':
            raise ValueError("not JSON")
        key, position = _DECODER.raw_decode(text, position)
        _, start = _punctuation(text, position, ":")
        _, end = _DECODER.raw_decode(text, start)
        if key == name:
            found.append(text[start:end])
        mark, position = _punctuation(text, end, ",}")
    if len(found) != 1:
        raise ValueError(f"not one {name}")
    return found[0]


def _punctuation(text: str, position: int, allowed: str) -> tuple[str, int]:
    """Return the mark at `position` and where the text after it goes on."""
    match = _PUNCTUATION.match(text, position)
    if not match or match[1] not in allowed:
        raise ValueError("not JSON")
    return match[1], match.end()
