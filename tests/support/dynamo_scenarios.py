"""Requests in a row that every DynamoDB answers alike."""

from tests.support.dynamo_calls import (
    ALL_OLD,
    FLAT,
    HASH,
    MANY,
    MISSING,
    TABLE,
    Call,
    change,
    get,
    key,
    number,
    put,
    put_when,
    query,
    read,
    row,
    text,
    together,
)

SCENARIOS: dict[str, list[Call]] = {
    "nothing there": [get(), read("a", "b")],
    "put and get": [put(row()), get(), put({**key(), "n": number(2.5)}), get(), read("a", "b")],
    "every type": [
        put(
            row(l=[], m={"M": {"b": {"BOOL": True}, "n": {"NULL": True}}}, x={"L": [text("x"), number(1)]})
            | {"l": {"L": []}}
        ),
        get(),
    ],
    "bytes": [
        put(row(b={"B": b"\x00\xff=x"})),
        get(),
        change("SET m = :m", {":m": {"M": {"b": {"B": b"y"}}}}),
        put_when("b = :b", {":b": {"B": b"\x00\xff=x"}}, **ALL_OLD),
        put(row(b={"B": b"z"}), **MISSING),
        read("a"),
    ],
    "put in place": [put(row(), ReturnValues="ALL_OLD"), put(row(count=number(3)), ReturnValues="ALL_OLD")],
    "put new": [put(row(), **MISSING), put(row(count=number(5)), **MISSING), get()],
    "refused without the item": [put(row()), put_when("attribute_not_exists(recordId)", {})],
    "condition on what is missing": [
        put_when("absent <> :one", {":one": number(1)}),
        put_when("absent = :one", {":one": number(1)}),
        put_when("absent < :one OR attribute_exists(absent)", {":one": number(1)}, **ALL_OLD),
    ],
    "parentheses": [
        put(row()),
        put_when(
            "attribute_not_exists(recordId) OR (contentHash <> :hash AND contentHash <= :hash)",
            {":hash": text("h")},
        ),
        put_when(
            "attribute_not_exists(recordId) OR (contentHash <> :hash AND contentHash <= :hash)",
            {":hash": text("i")},
        ),
        get(),
    ],
    "numbers compare as numbers": [
        put(row(n=number(10))),
        put_when("n > :nine", {":nine": number(9)}),
        put(row(n=number(10))),
        put_when("n = :ten", {":ten": number(10.0)}),
    ],
    "update makes an item": [change("SET a = :a ADD n :n", {":a": text("x"), ":n": number(2)}), get()],
    "update changes what it names": [
        put(row(l={"L": [text("x")]})),
        change(
            "SET l = list_append(if_not_exists(l, :none), :more) REMOVE contentHash, absent",
            {":none": {"L": []}, ":more": {"L": [text("y")]}},
        ),
        change(
            "SET q = list_append(if_not_exists(q, :none), :more)",
            {":none": {"L": []}, ":more": {"L": [text("y")]}},
        ),
        change("ADD n :n", {":n": number(2)}, ReturnValues="NONE"),
        change("ADD n :n", {":n": number(-5)}, ReturnValues="ALL_OLD"),
        get(),
    ],
    "operands are those before": [put(row(x=text("x"), y=text("y"))), change("SET x = y, y = x", {}), get()],
    "update refused": [
        put(row()),
        change("SET a = :a", {":a": text("x")}, ConditionExpression="contentHash = :a", **ALL_OLD),
        get(),
    ],
    "update with a wrong operand": [
        put(row(x=text("x"))),
        change("ADD x :n", {":n": number(1)}),
        change("SET y = absent", {}),
        get(),
    ],
    "placeholder without a value": [change("SET a = :a", {":b": text("x")})],
    "value that nobody uses": [change("SET a = :a", {":a": text("x"), ":b": text("x")})],
    "update of a key": [put(row()), change("SET recordId = :a", {":a": text("x")})],
    "wrong keys": [
        put({"table": text("classes")}),
        ("get_item", {"TableName": TABLE, "Key": {"table": text("classes")}}),
        ("get_item", {"TableName": TABLE, "Key": {**key(), "more": text("x")}}),
        ("update_item", {"TableName": TABLE, "Key": {"recordId": text("x")}, "UpdateExpression": "REMOVE a"}),
    ],
    "delete": [
        put(row()),
        (
            "delete_item",
            {
                "TableName": TABLE,
                "Key": key(),
                "ConditionExpression": "contentHash = :x",
                "ExpressionAttributeValues": {":x": text("x")},
                **ALL_OLD,
            },
        ),
        ("delete_item", {"TableName": TABLE, "Key": key(), "ReturnValues": "ALL_OLD"}),
        ("delete_item", {"TableName": TABLE, "Key": key()}),
        get(),
        query("digests", "#hash = :hash", HASH),
    ],
    "table without a range key": [
        ("put_item", {"TableName": FLAT, "Item": {"destination": text("lark"), "a": text("b")}}),
        ("get_item", {"TableName": FLAT, "Key": {"destination": text("lark")}}),
        (
            "query",
            {
                "TableName": FLAT,
                "KeyConditionExpression": "#hash = :hash",
                "ExpressionAttributeNames": {"#hash": "destination"},
                "ExpressionAttributeValues": {":hash": text("lark")},
            },
        ),
    ],
    "batch": [*MANY, read("00"), read("a", "a")],
    "transaction": [
        put(row()),
        together(
            ("Put", {"Item": row("b")}),
            (
                "Update",
                {
                    "Key": key(),
                    "UpdateExpression": "ADD n :n",
                    "ExpressionAttributeValues": {":n": number(1)},
                },
            ),
            ("Delete", {"Key": key("c")}),
            ("ConditionCheck", {"Key": key("d"), "ConditionExpression": "attribute_not_exists(recordId)"}),
        ),
        read("a", "b"),
    ],
    "transaction that is refused": [
        put(row()),
        put(row("d")),
        together(
            ("Put", {"Item": row("b")}),
            ("Put", {"Item": row(count=number(2)), **MISSING}),
            ("ConditionCheck", {"Key": key("d"), "ConditionExpression": "attribute_not_exists(recordId)"}),
        ),
        read("a", "b"),
    ],
    "transaction that is too long": [
        together(*(("Put", {"Item": row(str(n))}) for n in range(101))),
        together(*(("Put", {"Item": row(str(n))}) for n in range(100))),
        read("0", "99"),
    ],
    "transaction with one item twice": [
        together(("Put", {"Item": row()}), ("Delete", {"Key": key()})),
        read("a"),
    ],
    "query": [
        *MANY,
        query(None, "#hash = :hash", HASH, ConsistentRead=True),
        query(
            None,
            "#hash = :hash AND #r = :r",
            HASH | {"#r": "recordId"},
            values={":hash": text("classes"), ":r": text("03")},
        ),
        query("digests", "#hash = :hash", HASH, ScanIndexForward=False),
        query(
            "by-change",
            "#hash = :hash AND #r < :r",
            HASH | {"#r": "sortKey"},
            values={":hash": text("classes"), ":r": text("2026-5")},
        ),
        query(
            "by-change",
            "#hash = :hash AND #r < :r",
            HASH | {"#r": "sortKey"},
            values={":hash": text("classes"), ":r": text("2026-5")},
            ScanIndexForward=False,
        ),
        query("by-change", "#hash = :hash", HASH, Select="COUNT"),
        query("quarantined", "#hash = :hash", {"#hash": "quarantine"}),
        query("quarantined", "#hash = :hash", {"#hash": "quarantine"}, values={":hash": text("none")}),
        query("quarantined", "#hash = :hash", {"#hash": "quarantine"}, ConsistentRead=True),
        query(
            "by-change",
            "#hash = :hash AND #r = :r",
            HASH | {"#r": "contentHash"},
            values={":hash": text("classes"), ":r": text("h")},
        ),
    ],
    "query that names keys wrongly": [
        query(None, "#hash = :hash", {"#hash": "recordId"}),
    ],
    "index follows": [
        *MANY,
        change("REMOVE quarantine SET sortKey = :s", {":s": text("2027#01")}, "01"),
        change("SET quarantine = :q", {":q": text("classes")}, "00"),
        query("quarantined", "#hash = :hash", {"#hash": "quarantine"}),
        query("by-change", "#hash = :hash", HASH),
    ],
}
