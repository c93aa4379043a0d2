"""What a query asks for, understood from DynamoDB's key condition expression.

Grammar and meaning: Amazon DynamoDB Developer Guide, "Key condition expressions for the Query operation".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_RANGE = r"(?P<range>#\w+) (?P<sign>=|<=?|>=?|BETWEEN) (?P<first>:\w+)(?: AND (?P<last>:\w+))?"
_PREFIX = r"begins_with\((?P<start>#\w+), (?P<prefix>:\w+)\)"
_CONDITION = re.compile(rf"(?P<hash>#\w+) = (?P<value>:\w+)(?: AND (?:{_RANGE}|{_PREFIX}))?")

type Interval = tuple[str, str | None]
"""The least text that is wanted, and the least one after it that is not; None: there is no such text."""


class WrongKeyConditionError(Exception):
    """A key condition that DynamoDB refuses."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a query asks for; the range keys that are wanted lie in `interval`."""

    hash_value: str
    interval: Interval
    forward: bool = True
    start: Mapping[str, dict[str, Any]] | None = None
    limit: int | None = None


def _after(text: str) -> str:
    """Return the least text that is greater."""
    return text + "\0"


def _between(low: str, high: str) -> Interval:
    if low > high:
        raise WrongKeyConditionError
    return low, _after(high)


def _beginning(prefix: str) -> Interval:
    # DynamoDB orders texts by their UTF-8 bytes, which is the order of their code points.
    return prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)


_INTERVALS: dict[str, Callable[..., Interval]] = {
    "=": lambda value: (value, _after(value)),
    "<": lambda value: ("", value),
    "<=": lambda value: ("", _after(value)),
    ">": lambda value: (_after(value), None),
    ">=": lambda value: (value, None),
    "BETWEEN": _between,
    "begins_with": _beginning,
}


def wanted(hash_name: str, range_name: str | None, parameters: Mapping[str, Any]) -> Wanted:
    """Return what a query asks of a table or an index with these keys.

    Raises
    ------
    WrongKeyConditionError
        For what DynamoDB refuses as invalid.
    NotImplementedError
        For what is not known here.
    """
    match = _CONDITION.fullmatch(parameters["KeyConditionExpression"])
    if match is None or (match["sign"] == "BETWEEN") != (match["last"] is not None):
        raise NotImplementedError(str(parameters))
    names, values = parameters["ExpressionAttributeNames"], parameters["ExpressionAttributeValues"]
    used = [[match[group] for group in groups if match[group]] for groups in (_NAMES, _VALUES)]
    if set(used[0]) != names.keys() or set(used[1]) != values.keys():
        raise WrongKeyConditionError
    keys, texts = [names[one] for one in used[0]], [_text(values[one]) for one in used[1]]
    if match["sign"] == "=" and keys == [range_name, hash_name]:
        keys, texts = keys[::-1], texts[::-1]
    if keys not in ([hash_name], [hash_name, range_name]):
        raise WrongKeyConditionError
    operator = "begins_with" if match["start"] else match["sign"]
    return Wanted(
        texts[0],
        _INTERVALS[operator](*texts[1:]) if operator else ("", None),
        forward=parameters.get("ScanIndexForward", True),
        start=parameters.get("ExclusiveStartKey"),
        limit=parameters.get("Limit"),
    )


_NAMES, _VALUES = ("hash", "range", "start"), ("value", "first", "last", "prefix")


def _text(value: Mapping[str, Any]) -> str:
    if not value.get("S"):
        raise WrongKeyConditionError
    return value["S"]
