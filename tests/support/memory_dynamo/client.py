"""DynamoDB in memory, in the place of botocore's client: fast enough for thousands of histories.

It takes and gives what DynamoDB does for the requests that the stores make, and refuses loudly whatever it
does not know. Limits: Developer Guide, "Quotas in Amazon DynamoDB"; errors: API reference of each operation.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from tests.support.memory_dynamo.expressions import Item
from tests.support.memory_dynamo.queries import WrongKeyConditionError, wanted
from tests.support.memory_dynamo.tables import (
    PAGE_BYTES,
    MemoryTable,
    TableSchema,
    size_of,
    table_schema,
    table_schemas,
)
from tests.support.memory_dynamo.writes import Write, invalid, key_in, service_error

MAX_TRANSACTION = 100
MAX_TRANSACTION_BYTES = 4 * 1024 * 1024
MAX_KEYS = 100
MAX_ANSWER_BYTES = 16 * 1024 * 1024
MOST_UNSEEN = 8

type Answer = dict[str, Any]

_WRITE = frozenset(
    {
        "TableName",
        "ConditionExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "ReturnValues",
        "ReturnValuesOnConditionCheckFailure",
    }
)
_QUERY = frozenset(
    {
        "TableName",
        "IndexName",
        "KeyConditionExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "ScanIndexForward",
        "ConsistentRead",
        "Limit",
        "Select",
        "ExclusiveStartKey",
    }
)
_TABLE = frozenset(
    {"TableName", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode"}
)


class Interference:
    """What happens around each request; nothing, unless overridden."""

    def before(self, operation: str, parameters: Mapping[str, Any]) -> None:
        """Called when nothing has been done yet; an error from here is the request's."""

    def after(self, operation: str, parameters: Mapping[str, Any]) -> None:
        """Called when the request has been answered, well or not; an error from here replaces the answer."""

    def sends_twice(self, operation: str) -> bool:
        """Say whether the SDK sends the request again because it got no answer to the first."""
        return False


def _request(
    known: frozenset[str],
) -> Callable[[Callable[["MemoryDynamo", Answer], Answer]], Callable[..., Answer]]:
    def decorate(method: Callable[["MemoryDynamo", Answer], Answer]) -> Callable[..., Answer]:
        name = method.__name__

        @wraps(method)
        def request(self: "MemoryDynamo", **parameters: Any) -> Answer:
            if not known.issuperset(parameters):
                raise NotImplementedError(f"{name}: {sorted(parameters.keys() - known)}")
            return self.make(name, parameters, method)

        return request

    return decorate


class MemoryDynamo:
    """Every table that the template declares, empty, under its logical id, until others are made.

    Attributes
    ----------
    requests
        How often each operation was called.
    interference
        What happens around each request.
    stale
        Decides how far an index that is queried is behind the table; None: it never is.
    """

    def __init__(self) -> None:
        self.requests = Counter[str]()
        self.interference = Interference()
        self.stale: random.Random | None = None
        self._done = set[str]()  # the tokens of transactions, which are done once
        self._tables = {name: MemoryTable(schema) for name, schema in table_schemas().items()}

    def make(
        self, operation: str, parameters: Answer, method: Callable[["MemoryDynamo", Answer], Answer]
    ) -> Answer:
        """Make one request by way of the interference."""
        self.requests[operation] += 1
        self.interference.before(operation, parameters)
        try:
            answer = method(self, parameters)
            # A transaction that is sent twice carries the SDK's token, and is done once.
            if operation != "transact_write_items" and self.interference.sends_twice(operation):
                return method(self, parameters)
            return answer
        finally:
            self.interference.after(operation, parameters)

    def items(self, table: str) -> list[Item]:
        """Return every item of a table; no request."""
        return list(self._tables[table].own.items.values())

    def schema(self, table: str) -> TableSchema:
        """Return the keys of a table and of its indexes; no request."""
        return self._tables[table].schema

    @_request(frozenset({"TableName", "Key", "ConsistentRead"}))
    def get_item(self, parameters: Answer) -> Answer:
        table = self._table("GetItem", parameters)
        found = table.own.items.get(key_in("GetItem", table, parameters["Key"]))
        return {} if found is None else {"Item": dict(found)}

    @_request(frozenset({"RequestItems"}))
    def batch_get_item(self, parameters: Answer) -> Answer:
        found, left, size = {}, {}, 0
        if sum(len(one["Keys"]) for one in parameters["RequestItems"].values()) > MAX_KEYS:
            raise invalid("BatchGetItem")
        for name, asked in parameters["RequestItems"].items():
            table = self._table("BatchGetItem", {"TableName": name})
            keys = {key_in("BatchGetItem", table, key): key for key in asked["Keys"]}
            if len(keys) < len(asked["Keys"]) or not keys or asked.keys() - {"Keys", "ConsistentRead"}:
                raise invalid("BatchGetItem")
            found[name] = []
            for key, given in keys.items():
                item = table.own.items.get(key, {})
                size += size_of(item)
                if size > MAX_ANSWER_BYTES:
                    left.setdefault(name, {**asked, "Keys": []})["Keys"].append(given)
                elif item:
                    found[name].append(dict(item))
        return {"Responses": found, "UnprocessedKeys": left}

    @_request(_WRITE | {"Item"})
    def put_item(self, parameters: Answer) -> Answer:
        return self._write("PutItem", parameters)

    @_request(_WRITE | {"Key", "UpdateExpression"})
    def update_item(self, parameters: Answer) -> Answer:
        return self._write("UpdateItem", parameters)

    @_request(_WRITE | {"Key"})
    def delete_item(self, parameters: Answer) -> Answer:
        return self._write("DeleteItem", parameters)

    @_request(_QUERY)
    def query(self, parameters: Answer) -> Answer:
        table, index = self._table("Query", parameters), parameters.get("IndexName")
        if index is not None and (index not in table.schema.indexes or parameters.get("ConsistentRead")):
            raise invalid("Query")
        if parameters.get("Select", "COUNT") != "COUNT":
            raise NotImplementedError(f"Select {parameters['Select']}")
        view = table.view(index, self.stale, MOST_UNSEEN)
        try:
            page, last = view.query(wanted(view.schema.hash_name, view.schema.range_name, parameters))
        except WrongKeyConditionError:
            raise invalid("Query") from None
        answer: Answer = {"Count": len(page), "ScannedCount": len(page)}
        if parameters.get("Select") != "COUNT":
            answer["Items"] = [dict(item) for item in page]
        return answer | ({"LastEvaluatedKey": last} if last else {})

    @_request(frozenset({"TableName"}))
    def scan(self, parameters: Answer) -> Answer:
        items = [dict(item) for item in self._table("Scan", parameters).own.items.values()]
        if sum(map(size_of, items)) > PAGE_BYTES:
            raise NotImplementedError("a scan of more than a page")
        return {"Items": items, "Count": len(items), "ScannedCount": len(items)}

    @_request(_TABLE)
    def create_table(self, parameters: Answer) -> Answer:
        if parameters["TableName"] in self._tables:
            raise service_error("ResourceInUseException", "CreateTable")
        self._tables[parameters["TableName"]] = MemoryTable(table_schema(parameters))
        return {}

    @_request(frozenset({"TableName"}))
    def delete_table(self, parameters: Answer) -> Answer:
        self._table("DeleteTable", parameters)
        del self._tables[parameters["TableName"]]
        return {}

    @_request(frozenset({"TransactItems", "ClientRequestToken"}))
    def transact_write_items(self, parameters: Answer) -> Answer:
        token = parameters.get("ClientRequestToken")
        if token in self._done:
            return {}
        given = [next(iter(action.items())) for action in parameters["TransactItems"]]
        writes = [Write(self._table("TransactWriteItems", action), kind, action) for kind, action in given]
        places = {(action["TableName"], write.key) for write, (_, action) in zip(writes, given, strict=True)}
        size = sum(size_of(write.after or {}) for write in writes)
        if (
            not 0 < len(writes) <= MAX_TRANSACTION
            or len(places) < len(writes)
            or size > MAX_TRANSACTION_BYTES
        ):
            raise invalid("TransactWriteItems")
        reasons = [write.reason() for write in writes]
        if any(one["Code"] != "None" for one in reasons):
            raise service_error(
                "TransactionCanceledException", "TransactWriteItems", CancellationReasons=reasons
            )
        for write in writes:
            write.apply()
        if token:
            self._done.add(token)
        return {}

    def _table(self, operation: str, parameters: Answer) -> MemoryTable:
        try:
            return self._tables[parameters["TableName"]]
        except KeyError:
            raise service_error("ResourceNotFoundException", operation) from None

    def _write(self, operation: str, parameters: Answer) -> Answer:
        write = Write(self._table(operation, parameters), operation.removesuffix("Item"), parameters)
        reason = write.reason()
        if reason["Code"] == "ConditionalCheckFailed":
            item = {"Item": reason["Item"]} if "Item" in reason else {}
            raise service_error("ConditionalCheckFailedException", operation, **item)
        if reason["Code"] != "None":
            raise invalid(operation)
        write.apply()
        match parameters.get("ReturnValues", "NONE"):
            case "NONE":
                return {}
            case "ALL_NEW":
                return {"Attributes": dict(write.after or {})}
            case "ALL_OLD":
                return {"Attributes": dict(write.before)} if write.before else {}
        raise NotImplementedError(f"ReturnValues {parameters['ReturnValues']}")
