"""Queries find the same items in memory as elsewhere, page by page and in every range."""

import pytest

from tests.support.dynamo_calls import HASH, MANY, in_range, put, query, row, text
from tests.support.dynamo_sides import Both


@pytest.mark.parametrize(
    ("index", "forward"), [(None, True), ("digests", False), ("by-change", True), ("by-change", False)]
)
@pytest.mark.parametrize("limit", [1, 4, 12])
def test_pages_have_the_same_items(both: Both, index: str | None, forward: bool, limit: int) -> None:
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
def test_range_of_keys_is_the_same_however_it_is_paged(both: Both, forward: bool) -> None:
    for call in MANY:
        both.compare(call)
    for condition, ends in RANGES:
        values = {f":{name}": end for name, end in zip(("low", "high"), ends, strict=False)}
        call = in_range(condition, values, ScanIndexForward=forward)
        whole = both.compare(call)["Items"]
        for limit in (1, 2, 20):
            assert both.paged(call, limit) == whole


def test_page_ends_at_a_megabyte(both: Both) -> None:
    for n in range(4):
        both.compare(put(row(str(n), x=text("x" * 400_000))))
    assert len(both.memory(query(None, "#hash = :hash", HASH))["Items"]) == 2
    assert len(both.other(query(None, "#hash = :hash", HASH))["Items"]) == 2
