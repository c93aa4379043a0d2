"""Shopify: what the vectors cannot hold, for no signature covers the headers."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkbridge.inbound.provider import text_of
from larkbridge.inbound.shopify import Shopify
from sandbox.webhooks.shopify import sign
from tests.support.tampering import ANY_TEXT
from tests.support.vectors import context_at, load, outcome_of, request_of

VECTORS = load("shopify.json")
CONTEXT = context_at(1_700_000_000, {}, VECTORS["secrets"])
UNSIGNED = ("X-Shopify-Webhook-Id", "X-Shopify-Topic", "X-Shopify-Shop-Domain")


def test_sandbox_signs_as_the_vectors_are_signed() -> None:
    [order] = [case for case in VECTORS["cases"] if case["name"] == "order"]
    signed = sign(order["body"].encode(), VECTORS["secrets"], 0)
    assert signed.headers["X-Shopify-Hmac-SHA256"] == order["headers"]["X-Shopify-Hmac-SHA256"]


@given(headers=st.dictionaries(st.sampled_from(UNSIGNED), ANY_TEXT | st.text("a-/.", max_size=300)))
@settings(deadline=None, max_examples=200)
def test_whatever_the_unsigned_headers_say_can_be_stored_or_is_refused(headers: dict[str, str]) -> None:
    signed = sign(b"{}", VECTORS["secrets"], 0)
    outcome = outcome_of(Shopify(), request_of(signed.headers | headers, signed.body), CONTEXT)
    assert outcome.status in (200, 400)
    for event in outcome.events:
        assert re.fullmatch(r"shopify#[A-Za-z0-9._:@=+-]+", event["id"])
        assert text_of(event, "type", None)
        assert event["subject"] is None or text_of(event, "subject", None)


@pytest.mark.parametrize("name", UNSIGNED[:2])
def test_refusal_names_what_is_required(name: str) -> None:
    signed = sign(b"{}", VECTORS["secrets"], 0)
    outcome = outcome_of(Shopify(), request_of(signed.headers | {name: ""}, signed.body), CONTEXT)
    assert (outcome.status, outcome.answer["error"]) == (400, "bad_request")
    assert name in outcome.answer["message"]
