"""What every webhook provider must be able to say about a request, and the steps that its checks are made of.

Each step refuses by name what it cannot prove or what will not do.
"""

import base64
import hmac
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from larkbridge.aws import Secrets
from larkbridge.errors import (
    BadRequestError,
    MissingSettingError,
    NotFoundError,
    UnverifiedRequestError,
)
from larkbridge.http_exchange import Request, Response
from larkbridge.settings import ProviderSettings
from larkbridge.store.events import Limit

NO_SUCH_WEBHOOK = "there is no such webhook"
MAX_BODY_BYTES = 3 * 1024 * 1024
"""Of what is kept of a request: Meta sends up to 3 MB, and one DynamoDB transaction takes 4 MB."""
MAX_LENGTH = 200
"""Characters of an id or a type."""
TOLERANCE = timedelta(minutes=5)
"""How far a signed timestamp may be from our clock, either way."""

_SECONDS = re.compile(r"[0-9]{1,12}")
_REQUIRED: Any = object()


STORED = Response.json({"ok": True})


class NewEvent(NamedTuple):
    """One event that a request carries.

    `delivery_id` is the same each time the provider sends this event and belongs to no other event of the
    same source. `payload` is the JSON text to keep, None for the whole verified document. `subject` names
    what it is about, for looking it up later.
    """

    delivery_id: str
    type: str
    payload: str | None = None
    subject: str | None = None


class Received(NamedTuple):
    """What a verified request amounts to; `answer` is the answer to it once all events are stored.

    With `limits`, an event that would exceed one of them is refused with a 429 and not stored. `withheld` are
    credentials in the document, which are not kept.
    """

    events: Sequence[NewEvent] = ()
    answer: Response = STORED
    limits: Sequence[Limit] = ()
    withheld: Sequence[str] = ()


class Context(NamedTuple):
    """What a provider needs beside the request."""

    settings: ProviderSettings
    secrets: Secrets
    now: datetime


class Provider(ABC):
    """One webhook provider; stateless.

    `receive` calls `verify`, parses what it returns as a JSON object, and calls `identify` with that. All
    of them may raise any `LarkbridgeError`; nothing is stored then.
    """

    source: ClassVar[str]
    paths: ClassVar[Sequence[str]] = ()
    """Where it is reached; `/webhooks/{source}` when there is nothing here."""
    own_secrets: ClassVar[Sequence[str]] = ()
    """The names of the secrets that are this provider's alone."""

    @abstractmethod
    def verify(self, request: Request, context: Context) -> bytes | bytearray:
        """Return the JSON text that is proven to be the provider's.

        Raises
        ------
        UnverifiedRequestError
            Without a signature, with a wrong one or a stale one.
        NotConfiguredError, MissingSettingError
            When a setting or the secret to check it with is missing.
        """

    @abstractmethod
    def identify(self, request: Request, document: dict[str, Any], context: Context) -> Received:
        """Return the events in a verified document, none for what is not an event (a challenge)."""

    def handshake(self, request: Request, context: Context) -> Response:
        """Answer a GET, by which some providers verify an address."""
        raise NotFoundError(NO_SUCH_WEBHOOK)

    def has_settings(self, settings: ProviderSettings) -> bool:
        """Return whether somebody has set what is this provider's alone."""
        return False

    def is_used(self, context: Context) -> bool:
        """Return whether anything is configured for this provider, be it in part or malformed."""
        try:
            return self.has_settings(context.settings) or any(map(context.secrets.all, self.own_secrets))
        except MissingSettingError:
            return True


def required_header(request: Request, name: str) -> str:
    """Return a header's value; raises UnverifiedRequestError when it is absent or empty."""
    value = request.headers.get(name, "").strip()
    if not value:
        raise UnverifiedRequestError(f"the header {name} is missing")
    return value


def require_match(expected: Iterable[str], given: Iterable[str]) -> None:
    """Compare in constant time; raises UnverifiedRequestError unless one of `given` is one of `expected`."""
    ours = [text.encode("utf-8", "surrogatepass") for text in expected]
    theirs = [text.encode("utf-8", "surrogatepass") for text in given]
    matches = [hmac.compare_digest(our, their) for our in ours for their in theirs]
    if not any(matches):
        raise UnverifiedRequestError("the signature or token is wrong")


def require_fresh(seconds: str, now: datetime, tolerance: timedelta = TOLERANCE) -> None:
    """Raise UnverifiedRequestError unless a unix time in seconds is within `tolerance`, either way."""
    if not _SECONDS.fullmatch(seconds):
        raise UnverifiedRequestError("the timestamp is not a number of seconds")
    if abs(now.timestamp() - int(seconds)) > tolerance.total_seconds():
        raise UnverifiedRequestError("the timestamp is too far from now")


def hmac_base64(key: bytes, content: bytes) -> str:
    """Return the base64 HMAC-SHA256 of `content`."""
    return base64.b64encode(hmac.digest(key, content, "sha256")).decode()


def text_of(document: Mapping[str, Any], name: str, default: Any = _REQUIRED) -> Any:
    """Return an id or a type: 1 to 200 printable characters.

    For anything that cannot be one it returns `default`; without one it raises BadRequestError.
    """
    value = document.get(name)
    if isinstance(value, str) and 0 < len(value) <= MAX_LENGTH and value.isprintable():
        return value
    if default is _REQUIRED:
        raise BadRequestError(f"{name} must be a text of 1 to {MAX_LENGTH} printable characters")
    return default
