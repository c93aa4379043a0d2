"""What may stand in keys, URLs and logs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.observability import plain_id, plain_word

_RANDOM_OR_LONG = re.compile(
    r"(?<![0-9A-Za-z])[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12,}(?![0-9A-Za-z])"
    r"|\d{16,}|(?<![0-9A-Za-z])leadgen:\d+",
    re.IGNORECASE,
)
_PERSONAL = re.compile(r"@|wamid\.|(?<!\d)\d([._:=+-]?\d){8,14}(?!\d)", re.IGNORECASE)
_PARTS = ("72d3162e-cc78-11e3-81ab-4c9367dc0958", "5e3702a84e847582be8db7fb73283c02", "leadgen:", "wamid.")
_PIECES = (*_PARTS, "9007199254740993", "0912345678", "84-912-345", "123", "4", "om_", "x", *"._:=+-@")
TEXT = st.text() | st.from_regex(r"[A-Za-z0-9._:@=+-]{1,60}", fullmatch=True)


@pytest.mark.parametrize(
    "text",
    [
        *("evt_1QxSnapshot", "message:om_5ce6d572455d361153b7cb51da133945", "leadgen:123123123123"),
        *("72d3162e-cc78-11e3-81ab-4c9367dc0958", "12345678-1234-4123-8123-123456789012", "9" * 16),
        *("user_send_text:9007199254740993123", "5e3702a84e847582be8db7fb73283c02", "a" * 200, "hv-1"),
    ],
)
def test_id_that_shows_nobody_stays(text: str) -> None:
    assert plain_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("+84912345678", "0912345678", "u0912345678x", "0912.345.678", "84-912-345-678", "a_091_234_5678"),
        *("ha@example.vn", "message:wamid.HBg=", "message:WAMID.HBg=", "123456789", "1" * 15, "x 1", "", "é"),
        *("a" * 201, "\ud800", "5e3702a84e847582be8db7fb73283c02:0912345678", "leadgen:1:0912345678"),
    ],
)
def test_any_other_is_hashed(text: str) -> None:
    assert plain_id(text).startswith("sha256:")
    assert len(plain_id(text)) == 71


@given(text=TEXT)
def test_a_hash_is_plain_itself(text: str) -> None:
    assert plain_id(plain_id(text)) == plain_id(text)


@given(one=TEXT, other=TEXT)
def test_two_ids_stay_two(one: str, other: str) -> None:
    assert (plain_id(one) == plain_id(other)) == (one == other)


@pytest.mark.parametrize(
    "word",
    [
        *("customer.subscription.updated", "orders/create", "im.message.receive_v1", "task.ai_generated"),
        "whatsapp_business_account.message_template_status_update",
    ],
)
def test_type_of_an_event_is_a_plain_word(word: str) -> None:
    assert plain_word(word) == word


@pytest.mark.parametrize("text", ["", "Nguyễn Thị Hà", "a b", "A", "a@b", "paid.0912345678", "a" * 81, "a\n"])
def test_any_other_type_is_other(text: str) -> None:
    assert plain_word(text) == "other"


@given(st.lists(st.sampled_from(_PIECES), min_size=1, max_size=4).map("".join))
def test_who_may_be_meant_is_found_in_what_is_neither_random_nor_long(text: str) -> None:
    assert (plain_id(text) == text) != bool(_PERSONAL.search(_RANDOM_OR_LONG.sub(" ", text)))
