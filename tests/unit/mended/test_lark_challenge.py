"""Lark's challenges are answered in every envelope, and only when they are proven."""

import base64
import json
from typing import Any

import pytest

from sandbox.webhooks.lark import challenge, encrypt
from tests.support.aws import SECRETS
from tests.support.webhooks import FIRST_SECRETS, request
from tests.support.world import Answer, World

ROUTES = ["/webhook/event", "/webhook/lark", "/webhook/card"]
KEY, TOKEN = FIRST_SECRETS["LARK_ENCRYPT_KEY"], FIRST_SECRETS["LARK_VERIFICATION_TOKEN"]
ONLY_KEY, ONLY_TOKEN = {"LARK_ENCRYPT_KEY": KEY}, {"LARK_VERIFICATION_TOKEN": TOKEN}
BLOCK = 16


def second_version(token: object = TOKEN, **members: Any) -> dict[str, Any]:
    header = {"event_type": "url_verification", "token": token}
    return {"schema": "2.0", "header": header} | (members or {"challenge": "c-1"})


ENVELOPES: dict[str, dict[str, Any]] = {
    "version 2": second_version(),
    "version 2, inside the event": second_version(event={"challenge": "c-1"}),
    "version 1, inside the event": {
        "type": "url_verification",
        "token": TOKEN,
        "event": {"challenge": "c-1"},
    },
    "version 2, the token beside the header": {
        "schema": "2.0",
        "header": {"event_type": "url_verification"},
        "token": TOKEN,
        "challenge": "c-1",
    },
}


def send(world: World, route: str, body: bytes, headers: dict[str, str] | None = None) -> Answer:
    return world.receive(
        request(f"POST {route}", body, {"Content-Type": "application/json"} | (headers or {}))
    )


def sent(document: Any, secrets: dict[str, str]) -> bytes:
    return challenge(json.dumps(document).encode(), secrets, 0).body


@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("configured", "encrypted"),
    [(SECRETS, True), (SECRETS, False), (ONLY_KEY, True), (ONLY_TOKEN, False)],
    ids=["encrypted", "plain", "only a key", "only a token"],
)
def test_challenge_in_an_envelope_is_answered(
    world: World, route: str, envelope: str, configured: dict[str, Any], encrypted: bool
) -> None:
    world.put_secrets(configured)
    body = sent(ENVELOPES[envelope], ONLY_KEY if encrypted else {})
    answer = send(world, route, body)
    assert (answer.status, answer.body) == (200, {"challenge": "c-1"})


def spliced(plain: bytes, ciphertext: bytes, block: int) -> bytes:
    """Put a beginning of one's own before the tail of a text that was caught, without the key."""
    data = base64.b64decode(json.loads(ciphertext)["encrypt"])
    beginning = b'{"challenge":"..'
    known = plain[block * BLOCK : (block + 1) * BLOCK]
    before = data[block * BLOCK : (block + 1) * BLOCK]
    iv = bytes(a ^ b ^ c for a, b, c in zip(known, before, beginning, strict=True))
    return json.dumps({"encrypt": base64.b64encode(iv + data[(block + 1) * BLOCK :]).decode()}).encode()


@pytest.mark.parametrize("route", ROUTES)
def test_spliced_text_echoes_nothing_of_what_was_caught(world: World, route: str) -> None:
    world.put_secrets(ONLY_KEY)
    plain = b'{"challenge":"c1","token":"TOKEN-value-that-nobody-may-see-9999","type":"url_verification"}'
    caught = encrypt(plain, KEY)
    answers = [send(world, route, spliced(plain, caught, block)) for block in range(1, len(plain) // BLOCK)]
    assert [answer.body for answer in answers if "9999" in str(answer.body)] == []
    assert {answer.status for answer in answers} == {401}


def unproven(configured: dict[str, Any]) -> dict[str, tuple[bytes, dict[str, str]]]:
    """Return what somebody may send who knows neither the key nor the token."""
    signature = {
        "X-Lark-Request-Timestamp": "1788228000",
        "X-Lark-Request-Nonce": "n",
        "X-Lark-Signature": "0" * 64,
    }
    event = {"schema": "2.0", "header": {"event_id": "e", "event_type": "a", "token": "x"}, "event": {}}
    requests: dict[str, tuple[bytes, dict[str, str]]] = {
        "nothing": (b"", {}),
        "no JSON": (b"hello", {}),
        "no object": (b"[]", {}),
        "an event": (json.dumps(event).encode(), {}),
        "a challenge with a wrong token": (sent(second_version("x"), {}), {}),
        "a challenge without one": (b'{"challenge":"c","type":"url_verification"}', {}),
        "a challenge that is no text": (b'{"challenge":[],"type":"url_verification","token":"x"}', {}),
        "encrypted with another key": (encrypt(b'{"challenge":"c"}', "other"), {}),
        "no ciphertext": (b'{"encrypt":"AAAA"}', {}),
        "a wrong signature": (json.dumps(event).encode(), signature),
        "half a signature": (json.dumps(event).encode(), {"X-Lark-Signature": "0" * 64}),
        "an empty signature": (json.dumps(event).encode(), signature | {"X-Lark-Signature": ""}),
        "an old card's signature": (json.dumps(event).encode(), signature | {"X-Lark-Signature": "0" * 40}),
    }
    if "LARK_VERIFICATION_TOKEN" in configured and "LARK_ENCRYPT_KEY" in configured:
        # Caught and spliced: it decrypts, and to a challenge, and is not proven all the same.
        requests["encrypted with a wrong token"] = (
            encrypt(json.dumps(second_version("x")).encode(), KEY),
            {},
        )
        requests["encrypted, no challenge"] = (encrypt(json.dumps(event).encode(), KEY), {})
    return requests


@pytest.mark.parametrize(
    "configured", [SECRETS, ONLY_KEY, ONLY_TOKEN], ids=["both", "only a key", "only a token"]
)
def test_what_is_not_proven_is_refused_alike(world: World, configured: dict[str, Any]) -> None:
    world.put_secrets(configured)
    refusals: dict[str, list[str]] = {}
    for route in ROUTES:
        for name, (body, headers) in unproven(configured).items():
            answer = send(world, route, body, headers)
            told = json.dumps([answer.status, answer.body | {"requestId": "the request's own"}])
            refusals.setdefault(told, []).append(f"{route} {name}")
    assert len(refusals) == 1, refusals
    assert json.loads(next(iter(refusals)))[0] == 401
