"""Webhook requests kept as data: `tests/vectors/<provider>.json`, which any language can read.

A file has `about`, plain `settings` and `secrets` (a text or a list of texts) for all its cases, and `cases`.
A case has `name`, `from` (whose vector it is), `method`, `route`, `now` in unix seconds, optionally `query`,
`sourceIp` and `settings` and `secrets` of its own, `headers` as the vendor spells them, and `body` or
`bodyBase64`. `expect` has the `status`, and where it matters the whole `answer` and each event's `id`, `type`
and `subject`.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from larkbridge.apigateway import read_request
from larkbridge.aws import Secrets
from larkbridge.errors import LarkbridgeError
from larkbridge.http_exchange import Request, Response
from larkbridge.inbound.all_providers import BY_NAME, BY_PATH
from larkbridge.inbound.provider import Context, NewEvent, Provider, Received
from larkbridge.inbound.receive import parse
from larkbridge.inbound.webhook_routes import ROUTES
from larkbridge.observability import plain_id
from larkbridge.routes import Refusal
from larkbridge.settings import ProviderSettings
from tests.support.clock import SimulatedClock

FOLDER = Path(__file__).parent.parent / "vectors"
REFUSALS = {route.path: route.refusal for route in ROUTES}

type SecretValues = Mapping[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request."""

    status: int
    answer: Any
    events: list[dict[str, Any]] = field(default_factory=list)


def file_name(source: str) -> str:
    """Return where the vectors of a provider are kept."""
    return {"lark": "lark_events", "lark-card": "lark_cards"}.get(source, source.replace("-", "_")) + ".json"


def load(name: str) -> dict[str, Any]:
    """Return a file of vectors."""
    return json.loads((FOLDER / name).read_text())


def provider_of(route: str) -> Provider:
    """Return who answers at a route."""
    return BY_PATH.get(route) or BY_NAME[route.removeprefix("/webhooks/")]


def context_at(now: float, settings: Mapping[str, str], secrets: SecretValues) -> Context:
    """Return a context of the given settings at a moment in unix seconds."""
    clock = SimulatedClock(datetime.fromtimestamp(now, UTC))
    return Context(ProviderSettings(settings), Secrets(lambda: json.dumps(secrets), clock), clock.now())


def request_of(
    headers: Mapping[str, str],
    body: bytes | str,
    *,
    query: Mapping[str, str] | None = None,
    source_ip: str = "203.0.113.9",
) -> Request:
    """Return a request as API Gateway hands it over: a text as it is, bytes in base64."""
    return read_request(
        {
            "headers": headers,
            "queryStringParameters": query,
            "body": body if isinstance(body, str) else base64.b64encode(body).decode(),
            "isBase64Encoded": isinstance(body, bytes),
            "requestContext": {"requestId": "request-1", "http": {"sourceIp": source_ip}},
        }
    )


def receive(provider: Provider, request: Request, context: Context) -> Received:
    """Verify, parse and identify; raises what a caller would be refused with."""
    _, document = parse(provider.verify(request, context))
    return provider.identify(request, document, context)


def outcome_of(provider: Provider, request: Request, context: Context, method: str = "POST") -> Outcome:
    """Return what a request gets; an error that is not one of ours passes through."""
    try:
        if method == "GET":
            return _outcome(provider.handshake(request, context))
        received = receive(provider, request, context)
    except LarkbridgeError as error:
        refusal = REFUSALS[provider.paths[0]] if provider.paths else Refusal()
        return _outcome(refusal.respond(error, request.request_id))
    events = [_event(provider.source, one) for one in received.events]
    return replace(_outcome(received.answer), events=events)


def run(file: Mapping[str, Any], case: Mapping[str, Any]) -> Outcome:
    """Return what becomes of one case."""
    body = base64.b64decode(case["bodyBase64"]) if "bodyBase64" in case else case.get("body", "")
    source_ip = case.get("sourceIp", "203.0.113.9")
    request = request_of(case.get("headers", {}), body, query=case.get("query"), source_ip=source_ip)
    settings = case.get("settings", file.get("settings", {}))
    context = context_at(case["now"], settings, case.get("secrets", file.get("secrets", {})))
    return outcome_of(provider_of(case["route"]), request, context, case.get("method", "POST"))


def _outcome(response: Response) -> Outcome:
    assert isinstance(response.body, str)
    body = response.body.encode()  # what cannot be encoded would be lost between Lambda and API Gateway
    is_json = response.headers["content-type"].startswith("application/json")
    return Outcome(response.status, json.loads(body) if is_json else body.decode())


def _event(source: str, one: NewEvent) -> dict[str, Any]:
    return {"id": plain_id(source, one.delivery_id), "type": one.type, "subject": one.subject}
