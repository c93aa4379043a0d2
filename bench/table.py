"""The table that a run prints."""

from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass


class NotMeasurableError(Exception):
    """Something stands in the way of a measurement; the message says what."""


NOT_MEASURED = "not measured: "


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, as text; `ratio` is value over budget."""

    measure: str
    value: str
    budget: str = "-"
    ratio: str = "-"
    met: str = "-"


_TITLES = Row("measure", "value", "budget", "ratio", "met?")


def at_most(measure: str, value: float, budget: float, show: Callable[[float], str], detail: str = "") -> Row:
    """Return the row of a value that may not exceed its budget.

    Parameters
    ----------
    show
        Writes a value, the budget, and by how much it is missed.
    detail
        What to add to the value.
    """
    met = "yes" if value <= budget else f"NO, by {show(value - budget)}"
    ratio = f"{value / budget:.2f}" if budget else "-"
    return Row(measure, show(value) + detail, f"<= {show(budget)}", ratio, met)


def at_least(measure: str, value: float, budget: float, show: Callable[[float], str]) -> Row:
    """Return the row of a value that may not fall below its budget; `show` is as for `at_most`."""
    met = "yes" if value >= budget else f"NO, by {show(budget - value)}"
    return Row(measure, show(value), f">= {show(budget)}", f"{value / budget:.2f}", met)


def verdict(rows: Iterable[Row]) -> str:
    """Return in one line which budgets are missed and what could not be measured, or that all are met."""
    rows = [*rows]
    missed = [f"{row.measure}: {row.met.removeprefix('NO, ')}" for row in rows if row.met.startswith("NO")]
    unmeasured = [row.measure for row in rows if row.value.startswith(NOT_MEASURED)]
    if not missed and not unmeasured:
        return f"All {sum(row.met == 'yes' for row in rows)} budgets are met."
    parts = [f"{len(missed)} budgets are missed ({'; '.join(missed)})"] if missed else []
    parts += [f"not measured: {', '.join(unmeasured)}"] if unmeasured else []
    return ". ".join(parts) + "."


def render(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table with aligned columns."""
    cells = [astuple(_TITLES), *map(astuple, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [" | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in cells]
    lines.insert(1, " | ".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" for line in lines)
