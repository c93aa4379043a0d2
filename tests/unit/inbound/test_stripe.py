"""Stripe: its own SDK signs what is verified here, and verifies what the sandbox signs."""

import json

import pytest
import stripe
from hypothesis import given, settings

from larkbridge.inbound.stripe import Stripe
from sandbox.webhooks.stripe import sign
from tests.support.tampering import encoded, json_objects
from tests.support.vectors import context_at, outcome_of, receive, request_of

SECRET = "whsec_test_secret"
SECRETS = {"STRIPE_WEBHOOK_SECRET": SECRET}
NOW = 1_614_265_330
EVENT = {"id": "evt_1", "object": "event", "type": "checkout.session.completed", "data": {"object": {}}}
BODY = json.dumps(EVENT)


def status_of(header: str, body: str = BODY, now: float = NOW) -> int:
    request = request_of({"Stripe-Signature": header}, body)
    return outcome_of(Stripe(), request, context_at(now, {}, SECRETS)).status


def sdk_header(body: str, timestamp: int = NOW) -> str:
    return stripe.WebhookSignature.generate_signature_header(body, SECRET, timestamp)


@given(document=json_objects())
@settings(deadline=None, max_examples=50)
def test_what_the_sdk_signs_is_proven_byte_for_byte(document: dict[str, object]) -> None:
    body = encoded(document).decode()
    request = request_of({"Stripe-Signature": sdk_header(body)}, body)
    assert Stripe().verify(request, context_at(NOW, {}, SECRETS)) == body.encode()


def test_sdk_takes_what_the_sandbox_signs() -> None:
    signed = sign(BODY.encode(), SECRETS, NOW)
    header = signed.headers["Stripe-Signature"]
    event = stripe.Webhook.construct_event(signed.body, header, SECRET, tolerance=0)
    assert (event.id, event.type) == ("evt_1", "checkout.session.completed")


def test_signature_of_the_sdk_beside_one_with_a_new_secret() -> None:
    signature = stripe.WebhookSignature._compute_signature(f"{NOW}.{BODY}", SECRET)
    assert status_of(f"t={NOW},v1={'0' * 64},v1={signature},v0={signature}") == 200


@pytest.mark.parametrize("years", [1, 100])
def test_timestamp_far_ahead_is_refused_although_the_sdk_takes_it(years: int) -> None:
    ahead = NOW + years * 365 * 86_400
    assert stripe.WebhookSignature.verify_header(BODY, sdk_header(BODY, 10**11), SECRET, tolerance=300)
    assert status_of(sdk_header(BODY, ahead)) == 401
    assert status_of(sdk_header(BODY, ahead), now=ahead) == 200


def test_thin_event_and_its_snapshot_are_two_events() -> None:
    thin = EVENT | {"id": "evt_test_65", "object": "v2.core.event", "snapshot_event": "evt_1"}
    ids = []
    for document in (EVENT, thin):
        signed = sign(json.dumps(document).encode(), SECRETS, NOW)
        received = receive(Stripe(), request_of(signed.headers, signed.body), context_at(NOW, {}, SECRETS))
        ids += [event.delivery_id for event in received.events]
    assert ids == ["evt_1", "evt_test_65"]
