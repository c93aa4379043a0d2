"""Whatever JSON a payload has, a reader returns what it promises or refuses it by name."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.clock import from_text
from larkbridge.processors.payload_fields import (
    MAX_ITEM_BYTES,
    MILLISECONDS,
    NAME,
    SECONDS,
    TEXT,
    Fields,
    compact_json,
)
from larkbridge.processors.subscriber import UnprocessableEventError
from larkbridge.store.codec import to_attribute

type Read = Callable[[Fields], object]

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.sampled_from(["7", "x" * 201, "x" * 1001, 10**12, 1_788_228_000_000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
READERS: dict[str, Read] = {
    "object": lambda fields: fields.object("x").values,
    "optional_object": lambda fields: fields.object("x", {}).values,
    "objects": lambda fields: [one.values for one in fields.objects("x")],
    "name": lambda fields: fields.text("x", NAME),
    "optional_name": lambda fields: fields.text("x", NAME, None),
    "text": lambda fields: fields.text("x", TEXT),
    "optional_text": lambda fields: fields.text("x", TEXT, None),
    "optional_integer": lambda fields: fields.optional_integer("x"),
    "flag": lambda fields: fields.flag("x"),
    "seconds": lambda fields: fields.optional_moment("x", SECONDS),
    "milliseconds": lambda fields: fields.optional_moment("x", MILLISECONDS),
}
SCALARS = ("name", "optional_name", "optional_text", "optional_integer", "flag", "seconds", "milliseconds")


def refusal(read: Callable[[], object]) -> UnprocessableEventError | None:
    """Return how something is refused, None when it is not."""
    try:
        read()
    except UnprocessableEventError as error:
        return error
    return None


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@given(value=JSON)
def test_any_value_is_read_or_refused_by_name(read: Read, value: Any) -> None:
    refused = refusal(lambda: read(Fields({"x": value}, "outer.")))
    if refused:
        assert refused.reason == "invalid_field"
        assert refused.message.startswith("outer.x must be ")


@pytest.mark.parametrize("name", SCALARS)
@given(value=JSON)
def test_what_is_read_can_be_stored(name: str, value: Any) -> None:
    fields = Fields({"x": value})
    if not refusal(lambda: READERS[name](fields)):
        json.dumps(to_attribute(READERS[name](fields)), ensure_ascii=False).encode()


@pytest.mark.parametrize("name", ["object", "name", "text"])
@pytest.mark.parametrize("document", [{}, {"x": None}])
def test_what_is_needed_must_be_there(name: str, document: dict[str, Any]) -> None:
    with pytest.raises(UnprocessableEventError) as refused:
        READERS[name](Fields(document))
    assert refused.value.message.startswith("x must be ")


@pytest.mark.parametrize(
    ("name", "absent"),
    [
        ("optional_object", {}),
        ("objects", []),
        ("optional_name", None),
        ("optional_text", None),
        ("optional_integer", None),
        ("flag", False),
        ("seconds", None),
    ],
)
@pytest.mark.parametrize("document", [{}, {"x": None}])
def test_what_is_optional_may_be_absent_or_null(name: str, absent: Any, document: dict[str, Any]) -> None:
    assert READERS[name](Fields(document)) == absent


@pytest.mark.parametrize("write", [int, str, float, "{}.0".format])
@given(milliseconds=st.integers(0, 253_402_300_799_999))
def test_moment_is_exact(write: Callable[[int], object], milliseconds: int) -> None:
    moment = Fields({"x": write(milliseconds)}).optional_moment("x", MILLISECONDS)
    assert moment is not None
    assert round(from_text(moment).timestamp() * 1000) == milliseconds


@pytest.mark.parametrize(("unit", "end"), [(SECONDS, 253_402_300_800), (MILLISECONDS, 253_402_300_800_000)])
def test_time_ends_with_the_year_9999_and_begins_with_1970(unit: timedelta, end: int) -> None:
    moments = [Fields({"x": value}).optional_moment("x", unit) for value in (-1, 0, end - 1, end)]
    assert [moment and moment[:4] for moment in moments] == [None, "1970", "9999", None]


@given(value=JSON)
def test_json_text_says_the_same_or_is_refused(value: Any) -> None:
    refused = refusal(lambda: compact_json(value, "it"))
    if refused:
        assert refused.reason == "not_json"
        return
    text = compact_json(value, "it")
    assert json.loads(text.encode()) == value or "?" in text


def test_json_text_is_bounded_in_bytes() -> None:
    longest = "ễ" * ((MAX_ITEM_BYTES - 2) // 3)
    assert len(compact_json(longest, "it").encode()) > MAX_ITEM_BYTES - 3
    with pytest.raises(UnprocessableEventError, match="too_large"):
        compact_json(longest + "ễ", "it")


def test_depth_that_cannot_be_written_is_refused() -> None:
    nested: Any = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(UnprocessableEventError, match="not_json"):
        compact_json(nested, "it")
