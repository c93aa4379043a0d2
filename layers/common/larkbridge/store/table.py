"""One DynamoDB table: conditional writes that report what stood in the way, and lazy queries."""

from collections.abc import Iterator, Mapping
from typing import Any

from larkbridge import aws
from larkbridge.errors import ConditionFailedError
from larkbridge.store.records import from_item, to_attribute, to_item

PAGE_SIZE = 100

type Record = dict[str, Any]


class Table:
    """A table with a hash key only; every method is one request, a page of `query` included."""

    def __init__(self, name: str) -> None:
        self._name = name

    def get(self, key: Mapping[str, Any]) -> Record | None:
        """Return the record under `key`, read consistently."""
        found = aws.call(
            "dynamodb", "get_item", TableName=self._name, Key=to_item(key), ConsistentRead=True
        ).get("Item")
        return from_item(found) if found else None

    def put_new(self, record: Record, key_name: str) -> None:
        """Put a record whose key is not taken; raises ConditionFailedError with the one that has it."""
        self._write(
            "put_item",
            Item=to_item(record),
            ConditionExpression="attribute_not_exists(#key)",
            ExpressionAttributeNames={"#key": key_name},
        )

    def update(
        self,
        key: Mapping[str, Any],
        changes: Mapping[str, Any],
        *,
        append: Mapping[str, list] | None = None,
        condition: str,
        values: Mapping[str, Any] | None = None,
    ) -> Record:
        """Change some attributes of a record and return it whole, as it is afterwards.

        Parameters
        ----------
        changes
            New values; None removes the attribute.
        append
            Items to add to the end of list attributes (which may not exist yet).
        condition
            What must hold, over attribute names and the placeholders in `values`.

        Raises
        ------
        ConditionFailedError
            When it does not hold; nothing was written.
        """
        expression = _UpdateExpression()
        for name, value in changes.items():
            expression.change(name, value)
        for name, added in (append or {}).items():
            expression.append(name, added)
        expression.use(values or {})
        written = self._write(
            "update_item",
            Key=to_item(key),
            UpdateExpression=str(expression),
            ConditionExpression=condition,
            ExpressionAttributeNames=expression.names,
            ExpressionAttributeValues=expression.values,
            ReturnValues="ALL_NEW",
        )
        return from_item(written["Attributes"])

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

    def _write(self, operation: str, **parameters: Any) -> dict[str, Any]:
        try:
            return aws.call(
                "dynamodb",
                operation,
                TableName=self._name,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **parameters,
            )
        except ConditionFailedError as error:
            raise ConditionFailedError(from_item(error.item) if error.item else None) from None


class _UpdateExpression:
    """Builds SET and REMOVE clauses; attribute names go through placeholders, since some are reserved."""

    def __init__(self) -> None:
        self._set: list[str] = []
        self._remove: list[str] = []
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

    def use(self, values: Mapping[str, Any]) -> None:
        self.values |= {placeholder: to_attribute(value) for placeholder, value in values.items()}

    def __str__(self) -> str:
        clauses = (("SET", self._set), ("REMOVE", self._remove))
        return " ".join(f"{word} {', '.join(parts)}" for word, parts in clauses if parts)
