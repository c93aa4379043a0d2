"""The one way in for webhooks: signature, JSON, size, one conditional put for each event, 200."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from larkbridge.apigateway import RouteTable, Served, finite_float, refuse_constant
from larkbridge.aws import Secrets
from larkbridge.clock import Clock, to_text
from larkbridge.errors import (
    BadRequestError,
    ConflictError,
    NotConfiguredError,
    NotFoundError,
    PayloadTooLargeError,
    UnverifiedRequestError,
)
from larkbridge.http_exchange import Request, Response
from larkbridge.ids import plain_word
from larkbridge.inbound.provider import (
    MAX_BODY_BYTES,
    NO_SUCH_WEBHOOK,
    Context,
    NewEvent,
    Provider,
    Received,
)
from larkbridge.inbound.webhook_routes import ROUTES
from larkbridge.observability import count, logger
from larkbridge.settings import Settings
from larkbridge.store.events import Event, EventStore, event_id
from larkbridge.store.work import Status
from larkbridge.work import states
from larkbridge.work.policy import EVENT

_TOO_LARGE = f"the body is over {MAX_BODY_BYTES} bytes"
_decode = json.JSONDecoder(parse_constant=refuse_constant, parse_float=finite_float).decode


class Receive:
    """Takes every webhook request.

    Guarantee: what is answered with 200 is stored, once for each delivery id; nothing of a request is stored
    whose sender is not proven.
    """

    def __init__(self, settings: Settings, secrets: Secrets, events: EventStore, clock: Clock) -> None:
        self._settings = settings
        self._secrets = secrets
        self._events = events
        self._clock = clock

    def handler(self) -> Callable[..., dict[str, Any]]:
        """Return the Lambda handler."""
        return RouteTable(Served(route, self) for route in ROUTES).handler()

    def take(self, provider: Provider, request: Request) -> Mapping[str, Any] | Response:
        """Return the answer to a request whose events are stored, or were before; else the refusal."""
        try:
            return self._receive(provider, request)
        except Exception as error:
            return self._refuse(provider, error, request.request_id)

    def shake_hands(self, provider: Provider, request: Request) -> Response:
        """Answer a GET, by which some providers verify an address."""
        try:
            return provider.handshake(request, self._context())
        except Exception as error:
            return self._refuse(provider, error, request.request_id)

    def _receive(self, provider: Provider, request: Request) -> Mapping[str, Any]:
        context = self._context()
        try:
            text, document = parse(provider.verify(request, context))
            received = provider.identify(request, document, context)
        except UnverifiedRequestError:
            if len(request.body) > MAX_BODY_BYTES:  # said to strangers, and counted only when proven
                raise PayloadTooLargeError(_TOO_LARGE) from None
            raise
        for credential in received.withheld:
            text = text.replace(json.dumps(credential), '""')
        events = [self._new(provider.source, one, text, request) for one in received.events]
        if not all(map(_fits, events)):
            count("WebhooksTooLarge")
            logger.error("webhook too large", source=provider.source, bytes=len(request.body))
            raise PayloadTooLargeError(_TOO_LARGE)
        for event in events:
            self._store(event, received)
        return received.answer

    def _refuse(self, provider: Provider, error: Exception, request: str) -> Response:
        if isinstance(error, NotConfiguredError):
            return self._not_configured(provider, error, request)
        return provider.refuse(error, request)

    def _not_configured(self, provider: Provider, error: NotConfiguredError, request: str) -> Response:
        """Refuse what cannot be verified; a provider that is not used at all is as good as an unknown one.

        Whoever asks learns no setting's name, and cannot make an unused provider a server error.
        """
        count("WebhooksNotConfigured")
        logger.error("webhook not configured", source=provider.source, setting=error.message)
        if not provider.is_used(self._context()):
            return provider.refuse(NotFoundError(NO_SUCH_WEBHOOK), request)
        count("WebhooksMisconfigured")
        return provider.refuse(NotConfiguredError("this webhook is not set up"), request)

    def _context(self) -> Context:
        return Context(self._settings, self._secrets, self._clock.now())

    def _new(self, source: str, one: NewEvent, text: str, request: Request) -> Event:
        now = self._clock.now()
        identity, received_at = event_id(source, one.delivery_id), to_text(now)
        return Event(
            event_id=identity,
            source=source,
            type=one.type,
            subject=one.subject,
            received_at=received_at,
            sort_key=f"{received_at}#{identity}",
            status=Status.RECEIVED,
            attempt_count=0,
            next_attempt_at=to_text(now + EVENT.head_start),
            lease_owner=request.request_id,
            payload=text if one.payload is None else one.payload,
        )

    def _store(self, event: Event, received: Received) -> None:
        taken = self._events.receive(event, received.limits, self._clock)
        logger.info(
            "webhook received",
            eventId=event.event_id,
            type=plain_word(event.type),
            duplicateOf=taken and taken.status,
        )
        count("WebhooksDuplicate" if taken else "WebhooksReceived")
        if taken and taken.status in (Status.FAILED, Status.DEAD):
            self._take_up_again(taken)

    def _take_up_again(self, event: Event) -> None:
        """Make an event due that the provider sends anew because its processing failed."""
        try:
            self._events.change(event, states.restart(event, EVENT, self._clock.now()).fields)
        except ConflictError:
            logger.info("taken up by somebody else", eventId=event.event_id)


def _fits(event: Event) -> bool:
    return len(event.payload) * 4 <= MAX_BODY_BYTES or len(event.payload.encode()) <= MAX_BODY_BYTES


def parse(body: bytes) -> tuple[str, dict[str, Any]]:
    """Return a verified body as text and as an object; raises BadRequestError for what is not JSON."""
    try:
        text = body.decode()
        document = _decode(text)
    except (ValueError, RecursionError):
        raise BadRequestError("the body is not JSON") from None
    if not isinstance(document, dict):
        raise BadRequestError("the body is not a JSON object")
    return text, document
