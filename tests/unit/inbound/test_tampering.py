"""What no sender may get past a signature, whoever the provider is, and what no document may break."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkbridge.inbound.all_providers import BY_NAME
from larkbridge.inbound.provider import Provider
from sandbox.webhooks import Signed
from sandbox.webhooks.signers import VENDORS
from tests.support.tampering import ANY_TEXT, HEADERS, altered, encoded, tampered
from tests.support.vectors import Outcome, context_at, outcome_of, request_of

NOW = 1_700_000_000
KEYS = st.binary(min_size=1, max_size=40).map(lambda key: f"whsec_{b64encode(key).decode()}")
KEY = "whsec_bGFya2JyaWRnZQ=="
DIGEST = re.compile(r"[0-9a-f]{64}|[A-Za-z0-9+/]{43}=")


@dataclass(frozen=True)
class Sender:
    """A vendor: who takes its requests, how it signs, and a document of its own."""

    provider: Provider
    sign: Callable[[bytes, Mapping[str, str], float], Signed]
    document: dict[str, Any]

    def signed(self, body: bytes | None = None, *, key: str = KEY) -> Signed:
        return self.sign(encoded(self.document) if body is None else body, self._secrets(key), NOW)

    def outcome(self, headers: Mapping[str, str], body: bytes, *, key: str = KEY, now: int = NOW) -> Outcome:
        context = context_at(now, {"ZALO_APP_ID": "123"}, self._secrets(key))
        return outcome_of(self.provider, request_of(headers, body), context)

    def _secrets(self, key: str) -> dict[str, str]:
        return dict.fromkeys(self.provider.own_secrets, key)


SENDERS = {
    name: Sender(provider, next(iter(VENDORS[name].SIGNERS.values())), VENDORS[name].DOCUMENT)
    for name, provider in BY_NAME.items()
}
MALFORMED = st.sampled_from(
    ["", "=", ",", "t=,v1=", f"t={NOW},v1=", "v1,", "sha256=", "mac=", str(NOW), "9" * 5000]
)

every_sender = pytest.mark.parametrize("sender", SENDERS.values(), ids=SENDERS)
often = settings(deadline=None, max_examples=60)


@every_sender
def test_what_the_vendor_signs_is_taken_with_the_same_id_each_time(sender: Sender) -> None:
    deliveries = [sender.signed() for _ in range(2)]
    outcomes = [sender.outcome(one.headers, one.body) for one in deliveries]
    assert [one.status for one in outcomes] == [200, 200]
    assert outcomes[0].events == outcomes[1].events != []


@every_sender
@given(data=st.data())
@often
def test_any_changed_byte_of_the_body_is_refused(sender: Sender, data: st.DataObject) -> None:
    signed = sender.signed()
    assert sender.outcome(signed.headers, data.draw(tampered(signed.body))).status == 401


@every_sender
@given(data=st.data())
@often
def test_any_changed_character_of_the_signature_is_refused(sender: Sender, data: st.DataObject) -> None:
    signed, otherwise = sender.signed(), sender.signed(key="whsec_b3RoZXI=")
    [name] = [name for name, value in signed.headers.items() if value != otherwise.headers[name]]
    value = signed.headers[name]
    digest = DIGEST.search(value)
    assert digest
    position = data.draw(st.integers(digest.start(), digest.end() - 1))
    other = data.draw(st.characters(exclude_categories=()).filter(lambda one: one != value[position]))
    changed = value[:position] + other + value[position + 1 :]
    assert sender.outcome(signed.headers | {name: changed}, signed.body).status == 401


@every_sender
@given(key=KEYS.filter(lambda key: key != KEY))
@often
def test_any_other_key_is_refused(sender: Sender, key: str) -> None:
    signed = sender.signed()
    assert sender.outcome(signed.headers, signed.body, key=key).status == 401


@pytest.mark.parametrize("sender", [SENDERS["clerk"], SENDERS["stripe"]], ids=["clerk", "stripe"])
@given(distance=st.integers(-(10**6), 10**6) | st.sampled_from([-301, -300, 300, 301]))
@often
def test_clock_may_be_five_minutes_off_either_way(sender: Sender, distance: int) -> None:
    signed = sender.signed()
    expected = 200 if abs(distance) <= 300 else 401
    assert sender.outcome(signed.headers, signed.body, now=NOW + distance).status == expected


@every_sender
@given(headers=st.dictionaries(st.sampled_from(HEADERS), MALFORMED | ANY_TEXT), body=st.binary(max_size=200))
@often
def test_whoever_cannot_sign_gets_401(sender: Sender, headers: dict[str, str], body: bytes) -> None:
    assert sender.outcome(headers, body).status == 401


@every_sender
@given(data=st.data())
@often
def test_any_document_is_taken_or_refused_and_what_is_taken_can_be_stored(
    sender: Sender, data: st.DataObject
) -> None:
    document = data.draw(altered(sender.document))
    if sender is SENDERS["zalo"]:
        document = (document if isinstance(document, dict) else {}) | {"app_id": "123", "timestamp": "1"}
    signed = sender.signed(encoded(document))
    outcome = sender.outcome(signed.headers, signed.body)
    assert outcome.status in (200, 400)
    for event in outcome.events:
        assert re.fullmatch(r"[a-z]+#[A-Za-z0-9._:@=+-]+", event["id"])
        assert len(event["type"].encode()) < 2000


@pytest.mark.parametrize("name", sorted(SENDERS.keys() - {"zalo"}))
@pytest.mark.parametrize("body", [b"[" * 50_000 + b"]" * 50_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000])
def test_depth_without_end_is_refused(name: str, body: bytes) -> None:
    signed = SENDERS[name].signed(body)
    assert SENDERS[name].outcome(signed.headers, signed.body).status == 400
