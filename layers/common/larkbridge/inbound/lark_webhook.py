"""What every webhook of Lark has in common.

Protocol (Lark docs, "Receive events" and "Event overview"): with an Encrypt Key the body is {"encrypt": …},
and `X-Lark-Signature` is the hex SHA-256 of timestamp, nonce, Encrypt Key and raw body; it is no HMAC.
Without one, all there is to check is the Verification Token in the document. A challenge tries out an
address; it has no signature, wants its answer within a second, and comes flat or in an envelope (Lark's
Python SDK, `event/dispatcher_handler.py`).

CBC proves no text: whoever caught one can put another beginning before its tail. So a challenge is proven by
its token and, where none is configured, by its whole shape, which such a text does not have.

Lark sends an event again for 7.1 hours and does not say whether it signs it anew. So the timestamp may have
any age: the event's id is what makes a replay harmless.
"""

import hashlib
import json
import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, override

from larkbridge.errors import NotConfiguredError, UnverifiedRequestError
from larkbridge.http_exchange import Request, Response, respond_error
from larkbridge.inbound.provider import (
    Context,
    NewEvent,
    Provider,
    Received,
    require_match,
    required_header,
    text_of,
)
from larkbridge.lark.crypto import DecryptionError, decrypt

STORED = Response.json({})
"""All that Lark wants to hear."""
SIGNATURE = "x-lark-signature"
CHALLENGE = "url_verification"
"""The type of what tries out an address."""

_CHALLENGE_WORD = re.compile(r"[A-Za-z0-9_-]{1,200}")
_decode = json.JSONDecoder().decode
_NOT_PROVEN = "the request is not proven to be Lark's"


class _Envelope(NamedTuple):
    """What a document says, be it of version 2, of version 1 or a challenge.

    `header` is as version 2 has it, as far as the others have that. `kind` is the type beside which no other
    counts, and `holder` has the challenge.
    """

    header: Mapping[str, Any]
    event: Mapping[str, Any]
    kind: object
    token: object
    is_challenge: bool
    holder: Mapping[str, Any]

    def require_token(self, tokens: Sequence[str]) -> None:
        """Raise UnverifiedRequestError unless it has one of the Verification Tokens."""
        require_match(tokens, [self.token] if isinstance(self.token, str) else [])


class LarkWebhook(Provider):
    """Signature, encryption, challenge, token and app id: the same for events and for the new cards."""

    own_secrets: ClassVar[Sequence[str]] = ("LARK_ENCRYPT_KEY", "LARK_VERIFICATION_TOKEN")

    @override
    def verify(self, request: Request, context: Context) -> bytes | bytearray:
        keys = context.secrets.all("LARK_ENCRYPT_KEY")
        if keys and SIGNATURE in request.headers:
            key = signing_secret(request, keys, hashlib.sha256)
            ciphertext = _ciphertext(request.body)
            return request.body if ciphertext is None else decrypt(ciphertext, key)
        keys, tokens = lark_secrets(context)
        if keys:
            return _unsigned_challenge(request.body, keys, tokens)
        _envelope(_parsed(request.body)).require_token(tokens)
        return request.body

    @override
    def identify(self, request: Request, document: dict[str, Any], context: Context) -> Received:
        envelope = _envelope(document)
        tokens = context.secrets.all("LARK_VERIFICATION_TOKEN")
        if tokens:
            envelope.require_token(tokens)
        if envelope.is_challenge:
            challenge = text_of(envelope.holder, "challenge")
            return Received(answer=Response.json({"challenge": challenge}))
        app_id = context.settings.lark_app_id
        if app_id and envelope.header.get("app_id") != app_id:
            raise UnverifiedRequestError("the event is another app's")
        event, answer = self.read(request, envelope.header, envelope.event)
        token = envelope.token
        return Received([event], answer, withheld=[token] if token and isinstance(token, str) else [])

    @abstractmethod
    def read(
        self, request: Request, header: Mapping[str, Any], event: Mapping[str, Any]
    ) -> tuple[NewEvent, Response]:
        """Return the event in a proven document, and what answers it.

        `header` is of version 2 whatever it came as.
        """


def refuse_alike(error: Exception, request_id: str) -> Response:
    """Refuse alike whatever is not proven: no answer tells what a guess came to."""
    return respond_error(
        error, request_id, _NOT_PROVEN if isinstance(error, UnverifiedRequestError) else None
    )


def lark_secrets(context: Context) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the Encrypt Keys and the Verification Tokens; raises NotConfiguredError without either."""
    keys = context.secrets.all("LARK_ENCRYPT_KEY")
    tokens = context.secrets.all("LARK_VERIFICATION_TOKEN")
    if not (keys or tokens):
        raise NotConfiguredError("neither LARK_ENCRYPT_KEY nor LARK_VERIFICATION_TOKEN is configured")
    return keys, tokens


def signing_secret(request: Request, secrets: Sequence[str], new_hash: Callable[[bytes], Any]) -> str:
    """Return the secret that the request is signed with; raises UnverifiedRequestError when it is none."""
    timestamp = required_header(request, "x-lark-request-timestamp")
    nonce = required_header(request, "x-lark-request-nonce")
    given = required_header(request, SIGNATURE).lower()
    expected: dict[str, str] = {}
    for secret in secrets:
        digest = new_hash((timestamp + nonce + secret).encode("utf-8", "surrogatepass"))
        digest.update(request.body)
        expected[digest.hexdigest()] = secret
    require_match(expected, [given])
    return expected[given]


def as_object(value: object) -> dict[str, Any]:
    """Return a JSON object as it is and anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def _envelope(document: dict[str, Any]) -> _Envelope:
    """Take a document apart; a challenge is told by its type, and Lark also sends flat ones without.

    A challenge in an envelope may have its token beside the header.
    """
    event = as_object(document.get("event"))
    if "header" in document:
        header = as_object(document["header"])
        kind = header.get("event_type")
        is_challenge = kind == CHALLENGE
    else:
        header = {
            "event_id": document.get("uuid"),
            "event_type": event.get("type"),
            "app_id": event.get("app_id"),
            "token": document.get("token"),
        }
        kind = document.get("type")
        is_flat = "challenge" in document and document.keys().isdisjoint(("schema", "uuid", "event"))
        is_challenge = is_flat or kind == CHALLENGE
    token = document.get("token") if is_challenge and "token" not in header else header.get("token")
    holder = document if "challenge" in document else event
    return _Envelope(header, event, kind, token, is_challenge, holder)


def _unsigned_challenge(body: bytes, keys: Sequence[str], tokens: Sequence[str]) -> bytes | bytearray:
    """Return the text of a proven challenge, the one thing that comes unsigned."""
    ciphertext = _ciphertext(body)
    if ciphertext is None:
        texts = [body] if tokens else []
    else:
        texts = [text for key in keys if (text := _decrypted(ciphertext, key))]
    for text in texts:
        if _is_proven_challenge(_envelope(_parsed(text)), tokens):
            return text
    raise UnverifiedRequestError(f"the header {SIGNATURE} is missing")


def _is_proven_challenge(envelope: _Envelope, tokens: Sequence[str]) -> bool:
    if not envelope.is_challenge:
        return False
    if not tokens:
        return _has_whole_shape(envelope)
    try:
        envelope.require_token(tokens)
    except UnverifiedRequestError:
        return False
    return True


def _has_whole_shape(envelope: _Envelope) -> bool:
    """Return whether a challenge has all that Lark gives it.

    Of a text whose first block was replaced (16 bytes, and what follows is as it was), none has a type, a
    token and the challenge: the challenge it begins with has swallowed the token.
    """
    words = (envelope.token, envelope.holder.get("challenge"))
    return envelope.kind == CHALLENGE and all(
        isinstance(word, str) and _CHALLENGE_WORD.fullmatch(word) for word in words
    )


def _ciphertext(body: bytes) -> str | None:
    if b'"encrypt"' not in body:
        return None
    text = _parsed(body).get("encrypt")
    return text if isinstance(text, str) else None


def _decrypted(ciphertext: str, key: str) -> bytearray | None:
    try:
        return decrypt(ciphertext, key)
    except DecryptionError:
        return None


def _parsed(text: bytes | bytearray) -> dict[str, Any]:
    try:
        return as_object(_decode(text.decode()))
    except (ValueError, RecursionError):
        return {}
