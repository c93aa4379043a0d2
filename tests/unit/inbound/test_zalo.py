"""Zalo: the settings for what its sources disagree about, and ids that lose no event."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkbridge.inbound.zalo import Zalo
from sandbox.webhooks.zalo import sign
from tests.support.tampering import ANY_TEXT, encoded, json_values
from tests.support.vectors import Outcome, context_at, outcome_of, receive, request_of

SECRETS = {"ZALO_OA_SECRET_KEY": "oasecret"}
SETTINGS = {"ZALO_APP_ID": "123"}
NOW = 1_700_000_000
EVENT = {"event_name": "user_send_text", "app_id": "123", "timestamp": "1700000000000"}


def outcome(headers: dict[str, str], body: bytes, settings: dict[str, str] = SETTINGS) -> Outcome:
    return outcome_of(Zalo(), request_of(headers, body), context_at(NOW, settings, SECRETS))


def id_of(document: dict[str, Any]) -> str:
    signed = sign(json.dumps(document).encode(), SECRETS, NOW)
    context = context_at(NOW, SETTINGS, SECRETS)
    [event] = receive(Zalo(), request_of(signed.headers, signed.body), context).events
    return event.delivery_id


def test_sandbox_signs_as_the_formula_says() -> None:
    body = json.dumps(EVENT).encode()
    mac = hashlib.sha256(b"123" + body + b"1700000000000" + b"oasecret").hexdigest()
    assert sign(body, SECRETS, NOW).headers["X-ZEvent-Signature"] == f"mac={mac}"


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "ZALO_APP_ID"),
        ({"ZALO_OA_ID": "5"}, "ZALO_APP_ID"),
        ({"ZALO_APP_ID": ""}, "ZALO_APP_ID"),
        ({"ZALO_APP_ID": "123", "ZALO_SIGNED_ID": "oa_id"}, "ZALO_OA_ID"),
    ],
)
def test_missing_setting_is_told_by_its_name(settings: dict[str, str], name: str) -> None:
    signed = sign(json.dumps(EVENT).encode(), SECRETS, NOW)
    refused = outcome(signed.headers, signed.body, settings)
    assert (refused.status, refused.answer["error"]) == (503, "not_configured")
    assert name in refused.answer["message"]


@given(timestamp=ANY_TEXT | st.sampled_from(["", " ", "-1", "1.5", "9" * 21, "1e3", "١"]))
@settings(deadline=None, max_examples=100)
def test_timestamp_in_the_header_must_be_a_number(timestamp: str) -> None:
    settings = SETTINGS | {"ZALO_TIMESTAMP_SOURCE": "header"}
    body = json.dumps(EVENT).encode()
    digits = timestamp.strip()
    content = b"123" + body + digits.encode("utf-8", "surrogatepass") + b"oasecret"
    headers = {
        "X-ZEvent-Timestamp": timestamp,
        "X-ZEvent-Signature": f"mac={hashlib.sha256(content).hexdigest()}",
    }
    proven = digits.isascii() and digits.isdigit() and len(digits) <= 20
    assert outcome(headers, body, settings).status == (200 if proven else 401)


@given(timestamp=json_values())
@settings(deadline=None, max_examples=100)
def test_timestamp_in_the_body_may_be_anything(timestamp: Any) -> None:
    body = encoded(EVENT | {"timestamp": timestamp})
    assert outcome({"X-ZEvent-Signature": "mac=" + "0" * 64}, body).status == 401


@pytest.mark.parametrize(
    "body", [b"[" * 50_000 + b"]" * 50_000, b'{"timestamp":' + b"9" * 5000 + b"}", b"\xff"]
)
def test_body_that_cannot_be_read_is_not_proven(body: bytes) -> None:
    assert outcome({"X-ZEvent-Signature": "mac=" + "0" * 64}, body).status == 401


def test_id_of_a_message_is_exact_however_it_is_written() -> None:
    ids = {id_of(EVENT | {"message": {"msg_id": one}}) for one in ("9007199254740993", 9007199254740993)}
    assert ids == {"user_send_text:9007199254740993"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {"event_name": "user_received_message", "message": {"msg_id": "1"}},
            {"event_name": "user_seen_message", "message": {"msg_id": "1"}},
        ),
        ({"message": {"msg_id": "1"}}, {"message": {"msg_id": "2"}}),
        ({"message": {"msg_id": "1", "react_icon": "a"}}, {"message": {"msg_id": "1", "react_icon": "b"}}),
        ({"message": {"msg_ids": ["1"]}}, {"message": {"msg_ids": ["1", "2"]}}),
        ({"timestamp": "1"}, {"timestamp": "2"}),
    ],
)
def test_two_events_have_two_ids(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert id_of(EVENT | one) != id_of(EVENT | other)


def test_event_sent_again_has_the_same_id() -> None:
    receipt = EVENT | {"message": {"msg_id": "1"}}
    assert id_of(EVENT) == id_of(EVENT)
    assert id_of(receipt) == id_of(receipt | {"timestamp": "1700000000001"})
