"""What requests cost: DynamoDB's write and read units, counted while real code runs.

Developer Guide, "DynamoDB item sizes and formats", "DynamoDB read and write operations", "Using Global
Secondary Indexes" and "Amazon DynamoDB Transactions". That the entries of indexes are billed once in a
transaction too is not said there; it is assumed.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from tests.support.memory_dynamo.client import MemoryDynamo
from tests.support.memory_dynamo.expressions import Item
from tests.support.memory_dynamo.tables import Schema, TableSchema, size_of

WRITE_UNIT = 1024
READ_UNIT = 4096
_WRITES = {"put_item": "Item", "update_item": "Key", "delete_item": "Key"}


def write_units(
    before: Item | None, after: Item | None, schema: TableSchema, *, in_transaction: bool = False
) -> int:
    """Return what it costs that an item becomes another one, None for none, with the entries of its indexes.

    The greater of both sizes counts, whatever was changed. A refused condition costs as much as writing
    the item that is there once more (`before` and `after` are it), without indexes, which do not change.
    """
    own = _write_units(max(_size(before), _size(after)))
    entries = [_index_units(before, after, schema.own, index) for index in schema.indexes.values()]
    return own * (2 if in_transaction else 1) + sum(entries)


def read_units(size: int, *, consistent: bool) -> float:
    """Return what reading so many bytes costs: an item, or all that a query goes through."""
    return max(1, -(-size // READ_UNIT)) * (1 if consistent else 0.5)


def _index_units(before: Item | None, after: Item | None, table: Schema, index: Schema) -> int:
    """An entry that does not change costs nothing; one whose key changes is deleted and put."""
    old, new = _entry(before, index), _entry(after, index)
    if old == new:
        return 0
    if old and new and all(old[name] == new[name] for name in (*index.key_names, *table.key_names)):
        return _write_units(max(_size(old), _size(new)))
    return sum(_write_units(_size(entry)) for entry in (old, new) if entry)


def _entry(item: Item | None, index: Schema) -> Item | None:
    if item is None or any(name not in item for name in index.key_names):
        return None
    return {name: item[name] for name in item if index.projected is None or name in index.projected}


def _size(item: Item | None) -> int:
    return 0 if item is None else size_of(item)


def _write_units(size: int) -> int:
    return max(1, -(-size // WRITE_UNIT))


@dataclass
class Units:
    """What some requests cost together."""

    written: int = 0
    read: float = 0


@contextmanager
def metered(dynamo: MemoryDynamo) -> Iterator[Units]:
    """Count what the requests cost that are made meanwhile."""
    meter = _Meter(dynamo)
    with patch.object(dynamo, "make", meter.make):
        yield meter.units


class _Meter:
    def __init__(self, dynamo: MemoryDynamo) -> None:
        self.units = Units()
        self._dynamo = dynamo
        self._make = dynamo.make

    def make(self, operation: str, parameters: Mapping[str, Any], method: Any) -> Any:
        targets = _targets(operation, parameters)
        before = [self._found(*target) for target in targets]
        answer: Any = {}
        try:
            answer = self._make(operation, dict(parameters), method)
            return answer
        finally:
            for (table, item), old in zip(targets, before, strict=True):
                units = write_units(
                    old,
                    self._found(table, item),
                    self._dynamo.schema(table),
                    in_transaction=operation == "transact_write_items",
                )
                self.units.written += units
            self.units.read += self._read(operation, parameters, answer)

    def _found(self, table: str, item: Item) -> Item | None:
        names = self._dynamo.schema(table).own.key_names
        key = [item[name] for name in names]
        return next((one for one in self._dynamo.items(table) if [one[name] for name in names] == key), None)

    def _read(self, operation: str, parameters: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
        consistent = bool(parameters.get("ConsistentRead"))
        match operation:
            case "get_item":
                return read_units(_size(answer.get("Item")), consistent=consistent)
            case "query" | "scan":
                return read_units(sum(map(size_of, answer.get("Items", ()))), consistent=consistent)
            case "batch_get_item":
                found = [item for items in answer.get("Responses", {}).values() for item in items]
                asked = sum(len(keys["Keys"]) for keys in parameters["RequestItems"].values())
                missing = asked - len(found)
                return missing + sum(read_units(size_of(item), consistent=True) for item in found)
        return 0


def _targets(operation: str, parameters: Mapping[str, Any]) -> list[tuple[str, Item]]:
    """Return the table and the key, or the item, of each write of a request."""
    if operation == "transact_write_items":
        writes = [write for action in parameters["TransactItems"] for write in action.values()]
        return [(write["TableName"], write.get("Item") or write["Key"]) for write in writes]
    place = _WRITES.get(operation)
    return [(parameters["TableName"], parameters[place])] if place else []
