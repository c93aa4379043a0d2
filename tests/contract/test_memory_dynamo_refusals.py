"""What DynamoDB refuses is refused in memory even where moto and the emulator take it."""

import pytest

from larkbridge import aws
from tests.support.dynamo_calls import (
    HASH,
    TABLE,
    Call,
    change,
    in_range,
    key,
    number,
    place,
    put,
    put_when,
    query,
    read,
    row,
    text,
    together,
)
from tests.support.dynamo_scenarios import SCENARIOS
from tests.support.dynamo_sides import Side
from tests.support.memory_dynamo.aws import SETTINGS, memory_account, memory_aws
from tests.support.memory_dynamo.client import MemoryDynamo

STRICTER: dict[str, list[Call]] = {
    "keys that are too many or too few": [read(*map(str, range(101))), read()],
    "key that is no text": [("get_item", {"TableName": TABLE, "Key": {**key(), "recordId": number(1)}})],
    "key of an index that is empty or no text": [
        change("SET sortKey = :a", {":a": text("")}),
        change("SET sortKey = :a", {":a": number(1)}),
        put(row(sortKey=number(1))),
    ],
    "placeholders that are not the expression's": [
        change("SET a = :a", {":a": text("x")}, ExpressionAttributeNames={"#b": "b"}),
        change("SET a = :a", {":a": text("x")}, ExpressionAttributeNames={}),
        change("SET #a = :a", {":a": text("x")}),
    ],
    "item that is too large": [
        put(row(x=text("x" * 409_600))),
        put(row(x=text("đ" * 204_800))),
        change("SET y = :y", {":y": text("y" * 409_600)}),
    ],
    "transaction that is too large": [
        together(*(("Put", {"Item": row(str(n), x=text("x" * 400_000))}) for n in range(11)))
    ],
    "list that is none": [change("SET y = list_append(table, :l)", {":l": {"L": []}})],
    "index that is not there": [query("unknown", "#hash = :hash", HASH)],
    "ends of a range in the wrong order": [
        in_range("#r BETWEEN :low AND :high", {":low": "2026-5", ":high": "2026-4"})
    ],
    "text of a key that is empty": [in_range("#r >= :low", {":low": ""})],
    "start that the query cannot have given": [
        query(None, "#hash = :hash", HASH, ExclusiveStartKey=key() | {"table": text("others")}),
        query(None, "#hash = :hash", HASH, ExclusiveStartKey=place("2026-5")),
        in_range("#r >= :low", {":low": "2026-5"}, ExclusiveStartKey=key()),
        in_range("#r >= :low", {":low": "2026-5"}, ExclusiveStartKey=place("2026-4")),
        in_range("#r < :high", {":high": "2026-5"}, ExclusiveStartKey=place("2026-5")),
    ],
}
"""What DynamoDB refuses as invalid, and moto or the emulator takes, or refuses otherwise."""


@pytest.mark.parametrize("scenario", STRICTER)
def test_request_that_dynamodb_takes_for_invalid(scenario: str) -> None:
    with memory_aws() as dynamo:
        for call in STRICTER[scenario]:
            assert Side(SETTINGS).answer(call) == "AwsRefusedError"
        assert dynamo.items("MirrorRowsTable") == []


def test_item_that_is_too_large_cancels_its_transaction() -> None:
    with memory_aws() as dynamo:
        parts = [("Put", {"Item": row("b")}), ("Put", {"Item": row(x=text("x" * 409_600))})]
        found = Side(SETTINGS).answer(together(*parts))
        assert found == ("transaction refused", ["None", "ValidationError"], [None, None])
        assert dynamo.items("MirrorRowsTable") == []


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
def test_text_and_number_have_no_order(operator: str) -> None:
    with memory_aws():
        side = Side(SETTINGS)
        side(put(row(a=number(1))))
        assert side.answer(put_when(f"a {operator} :x", {":x": text("0")})) == ("condition failed", None)


@pytest.mark.parametrize("scenario", SCENARIOS | STRICTER)
def test_account_tells_the_sdk_what_the_layer_is_told_without_it(scenario: str) -> None:
    dynamo = MemoryDynamo()
    direct = Side(SETTINGS, lambda: memory_aws(dynamo))
    with memory_account():
        for call in (SCENARIOS | STRICTER)[scenario]:
            assert Side(SETTINGS).answer(call) == direct.answer(call)


def test_account_refuses_what_it_does_not_know() -> None:
    with memory_account():
        for service, operation in (("dynamodb", "list_tables"), ("secretsmanager", "list_secrets")):
            with pytest.raises(NotImplementedError):
                getattr(aws.client(service), operation)()


def test_request_that_it_does_not_know_is_refused_loudly() -> None:
    with memory_aws():
        for call in (
            put_when("contains(a, :x)", {":x": text("x")}),
            put_when("a.b = :x", {":x": text("x")}),
            put_when("NOT a = :x", {":x": text("x")}),
            change("DELETE a :x", {":x": text("x")}),
            change("SET a = :x", {":x": text("x")}, ReturnValues="UPDATED_NEW"),
            query(None, "begins_with(#hash, :hash)", HASH),
            in_range("#r BETWEEN :low", {":low": "a"}),
            in_range("size(#r) = :low", {":low": "a"}),
            query(None, "#hash = :hash", HASH, FilterExpression="a = :hash"),
        ):
            with pytest.raises(NotImplementedError):
                Side(SETTINGS)(call)
