"""The one way in for webhooks: verify, parse, identify, measure, one conditional put for each event, 200."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from larkbridge.apigateway import finite_float, refuse_constant
from larkbridge.aws import Secrets
from larkbridge.clock import Clock, to_text
from larkbridge.errors import (
    BadRequestError,
    ConflictError,
    LarkbridgeError,
    MissingSettingError,
    NotConfiguredError,
    NotFoundError,
    PayloadTooLargeError,
    UnverifiedRequestError,
)
from larkbridge.http_exchange import Request, Response
from larkbridge.inbound.all_providers import BY_NAME
from larkbridge.inbound.provider import MAX_BODY_BYTES, NO_SUCH_WEBHOOK, Context, NewEvent, Provider
from larkbridge.observability import count, logger, plain_id, plain_word
from larkbridge.routes import Call
from larkbridge.settings import ProviderSettings
from larkbridge.store.events import MAX_HELD_BYTES, Event, EventStore
from larkbridge.store.rate_limits import Limit
from larkbridge.store.work import Status
from larkbridge.work.policy import EVENT

_TOO_LARGE = f"the body is over {MAX_BODY_BYTES} bytes"
_decode = json.JSONDecoder(parse_constant=refuse_constant, parse_float=finite_float).decode


class Receive:
    """Takes every webhook request.

    Guarantee: what is answered with 200 is stored, once for each delivery id; nothing of a request is stored
    whose sender is not proven.
    """

    def __init__(
        self, settings: ProviderSettings, secrets: Secrets, events: EventStore, clock: Clock
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._events = events
        self._clock = clock

    def take(self, call: Call[Any, Any], provider: Provider | None = None) -> Response:
        """Return the answer to a request whose events are stored, or were before; raises the refusal.

        Parameters
        ----------
        provider
            Whose route it is; without one the path has the name.
        """
        provider, request = provider or BY_NAME[call.ids["provider"]], call.request
        context = Context(self._settings, self._secrets, self._clock.now())
        try:
            content = provider.verify(request, context)
            text, document = parse(content)
            received = provider.identify(request, document, context)
        except LarkbridgeError as error:
            raise _refusal(provider, request, context, error) from None
        sizes = [len(content if new.payload is None else new.payload.encode()) for new in received.events]
        if max(sizes, default=0) > MAX_BODY_BYTES:
            count("WebhooksTooLarge")
            logger.error("webhook too large", source=provider.source, bytes=len(request.body))
            raise PayloadTooLargeError(_TOO_LARGE)
        for credential in received.withheld:
            text = text.replace(json.dumps(credential), '""')
        for new, size in zip(received.events, sizes, strict=True):
            event = _event(provider.source, new, text, request.request_id, context.now)
            self._store(event, size, received.limits)
        return received.answer

    def shake_hands(self, call: Call[Any, Any]) -> Response:
        """Answer a GET, by which some providers verify an address."""
        provider = BY_NAME[call.ids["provider"]]
        context = Context(self._settings, self._secrets, self._clock.now())
        try:
            return provider.handshake(call.request, context)
        except LarkbridgeError as error:
            raise _refusal(provider, call.request, context, error) from None

    def _store(self, event: Event, size: int, limits: Sequence[Limit]) -> None:
        if limits or size > MAX_HELD_BYTES:
            taken = self._events.add_counted(event, limits, self._clock)
        else:
            taken = self._events.add(event)
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
        from larkbridge.work import states  # few events fail

        try:
            self._events.change(event, states.restart(event, EVENT, self._clock.now()).fields)
        except ConflictError:
            logger.info("taken up by somebody else", eventId=event.event_id)


def _refusal(
    provider: Provider, request: Request, context: Context, error: LarkbridgeError
) -> LarkbridgeError:
    """Return what the caller is told of what a provider raised."""
    if isinstance(error, NotConfiguredError | MissingSettingError):
        return _not_configured(provider, context, error)
    if isinstance(error, UnverifiedRequestError) and len(request.body) > MAX_BODY_BYTES:
        return PayloadTooLargeError(_TOO_LARGE)  # said to strangers, and counted only when proven
    return error


def _not_configured(provider: Provider, context: Context, error: LarkbridgeError) -> LarkbridgeError:
    """Refuse what cannot be verified; a provider that is not used at all is as good as an unknown one.

    Whoever asks learns no setting's name, and cannot make an unused provider a server error.
    """
    count("WebhooksNotConfigured")
    logger.error("webhook not configured", source=provider.source, setting=error.message)
    if not provider.is_used(context):
        return NotFoundError(NO_SUCH_WEBHOOK)
    count("WebhooksMisconfigured")
    return NotConfiguredError("this webhook is not set up")


def parse(body: bytes | bytearray) -> tuple[str, dict[str, Any]]:
    """Return a verified body as text and as an object; raises BadRequestError for what is not JSON."""
    try:
        text = body.decode()
        document = _decode(text)
    except (ValueError, RecursionError):
        raise BadRequestError("the body is not JSON") from None
    if not isinstance(document, dict):
        raise BadRequestError("the body is not a JSON object")
    return text, document


def _event(source: str, new: NewEvent, text: str, request_id: str, now: datetime) -> Event:
    identity, received_at = plain_id(source, new.delivery_id), to_text(now)
    return Event(
        event_id=identity,
        source=source,
        type=new.type,
        subject=new.subject,
        received_at=received_at,
        sort_key=f"{received_at}#{identity}",
        status=Status.RECEIVED,
        attempt_count=0,
        next_attempt_at=to_text(now + EVENT.head_start),
        lease_owner=request_id,
        payload=text if new.payload is None else new.payload,
    )
