"""DynamoDB's condition and update expressions, as far as the stores use them.

Grammar and meaning: Amazon DynamoDB Developer Guide, "Condition and filter expressions, operators, and
functions" and "Using update expressions". What is not known here raises `NotImplementedError`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

type Attribute = dict[str, Any]
type Item = Mapping[str, Attribute]
type Names = Mapping[str, str]
type Values = Mapping[str, Attribute]
type Test = Callable[[Item, Names, Values], bool]
type Operand = Callable[[Item, Names, Values], Attribute | None]
type Change = Callable[[Item, Names, Values], tuple[str, Attribute | None]]

_TOKEN = re.compile(r"[#:]?\w+|<>|<=|>=|[=<>(),]|\s+")
_FUNCTIONS = ("attribute_exists", "attribute_not_exists")
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


class WrongOperandError(Exception):
    """An operand of an update is of a type that cannot be used so, or is not there."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold; `placeholders` are the names and values that it mentions."""

    test: Test
    placeholders: frozenset[str]


@dataclass(frozen=True, slots=True)
class Update:
    """What changes: for each change the attribute and its new value, None for none."""

    changes: tuple[Change, ...]
    placeholders: frozenset[str]

    def apply(self, item: Item, names: Names, values: Values) -> dict[str, Attribute]:
        """Return what an item becomes; every operand is that of the item before."""
        changed = dict(item)
        for change in self.changes:
            name, value = change(item, names, values)
            if value is None:
                changed.pop(name, None)
            else:
                changed[name] = value
        return changed


@cache
def condition(text: str) -> Condition:
    """Return a condition expression, understood."""
    parser = _Parser(text)
    test = parser.any_of()
    parser.end()
    return Condition(test, parser.placeholders)


@cache
def update(text: str) -> Update:
    """Return an update expression, understood."""
    parser = _Parser(text)
    changes = tuple(parser.changes())
    return Update(changes, parser.placeholders)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [found for found in _TOKEN.findall(text) if not found.isspace()]
        if sum(map(len, _TOKEN.findall(text))) != len(text):
            raise self._unknown()
        self._place = 0
        self.placeholders = frozenset(one for one in self._tokens if one[0] in "#:")

    def any_of(self) -> Test:
        tests = [self._all_of()]
        while self._took("OR"):
            tests.append(self._all_of())
        return tests[0] if len(tests) == 1 else lambda *given: any(test(*given) for test in tests)

    def changes(self) -> Iterator[Change]:
        clauses = {"SET": self._set, "REMOVE": self._remove, "ADD": self._add}
        while self._place < len(self._tokens):
            clause = clauses.get(self._take())
            if clause is None:
                raise self._unknown()
            yield clause()
            while self._took(","):
                yield clause()

    def end(self) -> None:
        if self._place < len(self._tokens):
            raise self._unknown()

    def _all_of(self) -> Test:
        tests = [self._term()]
        while self._took("AND"):
            tests.append(self._term())
        return tests[0] if len(tests) == 1 else lambda *given: all(test(*given) for test in tests)

    def _term(self) -> Test:
        if self._took("("):
            test = self.any_of()
            self._expect(")")
            return test
        if self._peek() in _FUNCTIONS:
            wanted = self._take() == "attribute_exists"
            self._expect("(")
            name = self._name()
            self._expect(")")
            return lambda item, names, _: (name(names) in item) == wanted
        return self._comparison()

    def _comparison(self) -> Test:
        left, operator, right = self._operand(), self._take(), self._operand()
        if operator in ("=", "<>"):
            wanted = operator == "="
            return lambda *given: _equal(left(*given), right(*given)) == wanted
        if operator not in _ORDERS:
            raise self._unknown()
        order = _ORDERS[operator]
        return lambda *given: _ordered(left(*given), right(*given), order)

    def _set(self) -> Change:
        name = self._name()
        self._expect("=")
        operand = self._operand()

        def change(item: Item, names: Names, values: Values) -> tuple[str, Attribute]:
            value = operand(item, names, values)
            if value is None:
                raise WrongOperandError
            return name(names), value

        return change

    def _remove(self) -> Change:
        name = self._name()
        return lambda _, names, __: (name(names), None)

    def _add(self) -> Change:
        name, amount = self._name(), self._operand()
        return lambda item, names, values: (
            name(names),
            _sum(item.get(name(names)), amount(item, names, values)),
        )

    def _operand(self) -> Operand:
        token = self._peek()
        if token == "if_not_exists":
            first, second = self._two_operands()
            return lambda *given: first(*given) or second(*given)
        if token == "list_append":
            first, second = self._two_operands()
            return lambda *given: _joined(first(*given), second(*given))
        if token.startswith(":"):
            self._take()
            return lambda _, __, values: values[token]
        name = self._name()
        return lambda item, names, _: item.get(name(names))

    def _two_operands(self) -> tuple[Operand, Operand]:
        self._take()
        self._expect("(")
        first = self._operand()
        self._expect(",")
        second = self._operand()
        self._expect(")")
        return first, second

    def _name(self) -> Callable[[Names], str]:
        token = self._take()
        if token.startswith("#"):
            return lambda names: names[token]
        if not token.isidentifier():
            raise self._unknown()
        return lambda _: token

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self._place += 1
        return token

    def _took(self, token: str) -> bool:
        if self._peek() != token:
            return False
        self._place += 1
        return True

    def _expect(self, token: str) -> None:
        if not self._took(token):
            raise self._unknown()

    def _unknown(self) -> Exception:
        return NotImplementedError(f"expression: {self._text}")


def _equal(left: Attribute | None, right: Attribute | None) -> bool:
    if left is None or right is None:
        return False
    if "N" in left and "N" in right:
        return Decimal(left["N"]) == Decimal(right["N"])
    return left == right


def _ordered(left: Attribute | None, right: Attribute | None, order: Callable[[Any, Any], bool]) -> bool:
    if left is None or right is None:
        return False
    if "N" in left and "N" in right:
        return order(Decimal(left["N"]), Decimal(right["N"]))
    return "S" in left and "S" in right and order(left["S"], right["S"])


def _sum(stored: Attribute | None, amount: Attribute | None) -> Attribute:
    if amount is None or "N" not in amount or (stored is not None and "N" not in stored):
        raise WrongOperandError
    return {"N": str(Decimal((stored or {"N": "0"})["N"]) + Decimal(amount["N"]))}


def _joined(first: Attribute | None, second: Attribute | None) -> Attribute:
    if first is None or second is None or "L" not in first or "L" not in second:
        raise WrongOperandError
    return {"L": first["L"] + second["L"]}
