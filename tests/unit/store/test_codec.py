"""What a store writes is what it reads."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.store.codec import from_attribute, from_item, to_attribute, to_item
from tests.support.stream import as_json

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers() | FLOATS | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
KINDS = {"S", "N", "BOOL", "NULL", "L", "M"}


@given(value=VALUES)
def test_value_comes_back_as_it_was(value: Any) -> None:
    back = from_attribute(json.loads(json.dumps(to_attribute(value))))
    assert (back, json.dumps(back)) == (value, json.dumps(value))


@given(record=st.dictionaries(st.text(), VALUES, max_size=6))
def test_record_comes_back_without_its_empty_keys(record: dict[str, Any]) -> None:
    assert from_item(to_item(record)) == {key: value for key, value in record.items() if value is not None}


@given(value=st.binary())
def test_bytes_come_back_from_the_sdk_and_from_a_stream(value: bytes) -> None:
    assert from_attribute(to_attribute(value)) == value
    assert from_item(as_json({"payload": to_attribute(value)})) == {"payload": value}


@given(value=VALUES)
def test_every_attribute_is_of_one_kind(value: Any) -> None:
    attributes = [to_attribute(value)]
    while attributes:
        ((kind, inner),) = attributes.pop().items()
        assert kind in KINDS
        attributes += inner if kind == "L" else inner.values() if kind == "M" else []


@pytest.mark.parametrize(
    ("written", "number"),
    [("7", 7), ("-0", 0), ("2.50", 2.5), ("1E+2", 100.0), ("1e-7", 1e-7), ("9" * 38, 10**38 - 1)],
)
def test_number_is_read_in_every_form_of_dynamodbs(written: str, number: float) -> None:
    assert from_attribute({"N": written}) == number


@pytest.mark.parametrize("value", [bytearray(b"bytes"), {1, 2}, object(), 1j])
def test_type_that_no_record_holds_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        to_item({"outer": [{"inner": value}]})


@pytest.mark.parametrize("attribute", [{"BS": ["AA=="]}, {"SS": ["a"]}, {"NS": ["1"]}])
def test_kind_that_is_never_written_is_refused(attribute: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        from_item({"key": attribute})
