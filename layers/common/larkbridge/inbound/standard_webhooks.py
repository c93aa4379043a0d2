"""Standard Webhooks, which Svix sends too.

Protocol (the specification at standardwebhooks.com and its Python library): the secret is "whsec_" and the
base64 of the key. `webhook-signature` is a list, separated by spaces, of "v1," and the base64 HMAC-SHA256
of "<id>.<timestamp>.<raw body>"; other versions are ignored. The id is the same in every retry. Svix's own
names for the headers are `svix-id`, `svix-timestamp` and `svix-signature`.
"""

import re
from typing import Any, ClassVar, override

from larkbridge.errors import NotConfiguredError, UnverifiedRequestError
from larkbridge.http_exchange import Request
from larkbridge.inbound.provider import (
    Context,
    NewEvent,
    Provider,
    Received,
    hmac_base64,
    require_fresh,
    require_match,
    required_header,
    text_of,
)
from larkbridge.webhook_secrets import standard_webhooks_key

PREFIXES = ("svix", "webhook")


class StandardWebhooks(Provider):
    """Any provider that follows the specification; a subclass names its `source` and the key's setting.

    Attributes
    ----------
    prefix
        Of the headers that the provider documents, which a refusal names.
    """

    key_setting: ClassVar[str]
    prefix: ClassVar[str] = "webhook"

    @override
    def verify(self, request: Request, context: Context) -> bytes:
        secrets = context.secrets.all(self.key_setting, required=True)
        keys = [_key(secret, self.key_setting) for secret in secrets]
        timestamp = self._header(request, "timestamp")
        require_fresh(timestamp, context.now)
        content = f"{self._message_id(request)}.{timestamp}.".encode() + request.body
        signatures = self._header(request, "signature").split(" ")
        require_match([f"v1,{hmac_base64(key, content)}" for key in keys], signatures)
        return request.body

    @override
    def identify(self, request: Request, document: dict[str, Any], context: Context) -> Received:
        event = NewEvent(delivery_id=self._message_id(request), type=text_of(document, "type"))
        return Received(events=[event])

    def _message_id(self, request: Request) -> str:
        """Return the id; one with a full stop in it could be cut off elsewhere in the signed content."""
        message_id = self._header(request, "id")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,200}", message_id):
            raise UnverifiedRequestError("the message id is not one")
        return message_id

    def _header(self, request: Request, part: str) -> str:
        """Return a header by the names that the request's id has, else by the provider's own."""
        prefixes = [prefix for prefix in PREFIXES if f"{prefix}-id" in request.headers]
        return required_header(request, f"{prefixes[0] if prefixes else self.prefix}-{part}")


def _key(secret: str, name: str) -> bytes:
    key = standard_webhooks_key(secret)
    if key is None:
        raise NotConfiguredError(f"{name} is not base64")
    return key
