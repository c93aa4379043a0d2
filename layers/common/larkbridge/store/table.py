"""One DynamoDB table: conditional writes that report what stood in the way, and lazy queries."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from larkbridge import aws
from larkbridge.errors import AwsUnavailableError, ConditionFailedError
from larkbridge.store.codec import Record, from_item, to_item

PAGE_SIZE = 100
MAX_KEYS = 100
"""DynamoDB reads no more items in one request by their keys."""
_TRIES = 5

_OPERATIONS = {"Put": "put_item", "Update": "update_item"}
_RETURNED = {"before": "ALL_OLD", "after": "ALL_NEW"}

_HELD = ("Key", "Item", "ExpressionAttributeValues")

type Action = dict[str, Any]
"""One write as a transaction holds it, its keys, items and values as records: see `wire`."""


def wire(action: Action) -> Action:
    """Return an action as DynamoDB takes it."""
    ((kind, write),) = action.items()
    return {kind: write | {name: to_item(write[name]) for name in _HELD if name in write}}


class Table:
    """One table; each call of AWS is one request, a page of `query` included."""

    def __init__(self, name: str) -> None:
        self._name = name

    def get(self, key: Mapping[str, Any]) -> Record | None:
        """Return the record under `key`, read consistently."""
        found = aws.call(
            "dynamodb", "get_item", TableName=self._name, Key=to_item(key), ConsistentRead=True
        ).get("Item")
        return from_item(found) if found else None

    def get_many(self, keys: Sequence[Mapping[str, Any]], sleep: Callable[[float], None]) -> list[Record]:
        """Return those of the records that there are, in no order, read consistently; `MAX_KEYS` a request.

        Raises
        ------
        AwsUnavailableError
            Also when DynamoDB leaves some out again and again.
        """
        found: list[Record] = []
        waiting = [to_item(key) for key in keys]
        for _ in range(_TRIES + len(waiting) // MAX_KEYS):
            if not waiting:
                return found
            asked, waiting = waiting[:MAX_KEYS], waiting[MAX_KEYS:]
            answer = aws.call(
                "dynamodb",
                "batch_get_item",
                RequestItems={self._name: {"Keys": asked, "ConsistentRead": True}},
            )
            found += map(from_item, answer["Responses"].get(self._name, []))
            left_out = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            if left_out:
                waiting += left_out
                sleep(random.uniform(0, 0.1))  # noqa: S311 - no secret
        raise AwsUnavailableError("dynamodb batch_get_item: too many keys left out")

    def write(self, action: Action, *, read: Literal["before", "after"] | None = None) -> Record:
        """Do one write.

        Parameters
        ----------
        read
            When an update is to read the record whole.

        Returns
        -------
        dict
            What is read; empty where that is nothing.

        Raises
        ------
        ConditionFailedError
            When its condition does not hold, with what is stored; nothing was written.
        """
        ((kind, parameters),) = wire(action).items()
        if read:
            parameters = parameters | {"ReturnValues": _RETURNED[read]}
        try:
            answer = aws.call("dynamodb", _OPERATIONS[kind], **parameters)
        except ConditionFailedError as error:
            raise ConditionFailedError(from_item(error.item) if error.item else None) from None
        return from_item(answer.get("Attributes", {})) if read else {}

    def put(self, record: Record) -> None:
        """Put a record in place of whatever has its key."""
        self.write(self.replace_action(record))

    def put_if(self, record: Record, condition: str, values: Mapping[str, Any]) -> bool:
        """Put a record in place of the one that has its key, if `condition` holds of that one.

        Parameters
        ----------
        condition
            Over attribute names and the names in `values`, each with a colon before it.

        Returns
        -------
        bool
            Whether it was put; a repeated request of the SDK may find its own record in the way.
        """
        placeholders = {f":{name}": value for name, value in values.items()}
        put = {"TableName": self._name, "Item": record, "ConditionExpression": condition}
        if values:
            put["ExpressionAttributeValues"] = placeholders
        try:
            self.write({"Put": put})
        except ConditionFailedError:
            return False
        return True

    def put_action(self, record: Record, key_name: str) -> Action:
        """Return the write of a record whose key is not taken."""
        return {
            "Put": {
                "TableName": self._name,
                "Item": record,
                "ConditionExpression": "attribute_not_exists(#key)",
                "ExpressionAttributeNames": {"#key": key_name},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def replace_action(self, record: Record) -> Action:
        """Return the write of a record in place of whatever has its key."""
        return {"Put": {"TableName": self._name, "Item": record}}

    def delete_action(
        self, key: Mapping[str, Any], condition: str | None = None, values: Mapping[str, Any] | None = None
    ) -> Action:
        """Return the deletion of a record, which need not be there; `condition` as in `update_action`."""
        delete: Action = {"TableName": self._name, "Key": dict(key)}
        if condition is not None:
            delete |= {"ConditionExpression": condition, "ExpressionAttributeValues": dict(values or {})}
        return {"Delete": delete}

    def update(self, action: Action) -> Record:
        """Do what `update_action` returned as `write` does, and return the record whole, as it is then."""
        return self.write(action, read="after")

    def update_action(
        self,
        key: Mapping[str, Any],
        changes: Mapping[str, Any],
        *,
        append: Mapping[str, list] | None = None,
        add: Mapping[str, int] | None = None,
        fill: Mapping[str, Any] | None = None,
        condition: str | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Action:
        """Return a change of some attributes of a record, which is made when there is none.

        Parameters
        ----------
        changes
            New values; None removes the attribute.
        append
            Items to add to the end of list attributes (which may not exist yet).
        add
            Amounts to add to numbers (which may not exist yet).
        fill
            Values of attributes that may have one already, which then stays.
        condition
            What must hold, over attribute names, of those that change also as `#name`, and the placeholders
            of `changes` and `values`.
        """
        append, add, fill = append or {}, add or {}, fill or {}
        kept = {name: value for name, value in changes.items() if value is not None}
        parts = {
            "SET": [f"#{name} = :{name}" for name in kept]
            + [f"#{name} = list_append(if_not_exists(#{name}, :none), :{name})" for name in append]
            + [f"#{name} = if_not_exists(#{name}, :{name})" for name in fill],
            "REMOVE": [f"#{name}" for name in changes if name not in kept],
            "ADD": [f"#{name} :{name}" for name in add],
        }
        placed = {f":{name}": value for name, value in {**kept, **append, **add, **fill}.items()}
        if append:
            placed[":none"] = []
        update = {
            "TableName": self._name,
            "Key": dict(key),
            "UpdateExpression": " ".join([f"{word} {', '.join(of)}" for word, of in parts.items() if of]),
            "ExpressionAttributeNames": {f"#{name}": name for name in (*changes, *append, *add, *fill)},
            "ExpressionAttributeValues": placed | dict(values or {}),
        }
        if condition is not None:
            update |= {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        return {"Update": update}

    def query(
        self,
        index: str | None,
        key: tuple[str, str],
        before: tuple[str, str] | None,
        *,
        newest_first: bool,
        page_size: int = PAGE_SIZE,
        after: str | None = None,
    ) -> Iterator[Record]:
        """Yield an index's records in order, a page at a time as they are asked for.

        Parameters
        ----------
        index
            None for the table itself, which is read consistently.
        key
            The hash key's name and value.
        before
            The range key's name and a value: only records below it.
        page_size
            Records in a request, as far as they fit into 1 MB.
        after
            With `before`: only records from this value of the range key to that of `before`, both included.
        """
        condition, names, values = "#hash = :hash", {"#hash": key[0]}, {":hash": key[1]}
        if before is not None:
            names["#range"], values[":range"] = before
            if after is None:
                condition += " AND #range < :range"
            else:
                condition += " AND #range BETWEEN :after AND :range"
                values[":after"] = after
        how = {"ScanIndexForward": not newest_first, "Limit": page_size}
        for page in self._pages(index, condition, names, values, **how):
            yield from map(from_item, page["Items"])

    def find(self, index: str, key: Mapping[str, str]) -> Record | None:
        """Return an index's first record with this whole key."""
        names = {f"#{name}": name for name in key}
        values = {f":{name}": value for name, value in key.items()}
        condition = " AND ".join(f"#{name} = :{name}" for name in key)
        page = next(self._pages(index, condition, names, values, Limit=1))
        return next(map(from_item, page["Items"]), None)

    def count(self, index: str, key: tuple[str, str]) -> int:
        """Return how many records of an index have a hash key; a request for each megabyte of them."""
        names, values = {"#hash": key[0]}, {":hash": key[1]}
        return sum(
            page["Count"] for page in self._pages(index, "#hash = :hash", names, values, Select="COUNT")
        )

    def _pages(
        self,
        index: str | None,
        condition: str,
        names: Mapping[str, str],
        values: Mapping[str, Any],
        **how: Any,
    ) -> Iterator[dict[str, Any]]:
        place = {"ConsistentRead": True} if index is None else {"IndexName": index}
        start: dict[str, Any] = {}
        while True:
            page = aws.call(
                "dynamodb",
                "query",
                TableName=self._name,
                KeyConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=to_item(values),
                **place,
                **how,
                **start,
            )
            yield page
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
