"""Lark's events beyond the vectors: what Lark's own SDK says, and what nobody would think of sending."""

import base64
import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from larkbridge.inbound.lark_events import LarkEvents
from larkbridge.inbound.lark_webhook import signing_secret
from larkbridge.lark.crypto import DecryptionError, decrypt
from sandbox.webhooks import Signed
from sandbox.webhooks.lark import challenge, sign
from tests.support.lark_sdk import LarkSdk
from tests.support.tampering import ANY_TEXT, altered, encoded, json_values, tampered
from tests.support.vectors import Outcome, SecretValues, context_at, outcome_of, request_of

NOW = 1608725989.0
KEY, TOKEN = "test key", "v-token"
SECRETS = {"LARK_ENCRYPT_KEY": KEY, "LARK_VERIFICATION_TOKEN": TOKEN}
MESSAGE: dict[str, Any] = {
    "schema": "2.0",
    "header": {
        "event_id": "5e3702a84e847582be8db7fb73283c02",
        "token": TOKEN,
        "create_time": "1608725989000",
        "event_type": "im.message.receive_v1",
        "tenant_key": "2ca1d211f64f6438",
        "app_id": "cli_9f5343c580712544",
    },
    "event": {
        "sender": {"sender_id": {"open_id": "ou_84aad35d084aa403a838cf73ee18467"}, "sender_type": "user"},
        "message": {
            "message_id": "om_5ce6d572455d361153b7cb51da133945",
            "chat_id": "oc_5ce6d572455d361153b7xx51da133945",
            "chat_type": "p2p",
            "message_type": "text",
            "content": '{"text":"Chào bạn"}',
        },
    },
}
LEAVE: dict[str, Any] = {
    "uuid": "bc447199585340d1f3728d26b1c0297a",
    "token": TOKEN,
    "type": "event_callback",
    "event": {"type": "leave_approvalV2", "app_id": "cli_9f5343c580712544"},
}
CHALLENGE = {"challenge": "c1", "token": TOKEN, "type": "url_verification"}
SIGNED = sign(json.dumps(MESSAGE).encode(), SECRETS, NOW)
REFUSED = Outcome(
    401,
    {
        "error": "invalid_signature",
        "message": "the request is not proven to be Lark's",
        "requestId": "request-1",
    },
)


def outcome(request: Signed, secrets: SecretValues = SECRETS) -> Outcome:
    context = context_at(NOW, {}, secrets)
    return outcome_of(LarkEvents(), request_of(request.headers, request.body), context)


@pytest.fixture(scope="module")
def sdk() -> LarkSdk:
    return LarkSdk(SECRETS)


@pytest.mark.parametrize("document", [MESSAGE, LEAVE], ids=["v2", "v1"])
def test_what_the_sdk_accepts_is_accepted(sdk: LarkSdk, document: dict[str, Any]) -> None:
    request = sign(encoded(document), SECRETS, NOW)
    assert sdk.event(request)[0] == outcome(request).status == 200


def test_without_encryption_the_sdk_agrees_too() -> None:
    secrets = {"LARK_VERIFICATION_TOKEN": TOKEN}
    sdk = LarkSdk(secrets)
    for document, status in ((MESSAGE, 200), (MESSAGE | {"header": {"event_type": "x"}}, 401)):
        request = sign(encoded(document), secrets, NOW)
        assert (sdk.event(request)[0] == 200) == (status == 200)
        assert outcome(request, secrets).status == status


@pytest.mark.parametrize("secrets", [SECRETS, {"LARK_VERIFICATION_TOKEN": TOKEN}], ids=["encrypted", "plain"])
def test_challenge_gets_the_sdks_answer(secrets: Mapping[str, str]) -> None:
    request = challenge(encoded(CHALLENGE), secrets, NOW)
    status, body = LarkSdk(secrets).event(request)
    assert outcome(request, secrets) == Outcome(status, json.loads(body)) == Outcome(200, {"challenge": "c1"})


@pytest.mark.parametrize("name", ["X-Lark-Request-Timestamp", "X-Lark-Request-Nonce", "X-Lark-Signature"])
def test_what_the_sdk_refuses_is_refused(sdk: LarkSdk, name: str) -> None:
    request = Signed(SIGNED.headers | {name: "1"}, SIGNED.body)
    assert sdk.event(request)[0] == 500
    assert outcome(request).status == 401


@pytest.mark.parametrize(
    ("body", "algorithm", "secret", "signature"),
    [
        (
            '{ "encrypt" : "x", "n": "é/中" }',
            hashlib.sha256,
            KEY,
            "ec821e12638af5db91fb66cb5fd1d79892c2c414ef6bb5a53357f330427af355",
        ),
        ('{ "encrypt" : "x", "n": "é/中" }', hashlib.sha1, TOKEN, "ce266cda217f76f9671950044ddf921834fcd203"),
    ],
)
def test_published_signatures(
    body: str, algorithm: Callable[[bytes], Any], secret: str, signature: str
) -> None:
    headers = {
        "X-Lark-Request-Timestamp": "1608725989",
        "X-Lark-Request-Nonce": "abcd1234",
        "X-Lark-Signature": signature,
    }
    assert signing_secret(request_of(headers, body), ["other", secret], algorithm) == secret


@given(body=tampered(SIGNED.body))
@settings(deadline=None)
def test_any_changed_byte_refuses(body: bytes) -> None:
    assert outcome(Signed(SIGNED.headers, body)).status == 401


@given(
    name=st.sampled_from(["X-Lark-Request-Timestamp", "X-Lark-Request-Nonce", "X-Lark-Signature"]),
    value=ANY_TEXT | st.from_regex(r"[0-9a-f]{1,64}", fullmatch=True),
)
@example(name="X-Lark-Request-Nonce", value="\ud800")
@settings(deadline=None)
def test_any_changed_header_refuses(name: str, value: str) -> None:
    assume(value.strip().lower() != SIGNED.headers[name])
    assert outcome(Signed(SIGNED.headers | {name: value}, SIGNED.body)).status == 401


@given(key=st.text(st.characters(codec="utf-8"), min_size=1))
@settings(deadline=None)
def test_any_other_key_refuses(key: str) -> None:
    assume(key.strip() and key.strip() != KEY)
    assert outcome(SIGNED, SECRETS | {"LARK_ENCRYPT_KEY": key}).status == 401


@given(token=ANY_TEXT | json_values())
@settings(deadline=None)
def test_any_other_token_refuses(token: Any) -> None:
    assume(token != TOKEN)
    document = MESSAGE | {"header": MESSAGE["header"] | {"token": token}}
    assert outcome(sign(encoded(document), SECRETS, NOW)).status == 401


def test_key_that_decrypts_to_garbage_by_chance_is_not_taken() -> None:
    """One key in 256 finds a valid padding in another key's text."""
    ciphertext = json.loads(SIGNED.body)["encrypt"]
    lucky = next(key for key in map(str, range(100_000)) if _decrypts(ciphertext, key))
    assert outcome(SIGNED, SECRETS | {"LARK_ENCRYPT_KEY": [lucky, KEY]}).status == 200


def test_chance_does_not_spoil_a_challenge_either() -> None:
    request = challenge(encoded(CHALLENGE), SECRETS, NOW)
    ciphertext = json.loads(request.body)["encrypt"]
    lucky = next(key for key in map(str, range(100_000)) if _decrypts(ciphertext, key))
    assert outcome(request, SECRETS | {"LARK_ENCRYPT_KEY": [lucky, KEY]}).status == 200


def test_answers_do_not_tell_whether_a_padding_was_right() -> None:
    """Otherwise whoever caught a ciphertext could read it, byte by byte, without the key."""
    data = bytearray(base64.b64decode(json.loads(SIGNED.body)["encrypt"]))
    outcomes = []
    for guess in range(256):
        data[-17] = guess
        body = encoded({"encrypt": base64.b64encode(data).decode()})
        outcomes.append(outcome(Signed({}, body)))
    assert outcomes == [REFUSED] * 256


def test_message_is_one_event_whatever_it_comes_as() -> None:
    again = MESSAGE | {"header": MESSAGE["header"] | {"event_id": str(uuid.uuid4())}}
    first_version = LEAVE | {
        "event": {
            "type": "message",
            "app_id": MESSAGE["header"]["app_id"],
            "open_message_id": MESSAGE["event"]["message"]["message_id"],
        }
    }
    ids = {
        outcome(sign(encoded(one), SECRETS, NOW)).events[0]["id"] for one in (MESSAGE, again, first_version)
    }
    assert ids == {"lark#message:1e12140a:om_5ce6d572455d361153b7cb51da133945"}


@pytest.mark.parametrize("depth", [100, 5000, 9_000, 9_900, 9_990, 9_998, 20_000])
@pytest.mark.parametrize("signed", [True, False])
def test_no_depth_is_our_fault(depth: int, signed: bool) -> None:
    deep = '{"a":' * depth + "1" + "}" * depth
    text = encoded(MESSAGE | {"x": "deep"}).decode().replace('"deep"', deep).encode()
    request = sign(text, SECRETS, NOW) if signed else Signed({}, text)
    assert outcome(request).status in ((200, 400) if signed else (401,))


@given(
    document=altered(MESSAGE) | altered(LEAVE) | altered(CHALLENGE),
    secrets=st.sampled_from([SECRETS, {"LARK_ENCRYPT_KEY": KEY}, {"LARK_VERIFICATION_TOKEN": TOKEN}]),
)
@settings(deadline=None, max_examples=300)
def test_no_document_is_our_fault(document: Any, secrets: dict[str, str]) -> None:
    for send in (sign, challenge):
        assert outcome(send(encoded(document), secrets, NOW), secrets).status < 500


@given(
    body=st.binary() | st.builds(lambda text: encoded({"encrypt": text}), json_values()),
    headers=st.dictionaries(st.sampled_from(list(SIGNED.headers)), ANY_TEXT),
    secrets=st.sampled_from([SECRETS, {"LARK_ENCRYPT_KEY": KEY}, {"LARK_VERIFICATION_TOKEN": TOKEN}]),
)
@settings(deadline=None, max_examples=300)
def test_no_bytes_are_our_fault(body: bytes, headers: dict[str, str], secrets: dict[str, str]) -> None:
    assert 400 <= outcome(Signed(headers, body), secrets).status < 500


def _decrypts(ciphertext: str, key: str) -> bool:
    try:
        decrypt(ciphertext, key)
    except DecryptionError:
        return False
    return True
