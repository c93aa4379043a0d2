"""DynamoDB in memory for thousands of submissions: just the requests that the stores make.

It stands in for `larkbridge.aws.call`, takes and gives DynamoDB's own attribute values, and refuses any
expression it does not know.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from larkbridge.errors import ConditionFailedError
from tests.support.template import resources

type Item = dict[str, Any]

_TERM = re.compile(r"(attribute_not_exists|attribute_exists)\((\S+)\)|(\S+) (=|<=) (:\w+)")
_SETTING = r"#\w+ = (?:list_append\(if_not_exists\(#\w+, :\w+\), :\w+\)|:\w+)"
_UPDATE = re.compile(rf"(?:SET ({_SETTING}(?:, {_SETTING})*))? ?(?:REMOVE (#\w+(?:, #\w+)*))?")
_ASSIGNMENT = re.compile(r"(#\w+) = (?:list_append\(if_not_exists\(#\w+, :\w+\), (:\w+)\)|(:\w+))")


class MemoryTables:
    """Every table of one account.

    Parameters
    ----------
    secret
        What each secret reads.
    on_request
        Called before each DynamoDB request.
    """

    def __init__(self, secret: str, on_request: Callable[[], None]) -> None:
        self._secret = secret
        self._on_request = on_request
        self._tables = defaultdict[str, dict[str, Item]](dict)
        self._projections = {index["IndexName"]: _projected(index) for index in _indexes()}

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Make one call, as `larkbridge.aws.call` does."""
        if service == "secretsmanager":
            return {"SecretString": self._secret}
        self._on_request()
        return getattr(self, f"_{operation}")(self._tables[parameters["TableName"]], parameters)

    def _put_item(self, table: dict[str, Item], parameters: dict[str, Any]) -> dict[str, Any]:
        item = parameters["Item"]
        stored = table.get(item["submissionId"]["S"])
        _require(parameters, stored)
        table[item["submissionId"]["S"]] = item
        return {}

    def _update_item(self, table: dict[str, Item], parameters: dict[str, Any]) -> dict[str, Any]:
        ((name, key),) = parameters["Key"].items()
        stored = table.get(key["S"])
        _require(parameters, stored)
        table[key["S"]] = _updated({name: key} | (stored or {}), parameters)
        return {"Attributes": table[key["S"]]}

    def _query(self, table: dict[str, Item], parameters: dict[str, Any]) -> dict[str, Any]:
        if parameters["KeyConditionExpression"] != "#hash = :hash" or not parameters["ScanIndexForward"]:
            raise NotImplementedError(str(parameters))
        name, value = parameters["ExpressionAttributeNames"]["#hash"], parameters["ExpressionAttributeValues"]
        start = parameters.get("ExclusiveStartKey", {"sortKey": {"S": ""}})["sortKey"]["S"]
        found = [one for one in table.values() if one.get(name) == value[":hash"] and _sort_key(one) > start]
        found.sort(key=_sort_key)
        page, more = found[: parameters["Limit"]], found[parameters["Limit"] :]
        wanted = self._projections[parameters["IndexName"]]
        answer = {"Items": [{key: one[key] for key in one.keys() & wanted} for one in page]}
        return answer | ({"LastEvaluatedKey": page[-1]} if more else {})


def _indexes() -> list[dict[str, Any]]:
    return resources("AWS::DynamoDB::Table")["SubmissionsTable"]["Properties"]["GlobalSecondaryIndexes"]


def _projected(index: Mapping[str, Any]) -> set[str]:
    keys = {one["AttributeName"] for one in index["KeySchema"]}
    return keys | {"submissionId"} | set(index["Projection"]["NonKeyAttributes"])


def _sort_key(item: Item) -> str:
    return item["sortKey"]["S"]


def _require(parameters: Mapping[str, Any], stored: Item | None) -> None:
    alternatives = parameters["ConditionExpression"].split(" OR ")
    if not any(
        all(_holds(term, parameters, stored or {}) for term in one.split(" AND ")) for one in alternatives
    ):
        raise ConditionFailedError(stored)


def _holds(term: str, parameters: Mapping[str, Any], item: Item) -> bool:
    match = _TERM.fullmatch(term)
    if match is None:
        raise NotImplementedError(term)
    function, argument, left, operator, right = match.groups()
    name = parameters.get("ExpressionAttributeNames", {}).get(argument or left, argument or left)
    if function:
        return (name in item) == (function == "attribute_exists")
    value = parameters["ExpressionAttributeValues"][right]
    if operator == "=":
        return item.get(name) == value
    return name in item and item[name]["S"] <= value["S"]


def _updated(item: Item, parameters: Mapping[str, Any]) -> Item:
    match = _UPDATE.fullmatch(parameters["UpdateExpression"])
    if match is None:
        raise NotImplementedError(parameters["UpdateExpression"])
    names, values = parameters["ExpressionAttributeNames"], parameters["ExpressionAttributeValues"]
    settings, removed = (text or "" for text in match.groups())
    for name, added, value in _ASSIGNMENT.findall(settings):
        if added:
            item[names[name]] = {"L": item.get(names[name], {"L": []})["L"] + values[added]["L"]}
        else:
            item[names[name]] = values[value]
    for name in removed.split(", ") if removed else ():
        item.pop(names[name], None)
    return item
