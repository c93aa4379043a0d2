"""The steps of a signature check, one by one: what each proves and what it refuses."""

import hashlib
import hmac
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.errors import UnverifiedRequestError
from larkbridge.inbound.provider import (
    hmac_base64,
    require_fresh,
    require_match,
    required_header,
)
from tests.support.tampering import ANY_TEXT
from tests.support.vectors import request_of

NOW = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())


@pytest.mark.parametrize("name", ["X-Signature", "x-signature", "X-SIGNATURE"])
def test_header_is_found_whatever_its_case(name: str) -> None:
    assert required_header(request_of({name: " abc "}, b""), "x-signature") == "abc"


@pytest.mark.parametrize(
    "headers", [{}, {"X-Signature": ""}, {"X-Signature": " \t"}, {"X-Signatures": "abc"}]
)
def test_header_that_is_absent_or_empty_is_named(headers: dict[str, str]) -> None:
    with pytest.raises(UnverifiedRequestError, match="x-signature"):
        required_header(request_of(headers, b""), "x-signature")


@pytest.mark.parametrize(
    ("expected", "given_ones"),
    [(["a"], ["a"]), (["a", "b"], ["b"]), (["b"], ["a", "b"]), (["a", "b"], ["c", "a"]), (["ễ"], ["ễ"])],
)
def test_one_of_many_may_match(expected: list[str], given_ones: list[str]) -> None:
    require_match(expected, given_ones)


@pytest.mark.parametrize(
    ("expected", "given_ones"),
    [
        ([], []),
        ([], [""]),
        ([], ["a"]),
        (["a"], []),
        (["a"], [""]),
        (["abc"], ["ab"]),
        (["ab"], ["abc"]),
        (["a"], ["A"]),
        (["a"], ["á"]),
        (["a"], ["\ud800"]),
    ],
)
def test_no_match_is_refused(expected: list[str], given_ones: list[str]) -> None:
    with pytest.raises(UnverifiedRequestError):
        require_match(expected, given_ones)


@given(ours=ANY_TEXT, theirs=ANY_TEXT)
def test_only_the_same_text_matches(ours: str, theirs: str) -> None:
    require_match([ours], [ours])
    if ours != theirs:
        with pytest.raises(UnverifiedRequestError):
            require_match([ours], [theirs])


@pytest.mark.parametrize("age", [0, 1, -1, 299, 300, -300])
def test_timestamp_within_five_minutes_is_fresh(age: int) -> None:
    require_fresh(str(SECONDS - age), NOW)


@pytest.mark.parametrize("age", [301, -301, 10**6, SECONDS])
def test_timestamp_beyond_five_minutes_is_refused_either_way(age: int) -> None:
    with pytest.raises(UnverifiedRequestError, match="too far"):
        require_fresh(str(SECONDS - age), NOW)


def test_fraction_over_the_tolerance_counts() -> None:
    with pytest.raises(UnverifiedRequestError):
        require_fresh(str(SECONDS), NOW + timedelta(minutes=5, milliseconds=1))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        f" {SECONDS}",
        f"{SECONDS}\n",
        f"+{SECONDS}",
        "-1",
        "1e9",
        "soon",
        "１７８８２２８０００",
        "9" * 5000,
    ],
)
def test_what_is_no_number_of_seconds_is_refused(text: str) -> None:
    with pytest.raises(UnverifiedRequestError):
        require_fresh(text, NOW)


@given(text=ANY_TEXT)
def test_no_timestamp_is_our_fault(text: str) -> None:
    with pytest.raises(UnverifiedRequestError):
        require_fresh(text, NOW)


@given(secret=st.text(st.characters(codec="utf-8")), content=st.binary())
def test_macs_are_those_of_the_standard_library(secret: str, content: bytes) -> None:
    expected = hmac.new(secret.encode(), content, hashlib.sha256)
    assert hmac_base64(secret.encode(), content) == b64encode(expected.digest()).decode()


def test_mac_of_rfc_4231() -> None:
    mac = bytes.fromhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    assert hmac_base64(b"Jefe", b"what do ya want for nothing?") == b64encode(mac).decode()
