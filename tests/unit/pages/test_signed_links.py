"""What a link proves: that we made it, for this purpose, not too long ago."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.errors import NotConfiguredError, NotFoundError
from larkbridge.pages.signed_links import Purpose, sign, verify

NOW = datetime(2026, 11, 28, 5, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(days=30)
PURPOSES = get_args(Purpose.__value__)
KEYS = ("current", "previous")

payloads = st.text(st.characters(exclude_categories=["Cs"]))


@given(payloads, st.sampled_from(PURPOSES))
def test_what_was_signed_comes_back(payload: str, purpose: Purpose) -> None:
    token = sign(purpose, payload, KEYS, UNTIL)

    assert verify(purpose, token, KEYS, NOW) == payload
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


@given(payloads, st.data())
def test_a_token_that_differs_in_one_character_is_refused(payload: str, data: st.DataObject) -> None:
    token = sign("sent", payload, KEYS, UNTIL)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda sign: sign != token[place]))

    with pytest.raises(NotFoundError):
        verify("sent", token[:place] + other + token[place + 1 :], KEYS, NOW)


@given(st.text())
def test_what_a_stranger_makes_up_is_refused(token: str) -> None:
    with pytest.raises(NotFoundError):
        verify("sent", token, KEYS, NOW)


@pytest.mark.parametrize("other", [purpose for purpose in PURPOSES if purpose != "sent"])
def test_a_token_serves_for_no_other_purpose(other: Purpose) -> None:
    with pytest.raises(NotFoundError):
        verify(other, sign("sent", "id", KEYS, UNTIL), KEYS, NOW)


def test_the_first_key_signs_and_all_verify() -> None:
    assert verify("sent", sign("sent", "id", ["previous"], UNTIL), KEYS, NOW) == "id"
    assert verify("sent", sign("sent", "id", KEYS, UNTIL), ["current"], NOW) == "id"
    with pytest.raises(NotFoundError):
        verify("sent", sign("sent", "id", ["withdrawn"], UNTIL), KEYS, NOW)


def test_a_token_ends_with_its_time() -> None:
    token = sign("sent", "id", KEYS, UNTIL)

    assert verify("sent", token, KEYS, UNTIL - timedelta(seconds=1)) == "id"
    with pytest.raises(NotFoundError):
        verify("sent", token, KEYS, UNTIL)


def test_without_a_key_nothing_is_signed_and_nothing_is_verified() -> None:
    with pytest.raises(NotConfiguredError):
        sign("sent", "id", (), UNTIL)
    with pytest.raises(NotFoundError):
        verify("sent", sign("sent", "id", KEYS, UNTIL), (), NOW)
