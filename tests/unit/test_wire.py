import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.wire import standard_webhooks_key, storable, wait_asked_for


@given(text=st.text(st.characters(codec=None)), length=st.none() | st.integers(0, 20))
def test_whatever_the_text_what_is_kept_can_be_written(text: str, length: int | None) -> None:
    kept = storable(text, length)
    assert len(kept.encode().decode()) == len(text if length is None else text[:length])


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "30"}, 30),
        ({"retry-after": "0", "x-reset": "7"}, 7),
        ({"x-reset": "soon", "retry-after": "5"}, 5),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "٣"}, None),
        ({"retry-after": "1" * 10}, None),
        ({}, None),
    ],
)
def test_wait_is_the_first_header_that_has_a_number(headers: dict[str, str], wait: float | None) -> None:
    assert wait_asked_for(headers, "x-reset", "retry-after") == wait


@given(key=st.binary(min_size=1, max_size=40), prefix=st.sampled_from(["whsec_", ""]))
def test_key_is_what_was_encoded_padded_or_not(key: bytes, prefix: str) -> None:
    encoded = prefix + base64.b64encode(key).decode()
    assert standard_webhooks_key(encoded) == standard_webhooks_key(encoded.rstrip("=")) == key


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64", "whsec_é", "whsec_A", "====="])
def test_what_is_not_base64_is_no_key(secret: str) -> None:
    assert standard_webhooks_key(secret) is None
