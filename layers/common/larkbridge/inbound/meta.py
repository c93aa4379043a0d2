"""Meta webhooks: Pages and their leads, Messenger, Instagram, WhatsApp.

Protocol (developers.facebook.com, "Webhooks, Getting started"): `X-Hub-Signature-256` is "sha256=" and the
hex HMAC-SHA256 of the body with the app's secret. The body arrives with its non-ASCII text escaped, and is
signed as it arrives. One request carries many updates: `entry[].changes[]`, or `entry[].messaging[]` in
Messenger.

Meta sends no delivery id, so an update is known by what it is about (`leadgen:<leadgen_id>`,
`message:<mid>`), else by a hash of what it says. Two updates may say the same and both be true (granted,
revoked, granted again), so the hash takes in the moment: the update's own `timestamp`, and where there is
none `entry.time`. That is when Meta sent the request and may differ in a retry: such an update may then be
stored twice, and none is lost.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from typing import Any, ClassVar, override

from larkbridge.errors import BadRequestError, InvalidCredentialError, UnverifiedRequestError
from larkbridge.http_exchange import Request, Response
from larkbridge.inbound.provider import (
    Context,
    NewEvent,
    Provider,
    Received,
    require_match,
    required_header,
    text_of,
)

_MESSAGING_FIELDS = {
    "message": "messages",
    "message_edit": "message_edits",
    "reaction": "message_reactions",
    "delivery": "message_deliveries",
    "read": "message_reads",
    "postback": "messaging_postbacks",
    "optin": "messaging_optins",
    "referral": "messaging_referrals",
}
_CHALLENGE = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_HALF = re.compile("[\ud800-\udfff]")
"""Half a surrogate pair, which UTF-8 cannot write."""
_ENVELOPE = ("id", "time", "changes", "messaging", "standby")


class Meta(Provider):
    source: ClassVar[str] = "meta"
    own_secrets: ClassVar[Sequence[str]] = ("META_APP_SECRET", "META_VERIFY_TOKEN")

    @override
    def handshake(self, request: Request, context: Context) -> Response:
        tokens = context.secrets.all("META_VERIFY_TOKEN", required=True)
        try:
            require_match(tokens, [request.query.get("hub.verify_token", "")])
        except UnverifiedRequestError:
            raise InvalidCredentialError("hub.verify_token is wrong") from None
        challenge = request.query.get("hub.challenge", "")
        if request.query.get("hub.mode") != "subscribe" or not _CHALLENGE.fullmatch(challenge):
            raise BadRequestError("hub.mode must be subscribe and hub.challenge a word")
        return Response.text(challenge)

    @override
    def verify(self, request: Request, context: Context) -> bytes:
        secrets = context.secrets.all("META_APP_SECRET", required=True)
        signature = required_header(request, "x-hub-signature-256")
        macs = [hmac.digest(secret.encode(), request.body, "sha256").hex() for secret in secrets]
        require_match([f"sha256={mac}" for mac in macs], [signature])
        return request.body

    @override
    def identify(self, request: Request, document: dict[str, Any], context: Context) -> Received:
        kind = text_of(document, "object")
        entries = _objects(document, "entry")
        return Received(
            events=[
                _event(kind, entry, field, value) for entry in entries for field, value in _updates(entry)
            ]
        )


def _objects(holder: dict[str, Any], name: str, default: Any = None) -> list[dict[str, Any]]:
    """Return a member that must be a list of objects; raises BadRequestError for anything else."""
    items = holder.get(name, default)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BadRequestError(f"{name} must be a list of objects")
    return items


def _updates(entry: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the field and the value of each update, by the names that Meta's console gives the fields."""
    changes = _objects(entry, "changes", [])
    updates = [(text_of(change, "field"), change.get("value")) for change in changes]
    updates += [(_messaging_field(item), item) for item in _objects(entry, "messaging", [])]
    updates += [("standby", item) for item in _objects(entry, "standby", [])]
    rest = {name: value for name, value in entry.items() if name not in _ENVELOPE}
    return [_own_update(rest)] if rest and not updates else updates


def _own_update(rest: dict[str, Any]) -> tuple[str, Any]:
    """Return the update that an entry is by itself (Instagram's `field`, a User's `changed_fields`)."""
    field = text_of(rest, "field", None)
    return (field, rest.get("value")) if field else ("entry", rest)


def _messaging_field(item: dict[str, Any]) -> str:
    message = item.get("message")
    if isinstance(message, dict) and message.get("is_echo"):
        return "message_echoes"
    return next((field for key, field in _MESSAGING_FIELDS.items() if key in item), "messaging")


def _event(kind: str, entry: dict[str, Any], field: str, value: Any) -> NewEvent:
    where = {"id": entry.get("id"), "time": entry.get("time")}
    update = {"object": kind, "entry": where, "field": field, "value": value}
    return NewEvent(
        delivery_id=_about(field, value) or _says(update),
        type=f"{kind}.{field}",
        payload=_json(update),
    )


def _json(update: dict[str, Any], *, canonical: bool = False) -> str:
    """Return JSON text: the one of all that say the same, or one that UTF-8 keeps as short as it came."""
    try:
        text = json.dumps(
            update, ensure_ascii=canonical, allow_nan=False, separators=(",", ":"), sort_keys=canonical
        )
    except (ValueError, RecursionError):
        raise BadRequestError("the body has a number or a depth that cannot be kept") from None
    return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def _about(field: str, value: Any) -> str | None:
    """Return the id of the one thing that an update tells of once, None for any other update."""
    if not isinstance(value, dict):
        return None
    if field == "leadgen":
        return _id("leadgen", value.get("leadgen_id"))
    if field != "messages":
        return None
    message, messages = value.get("message"), value.get("messages")
    if isinstance(message, dict) and not message.get("is_deleted"):
        return _id("message", message.get("mid"))
    if isinstance(messages, list) and len(messages) == 1 and isinstance(messages[0], dict):
        return _id("message", messages[0].get("id"))
    return None


def _id(kind: str, value: Any) -> str | None:
    return f"{kind}:{value}" if type(value) in (str, int) and value else None


def _says(update: dict[str, Any]) -> str:
    """Return the hash of an update that has no id."""
    value = update["value"]
    if isinstance(value, dict) and "timestamp" in value:
        update = update | {"entry": {"id": update["entry"]["id"]}}
    return hashlib.sha256(_json(update, canonical=True).encode()).hexdigest()
