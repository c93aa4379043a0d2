"""A DynamoDB that others made and the one in memory, side by side."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from larkbridge import aws
from larkbridge.errors import AwsUnavailableError, ConditionFailedError, TransactionRefusedError
from tests.support.dynamo_calls import Call


class Side:
    """One of the two, called as the stores call it."""

    def __init__(self, names: Mapping[str, str], enter: Callable[[], Any] = ExitStack) -> None:
        self._names = names
        self._enter = enter

    def __call__(self, call: Call) -> Any:
        operation, parameters = call
        with self._enter():
            return aws.call("dynamodb", operation, **self._named(parameters))

    def answer(self, call: Call) -> Any:
        """Return the answer, or all that callers see of the error."""
        try:
            answer = self(call)
        except ConditionFailedError as error:
            return "condition failed", error.item
        except TransactionRefusedError as error:
            return "transaction refused", error.reasons, error.items
        except AwsUnavailableError as error:
            return type(error).__name__
        wanted = ("Item", "Items", "Count", "Attributes")
        found = {name: answer[name] for name in wanted if name in answer}
        for items in answer.get("Responses", {}).values():
            found["Responses"] = sorted(items, key=str)
        return found

    def _named(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._names.get(name, name): self._named(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._named(one) for one in value]
        return self._names.get(value, value) if isinstance(value, str) else value


class Both:
    """A DynamoDB that others made and the memory, which are told the same."""

    def __init__(self, other: Side, memory: Side) -> None:
        self.other = other
        self.memory = memory

    def compare(self, call: Call) -> Any:
        """Return what both answer."""
        theirs, in_memory = self.other.answer(call), self.memory.answer(call)
        assert in_memory == theirs, f"{call}: {in_memory} is not {theirs}"
        return in_memory

    def paged(self, call: Call, limit: int) -> list[Any]:
        """Return the items of a query that both give in pages of `limit`."""
        theirs, in_memory = _pages(self.other, call, limit), _pages(self.memory, call, limit)
        assert in_memory == theirs, f"{call}: {in_memory} is not {theirs}"
        return [item for items in in_memory for item in items]


def _pages(side: Side, call: Call, limit: int) -> list[Any]:
    operation, parameters = call
    found, start = [], {}
    while True:
        page = side((operation, {**parameters, "Limit": limit, **start}))
        found.append(page["Items"])
        if "LastEvaluatedKey" not in page:
            return [items for items in found if items]
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
