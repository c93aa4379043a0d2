"""GitHub: the published example, and what the vectors cannot hold."""

import json
from base64 import b64encode

import pytest
from hypothesis import given, settings

from larkbridge.inbound.github import GitHub
from sandbox.webhooks.github import sign
from tests.support.tampering import encoded, json_objects
from tests.support.vectors import context_at, outcome_of, receive, request_of

SECRET = "It's a Secret to Everybody"
SECRETS = {"GITHUB_WEBHOOK_SECRET": SECRET}
CONTEXT = context_at(1_700_000_000, {}, SECRETS)
PUBLISHED = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_published_example_is_proven_and_is_what_the_sandbox_signs() -> None:
    signed = sign(b"Hello, World!", SECRETS, 0)
    assert signed.headers["X-Hub-Signature-256"] == PUBLISHED
    assert GitHub().verify(request_of(signed.headers, signed.body), CONTEXT) == b"Hello, World!"


@given(document=json_objects())
@settings(deadline=None, max_examples=50)
def test_any_json_survives_as_a_form(document: dict[str, object]) -> None:
    body = encoded(document)
    signed = sign(body, SECRETS, 0, as_form=True)
    assert signed.body != body
    assert GitHub().verify(request_of(signed.headers, signed.body), CONTEXT) == body


@pytest.mark.parametrize("as_form", [True, False])
def test_ping_is_an_event(as_form: bool) -> None:
    body = json.dumps({"zen": "Keep it logically awesome.", "hook_id": 1, "hook": {}}).encode()
    signed = sign(body, SECRETS, 0, event="ping", as_form=as_form)
    [event] = receive(GitHub(), request_of(signed.headers, signed.body), CONTEXT).events
    assert (event.delivery_id, event.type) == (signed.headers["X-GitHub-Delivery"], "ping")


def test_redelivery_has_the_id_of_the_first_and_another_delivery_has_not() -> None:
    first, again, other = (
        sign(body, SECRETS, 0).headers["X-GitHub-Delivery"] for body in (b"{}", b"{}", b'{"a":1}')
    )
    assert first == again != other


@pytest.mark.parametrize("event", ["", "Issues", "a b", "a" * 101, "\ud800", "issues\n"])
def test_event_name_that_is_none_is_refused(event: str) -> None:
    signed = sign(b"{}", SECRETS, 0)
    outcome = outcome_of(GitHub(), request_of(signed.headers | {"X-GitHub-Event": event}, b"{}"), CONTEXT)
    assert outcome.status == 400


@pytest.mark.parametrize("body", [b"payload", b"payload=%ff", b"payload=\xff", b"&" * 2000, b"%zz=1", b"=1"])
def test_odd_form_is_refused_without_a_word_of_it(body: bytes) -> None:
    signed = sign(body, SECRETS, 0)
    headers = signed.headers | {"Content-Type": "application/x-www-form-urlencoded"}
    outcome = outcome_of(GitHub(), request_of(headers, body), CONTEXT)
    assert (outcome.status, outcome.answer["error"]) == (400, "bad_request")
    assert b64encode(body).decode() not in json.dumps(outcome.answer)
    assert outcome.answer["message"] == "the form has no field payload"
