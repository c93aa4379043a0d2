"""Requests that somebody has tampered with, and documents of any shape, for Hypothesis."""

import json
from typing import Any

from hypothesis import strategies as st

from larkbridge.inbound.standard_webhooks import PREFIXES
from sandbox.webhooks.signers import SIGNERS
from tests.support.webhooks import FIRST_SECRETS

_SENT = [sign(b'{"app_id": "1", "timestamp": "1"}', FIRST_SECRETS, 0.0) for sign in SIGNERS.values()]
HEADERS = sorted(
    {name.lower() for signed in _SENT for name in signed.headers}
    | {f"{prefix}-{part}" for prefix in PREFIXES for part in ("id", "timestamp", "signature")}
)
"""Every header that a provider's request may have."""
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
"""Half surrogate pairs and control characters too."""


@st.composite
def tampered(draw: st.DrawFn, content: bytes) -> bytes:
    """Draw `content` with one byte changed, left out or put in."""
    position = draw(st.integers(0, len(content) - 1))
    before, byte, after = content[:position], content[position : position + 1], content[position + 1 :]
    other = draw(st.binary(min_size=1, max_size=1).filter(lambda one: one != byte))
    return draw(st.sampled_from([before + other + after, before + after, before + other + byte + after]))


def json_values() -> st.SearchStrategy[Any]:
    """Any JSON value."""
    numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    scalars = st.none() | st.booleans() | numbers | ANY_TEXT
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=5),
        max_leaves=20,
    )


def json_objects() -> st.SearchStrategy[dict[str, Any]]:
    """Any JSON object."""
    return st.dictionaries(ANY_TEXT, json_values(), max_size=6)


@st.composite
def altered(draw: st.DrawFn, document: Any) -> Any:
    """Draw a JSON value like `document`, with one part of it replaced by any other value or left out."""
    if not document or not isinstance(document, (dict, list)) or draw(st.integers(0, 4)) == 0:
        return draw(json_values())
    copy = document.copy()
    place = draw(st.sampled_from(list(copy) if isinstance(copy, dict) else range(len(copy))))
    if draw(st.integers(0, 4)) == 0:
        del copy[place]
    else:
        copy[place] = draw(altered(copy[place]))
    return copy


def encoded(value: Any) -> bytes:
    """Return `value` as JSON."""
    return json.dumps(value).encode()
