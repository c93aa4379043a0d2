"""Actions on Lark's cards beyond the vectors."""

import json
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from larkbridge.inbound.lark_card_actions import LarkCards
from sandbox.webhooks import Signed
from sandbox.webhooks.lark import challenge, sign, sign_old_card
from tests.support.lark_sdk import LarkSdk
from tests.support.tampering import ANY_TEXT, altered, encoded, tampered
from tests.support.vectors import Outcome, SecretValues, context_at, outcome_of, request_of

NOW = 1608725989.0
TOKEN = "v-token"
SECRETS = {"LARK_ENCRYPT_KEY": "test key", "LARK_VERIFICATION_TOKEN": TOKEN}
OLD: dict[str, Any] = {
    "open_id": "ou_84aad35d084aa403a838cf73ee18467",
    "open_message_id": "om_abcdefg1234567890",
    "token": "c-295ee57216a5dc9de90fefd0aadb4b1d7d",
    "action": {"value": {"key": "value"}, "tag": "button"},
}
SIGNED_OLD = sign_old_card(json.dumps(OLD).encode(), SECRETS, NOW)


def new(value: Any) -> dict[str, Any]:
    return {
        "schema": "2.0",
        "header": {
            "event_id": "f7984f25108f8137722bb63cee927e66",
            "token": TOKEN,
            "event_type": "card.action.trigger",
            "app_id": "cli_9f5343c580712544",
        },
        "event": {
            "operator": {"open_id": "ou_84aad35d084aa403a838cf73ee18467"},
            "token": "c-295ee57216a5dc9de90fefd0aadb4b1d7d",
            "action": {"value": value, "tag": "button"},
        },
    }


def outcome(request: Signed, secrets: SecretValues = SECRETS) -> Outcome:
    context = context_at(NOW, {}, secrets)
    return outcome_of(LarkCards(), request_of(request.headers, request.body), context)


def old_id(document: dict[str, Any]) -> str:
    return outcome(sign_old_card(encoded(document), SECRETS, NOW)).events[0]["id"]


@pytest.fixture(scope="module")
def sdk() -> LarkSdk:
    return LarkSdk(SECRETS)


def test_new_card_that_the_sdk_accepts_is_accepted(sdk: LarkSdk) -> None:
    request = sign(encoded(new({"key": "value"})), SECRETS, NOW)
    assert sdk.event(request)[0] == outcome(request).status == 200


def test_old_card_that_the_sdk_accepts_is_accepted(sdk: LarkSdk) -> None:
    assert sdk.old_card(SIGNED_OLD)[0] == outcome(SIGNED_OLD).status == 200


@pytest.mark.parametrize("name", ["X-Lark-Request-Timestamp", "X-Lark-Request-Nonce", "X-Lark-Signature"])
def test_old_card_that_the_sdk_refuses_is_refused(sdk: LarkSdk, name: str) -> None:
    request = Signed(SIGNED_OLD.headers | {name: "1" * 40}, SIGNED_OLD.body)
    assert sdk.old_card(request)[0] == 500
    assert outcome(request).status == 401


def test_challenge_gets_the_sdks_answer(sdk: LarkSdk) -> None:
    document = {"challenge": "c1", "token": TOKEN, "type": "url_verification"}
    request = challenge(encoded(document), SECRETS, NOW)
    assert outcome(request) == Outcome(200, json.loads(sdk.old_card(request)[1]))


ONLY_MINE = {
    "asker": "ou_84aad35d084aa403a838cf73ee18467",
    "refusal": "Chỉ người yêu cầu mới bấm được",
    "toast": "Tôi đang xử lý",
    "card": {"elements": []},
}


def answer_to(value: dict[str, Any], operator: Any) -> Any:
    document = new(value)
    document["event"]["operator"] = operator
    return outcome(sign(encoded(document), SECRETS, NOW)).answer


def test_who_was_asked_gets_the_card_that_the_button_brings() -> None:
    assert answer_to(ONLY_MINE, {"open_id": ONLY_MINE["asker"]}) == {
        "toast": {"type": "info", "content": "Tôi đang xử lý"},
        "card": {"type": "raw", "data": {"elements": []}},
    }


@pytest.mark.parametrize(
    "operator", [{"open_id": "ou_another"}, {"user_id": "84aad35d"}, {"open_id": None}, {}, None, []]
)
def test_anybody_else_gets_the_refusal_alone(operator: Any) -> None:
    assert answer_to(ONLY_MINE, operator) == {
        "toast": {"type": "info", "content": "Chỉ người yêu cầu mới bấm được"}
    }


@pytest.mark.parametrize("asker", [None, "", [], 7])
def test_an_asker_that_is_nobody_lets_nobody_press(asker: Any) -> None:
    answer = answer_to(ONLY_MINE | {"asker": asker}, {"open_id": "ou_another"})
    assert "card" not in answer


@pytest.mark.parametrize("name", ["open_message_id", "token", "action"])
def test_old_actions_that_differ_are_two(name: str) -> None:
    assert old_id(OLD) != old_id(OLD | {name: {"value": {}} if name == "action" else "another"})


def test_old_action_is_one_when_it_comes_again() -> None:
    again = {name: OLD[name] for name in reversed(OLD)} | {"open_chat_id": "oc_1"}
    assert old_id(again) == old_id(OLD)


@given(body=tampered(SIGNED_OLD.body))
@settings(deadline=None)
def test_any_changed_byte_of_an_old_card_refuses(body: bytes) -> None:
    assert outcome(Signed(SIGNED_OLD.headers, body)).status == 401


@given(
    name=st.sampled_from(["X-Lark-Request-Timestamp", "X-Lark-Request-Nonce", "X-Lark-Signature"]),
    value=ANY_TEXT | st.from_regex(r"[0-9a-f]{40}", fullmatch=True),
)
@settings(deadline=None)
def test_any_changed_header_of_an_old_card_refuses(name: str, value: str) -> None:
    assume(value.strip().lower() != SIGNED_OLD.headers[name])
    assert outcome(Signed(SIGNED_OLD.headers | {name: value}, SIGNED_OLD.body)).status == 401


@given(token=st.text(st.characters(codec="utf-8"), min_size=1))
@settings(deadline=None)
def test_any_other_token_refuses_an_old_card(token: str) -> None:
    assume(token.strip() and token.strip() != TOKEN)
    assert outcome(SIGNED_OLD, SECRETS | {"LARK_VERIFICATION_TOKEN": token}).status == 401


@pytest.mark.parametrize("depth", [100, 5000, 9_000, *range(9_990, 10_000), 20_000])
@pytest.mark.parametrize("make", [new, lambda action: OLD | {"action": action}], ids=["new", "old"])
def test_no_depth_is_our_fault(make: Any, depth: int) -> None:
    deep = '{"card":' * depth + "{}" + "}" * depth
    body = json.dumps(make("deep")).replace('"deep"', deep).encode()
    send = sign if make is new else sign_old_card
    assert outcome(send(body, SECRETS, NOW)).status in (200, 400)


@given(document=altered(new({"toast": "Đã duyệt", "card": {"type": "raw"}})) | altered(OLD))
@example(new({"toast": "\ud800"}))
@example(OLD | {"action": {"value": "\ud800"}})
@settings(deadline=None, max_examples=300)
def test_no_document_is_our_fault(document: Any) -> None:
    for send in (sign, sign_old_card, challenge):
        assert outcome(send(encoded(document), SECRETS, NOW)).status < 500


@given(
    body=st.binary(),
    headers=st.dictionaries(
        st.sampled_from(list(SIGNED_OLD.headers)), ANY_TEXT | st.from_regex(r"[0-9a-f]{40}", fullmatch=True)
    ),
    secrets=st.sampled_from(
        [SECRETS, {"LARK_ENCRYPT_KEY": "test key"}, {"LARK_VERIFICATION_TOKEN": TOKEN}],
    ),
)
@settings(deadline=None, max_examples=200)
def test_no_bytes_are_our_fault(body: bytes, headers: dict[str, str], secrets: dict[str, str]) -> None:
    assert 400 <= outcome(Signed(headers, body), secrets).status < 500
