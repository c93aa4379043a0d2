"""Write and read units are counted as AWS's developer guide counts them."""

from typing import Any

import pytest

from tests.support.memory_dynamo.aws import SETTINGS, memory_account
from tests.support.memory_dynamo.tables import Schema, TableSchema, size_of
from tests.support.memory_dynamo.units import metered, read_units, write_units
from tests.support.world import World

PLAIN = TableSchema(Schema("id", None), {})
INDEXED = TableSchema(
    Schema("id", None), {"by-queue": Schema("queue", "at", frozenset({"id", "queue", "at", "name"}))}
)


def text(length: int) -> dict[str, str]:
    return {"S": "x" * length}


def item(**attributes: Any) -> dict[str, Any]:
    return {"id": text(8)} | attributes


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ({"name": {"S": "Hà"}}, 4 + 3),
        ({"n": {"N": "0"}}, 1 + 1),
        ({"n": {"N": "7"}}, 1 + 2),
        ({"n": {"N": "-12.50"}}, 1 + 3),
        ({"n": {"N": "1200000"}}, 1 + 2),
        ({"b": {"B": b"\x00\xff"}}, 1 + 2),
        ({"t": {"BOOL": True}, "u": {"NULL": True}}, 2 + 2),
        ({"l": {"L": []}, "m": {"M": {}}}, 2 + 6),
        ({"l": {"L": [{"S": "ab"}]}}, 1 + 3 + 1 + 2),
        ({"m": {"M": {"key": {"S": "ab"}}}}, 1 + 3 + 1 + 3 + 2),
    ],
)
def test_size_of_an_item(attributes: dict[str, Any], size: int) -> None:
    assert size_of(attributes) == size


@pytest.mark.parametrize(("length", "units"), [(100, 1), (1024 - 14, 1), (1024 - 13, 2), (3 * 1024, 4)])
def test_a_write_is_rounded_up_to_the_kilobyte_and_a_transaction_costs_double(
    length: int, units: int
) -> None:
    new = item(body=text(length))
    assert write_units(None, new, PLAIN) == units
    assert write_units(None, new, PLAIN, in_transaction=True) == 2 * units


def test_the_greater_of_both_sizes_is_billed() -> None:
    large, small = item(body=text(5_000)), item(body=text(10))
    assert write_units(large, small, PLAIN) == write_units(small, large, PLAIN) == 5
    assert write_units(large, None, PLAIN) == 5
    assert write_units(None, None, PLAIN) == 1


@pytest.mark.parametrize(
    ("size", "consistent", "units"),
    [(0, True, 1), (3_500, True, 1), (4_096, False, 0.5), (4_097, True, 2), (10_000, False, 1.5)],
)
def test_reads_are_rounded_up_to_4_kb(size: int, consistent: bool, units: float) -> None:
    assert read_units(size, consistent=consistent) == units


QUEUED = {"queue": text(3), "at": text(4), "name": text(5)}


@pytest.mark.parametrize(
    ("before", "after", "entries"),
    [
        (None, {}, 0),
        (None, QUEUED, 1),
        (QUEUED, QUEUED | {"body": text(9)}, 0),
        (QUEUED, QUEUED | {"name": text(6)}, 1),
        (QUEUED, QUEUED | {"name": text(2_000)}, 2),
        (QUEUED, QUEUED | {"at": text(7)}, 2),
        (QUEUED, {"at": text(4), "name": text(5)}, 1),
        ({}, QUEUED, 1),
        (QUEUED, None, 1),
    ],
)
def test_an_index_is_billed_by_its_entries(
    before: dict[str, Any] | None, after: dict[str, Any] | None, entries: int
) -> None:
    old, new = (None if one is None else item(**one) for one in (before, after))
    assert write_units(old, new, INDEXED) == write_units(old, new, PLAIN) + entries


def test_units_are_counted_while_real_code_runs() -> None:
    with memory_account() as account:
        world = World(SETTINGS)
        with metered(account.dynamo) as form:
            assert world.post(idempotency_key="once").status == 200
        with metered(account.dynamo) as repeated:
            assert world.post(idempotency_key="once").status == 200
    assert form.written > repeated.written > 0
    assert (form.read, repeated.read) == (1, 0)
