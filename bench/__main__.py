"""`python -m bench`: measure every budget and print one table.

A missed budget is shown, and named in the last line, and does not fail the run; what cannot be measured does.
"""

import argparse
import io
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

from bench import backlog, cold_start, flood, idle, layer, peers, requests, sync, units, warm_path
from bench.table import NOT_MEASURED, NotMeasurableError, Row, render, verdict

BUILD = Path(__file__).parents[1] / ".aws-sam" / "build"

MEASURES: dict[str, Callable[[Path, int], Iterator[Row]]] = {
    "cold-start": cold_start.measure,
    "warm-path": lambda _, __: warm_path.measure(),
    "peers": lambda build, pairs: peers.measure(build, min(pairs, peers.PAIRS)),
    "requests": lambda _, __: requests.measure(),
    "idle": lambda _, __: idle.measure(),
    "units": lambda _, __: units.measure(),
    "backlog": lambda _, __: backlog.measure(),
    "flood": lambda _, __: flood.measure(),
    "sync": lambda _, __: sync.measure(),
    "layer": lambda build, _: layer.measure(build),
}
"""What each measures, given what is built and how many cold starts."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "measures", nargs="*", metavar="measure", help=f"of {', '.join(MEASURES)}; all of them"
    )
    parser.add_argument("--pairs", type=int, default=15, help="cold starts of each function")
    parser.add_argument("--build", type=Path, default=BUILD, help="what make build left")
    options = parser.parse_args()
    wanted = options.measures or MEASURES
    if unknown := [name for name in wanted if name not in MEASURES]:
        parser.error(f"there is no {', '.join(unknown)}")
    logging.disable(logging.CRITICAL)
    tables = [_rows(name, partial(MEASURES[name], options.build, options.pairs)) for name in wanted]
    rows = [row for of_measure, _ in tables for row in of_measure]
    print(render(rows), verdict(rows), sep="\n\n")
    return 0 if all(complete for _, complete in tables) else 1


def _rows(name: str, measure: Callable[[], Iterator[Row]]) -> tuple[list[Row], bool]:
    """Return a measure's rows and whether they are all of them."""
    print(f"measuring {name}", file=sys.stderr, flush=True)
    rows: list[Row] = []
    try:
        with redirect_stdout(io.StringIO()):
            rows.extend(measure())
        complete = True
    except NotMeasurableError as error:
        rows.append(Row(name, f"{NOT_MEASURED}{error}"))
        complete = False
    return rows, complete


if __name__ == "__main__":
    sys.exit(main())
