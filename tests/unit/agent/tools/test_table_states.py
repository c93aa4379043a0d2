"""How the tables fare."""

from collections.abc import Iterator

import pytest

from larkbridge.clock import to_text
from larkbridge.store.sync_progress import SyncStateStore
from tests.support.centre import Centre
from tests.support.clock import START
from tests.support.memory_dynamo.aws import SETTINGS, memory_aws


@pytest.fixture
def centre() -> Iterator[Centre]:
    with memory_aws() as dynamo:
        yield Centre(dynamo)


def test_tables_that_were_never_synced(centre: Centre) -> None:
    tables = centre.ask("table_syncs")["tables"]
    assert [(table["name"], table["role"], table["connected"]) for table in tables] == [
        ("students", "SOURCE", True),
        ("classes", "MIRROR", True),
    ]
    assert not any("lastError" in table or "lastSync" in table for table in tables)


def test_a_sync_that_fails_says_why_and_what_can_be_done_but_not_where_the_table_is(centre: Centre) -> None:
    error = {"reason": "no_permission", "message": "91403 forbidden for 0912 345 678", "logId": "log-1"}
    report = {"startedAt": to_text(START), "endedAt": to_text(START)}
    drift = [{"kind": "renamed", "field": "seats", "fieldId": "fld1", "was": "a", "now": "b"}]
    states = SyncStateStore(SETTINGS["SYNC_STATE_TABLE"])
    states.change(
        "classes",
        1,
        {
            "last_error": error,
            "last_pull": report,
            "not_before": to_text(START),
            "drift": drift,
            "suspicious": {"reason": "half of the rows are gone", "at": to_text(START)},
        },
    )
    centre.row("M1", {"seats": "not a number"}, seats=1)
    centre.clock.advance(minutes=5)
    classes = centre.ask("table_syncs")["tables"][1]
    assert classes["lastSync"]["inWords"] == "Thứ Ba 01/09/2026, 09:00"
    assert classes["lagSeconds"] == 300
    assert classes["counts"] == {"quarantined": 1, "rows": None}
    assert classes["lastError"]["message"] == "91403 forbidden for •••"
    assert classes["lastError"]["hint"]
    assert classes["suspicious"] == "half of the rows are gone"
    assert classes["columnsThatDiffer"] == ["seats: renamed"]
    assert "bascn1" not in str(classes)
    assert "log-1" not in str(classes)


def test_it_costs_no_more_than_is_said(centre: Centre) -> None:
    assert centre.requests("table_syncs").total() <= 2 + 4
