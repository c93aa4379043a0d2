"""DynamoDB in memory answers as moto and the emulator do: whatever a test finds rests on it."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from larkbridge import aws
from larkbridge.errors import AwsUnavailableError, ConditionFailedError, TransactionRefusedError
from tests.support.aws_faults import no_answer
from tests.support.memory_dynamo.aws import SETTINGS, memory_account, memory_aws
from tests.support.memory_dynamo.client import Interference, MemoryDynamo
from tests.support.memory_dynamo.writes import service_error

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


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_answers_and_errors_are_the_same(scenario: str, both: "Both") -> None:
    for call in SCENARIOS[scenario]:
        both.compare(call)


@pytest.mark.parametrize(
    ("index", "forward"), [(None, True), ("digests", False), ("by-change", True), ("by-change", False)]
)
@pytest.mark.parametrize("limit", [1, 4, 12])
def test_pages_have_the_same_items(both: "Both", index: str | None, forward: bool, limit: int) -> None:
    for call in MANY:
        both.compare(call)

    found = both.paged(query(index, "#hash = :hash", HASH, ScanIndexForward=forward), limit)
    assert len(found) == len(MANY)


RANGES = [
    ("#r = :low", ["2026-5#04"]),
    ("#r < :low", ["2026-5#04"]),
    ("#r <= :low", ["2026-5#04"]),
    ("#r > :low", ["2026-5#04"]),
    ("#r >= :low", ["2026-5#04"]),
    ("#r > :low", ["2026-5"]),
    ("#r <= :low", ["2026-5"]),
    ("#r <= :low", ["2027"]),
    ("#r >= :low", ["2027"]),
    ("#r BETWEEN :low AND :high", ["2026-4#05", "2026-7#02"]),
    ("#r BETWEEN :low AND :high", ["2026-4", "2026-7"]),
    ("#r BETWEEN :low AND :high", ["2026-5#04", "2026-5#04"]),
    ("begins_with(#r, :low)", ["2026-9"]),
    ("begins_with(#r, :low)", ["2025"]),
]


@pytest.mark.parametrize("forward", [True, False])
def test_range_of_keys_is_the_same_however_it_is_paged(both: "Both", forward: bool) -> None:
    for call in MANY:
        both.compare(call)
    for condition, ends in RANGES:
        values = {f":{name}": end for name, end in zip(("low", "high"), ends, strict=False)}
        call = in_range(condition, values, ScanIndexForward=forward)
        whole = both.compare(call)["Items"]
        for limit in (1, 2, 20):
            assert both.paged(call, limit) == whole


def test_page_ends_at_a_megabyte(both: "Both") -> None:
    for n in range(4):
        both.compare(put(row(str(n), x=text("x" * 400_000))))
    assert len(both.memory(query(None, "#hash = :hash", HASH))["Items"]) == 2
    assert len(both.other(query(None, "#hash = :hash", HASH))["Items"]) == 2


ATTRIBUTES = ["a", "b", "count"]
TEXTS = {":x": text("x"), ":y": text("y")}
NUMBERS = {":one": number(1), ":two": number(2)}
VALUES = {**TEXTS, **NUMBERS}
LISTS = {":l": {"L": [text("x")]}, ":e": {"L": []}}
EQUAL, ANY = ["=", "<>"], ["=", "<>", "<", "<=", ">", ">="]


def comparisons(name: str, operators: list[str], values: Mapping[str, Any]) -> st.SearchStrategy[str]:
    return st.builds(f"{name} {{}} {{}}".format, st.sampled_from(operators), st.sampled_from(list(values)))


COMPARISONS = (
    comparisons("a", EQUAL, VALUES) | comparisons("b", ANY, TEXTS) | comparisons("count", ANY, NUMBERS)
)
EXISTENCE = st.builds(
    "{}({})".format,
    st.sampled_from(["attribute_exists", "attribute_not_exists"]),
    st.sampled_from(ATTRIBUTES),
)
CONDITIONS = st.recursive(
    COMPARISONS | EXISTENCE,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["AND", "OR"]), inner)
        | st.builds("{} AND {} OR {}".format, COMPARISONS, EXISTENCE, COMPARISONS).map("({})".format)
    ),
    max_leaves=6,
)
ITEMS = st.fixed_dictionaries(
    {},
    optional={
        "a": st.sampled_from([*VALUES.values(), *LISTS.values()]),
        "b": st.sampled_from(list(TEXTS.values())),
        "count": st.sampled_from([number(0), number(1), number(1.5)]),
        "lists": st.sampled_from(list(LISTS.values())),
    },
)
ASSIGNED = st.one_of(
    st.sampled_from([*VALUES, *LISTS, *ATTRIBUTES]),
    st.builds(
        "if_not_exists({}, {})".format, st.sampled_from(ATTRIBUTES), st.sampled_from([*VALUES, *LISTS])
    ),
    st.just("list_append(if_not_exists(lists, :e), :l)"),
)


@st.composite
def updates(draw: st.DrawFn) -> str:
    names = draw(st.permutations(ATTRIBUTES))
    clauses = [
        ("SET", [f"{name} = {draw(ASSIGNED)}" for name in names[: draw(st.integers(0, 2))]]),
        ("REMOVE", [names[2]] if draw(st.booleans()) else []),
        ("ADD", [f"more {draw(st.sampled_from([':one', ':two']))}"]),
    ]
    return " ".join(f"{word} {', '.join(parts)}" for word, parts in clauses if parts)


MANY_EXAMPLES = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@MANY_EXAMPLES
@given(item=ITEMS, condition=CONDITIONS)
def test_any_condition_holds_alike(both: "Both", item: dict[str, Any], condition: str) -> None:
    condition, names = _placed(condition)
    both.compare(put({**key(), **item}))
    both.compare(put_when(condition, _used(condition), **names, **ALL_OLD))


@MANY_EXAMPLES
@given(item=ITEMS, update=updates())
def test_any_update_changes_alike(both: "Both", item: dict[str, Any], update: str) -> None:
    update, names = _placed(update)
    both.compare(put({**key(), **item}))
    both.compare(change(update, _used(update), **names))
    both.compare(get())


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


class Meddling(Interference):
    """Fails, or repeats, every write."""

    def __init__(
        self, *, before: Exception | None = None, after: Exception | None = None, twice: bool = False
    ) -> None:
        self._before, self._after, self._twice = before, after, twice

    def before(self, operation: str, parameters: Mapping[str, Any]) -> None:
        if self._before and operation == "put_item":
            raise self._before

    def after(self, operation: str, parameters: Mapping[str, Any]) -> None:
        if self._after and operation == "put_item":
            raise self._after

    def sends_twice(self, operation: str) -> bool:
        return self._twice


@pytest.mark.parametrize(
    ("meddling", "stored"),
    [
        (Meddling(before=service_error("ThrottlingException", "PutItem")), False),
        (Meddling(after=no_answer()), True),
    ],
)
def test_request_fails_before_or_after_it_is_done(meddling: Interference, stored: bool) -> None:
    with memory_aws() as dynamo:
        dynamo.interference = meddling
        with pytest.raises(AwsUnavailableError):
            Side(SETTINGS)(put(row()))
        assert bool(Side(SETTINGS)(get())) == stored
        assert dynamo.requests == {"put_item": 1, "get_item": 1}


def test_request_that_the_sdk_sends_again_meets_its_own_write() -> None:
    with memory_aws() as dynamo:
        dynamo.interference = Meddling(twice=True)
        with pytest.raises(ConditionFailedError):
            Side(SETTINGS)(put(row(), **MISSING))
        Side(SETTINGS)(together(("Put", {"Item": row("b"), **MISSING})))
        assert len(dynamo.items("MirrorRowsTable")) == 2


def test_index_may_be_behind_and_catches_up() -> None:
    with memory_aws() as dynamo:
        dynamo.stale = Random(0)
        found = []
        for call in MANY:
            Side(SETTINGS)(call)
            found.append(len(_listed(dynamo)))
        assert found == sorted(found)
        assert found != list(range(1, 13))
        assert len(Side(SETTINGS)(query(None, "#hash = :hash", HASH))["Items"]) == 12
        dynamo.stale = None
        assert len(_listed(dynamo)) == 12


def _listed(dynamo: MemoryDynamo) -> list[Any]:
    return Side(SETTINGS)(query("digests", "#hash = :hash", HASH))["Items"]


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


@pytest.fixture
def both(tables: dict[str, str]) -> Both:
    dynamo = MemoryDynamo()
    return Both(Side(tables), Side(SETTINGS, lambda: memory_aws(dynamo)))


def _used(expression: str) -> dict[str, Any]:
    return {
        name: value
        for name, value in (VALUES | LISTS).items()
        if name in expression.replace(",", " ").replace(")", " ").split()
    }


def _placed(expression: str) -> tuple[str, dict[str, Any]]:
    """Put a placeholder in place of the one name that is reserved."""
    placed = expression.replace("count", "#count")
    names = {} if placed == expression else {"ExpressionAttributeNames": {"#count": "count"}}
    return placed, names
