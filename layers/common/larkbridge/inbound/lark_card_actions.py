"""What people do on Lark's cards.

Protocol (Lark docs, "Card callback communication"; for old cards the SDK's `card/action_handler.py`): the new
`card.action.trigger` is an event like any other. An old card's action is one flat object, signed with the hex
SHA-1 of timestamp, nonce, Verification Token and raw body; its field `token` is for updating the card. The
answer must come within 3 seconds; Lark does not send an action again.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, override

from larkbridge.errors import BadRequestError
from larkbridge.http_exchange import Request, Response
from larkbridge.inbound.lark_webhook import (
    SIGNATURE,
    STORED,
    LarkWebhook,
    as_object,
    lark_secrets,
    signing_secret,
)
from larkbridge.inbound.provider import (
    Context,
    NewEvent,
    Received,
    text_of,
)
from larkbridge.observability import logger

ASKER, REFUSAL = "asker", "refusal"
"""Where in a button's value stand the open id of who alone may press it, and what others are told."""
_SHA1_HEX_LENGTH = 40
_CARD_PARTS = frozenset({"elements", "i18n_elements", "body", "header", "schema", "config", "card_link"})
"""What a card of version 1 or 2 has; at least one of them."""


class LarkCards(LarkWebhook):
    """Actions on new and old cards.

    A new card may carry its own answer: a text `toast` in its action's value is shown to the user, a `card`
    there takes the card's place. Lark wants that one wrapped and shows an error for anything else, so a bare
    card is wrapped, and what is no card is left out. Where the value names an `asker`, anybody else gets its
    `refusal` for a toast and keeps the card.
    """

    source: ClassVar[str] = "lark-card"
    paths: ClassVar[Sequence[str]] = ("/webhook/card",)

    @override
    def verify(self, request: Request, context: Context) -> bytes | bytearray:
        if not _is_old(request):
            return super().verify(request, context)
        _, tokens = lark_secrets(context)
        signing_secret(request, tokens, hashlib.sha1)
        return request.body

    @override
    def identify(self, request: Request, document: dict[str, Any], context: Context) -> Received:
        if not _is_old(request):
            return super().identify(request, document, context)
        event = NewEvent(delivery_id=_old_action_id(document), type="card.action.trigger_v1")
        return Received(events=[event], answer=STORED)

    @override
    def read(
        self, request: Request, header: Mapping[str, Any], event: Mapping[str, Any]
    ) -> tuple[NewEvent, Response]:
        return NewEvent(text_of(header, "event_id"), text_of(header, "event_type")), _answer(event)


def _is_old(request: Request) -> bool:
    """Tell by the signature: no document may choose how it is checked."""
    return len(request.headers.get(SIGNATURE, "").strip()) == _SHA1_HEX_LENGTH


def _old_action_id(document: dict[str, Any]) -> str:
    action = document.get("action")
    if not isinstance(action, dict):
        raise BadRequestError("action is missing")
    parts = [text_of(document, "open_message_id"), text_of(document, "token"), action]
    return hashlib.sha256(_canonical(parts)).hexdigest()


def _answer(event: Mapping[str, Any]) -> Response:
    value = as_object(as_object(event.get("action")).get("value"))
    toast, card = value.get("toast"), value.get("card")
    if ASKER in value and as_object(event.get("operator")).get("open_id") != value[ASKER]:
        toast, card = value.get(REFUSAL), None
    answer: dict[str, Any] = {}
    if toast and isinstance(toast, str):
        answer["toast"] = {"type": "info", "content": toast}
    if wrapped := _wrapped(card):
        answer["card"] = wrapped
    elif card:
        logger.warning("card left out", reason="neither a card nor a wrapped one")
    _canonical(answer)  # raises where the answer could not be written
    return Response.json(answer)


def _wrapped(card: Any) -> dict[str, Any] | None:
    match card:
        case {"type": "raw" | "template", "data": dict()}:
            return card
        case dict() if "type" not in card and _CARD_PARTS & card.keys():
            return {"type": "raw", "data": card}
        case _:
            return None


def _canonical(value: object) -> bytes:
    """Return the one JSON text; raises BadRequestError for what was readable and cannot be written."""
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    except ValueError:
        raise BadRequestError("action cannot be read") from None
