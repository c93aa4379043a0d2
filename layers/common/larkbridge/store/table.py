"""One DynamoDB table: conditional writes that report what stood in the way, and lazy queries."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from larkbridge import aws
from larkbridge.errors import (
    AwsRefusedError,
    AwsUnavailableError,
    ConditionFailedError,
    TransactionRefusedError,
)
from larkbridge.store.records import from_item, to_attribute, to_item

PAGE_SIZE = 100
CONDITION_FAILED = "ConditionalCheckFailed"
_TRIES = 5

type Record = dict[str, Any]
type Action = dict[str, Any]
"""One write, as DynamoDB's transactions take it."""


class Table:
    """A table with a hash key only; each call of AWS is one request, a page of `query` included."""

    def __init__(self, name: str) -> None:
        self._name = name

    def get(self, key: Mapping[str, Any]) -> Record | None:
        """Return the record under `key`, read consistently."""
        found = aws.call(
            "dynamodb", "get_item", TableName=self._name, Key=to_item(key), ConsistentRead=True
        ).get("Item")
        return from_item(found) if found else None

    def put(self, record: Record) -> None:
        """Put a record in place of whatever has its key."""
        aws.call("dynamodb", "put_item", TableName=self._name, Item=to_item(record))

    def put_new(self, record: Record, key_name: str) -> None:
        """Put a record whose key is not taken; raises ConditionFailedError with the one that has it."""
        self._write("put_item", self.put_action(record, key_name)["Put"])

    def put_newest(self, record: Record, key_name: str, order_name: str) -> bool:
        """Put a record unless the one that has its key is as new or newer.

        Parameters
        ----------
        order_name
            The attribute whose text says which of two records is newer.

        Returns
        -------
        bool
            Whether it was put.
        """
        put = self.put_action(record, key_name)["Put"]
        put["ConditionExpression"] += " OR #order < :order"
        put["ExpressionAttributeNames"]["#order"] = order_name
        put["ExpressionAttributeValues"] = {":order": to_attribute(record[order_name])}
        try:
            self._write("put_item", put)
        except ConditionFailedError:
            return False
        return True

    def put_action(self, record: Record, key_name: str) -> Action:
        """Return what `put_new` would do, as a part of a transaction."""
        return {
            "Put": {
                "TableName": self._name,
                "Item": to_item(record),
                "ConditionExpression": "attribute_not_exists(#key)",
                "ExpressionAttributeNames": {"#key": key_name},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def update(self, action: Action) -> Record:
        """Do what `update_action` returned, and return the record whole, as it is afterwards.

        Raises
        ------
        ConditionFailedError
            When the condition does not hold; nothing was written.
        """
        written = self._write("update_item", action["Update"] | {"ReturnValues": "ALL_NEW"})
        return from_item(written["Attributes"])

    def update_action(
        self,
        key: Mapping[str, Any],
        changes: Mapping[str, Any],
        *,
        append: Mapping[str, list] | None = None,
        add: Mapping[str, int] | None = None,
        condition: str,
        names: Mapping[str, str] | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Action:
        """Return a conditional change of some attributes of a record.

        Parameters
        ----------
        changes
            New values; None removes the attribute.
        append
            Items to add to the end of list attributes (which may not exist yet).
        add
            Amounts to add to numbers (which may not exist yet).
        condition
            What must hold, over attribute names and the placeholders in `names` and `values`.
        """
        expression = _UpdateExpression()
        for name, value in changes.items():
            expression.change(name, value)
        for name, added in (append or {}).items():
            expression.append(name, added)
        for name, amount in (add or {}).items():
            expression.add(name, amount)
        expression.names |= names or {}
        expression.use(values or {})
        return {
            "Update": {
                "TableName": self._name,
                "Key": to_item(key),
                "UpdateExpression": str(expression),
                "ConditionExpression": condition,
                "ExpressionAttributeNames": expression.names,
                "ExpressionAttributeValues": expression.values,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def query(
        self, index: str, key: tuple[str, str], before: tuple[str, str] | None, *, newest_first: bool
    ) -> Iterator[Record]:
        """Yield an index's records in order, a page at a time as they are asked for.

        Parameters
        ----------
        key
            The hash key's name and value.
        before
            The range key's name and a value: only records below it.
        """
        condition, names, values = "#hash = :hash", {"#hash": key[0]}, {":hash": key[1]}
        if before is not None:
            condition += " AND #range < :range"
            names["#range"], values[":range"] = before
        start: dict[str, Any] = {}
        while True:
            page = aws.call(
                "dynamodb",
                "query",
                TableName=self._name,
                IndexName=index,
                KeyConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=to_item(values),
                ScanIndexForward=not newest_first,
                Limit=PAGE_SIZE,
                **start,
            )
            yield from map(from_item, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _write(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return aws.call("dynamodb", operation, **parameters)
        except ConditionFailedError as error:
            raise ConditionFailedError(from_item(error.item) if error.item else None) from None


def transact(actions: Sequence[Action], sleep: Callable[[float], None] = time.sleep) -> None:
    """Do all of the actions or none; one request, more while somebody else writes one of the records.

    Raises
    ------
    TransactionRefusedError
        When a condition does not hold.
    AwsUnavailableError
        When it cannot be done for any other reason.
    """
    for _ in range(_TRIES):
        try:
            aws.call("dynamodb", "transact_write_items", TransactItems=list(actions))
        except TransactionRefusedError as error:
            if CONDITION_FAILED in error.reasons:
                items = [from_item(item) if item else None for item in error.items]
                raise TransactionRefusedError(error.reasons, items) from None
            if "ValidationError" in error.reasons:
                raise AwsRefusedError("dynamodb transact_write_items: ValidationError") from None
            sleep(random.uniform(0, 0.1))  # noqa: S311 - no secret
        else:
            return
    raise AwsUnavailableError("dynamodb transact_write_items: too many conflicts")


class _UpdateExpression:
    """Builds an update; attribute names go through placeholders, since some are reserved."""

    def __init__(self) -> None:
        self._set: list[str] = []
        self._remove: list[str] = []
        self._add: list[str] = []
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def change(self, name: str, value: Any) -> None:
        self.names[f"#{name}"] = name
        if value is None:
            self._remove.append(f"#{name}")
        else:
            self.values[f":{name}"] = to_attribute(value)
            self._set.append(f"#{name} = :{name}")

    def append(self, name: str, added: list) -> None:
        self.names[f"#{name}"] = name
        self.values |= {f":{name}": to_attribute(added), ":none": to_attribute([])}
        self._set.append(f"#{name} = list_append(if_not_exists(#{name}, :none), :{name})")

    def add(self, name: str, amount: int) -> None:
        self.names[f"#{name}"] = name
        self.values[f":{name}"] = to_attribute(amount)
        self._add.append(f"#{name} :{name}")

    def use(self, values: Mapping[str, Any]) -> None:
        self.values |= {placeholder: to_attribute(value) for placeholder, value in values.items()}

    def __str__(self) -> str:
        clauses = (("SET", self._set), ("REMOVE", self._remove), ("ADD", self._add))
        return " ".join(f"{word} {', '.join(parts)}" for word, parts in clauses if parts)
