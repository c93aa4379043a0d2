"""A table of `MemoryDynamo` and its indexes, as the template declares them; every key is a text."""

import random
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.support.memory_dynamo.expressions import Item
from tests.support.memory_dynamo.queries import Wanted, WrongKeyConditionError
from tests.support.template import resources

type Key = tuple[str, ...]
"""The texts of a table's key attributes."""

PAGE_BYTES = 1024 * 1024
"""A query reads no more at once (Developer Guide, "Paginating table query results")."""


class WrongKeyError(Exception):
    """An item or a key does not have the key attributes, or not as texts."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The keys of a table or index; `projected` are an index's attributes, None for all of them."""

    hash_name: str
    range_name: str | None
    projected: frozenset[str] | None = None

    @property
    def key_names(self) -> tuple[str, ...]:
        return (self.hash_name,) if self.range_name is None else (self.hash_name, self.range_name)


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table's own keys and those of its indexes by their names."""

    own: Schema
    indexes: Mapping[str, Schema]


@cache
def table_schemas() -> dict[str, TableSchema]:
    """Return the tables that the template declares by their logical ids."""
    return {name: table_schema(one["Properties"]) for name, one in resources("AWS::DynamoDB::Table").items()}


class View:
    """The items of a table or an index in the order of its keys."""

    def __init__(self, schema: Schema, table_keys: tuple[str, ...]) -> None:
        self.schema = schema
        self.items: dict[Key, Item] = {}
        self._table_keys = table_keys
        self._order = defaultdict[str, list[Key]](list)

    def put(self, key: Key, item: Item | None) -> None:
        """Have `item` under the table's key, None for nothing; an index leaves out what lacks its keys."""
        old = self.items.get(key)
        new = None if item is None else self._projected(item)
        if old is not None and (new is None or self._position(old) != self._position(new)):
            hash_value, position = self._position(old)
            places = self._order[hash_value]
            del places[bisect_left(places, position)]
            del self.items[key]
            old = None
        if new is not None:
            if old is None:
                hash_value, position = self._position(new)
                insort(self._order[hash_value], position)
            self.items[key] = new

    def query(self, wanted: Wanted) -> tuple[list[Item], dict[str, Any] | None]:
        """Return a page, and the key of its last item where more may follow.

        Raises `WrongKeyConditionError` for a key to start after that the query cannot have given.
        """
        if wanted.start is not None:
            self._check_start(wanted, wanted.start)
        page: list[Item] = []
        size = 0
        for key in self._keys(wanted):
            item = self.items[key]
            size += size_of(item)
            if page and size > PAGE_BYTES:
                return page, self._key_of(page[-1])
            page.append(item)
            if len(page) == wanted.limit:
                return page, self._key_of(item)
        return page, None

    def _keys(self, wanted: Wanted) -> Iterator[Key]:
        places = self._order.get(wanted.hash_value, [])
        low, high = wanted.interval
        first = bisect_left(places, (low,))
        end = len(places) if high is None else bisect_left(places, (high,))
        if wanted.start is not None:
            _, last = self._position(wanted.start)
            if wanted.forward:
                first = max(first, bisect_right(places, last))
            else:
                end = min(end, bisect_left(places, last))
        for number in range(first, end) if wanted.forward else range(end - 1, first - 1, -1):
            yield places[number][1:]

    def _check_start(self, wanted: Wanted, start: Item) -> None:
        if start.keys() != {*self.schema.key_names, *self._table_keys}:
            raise WrongKeyConditionError
        hash_value, (range_value, *_) = self._position(start)
        low, high = wanted.interval
        if hash_value != wanted.hash_value or range_value < low or (high is not None and range_value >= high):
            raise WrongKeyConditionError

    def _position(self, item: Item) -> tuple[str, Key]:
        range_name = self.schema.range_name
        range_value = "" if range_name is None else item[range_name]["S"]
        return item[self.schema.hash_name]["S"], (
            range_value,
            *[item[name]["S"] for name in self._table_keys],
        )

    def _key_of(self, item: Item) -> dict[str, Any]:
        return {name: item[name] for name in {*self.schema.key_names, *self._table_keys}}

    def _projected(self, item: Item) -> Item | None:
        if any(name not in item for name in self.schema.key_names):
            return None
        wanted = self.schema.projected
        return item if wanted is None else {name: item[name] for name in item if name in wanted}


class MemoryTable:
    """One table, and its indexes, which follow its writes when they are read."""

    def __init__(self, schema: TableSchema) -> None:
        self.schema = schema
        self.own = View(schema.own, schema.own.key_names)
        self._indexes = {name: View(one, schema.own.key_names) for name, one in schema.indexes.items()}
        self._unseen = {name: deque[tuple[Key, Item | None]]() for name in schema.indexes}

    def key_of(self, item: Item, *, whole: bool = False) -> Key:
        """Return the texts of the key; `whole` when nothing else may be in it; raises `WrongKeyError`."""
        names = self.schema.own.key_names
        if whole and len(item) != len(names):
            raise WrongKeyError
        try:
            key = tuple([item[name]["S"] for name in names])
        except KeyError:
            raise WrongKeyError from None
        if not all(key):
            raise WrongKeyError
        return key

    def check_index_keys(self, item: Item) -> None:
        """Raise `WrongKeyError` when an attribute that is an index's key is no text, or an empty one."""
        for index in self.schema.indexes.values():
            for name in index.key_names:
                if name in item and not item[name].get("S"):
                    raise WrongKeyError

    def put(self, key: Key, item: Item | None) -> None:
        """Have `item` under `key`, None for nothing."""
        if item is None and key not in self.own.items:
            return
        self.own.put(key, item)
        for unseen in self._unseen.values():
            unseen.append((key, item))

    def view(self, index: str | None, stale: random.Random | None, most_unseen: int) -> View:
        """Return what a query of the table, or of an index, reads.

        `stale` decides how many of the latest writes an index does not have yet, `most_unseen` at most; None:
        it has them all.
        """
        if index is None:
            return self.own
        view, unseen = self._indexes[index], self._unseen[index]
        left = 0 if stale is None else stale.randint(0, most_unseen)
        while len(unseen) > left:
            view.put(*unseen.popleft())
        return view


def size_of(item: Item) -> int:
    """Return an item's bytes as DynamoDB counts them (Developer Guide, "Item sizes and formats")."""
    return sum([_text_size(name) + _attribute_size(one) for name, one in item.items()])


def _attribute_size(attribute: Mapping[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    match kind:
        case "S":
            return _text_size(value)
        case "N":
            return _number_size(value)
        case "B":
            return len(value)
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + _attribute_size(one) for one in value)
        case "M":
            return 3 + sum(1 + _text_size(name) + _attribute_size(one) for name, one in value.items())
    raise NotImplementedError(f"attribute type {kind}")


def _number_size(number: str) -> int:
    digits, _, _ = number.lower().partition("e")
    return (len(digits.replace("-", "").replace(".", "").strip("0")) + 1) // 2 + 1


def _text_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def table_schema(properties: Mapping[str, Any]) -> TableSchema:
    """Return the keys of a table that is declared so, as CloudFormation and CreateTable have it."""
    if any(one["AttributeType"] != "S" for one in properties["AttributeDefinitions"]):
        raise NotImplementedError("a key that is no text")
    own = Schema(*_key_names(properties))
    indexes = {
        one["IndexName"]: Schema(*_key_names(one), _projected(one, own.key_names))
        for one in properties.get("GlobalSecondaryIndexes", ())
    }
    return TableSchema(own, indexes)


def _key_names(declared: Mapping[str, Any]) -> tuple[str, str | None]:
    names = {one["KeyType"]: one["AttributeName"] for one in declared["KeySchema"]}
    return names["HASH"], names.get("RANGE")


def _projected(index: Mapping[str, Any], table_keys: tuple[str, ...]) -> frozenset[str] | None:
    if index["Projection"]["ProjectionType"] == "ALL":
        return None
    keys = [name for name in _key_names(index) if name is not None]
    return frozenset([*table_keys, *keys, *index["Projection"].get("NonKeyAttributes", ())])
