"""Clerk and Standard Webhooks: the SDKs of Svix and of the standard sign what is verified here."""

import json
import time
from datetime import UTC, datetime
from typing import ClassVar

import pytest
import standardwebhooks
import svix.webhooks
from hypothesis import given, settings

from larkbridge.inbound.clerk import Clerk
from larkbridge.inbound.provider import Provider
from larkbridge.inbound.standard_webhooks import StandardWebhooks
from sandbox.webhooks.clerk import sign
from tests.support.tampering import encoded, json_objects
from tests.support.vectors import context_at, outcome_of, receive, request_of

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECRETS = {"CLERK_WEBHOOK_SIGNING_SECRET": SECRET}
NOW = 1_614_265_330
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
BODY = '{"data":{"id":"user_1","first_name":"Minh An"},"type":"user.created","timestamp":1614265329861}'
SDKS = {"svix": svix.webhooks.Webhook, "webhook": standardwebhooks.Webhook}


def headers_of(prefix: str, body: str = BODY, message: str = MESSAGE, now: float = NOW) -> dict[str, str]:
    return {
        f"{prefix}-id": message,
        f"{prefix}-timestamp": str(int(now)),
        f"{prefix}-signature": SDKS[prefix](SECRET).sign(message, datetime.fromtimestamp(now, UTC), body),
    }


@pytest.mark.parametrize("prefix", SDKS)
@given(document=json_objects())
@settings(deadline=None, max_examples=50)
def test_what_an_sdk_signs_is_proven_byte_for_byte(prefix: str, document: dict[str, object]) -> None:
    body = encoded(document).decode()
    request = request_of(headers_of(prefix, body), body)
    assert Clerk().verify(request, context_at(NOW, {}, SECRETS)) == body.encode()


@pytest.mark.parametrize("prefix", SDKS)
def test_sdks_take_what_the_sandbox_signs(prefix: str) -> None:
    signed = sign(BODY.encode(), SECRETS, time.time())
    named = {name.replace("svix", prefix): value for name, value in signed.headers.items()}
    SDKS[prefix](SECRET).verify(signed.body, named)


@pytest.mark.parametrize("prefix", SDKS)
@pytest.mark.parametrize("header", ["garbage", "v1", " ", "v1,a,b", "v1,!"])
def test_malformed_signature_is_refused_where_the_sdks_may_break(prefix: str, header: str) -> None:
    headers = headers_of(prefix) | {f"{prefix}-signature": header}
    outcome = outcome_of(Clerk(), request_of(headers, BODY), context_at(NOW, {}, SECRETS))
    assert (outcome.status, outcome.answer["error"]) == (401, "invalid_signature")


def test_event_is_the_message_and_holds_the_whole_document() -> None:
    [event] = receive(Clerk(), request_of(headers_of("svix"), BODY), context_at(NOW, {}, SECRETS)).events
    assert (event.delivery_id, event.type, event.payload) == (MESSAGE, "user.created", None)


def test_signed_content_cannot_be_cut_elsewhere() -> None:
    """A body that begins like a timestamp could otherwise lend its signature to a message never sent."""
    inner = f'{NOW}.{{"type":"user.deleted"}}'
    headers = headers_of("svix", inner, "msg_1", NOW - 1000)
    shifted = headers | {"svix-id": f"msg_1.{NOW - 1000}", "svix-timestamp": str(NOW)}
    request = request_of(shifted, '{"type":"user.deleted"}')
    assert outcome_of(Clerk(), request, context_at(NOW, {}, SECRETS)).status == 401


def test_secret_that_is_no_key_is_told_by_its_name() -> None:
    secrets = {"CLERK_WEBHOOK_SIGNING_SECRET": [SECRET, "whsec_%%%"]}
    outcome = outcome_of(Clerk(), request_of(headers_of("svix"), BODY), context_at(NOW, {}, secrets))
    assert (outcome.status, outcome.answer["error"]) == (503, "not_configured")
    assert "CLERK_WEBHOOK_SIGNING_SECRET" in outcome.answer["message"]
    assert "%" not in json.dumps(outcome.answer)


def test_another_provider_of_the_standard_takes_two_lines() -> None:
    class Resend(StandardWebhooks):
        source: ClassVar[str] = "resend"
        key_setting: ClassVar[str] = "RESEND_WEBHOOK_SECRET"

    provider: Provider = Resend()
    context = context_at(NOW, {}, {"RESEND_WEBHOOK_SECRET": SECRET})
    outcome = outcome_of(provider, request_of(headers_of("webhook"), BODY), context)
    assert [event["id"] for event in outcome.events] == [f"resend#{MESSAGE}"]
