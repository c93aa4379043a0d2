"""Conditions and updates made up at random mean the same in memory as elsewhere."""

from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.dynamo_calls import ALL_OLD, change, get, key, number, put, put_when, text
from tests.support.dynamo_sides import Both

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
def test_any_condition_holds_alike(both: Both, item: dict[str, Any], condition: str) -> None:
    condition, names = _placed(condition)
    both.compare(put({**key(), **item}))
    both.compare(put_when(condition, _used(condition), **names, **ALL_OLD))


@MANY_EXAMPLES
@given(item=ITEMS, update=updates())
def test_any_update_changes_alike(both: Both, item: dict[str, Any], update: str) -> None:
    update, names = _placed(update)
    both.compare(put({**key(), **item}))
    both.compare(change(update, _used(update), **names))
    both.compare(get())


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
