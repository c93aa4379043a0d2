"""One write of `MemoryDynamo`, alone or in a transaction, and the errors of requests."""

from typing import Any

from botocore.exceptions import ClientError

from tests.support.memory_dynamo.expressions import (
    Item,
    Names,
    Update,
    Values,
    WrongOperandError,
    condition,
    update,
)
from tests.support.memory_dynamo.tables import Key, MemoryTable, WrongKeyError, size_of

MAX_ITEM_BYTES = 400 * 1024

type Answer = dict[str, Any]


def service_error(code: str, operation: str, **more: Any) -> ClientError:
    """Return an error as the SDK raises it."""
    response: Any = {"Error": {"Code": code, "Message": code}, **more}
    return ClientError(response, operation)


def invalid(operation: str) -> ClientError:
    return service_error("ValidationException", operation)


class Write:
    """One write, alone or in a transaction; a request that is malformed raises a ValidationException."""

    def __init__(self, table: MemoryTable, kind: str, parameters: Answer) -> None:
        self._table = table
        self._kind = kind
        self._parameters = parameters
        self.key: Key = key_in(
            kind, table, parameters["Item" if kind == "Put" else "Key"], whole=kind != "Put"
        )
        self.before: Item | None = table.own.items.get(self.key)
        names: Names = parameters.get("ExpressionAttributeNames", {})
        values: Values = parameters.get("ExpressionAttributeValues", {})
        required = parameters.get("ConditionExpression")
        self._condition = None if required is None else condition(required)
        change = update(parameters["UpdateExpression"]) if "UpdateExpression" in parameters else None
        used = [one.placeholders for one in (self._condition, change) if one is not None]
        if frozenset().union(*used) != names.keys() | values.keys():
            raise invalid(kind)
        if any(parameters.get(f"ExpressionAttribute{one}", True) == {} for one in ("Names", "Values")):
            raise invalid(kind)
        self._holds = self._condition is None or self._condition.test(self.before or {}, names, values)
        self._wrong_operand = False
        self.after = self._changed(change, names, values)

    def reason(self) -> Answer:
        """Return why the write is refused, as a transaction puts it; the code is "None" when it is not."""
        if not self._holds:
            shown = self._parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and self.before
            item = {"Item": dict(self.before)} if shown and self.before else {}
            return {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed", **item}
        after = self.after or {}
        try:
            self._table.check_index_keys(after)
        except WrongKeyError:
            return {"Code": "ValidationError", "Message": "wrong key of an index"}
        if self._wrong_operand or size_of(after) > MAX_ITEM_BYTES:
            return {"Code": "ValidationError", "Message": "wrong operand, or too large"}
        return {"Code": "None"}

    def apply(self) -> None:
        if self._kind != "ConditionCheck":
            self._table.put(self.key, self.after)

    def _changed(self, change: Update | None, names: Names, values: Values) -> Item | None:
        if self._kind == "Put":
            return dict(self._parameters["Item"])
        if self._kind != "Update" or not self._holds:
            return None if self._kind == "Delete" else self.before
        before = self.before or self._parameters["Key"]
        try:
            after = dict(before) if change is None else change.apply(before, names, values)
        except WrongOperandError:
            self._wrong_operand = True
            return self.before
        if any(after.get(name) != before[name] for name in self._table.schema.own.key_names):
            raise invalid(self._kind)
        return after


def key_in(operation: str, table: MemoryTable, item: Item, *, whole: bool = True) -> Key:
    """Return the key that an item has; `whole` when it may have nothing else."""
    try:
        return table.key_of(item, whole=whole)
    except WrongKeyError:
        raise invalid(operation) from None
