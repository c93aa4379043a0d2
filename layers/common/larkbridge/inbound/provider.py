"""What every webhook provider must be able to say about a request."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from larkbridge.aws import Secrets
from larkbridge.errors import MissingSettingError, NotConfiguredError, NotFoundError
from larkbridge.http_exchange import Request, Response, respond_error
from larkbridge.settings import Settings
from larkbridge.store.events import Limit

NO_SUCH_WEBHOOK = "there is no such webhook"
MAX_BODY_BYTES = 3 * 1024 * 1024
"""Of what is kept of a request: Meta sends up to 3 MB, and one DynamoDB transaction takes 4 MB."""


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
    """What a verified request amounts to; `answer` is the body of the 200 once all events are stored.

    With `limits`, an event that would exceed one of them is refused with a 429 and not stored. `withheld` are
    credentials in the document, which are not kept.
    """

    events: Sequence[NewEvent] = ()
    answer: Mapping[str, Any] = {"ok": True}
    limits: Sequence[Limit] = ()
    withheld: Sequence[str] = ()


class Context(NamedTuple):
    """What a provider needs beside the request."""

    settings: Settings
    secrets: Secrets
    now: datetime

    def optional_secrets(self, name: str) -> tuple[str, ...]:
        """Return every current value of a secret, if any; raises NotConfiguredError when it is malformed."""
        try:
            return self.secrets.all(name)
        except MissingSettingError as error:
            raise NotConfiguredError(error.message) from None

    def required_secrets(self, name: str) -> tuple[str, ...]:
        """Return every current value of a secret; raises NotConfiguredError when there is none."""
        values = self.optional_secrets(name)
        if not values:
            raise NotConfiguredError(f"{name} is not configured")
        return values


class Provider(ABC):
    """One webhook provider; stateless.

    `receive` calls `verify`, parses what it returns as a JSON object, and calls `identify` with that. All
    of them may raise any `LarkbridgeError`; nothing is stored then.
    """

    source: ClassVar[str]
    own_secrets: ClassVar[Sequence[str]] = ()
    """The names of the secrets that are this provider's alone."""
    own_settings: ClassVar[Sequence[str]] = ()
    """The names of the settings that are its alone, and empty unless somebody sets them."""

    @abstractmethod
    def verify(self, request: Request, context: Context) -> bytes:
        """Return the JSON text that is proven to be the provider's.

        Raises
        ------
        UnverifiedRequestError
            Without a signature, with a wrong one or a stale one.
        NotConfiguredError
            When the secret to check it with is missing.
        """

    @abstractmethod
    def identify(self, request: Request, document: dict[str, Any], context: Context) -> Received:
        """Return the events in a verified document, none for what is not an event (a challenge)."""

    def handshake(self, request: Request, context: Context) -> Response:
        """Answer a GET, by which some providers verify an address."""
        raise NotFoundError(NO_SUCH_WEBHOOK)

    def is_used(self, context: Context) -> bool:
        """Return whether anything is configured for this provider, be it in part or malformed."""
        try:
            values = [*map(context.settings.text, self.own_settings)]
            return any(values) or any(map(context.optional_secrets, self.own_secrets))
        except NotConfiguredError:
            return True

    def refuse(self, error: Exception, request_id: str) -> Response:
        """Return the answer to whatever was raised."""
        return respond_error(error, request_id)
