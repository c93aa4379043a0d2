import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.webhook_secrets import standard_webhooks_key


@given(key=st.binary(min_size=1, max_size=40), prefix=st.sampled_from(["whsec_", ""]))
def test_key_is_what_was_encoded_padded_or_not(key: bytes, prefix: str) -> None:
    encoded = prefix + base64.b64encode(key).decode()
    assert standard_webhooks_key(encoded) == standard_webhooks_key(encoded.rstrip("=")) == key


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64", "whsec_é", "whsec_A", "====="])
def test_what_is_not_base64_is_no_key(secret: str) -> None:
    assert standard_webhooks_key(secret) is None
