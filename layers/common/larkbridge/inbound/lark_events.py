"""Lark events.

Protocol (Lark docs, "Event overview" and "Receive message"): what `lark_webhook` says. A message has an id of
its own, in other places in version 1 than in version 2.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, override

from larkbridge.http_exchange import Request, Response
from larkbridge.inbound.lark_webhook import STORED, LarkWebhook, as_object
from larkbridge.inbound.provider import MAX_BODY_BYTES, NewEvent, text_of
from larkbridge.lark.base_event_types import RECORDS_TYPE


class LarkEvents(LarkWebhook):
    """Events of versions 1 and 2.

    A message is known by the app and its message id: Lark warns that one message may come under several event
    ids, and it comes under two when both versions are subscribed. Two bots of one group each get it.
    """

    source: ClassVar[str] = "lark"
    paths: ClassVar[Sequence[str]] = ("/webhook/event", "/webhook/lark")

    @override
    def read(
        self, request: Request, header: Mapping[str, Any], event: Mapping[str, Any]
    ) -> tuple[NewEvent, Response]:
        """Return the event; of too many changed records, which they are and what was done to them."""
        event_type = text_of(header, "event_type")
        match event_type:
            case "im.message.receive_v1":
                delivery_id = _message(header, as_object(event.get("message")), "message_id")
            case "message":
                delivery_id = _message(header, event, "open_message_id")
            case _:
                delivery_id = text_of(header, "event_id")
        must_be_abridged = event_type == RECORDS_TYPE and len(request.body) > MAX_BODY_BYTES
        return NewEvent(
            delivery_id, event_type, _abridged(header, event) if must_be_abridged else None
        ), STORED


def _abridged(header: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    listed = event.get("action_list")
    entries = map(as_object, listed) if isinstance(listed, list) else ()
    kept = _scalars(event, "file_type", "file_token", "table_id", "update_time")
    kept["action_list"] = [_scalars(entry, "record_id", "action") for entry in entries]
    known = _scalars(header, "event_id", "event_type", "create_time", "app_id", "tenant_key")
    return json.dumps({"schema": "2.0", "header": known, "event": kept})


def _scalars(holder: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: holder[name] for name in names if isinstance(holder.get(name), str | int | float)}


def _message(header: Mapping[str, Any], holder: Mapping[str, Any], name: str) -> str:
    """Return what a message is known by; of the app a hash, since its digits may look like a phone number."""
    app_id, message_id = text_of(header, "app_id", None), text_of(holder, name)
    return f"message:{_short_hash(app_id) if app_id else ''}:{message_id}"


@lru_cache(maxsize=8)
def _short_hash(app_id: str) -> str:
    return hashlib.sha256(app_id.encode()).hexdigest()[:8]
