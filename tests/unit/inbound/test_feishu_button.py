"""Button clicks beyond the vectors."""

import json
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from larkbridge.errors import (
    AwsUnavailableError,
    NotFoundError,
    PayloadTooLargeError,
    TooManyRequestsError,
)
from larkbridge.inbound.feishu_button import FeishuButton, refuse_click
from larkbridge.store.rate_limits import Limit
from sandbox.webhooks import Signed
from sandbox.webhooks.feishu_button import automation, sign
from tests.support.output import captured
from tests.support.tampering import ANY_TEXT, altered, encoded, tampered
from tests.support.vectors import Outcome, context_at, outcome_of, receive, request_of

NOW = 1608725989.0
SECRET = "button-secret-1"
SECRETS = {"FEISHU_BUTTON_SECRET": SECRET}
CLICK: dict[str, Any] = {
    "app_token": "bascnAbC123",
    "table_id": "tblXyz1",
    "record_id": "recQ9w",
    "button_id": "userBtn",
    "user_id": "ou_84aad35d084aa403a838cf73ee18467",
    "timestamp": "1608725989000",
}
SIGNED = sign(json.dumps(CLICK).encode(), SECRETS, NOW)


def outcome(request: Signed, secret: str = SECRET, now: float = NOW) -> Outcome:
    context = context_at(now, {}, {"FEISHU_BUTTON_SECRET": secret})
    return outcome_of(FeishuButton(), request_of(request.headers, request.body), context)


def limits(**settings: str) -> list[Limit]:
    context = context_at(NOW, settings, SECRETS)
    request = request_of(SIGNED.headers, SIGNED.body, source_ip="203.0.113.9")
    return list(receive(FeishuButton(), request, context).limits)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (TooManyRequestsError("too many requests", 17), 429, "RATE_LIMIT_EXCEEDED"),
        (PayloadTooLargeError("too large"), 413, "INVALID_REQUEST"),
        (NotFoundError("there is no such webhook"), 404, "INVALID_REQUEST"),
        (AwsUnavailableError("dynamodb: secret text"), 500, "API_CALL_FAILED"),
        (ValueError("secret text"), 500, "API_CALL_FAILED"),
    ],
)
def test_refusals_have_the_contracts_shape(error: Exception, status: int, code: str) -> None:
    with captured() as output:
        response = refuse_click(error, "request-1")
    body = json.loads(response.body)
    assert response.status == status
    assert body == {"success": False, "message": body["message"], "error": code}
    assert "secret text" not in str(response.body)
    assert [line["requestId"] for line in output.lines] == ["request-1"]


def test_too_many_clicks_are_told_when_to_come_back() -> None:
    response = refuse_click(TooManyRequestsError("too many requests", 17), "request-1")
    assert response.headers["retry-after"] == "17"


def test_limits_are_per_user_and_per_address() -> None:
    assert limits() == [
        Limit(name="button-user:ou_84aad35d084aa403a838cf73ee18467", hits=30),
        Limit(name="button-ip:203.0.113.9", hits=300),
    ]


def test_limits_are_settings() -> None:
    assert [one.hits for one in limits(FEISHU_BUTTON_USER_LIMIT="2", FEISHU_BUTTON_IP_LIMIT="5")] == [2, 5]


@pytest.mark.parametrize("send", [sign, automation])
def test_both_ways_of_sending_are_accepted(send: Any) -> None:
    assert outcome(send(encoded(CLICK), SECRETS, NOW)).status == 200


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("app_token", "bascnOther"),
        ("table_id", "tblOther"),
        ("record_id", "recOther"),
        ("button_id", "otherBtn"),
        ("user_id", "ou_other"),
        ("timestamp", "1608725989001"),
    ],
)
def test_clicks_without_a_request_id_differ_by_every_field(name: str, other: str) -> None:
    first, again, another = (
        outcome(automation(encoded(one), SECRETS, NOW)).events[0]["id"]
        for one in (CLICK, CLICK | {"note": "not part of it"}, CLICK | {name: other})
    )
    assert first == again != another


def test_request_id_decides_what_is_the_same_click() -> None:
    later = sign(encoded(CLICK | {"timestamp": "1608725990000"}), SECRETS, NOW)
    again = Signed(later.headers | {"X-Lark-Request-Id": SIGNED.headers["X-Lark-Request-Id"]}, later.body)
    assert outcome(again).events == outcome(SIGNED).events != outcome(later).events


@given(
    seconds=st.integers(10**8, 10**10),
    unit=st.sampled_from([1, 1000]),
    kind=st.sampled_from([int, str, float]),
    age=st.integers(-1000, 1000) | st.sampled_from([-301, -300, 300, 301]),
)
@settings(deadline=None)
def test_click_is_taken_within_five_minutes_either_way(seconds: int, unit: int, kind: Any, age: int) -> None:
    body = encoded(CLICK | {"timestamp": kind(seconds * unit)})
    status = outcome(automation(body, SECRETS, NOW), now=seconds + age).status
    assert status == (200 if abs(age) <= 300 else 401)


@given(body=tampered(SIGNED.body))
@settings(deadline=None)
def test_any_changed_byte_of_a_signed_click_refuses(body: bytes) -> None:
    assert outcome(Signed(SIGNED.headers, body)).status == 401


@given(signature=ANY_TEXT)
@example("\ud800")
@settings(deadline=None)
def test_any_other_signature_refuses_even_beside_the_bearer_secret(signature: str) -> None:
    assume(signature.strip() != SIGNED.headers["X-Lark-Signature"])
    headers = SIGNED.headers | {"X-Lark-Signature": signature, "Authorization": f"Bearer {SECRET}"}
    assert outcome(Signed(headers, SIGNED.body)).status == 401


@given(secret=st.text(st.characters(codec="utf-8"), min_size=1))
@settings(deadline=None)
def test_any_other_secret_refuses(secret: str) -> None:
    assume(secret.strip() and secret.strip() != SECRET)
    assert outcome(SIGNED, secret).status == 401
    assert outcome(automation(encoded(CLICK), SECRETS, NOW), secret).status == 401


@given(document=altered(CLICK))
@settings(deadline=None, max_examples=300)
def test_no_document_is_our_fault(document: Any) -> None:
    for send in (sign, automation):
        assert outcome(send(encoded(document), SECRETS, NOW)).status < 500


@given(
    body=st.binary(),
    headers=st.dictionaries(st.sampled_from([*SIGNED.headers, "Authorization"]), ANY_TEXT),
)
@settings(deadline=None, max_examples=200)
def test_no_bytes_are_our_fault(body: bytes, headers: dict[str, str]) -> None:
    assert 400 <= outcome(Signed(headers, body)).status < 500


@given(source_ip=ANY_TEXT | st.ip_addresses().map(str))
@settings(deadline=None)
def test_no_address_is_our_fault(source_ip: str) -> None:
    context = context_at(NOW, {"FEISHU_BUTTON_ALLOWED_CIDRS": "10.0.0.0/8,2001:db8::/32"}, SECRETS)
    request = request_of(SIGNED.headers, SIGNED.body, source_ip=source_ip)
    assert outcome_of(FeishuButton(), request, context).status in (200, 403)
