"""Table sync on a simulated clock, against the Lark simulator and DynamoDB in memory."""

import random
from collections.abc import Iterator

from bench.sync_sides import APP, TABLE, Run, Sides
from bench.table import Row, at_most
from larkbridge.lark.limits import MAX_PAGE, SEARCHES_PER_SECOND
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.sync.config.table_registry import Registry
from larkbridge.sync.source.local_writes import LocalWrites
from tests.support.memory_dynamo.aws import SETTINGS, memory_aws

ROWS, FEWER_ROWS = 50_000, 5_000
CHANGED = ROWS // 100
PUSHED = 10_000
LARK_LATENCY, SLOWER_LATENCY = 0.02, 0.1
"""Seconds for a call; one page names the next, so a slower Lark is slower than its rate allows."""
PAGES = ROWS // MAX_PAGE
PULL_SECONDS = PAGES / SEARCHES_PER_SECOND
MAX_DYNAMODB_REQUESTS = 150
MAX_MEMORY_RATIO = 1.1
MAX_TIME_RATIO = 1.2
MAX_PUSH_CALLS = 25


def measure() -> Iterator[Row]:
    """Yield what a pull of unchanged rows costs, what changes add to it, and what a first push does."""
    few = _mirror(FEWER_ROWS).run(LARK_LATENCY)
    sides = _mirror(ROWS)
    yield from _unchanged(sides.run(LARK_LATENCY), few)
    _edit(sides, CHANGED)
    yield from _changed(sides.run(LARK_LATENCY))
    slower = sides.run(SLOWER_LATENCY)
    yield Row(f"mirror: the same with {SLOWER_LATENCY} s a call", f"{slower.seconds:.1f} s")
    yield from _pushed()


def _unchanged(run: Run, few: Run) -> Iterator[Row]:
    name = f"mirror of {ROWS:,} unchanged rows:"
    yield at_most(f"{name} searches", run.lark_calls["search"], PAGES, _whole)
    yield at_most(f"{name} rows written", run.writes["MirrorRowsTable"], 0, _whole)
    yield at_most(f"{name} DynamoDB requests", run.requests.total(), MAX_DYNAMODB_REQUESTS, _whole)
    ratio = run.peak_bytes / few.peak_bytes
    sizes = f" ({_megabytes(run.peak_bytes)}, {_megabytes(few.peak_bytes)})"
    yield at_most(
        f"{name} peak memory against {FEWER_ROWS:,}", ratio, MAX_MEMORY_RATIO, "{:.2f} x".format, sizes
    )
    yield _time(name, run)


def _changed(run: Run) -> Iterator[Row]:
    name = f"mirror of {ROWS:,} rows, {CHANGED} changed:"
    yield at_most(f"{name} rows written", run.writes["MirrorRowsTable"], CHANGED, _whole)
    yield Row(f"{name} DynamoDB requests", _whole(run.requests.total()))
    yield _time(name, run)


def _pushed() -> Iterator[Row]:
    sides = Sides("SOURCE")
    table = next(iter(Registry(sides.registry, sides.places)))
    with memory_aws(sides.dynamo):
        writes = LocalWrites(SourceRowStore(SETTINGS["SOURCE_ROWS_TABLE"]), sides.clock)
        for number in range(PUSHED):
            writes.put(table, f"HV{number:06}", {"title": f"Học viên {number}", "seats": number})
    run, name = sides.run(LARK_LATENCY), f"first push of {PUSHED:,} rows:"
    yield at_most(f"{name} batch calls", run.lark_calls["batch_create"], MAX_PUSH_CALLS, _whole)
    missing = PUSHED - len(sides.bases.records(APP, TABLE))
    yield at_most(f"{name} rows that are not in Lark", abs(missing), 0, _whole)
    yield Row(f"{name} DynamoDB requests", _whole(run.requests.total()))
    yield Row(f"{name} simulated time", f"{run.seconds:.1f} s")


def _mirror(rows: int) -> Sides:
    """Return a mirrored table that has been pulled once."""
    sides = Sides("MIRROR")
    for number in range(rows):
        values = {
            "code": f"L{number:06}",
            "title": f"Lớp {number}",
            "branch": "Cầu Giấy",
            "startsOn": 1_788_000_000_000 + number * 1000,
            "seats": number % 40,
            "open": number % 2 == 0,
        }
        sides.bases.add(APP, TABLE, values)
    sides.run(LARK_LATENCY)
    return sides


def _edit(sides: Sides, count: int) -> None:
    """Have people change some records, all over the table."""
    record_ids = sorted(sides.bases.records(APP, TABLE))
    for record_id in random.Random(0).sample(record_ids, count):  # noqa: S311
        sides.bases.put(APP, TABLE, record_id, {"seats": 100})


def _time(name: str, run: Run) -> Row:
    ratio = run.seconds / PULL_SECONDS
    detail = f" ({run.seconds:.1f} s, {PULL_SECONDS:.1f} s at {SEARCHES_PER_SECOND} searches a second)"
    return at_most(f"{name} simulated time", ratio, MAX_TIME_RATIO, "{:.2f} x".format, detail)


def _whole(value: float) -> str:
    return f"{value:.0f}"


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.1f} MB"
