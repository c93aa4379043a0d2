"""Which records a search finds, and in which order.

Protocol (open platform documentation, "Search records" and "Record filter guide"): a filter has at most 50
conditions of at most 10 values, all of them texts; a moment counts as its day in the zone of the Base; dates
know fewer operators than numbers. A view is not narrowed further: with a filter or an order it is ignored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from larkbridge.lark.api_values import MILLISECOND, to_number
from larkbridge.lark.limits import MAX_CONDITION_VALUES, MAX_CONDITIONS

type Operator = Literal[
    "is",
    "isNot",
    "contains",
    "doesNotContain",
    "isEmpty",
    "isNotEmpty",
    "isGreater",
    "isGreaterEqual",
    "isLess",
    "isLessEqual",
]
_WITHOUT_VALUE = ("isEmpty", "isNotEmpty")


@dataclass(frozen=True, slots=True)
class Sort:
    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The records whose column is one of 1 to 50 values."""

    column: str
    values: Sequence[str]

    def __post_init__(self) -> None:
        _require(self.values, MAX_CONDITIONS)

    def written(self) -> dict[str, Any]:
        """Return the filter as a search takes it."""
        return Where([Condition(self.column, "is", [value]) for value in self.values], any_of=True).written()


@dataclass(frozen=True, slots=True)
class Condition:
    """What a column must be: 1 to 10 values, none where it is empty or not.

    Numbers are texts, people and groups their ids, ticks ``true`` or ``false``; see `on_day` for dates.
    """

    column: str
    operator: Operator
    values: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.operator not in _WITHOUT_VALUE:
            _require(self.values, MAX_CONDITION_VALUES)
        elif self.values:
            raise ValueError("what is empty has no value")


@dataclass(frozen=True, slots=True)
class Where:
    """The records that fit all of 1 to 50 conditions, or any of them."""

    conditions: Sequence[Condition]
    any_of: bool = False

    def __post_init__(self) -> None:
        _require(self.conditions, MAX_CONDITIONS)

    def written(self) -> dict[str, Any]:
        """Return the filter as a search takes it."""
        conditions = [
            {"field_name": one.column, "operator": one.operator, "value": list(one.values)}
            for one in self.conditions
        ]
        return {"conjunction": "or" if self.any_of else "and", "conditions": conditions}


def on_day(column: str, operator: Literal["is", "isGreater", "isLess"], moment: datetime) -> Condition:
    """Return the condition that a date is on the day of a moment, after it or before it."""
    return Condition(column, operator, ["ExactDate", to_number(moment, MILLISECOND)])


def _require(values: Sequence[object], limit: int) -> None:
    if len(values) > limit:
        raise ValueError(f"more than {limit} at once")
    if not values:
        raise ValueError("a filter without values would find every record")
