"""Lark events, and what every webhook of Lark has in common.

Protocol (Lark docs, "Receive events", "Event overview" and "Receive message"): with an Encrypt Key the body
is {"encrypt": …}, and `X-Lark-Signature` is the hex SHA-256 of timestamp, nonce, Encrypt Key and raw body; it
is no HMAC. Without one, all there is to check is the Verification Token in the document. A challenge tries
out an address; it has no signature, wants its answer within a second, and comes flat or in an
envelope (Lark's Python SDK, `event/dispatcher_handler.py`).

CBC proves no text: whoever caught one can put another beginning before its tail. So a challenge is proven by
its token and, where none is configured, by its whole shape, which such a text does not have.

Lark sends an event again for 7.1 hours and does not say whether it signs it anew. So the timestamp may have
any age: the event's id is what makes a replay harmless.
"""

import hashlib
import json
import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, override

from larkbridge.errors import NotConfiguredError, UnverifiedRequestError
from larkbridge.http_exchange import Request, Response, respond_error
from larkbridge.inbound.provider import MAX_BODY_BYTES, Context, NewEvent, Provider, Received
from larkbridge.inbound.reading import is_text, required_text
from larkbridge.inbound.verification import require_match, required_header
from larkbridge.lark.crypto import DecryptionError, decrypt
from larkbridge.lark.event_types import RECORDS_TYPE

SIGNATURE = "x-lark-signature"
CHALLENGE = "url_verification"
"""The type of what tries out an address."""

_CHALLENGE_WORD = re.compile(r"[A-Za-z0-9_-]{1,200}")
_decode = json.JSONDecoder().decode
_NOT_PROVEN = "the request is not proven to be Lark's"


class LarkWebhook(Provider):
    """Signature, encryption, challenge, token and app id: the same for events and for the new cards."""

    own_secrets: ClassVar[Sequence[str]] = ("LARK_ENCRYPT_KEY", "LARK_VERIFICATION_TOKEN")

    @override
    def verify(self, request: Request, context: Context) -> bytes:
        keys, tokens = lark_secrets(context)
        if not keys:
            _require_token(_parsed(request.body), tokens)
            return request.body
        if SIGNATURE not in request.headers:
            return _unsigned_challenge(request.body, keys, tokens)
        key = signing_secret(request, keys, "sha256")
        ciphertext = _ciphertext(request.body)
        return request.body if ciphertext is None else decrypt(ciphertext, key)

    @override
    def identify(self, request: Request, document: dict[str, Any], context: Context) -> Received:
        header, is_challenge = _header(document), _is_challenge(document)
        tokens = context.optional_secrets("LARK_VERIFICATION_TOKEN")
        if tokens:
            _require_match(_token(document, header, is_challenge=is_challenge), tokens)
        if is_challenge:
            return Received(answer={"challenge": required_text(_challenge_holder(document), "challenge")})
        token = header.get("token")
        app_id = context.settings.text("LARK_APP_ID")
        if app_id and header.get("app_id") != app_id:
            raise UnverifiedRequestError("the event is another app's")
        received = self.read(header, as_object(document.get("event")))
        withheld = [token] if token and isinstance(token, str) else []
        return received._replace(withheld=withheld)

    @override
    def refuse(self, error: Exception, request_id: str) -> Response:
        """Refuse alike whatever is not proven: no answer tells what a guess came to."""
        return respond_error(
            error, request_id, _NOT_PROVEN if isinstance(error, UnverifiedRequestError) else None
        )

    @abstractmethod
    def read(self, header: Mapping[str, Any], event: Mapping[str, Any]) -> Received:
        """Return what a proven document amounts to; `header` is of version 2 whatever it came as."""


class LarkEvents(LarkWebhook):
    """Events of versions 1 and 2.

    A message is known by the app and its message id: Lark warns that one message may come under several event
    ids, and it comes under two when both versions are subscribed. Two bots of one group each get it.
    """

    source: ClassVar[str] = "lark"

    @override
    def read(self, header: Mapping[str, Any], event: Mapping[str, Any]) -> Received:
        event_type = required_text(header, "event_type")
        match event_type:
            case "im.message.receive_v1":
                delivery_id = _message(header, as_object(event.get("message")), "message_id")
            case "message":
                delivery_id = _message(header, event, "open_message_id")
            case _:
                delivery_id = required_text(header, "event_id")
        return Received(events=[NewEvent(delivery_id=delivery_id, type=event_type)], answer={})

    @override
    def identify(self, request: Request, document: dict[str, Any], context: Context) -> Received:
        """Return the event; of too many changed records, which they are and what was done to them."""
        received = super().identify(request, document, context)
        if len(request.body) <= MAX_BODY_BYTES:
            return received
        events = [
            event._replace(payload=_abridged(document)) if event.type == RECORDS_TYPE else event
            for event in received.events
        ]
        return received._replace(events=events)


def _abridged(document: dict[str, Any]) -> str:
    header, event = as_object(document.get("header")), as_object(document.get("event"))
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
    app_id, message_id = header.get("app_id"), required_text(holder, name)
    return f"message:{_short_hash(app_id) if is_text(app_id) else ''}:{message_id}"


@lru_cache(maxsize=8)
def _short_hash(app_id: str) -> str:
    return hashlib.sha256(app_id.encode()).hexdigest()[:8]


def lark_secrets(context: Context) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the Encrypt Keys and the Verification Tokens; raises NotConfiguredError without either."""
    keys = context.optional_secrets("LARK_ENCRYPT_KEY")
    tokens = context.optional_secrets("LARK_VERIFICATION_TOKEN")
    if not (keys or tokens):
        raise NotConfiguredError("neither LARK_ENCRYPT_KEY nor LARK_VERIFICATION_TOKEN is configured")
    return keys, tokens


def signing_secret(request: Request, secrets: Sequence[str], algorithm: str) -> str:
    """Return the secret that the request is signed with; raises UnverifiedRequestError when it is none."""
    timestamp = required_header(request, "x-lark-request-timestamp")
    nonce = required_header(request, "x-lark-request-nonce")
    given = required_header(request, SIGNATURE).lower()
    expected: dict[str, str] = {}
    for secret in secrets:
        digest = hashlib.new(algorithm, (timestamp + nonce + secret).encode("utf-8", "surrogatepass"))
        digest.update(request.body)
        expected[digest.hexdigest()] = secret
    require_match(expected, [given])
    return expected[given]


def as_object(value: object) -> dict[str, Any]:
    """Return a JSON object as it is and anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def _header(document: dict[str, Any]) -> dict[str, Any]:
    """Return version 2's header, or what version 1 and a challenge have of it."""
    if "header" in document:
        return as_object(document["header"])
    event = as_object(document.get("event"))
    return {
        "event_id": document.get("uuid"),
        "event_type": event.get("type"),
        "app_id": event.get("app_id"),
        "token": document.get("token"),
    }


def _require_token(document: dict[str, Any], tokens: Sequence[str]) -> None:
    """Raise UnverifiedRequestError unless the document has one of the Verification Tokens."""
    _require_match(_token(document, _header(document), is_challenge=_is_challenge(document)), tokens)


def _require_match(token: object, tokens: Sequence[str]) -> None:
    require_match(tokens, [token] if isinstance(token, str) else [])


def _token(document: dict[str, Any], header: dict[str, Any], *, is_challenge: bool) -> object:
    """Return the token of an event; a challenge in an envelope may have it beside its header."""
    return document.get("token") if is_challenge and "token" not in header else header.get("token")


def _is_challenge(document: dict[str, Any]) -> bool:
    """Tell a challenge by its type; Lark also sends flat ones without."""
    if "header" in document:
        return as_object(document["header"]).get("event_type") == CHALLENGE
    is_flat = "challenge" in document and document.keys().isdisjoint(("schema", "uuid", "event"))
    return is_flat or document.get("type") == CHALLENGE


def _challenge_holder(document: dict[str, Any]) -> dict[str, Any]:
    return document if "challenge" in document else as_object(document.get("event"))


def _unsigned_challenge(body: bytes, keys: Sequence[str], tokens: Sequence[str]) -> bytes:
    """Return the text of a proven challenge, the one thing that comes unsigned."""
    ciphertext = _ciphertext(body)
    if ciphertext is None:
        texts = [body] if tokens else []
    else:
        texts = [text for key in keys if (text := _decrypted(ciphertext, key))]
    for text in texts:
        if _is_proven_challenge(_parsed(text), tokens):
            return text
    raise UnverifiedRequestError(f"the header {SIGNATURE} is missing")


def _is_proven_challenge(document: dict[str, Any], tokens: Sequence[str]) -> bool:
    if not _is_challenge(document):
        return False
    if not tokens:
        return _has_whole_shape(document)
    try:
        _require_token(document, tokens)
    except UnverifiedRequestError:
        return False
    return True


def _has_whole_shape(document: dict[str, Any]) -> bool:
    """Return whether a challenge has all that Lark gives it.

    Of a text whose first block was replaced (16 bytes, and what follows is as it was), none has a type, a
    token and the challenge: the challenge it begins with has swallowed the token.
    """
    kind = as_object(document.get("header")).get("event_type") or document.get("type")
    token = _token(document, _header(document), is_challenge=True)
    challenge = _challenge_holder(document).get("challenge")
    words = (one for one in (token, challenge) if isinstance(one, str) and _CHALLENGE_WORD.fullmatch(one))
    return kind == CHALLENGE and len(list(words)) == 2


def _ciphertext(body: bytes) -> str | None:
    if b'"encrypt"' not in body:
        return None
    text = _parsed(body).get("encrypt")
    return text if isinstance(text, str) else None


def _decrypted(ciphertext: str, key: str) -> bytes | None:
    try:
        return decrypt(ciphertext, key)
    except DecryptionError:
        return None


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        return as_object(_decode(text.decode()))
    except (ValueError, RecursionError):
        return {}
