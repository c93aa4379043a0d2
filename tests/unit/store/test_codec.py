"""Any value of a dataclass and any record comes back; what is neither is refused."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, make_dataclass, replace
from enum import StrEnum
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.store.api_keys import ApiKey
from larkbridge.store.button_configs import ButtonConfig
from larkbridge.store.button_results import Result
from larkbridge.store.codec import (
    Stored,
    decode,
    encode,
    encode_changes,
    from_attribute,
    from_item,
    to_attribute,
    to_item,
)
from larkbridge.store.destinations import Destination
from tests.support.stream import as_json

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers() | FLOATS | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
ATTRIBUTE_TYPES = {"S", "N", "BOOL", "NULL", "L", "M"}


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
        assert kind in ATTRIBUTE_TYPES
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


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is stored inside another record."""

    part_id: str
    size: int | None = None
    colours: list[Colour] = field(default_factory=list)


type Numbers = dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """A field of every type that a record holds."""

    long_name_of_a_text: str
    number: int
    fraction: float
    flag: bool
    raw: bytes
    colour: Colour
    part: Part
    anything: Any
    either: int | str
    maybe_part: Part | None = None
    maybe_colour: Colour | None = None
    enabled: bool = True
    maybe_named: str | None = "unnamed"
    count: int = 0
    note: str = ""
    texts: list[str] = field(default_factory=list)
    parts: tuple[Part, ...] = ()
    pairs: Sequence[tuple[str, int]] = field(default_factory=list)
    numbers: Numbers = field(default_factory=dict)
    by_name: Mapping[str, Part] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    reversed: Annotated[str, Stored({str: lambda text: text[::-1]}, lambda text: text[::-1])] = ""


KINDS = (Everything, Part, ApiKey, ButtonConfig, Result, Destination)
PARTS = st.builds(Part, size=st.none() | st.integers(), colours=st.lists(st.sampled_from(Colour), max_size=3))
DATACLASSES = st.one_of(
    st.builds(
        Everything,
        fraction=FLOATS,
        part=PARTS,
        anything=VALUES,
        maybe_part=st.none() | PARTS,
        maybe_colour=st.none() | st.sampled_from(Colour),
        enabled=st.booleans(),
        maybe_named=st.none() | st.text(),
        count=st.integers(),
        note=st.text(),
        texts=st.lists(st.text(), max_size=3),
        parts=st.lists(PARTS, max_size=3).map(tuple),
        pairs=st.lists(st.tuples(st.text(), st.integers()), max_size=3),
        numbers=st.dictionaries(st.text(), st.integers(), max_size=3),
        by_name=st.dictionaries(st.text(), PARTS, max_size=3),
        document=st.dictionaries(st.text(), VALUES, max_size=3),
        reversed=st.text(),
    ),
    *(st.builds(kind) for kind in KINDS[1:]),
)
EVERYTHING = Everything(
    long_name_of_a_text="a",
    number=7,
    fraction=5.0,
    flag=False,
    raw=b"b",
    colour=Colour.RED,
    part=Part(part_id="1", colours=[Colour.BLUE]),
    anything=None,
    either="x",
)


@given(value=DATACLASSES)
def test_any_value_comes_back(value: Any) -> None:
    record = encode(value)
    assert decode(type(value), record) == value
    assert decode(type(value), from_item(to_item(record))) == value


@given(value=DATACLASSES, more=st.dictionaries(st.text(min_size=30), VALUES, max_size=3))
def test_attributes_that_it_does_not_know_are_no_matter(value: Any, more: dict[str, Any]) -> None:
    assert decode(type(value), more | encode(value)) == value


@given(value=DATACLASSES, junk=VALUES | st.binary(), choose=st.randoms())
def test_any_record_is_read_or_refused(value: Any, junk: Any, choose: Any) -> None:
    record = encode(value)
    for key in choose.sample(sorted(record), choose.randrange(1 + min(3, len(record)))):
        record[key] = junk
        if choose.random() < 0.3:
            del record[key]
    try:
        read = decode(type(value), record)
    except (KeyError, TypeError, ValueError):
        return
    assert decode(type(value), encode(read)) == read


def test_record_has_the_names_in_camel_case_and_nothing_that_is_empty() -> None:
    assert encode(EVERYTHING) == {
        "longNameOfAText": "a",
        "number": 7,
        "fraction": 5.0,
        "flag": False,
        "raw": b"b",
        "colour": "red",
        "part": {"partId": "1", "colours": ["blue"]},
        "either": "x",
        "enabled": True,
        "maybeNamed": "unnamed",
    }
    assert [type(encode(EVERYTHING)[key]) for key in ("colour", "part")] == [str, dict]


def test_what_may_be_none_is_none_when_it_is_not_there_whatever_its_default() -> None:
    assert decode(Everything, encode(replace(EVERYTHING, maybe_named=None))).maybe_named is None


def test_update_takes_away_what_a_record_would_leave_out() -> None:
    changed = replace(EVERYTHING, count=3, maybe_named=None, reversed="ab")
    names = ("count", "maybe_named", "reversed", "note", "colour")
    assert encode_changes(changed, names) == {
        "count": 3,
        "maybeNamed": None,
        "reversed": "ba",
        "note": None,
        "colour": "red",
    }
    assert encode_changes(Destination(failures=2))["openUntil"] is None


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("number", True),
        ("number", 1.5),
        ("number", "1"),
        ("flag", 1),
        ("longNameOfAText", None),
        ("longNameOfAText", b"a"),
        ("colour", "green"),
        ("colour", ["red"]),
        ("part", {"size": 1}),
        ("part", []),
        ("maybePart", {"partId": 1}),
        ("either", 1.5),
        ("texts", "ab"),
        ("texts", ["a", 1]),
        ("parts", [{"partId": "1"}, {}]),
        ("pairs", [["a", 1, 2]]),
        ("pairs", [["a", "1"]]),
        ("numbers", {"a": "1"}),
        ("byName", {"a": {"partId": None}}),
        ("document", [1]),
        ("count", None),
        ("reversed", 1),
    ],
)
def test_attribute_of_another_type_is_refused(key: str, wrong: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        decode(Everything, encode(EVERYTHING) | {key: wrong})


@pytest.mark.parametrize("key", sorted(encode(EVERYTHING).keys() - {"enabled", "maybeNamed"}))
def test_missing_attribute_is_refused(key: str) -> None:
    record = encode(EVERYTHING)
    del record[key]
    with pytest.raises(TypeError):
        decode(Everything, record)


def test_refusal_tells_the_attribute_and_not_its_value() -> None:
    with pytest.raises(TypeError, match=r"^Everything: number is of type str$"):
        decode(Everything, encode(EVERYTHING) | {"number": "0912345678"})


@pytest.mark.parametrize("hint", [set[str], Callable[[], str], object, Part | Destination, list[set[str]]])
def test_field_of_a_type_that_no_record_holds_is_refused(hint: Any) -> None:
    with pytest.raises(TypeError):
        encode(make_dataclass("Holder", [("held", hint)])(None))
