"""Requests to two of the bundle's tables, as parts from which tests put together what they send."""

from typing import Any

TABLE, FLAT = "MIRROR_ROWS_TABLE", "DESTINATIONS_TABLE"
"""One with a range key and indexes, and one with neither."""

type Call = tuple[str, dict[str, Any]]


def text(value: str) -> dict[str, Any]:
    return {"S": value}


def number(value: float) -> dict[str, Any]:
    return {"N": str(value)}


def key(record_id: str = "a") -> dict[str, Any]:
    return {"table": text("classes"), "recordId": text(record_id)}


def row(record_id: str = "a", **more: Any) -> dict[str, Any]:
    return {**key(record_id), "contentHash": text("h"), "count": number(1), **more}


def put(item: dict[str, Any], **more: Any) -> Call:
    return "put_item", {"TableName": TABLE, "Item": item, **more}


def get(record_id: str = "a") -> Call:
    return "get_item", {"TableName": TABLE, "Key": key(record_id), "ConsistentRead": True}


def put_when(condition: str, values: dict[str, Any], **more: Any) -> Call:
    given_values = {"ExpressionAttributeValues": values} if values else {}
    return put(row(count=number(2)), ConditionExpression=condition, **given_values, **more)


def change(expression: str, values: dict[str, Any], record_id: str = "a", **more: Any) -> Call:
    given_values = {"ExpressionAttributeValues": values} if values else {}
    more = {"ReturnValues": "ALL_NEW", **more}
    return "update_item", {
        "TableName": TABLE,
        "Key": key(record_id),
        "UpdateExpression": expression,
        **given_values,
        **more,
    }


def together(*actions: tuple[str, dict[str, Any]]) -> Call:
    items = [{kind: {"TableName": TABLE, **action}} for kind, action in actions]
    return "transact_write_items", {"TransactItems": items}


def query(index: str | None, condition: str, names: dict[str, str], **more: Any) -> Call:
    where = {} if index is None else {"IndexName": index}
    values = more.pop("values", {":hash": text("classes")})
    return "query", {
        "TableName": TABLE,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        **where,
        **more,
    }


def place(sort_key: str) -> dict[str, Any]:
    """Return a key to start after in the index that is ordered by these."""
    return {**key(), "sortKey": text(sort_key)}


def in_range(condition: str, values: dict[str, str], **more: Any) -> Call:
    """Query an index whose range key, #r, is like 2026-5#04."""
    texts = {name: text(value) for name, value in values.items()}
    names = HASH | {"#r": "sortKey"}
    return query(
        "by-change",
        f"#hash = :hash AND {condition}",
        names,
        values={":hash": text("classes"), **texts},
        **more,
    )


def read(*record_ids: str) -> Call:
    return "batch_get_item", {"RequestItems": {TABLE: {"Keys": [key(one) for one in record_ids]}}}


ALL_OLD = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
MISSING = {"ConditionExpression": "attribute_not_exists(recordId)", **ALL_OLD}
HASH = {"#hash": "table"}
MANY = [
    put(
        row(
            f"{n:02}",
            sortKey=text(f"2026-{9 - n % 10}#{n:02}"),
            **({"quarantine": text("classes")} if n % 3 else {}),
        )
    )
    for n in range(12)
]
