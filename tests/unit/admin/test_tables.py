"""What the admin API shows of tables, and how a sync is asked for."""

import re
from typing import Any

import pytest

from larkbridge.clock import to_text
from tests.support.admin_tables import (
    APP_TOKEN,
    MIRROR,
    PLACES,
    PULL,
    REFUSED,
    SOURCE,
    SYNC,
    TABLES,
    TablesAdmin,
)
from tests.support.aws_faults import aws_fails
from tests.support.clock import START
from tests.support.world import World

NEVER: dict[str, Any] = {
    "connected": True,
    "lastSync": None,
    "lastFull": None,
    "drift": [],
    "suspicious": None,
    "lastError": None,
    "nextRunAt": None,
    "requested": None,
    "underWay": None,
    "subscription": None,
}


def report(ended_after: float = 0, **fields: Any) -> dict[str, Any]:
    """Return a report of a pull that began at the start of time."""
    counts = {"read": 40, "written": 2, "quarantined": 1, "deleted": 0}
    ended_at = START.replace(second=int(ended_after))
    return (
        {"number": 1, "mode": "full", "startedAt": to_text(START), "endedAt": to_text(ended_at)}
        | counts
        | fields
    )


@pytest.fixture
def tables(world: World) -> TablesAdmin:
    return TablesAdmin(world)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"mode"}),
        ({"mode": "all"}, {"mode"}),
        ({"mode": ["full"]}, {"mode"}),
        ({"mode": "full", "acceptDeletions": "yes"}, {"acceptDeletions"}),
        ({"mode": "full", "accept_deletions": True}, {"accept_deletions"}),
        ({"mode": "full", "force": True}, {"force"}),
        ({"mode": "all", "acceptDeletions": True, "force": 1}, {"mode", "force"}),
        ({"mode": "incremental", "acceptDeletions": True}, {"acceptDeletions"}),
    ],
)
def test_a_wrong_request_for_a_sync_is_400_by_name_and_asks_for_nothing(
    tables: TablesAdmin, body: dict[str, Any], named: set[str]
) -> None:
    answer = tables.ask(SYNC, MIRROR, body=body)
    assert (answer.status, set(answer.body["fields"])) == (400, named)
    assert tables.state(MIRROR).requested is None


@pytest.mark.parametrize("table", ["unknown", "Classes", " ", "%00", "é", "x" * 3000, "..%2Fclasses"])
def test_a_sync_of_an_unknown_table_is_404(tables: TablesAdmin, table: str) -> None:
    answer = tables.ask(SYNC, table, body={"mode": "full"})
    assert (answer.status, answer.body["error"]) == (404, "not_found")


def test_a_sync_of_a_table_that_is_not_connected_is_409_and_asks_for_nothing(world: World) -> None:
    tables = TablesAdmin(world, f"{MIRROR}={APP_TOKEN}/tblClasses")
    answer = tables.ask(SYNC, SOURCE, body={"mode": "full"})
    assert (answer.status, answer.body["error"]) == (409, "conflict")
    assert tables.state(SOURCE).requested is None


@pytest.mark.parametrize("operation", ["GetItem", "Query"])
def test_an_unreadable_store_is_500_with_an_id_and_nothing_else(tables: TablesAdmin, operation: str) -> None:
    with aws_fails("dynamodb", operation):
        answer = tables.ask(TABLES)
    assert (answer.status, answer.body.keys()) == (500, {"error", "message", "requestId"})


@pytest.mark.parametrize(
    "places", ["classes", "classes=/tblClasses", "unknown=bascnA/tblB", f"{PLACES},classes=bascnA/tblB"]
)
def test_places_that_cannot_be_used_are_named_by_the_routes_of_tables_and_stop_no_others(
    world: World, places: str
) -> None:
    tables = TablesAdmin(world, places)
    for route in (TABLES, SYNC, "PUT /v1/tables/{table}/rows/{rowId}"):
        answer = tables.ask(route, MIRROR, body={})
        assert (answer.status, answer.body["error"]) == (503, "not_configured")
        assert re.search("classes|unknown", answer.body["message"])
    assert tables.ask("GET /health").status == 200
    assert tables.ask("GET /v1/submissions").status == 200


@pytest.mark.parametrize("table", [MIRROR, SOURCE])
@pytest.mark.parametrize("mode", ["full", "incremental"])
def test_a_sync_is_asked_for_however_long_the_table_was_to_wait(
    tables: TablesAdmin, table: str, mode: str
) -> None:
    tables.change_state(table, not_before="2026-09-02T02:00:00.000Z", last_error=REFUSED)

    answer = tables.ask(SYNC, table, body={"mode": mode})

    assert (answer.status, answer.body) == (200, {"table": table, "requested": mode})
    state = tables.state(table)
    assert (state.requested, state.not_before, state.accept_deletions) == (mode, None, False)
    assert tables.shown(table)["requested"] == mode


def test_deletions_are_accepted_only_when_the_request_says_so(tables: TablesAdmin) -> None:
    tables.ask(SYNC, MIRROR, body={"mode": "full", "acceptDeletions": False})
    assert not tables.state(MIRROR).accept_deletions
    tables.ask(SYNC, MIRROR, body={"mode": "full", "acceptDeletions": True})
    assert tables.state(MIRROR).accept_deletions


def test_asking_leaves_what_is_under_way_alone(tables: TablesAdmin) -> None:
    tables.change_state(MIRROR, pull=PULL)
    tables.ask(SYNC, MIRROR, body={"mode": "incremental"})
    assert tables.state(MIRROR).pull == PULL


def test_tables_that_were_never_synced_are_shown_in_the_registrys_order(tables: TablesAdmin) -> None:
    assert tables.ask(TABLES).body["items"] == [
        NEVER
        | {
            "name": "students",
            "role": "SOURCE",
            "key": "studentId",
            "deletions": "restore",
            "everyMinutes": None,
            "lagSeconds": 0,
            "counts": {"waiting": 0, "rejected": 0},
        },
        NEVER
        | {
            "name": "classes",
            "role": "MIRROR",
            "key": "code",
            "deletions": "mark",
            "everyMinutes": 15,
            "lagSeconds": None,
            "counts": {"rows": None, "quarantined": 0},
        },
    ]


def test_tables_that_are_not_connected_are_shown_too(world: World) -> None:
    tables = TablesAdmin(world, "")
    assert [one["connected"] for one in tables.ask(TABLES).body["items"]] == [False, False]


def test_nothing_tells_where_a_table_is_in_lark(tables: TablesAdmin) -> None:
    shown = str(tables.ask(TABLES).body)
    assert APP_TOKEN not in shown
    assert "tblClasses" not in shown


def test_a_mirrored_table_is_behind_since_its_last_pull_began(tables: TablesAdmin) -> None:
    full, last = report(9), report(9, mode="incremental", read=3)
    tables.change_state(MIRROR, last_full=full, last_pull=last)
    tables.world.clock.advance(seconds=90)

    shown = tables.shown(MIRROR)

    assert (shown["lastSync"], shown["lagSeconds"]) == (last["endedAt"], 90)
    assert (shown["lastFull"], shown["counts"]["rows"]) == (full, 40)


def test_quarantined_rows_are_counted_as_they_are_now(tables: TablesAdmin) -> None:
    for number in range(3):
        tables.mirror(f"rec{number}", {"seats": "not a number"}, seats="?")
    tables.mirror("recGood", seats=12)
    assert tables.shown(MIRROR)["counts"]["quarantined"] == 3

    tables.mirror("rec1", seats=12)
    tables.lose("rec2")
    assert tables.shown(MIRROR)["counts"]["quarantined"] == 1


def test_a_table_of_ours_is_behind_since_the_row_that_waits_longest_was_changed(tables: TablesAdmin) -> None:
    for row_id in ("HV-1", "HV-2", "HV-3", "HV-4"):
        tables.put(row_id)
    tables.push("HV-1", "rec1")
    tables.refuse("HV-4")
    tables.world.clock.advance(seconds=60)
    tables.change_state(SOURCE, last_push_at=to_text(START))

    shown = tables.shown(SOURCE)

    assert shown["counts"] == {"waiting": 2, "rejected": 1}
    assert (shown["lastSync"], shown["lagSeconds"]) == (to_text(START), 62)


def test_what_a_run_left_is_shown(tables: TablesAdmin) -> None:
    drift = [{"kind": "removed", "field": "seats", "fieldId": "fldSeats", "was": "Số chỗ", "now": ""}]
    suspicious = {"reason": "12 of 40 rows are missing in Lark", "at": to_text(START)}
    subscription = {"ok": False, **REFUSED}
    tables.change_state(
        MIRROR,
        drift=drift,
        suspicious=suspicious,
        subscription=subscription,
        last_error=REFUSED,
        not_before="2026-09-02T02:00:00.000Z",
        failures=3,
        pull=PULL,
    )

    assert (
        tables.shown(MIRROR).items()
        >= {
            "drift": drift,
            "suspicious": suspicious,
            "subscription": subscription,
            "lastError": REFUSED,
            "nextRunAt": "2026-09-02T02:00:00.000Z",
            "underWay": {"mode": "full", "startedAt": to_text(START), "read": 500, "total": 1200},
        }.items()
    )


@pytest.mark.parametrize(("rows", "of_ours"), [(0, 3), (25, 4)])
def test_an_overview_costs_few_requests_however_many_rows_there_are(
    tables: TablesAdmin, rows: int, of_ours: int
) -> None:
    for number in range(rows):
        tables.put(f"HV-{number}")
        tables.mirror(f"rec{number}", {"seats": "not a number"}, seats="?")
    with tables.world.watch() as calls:
        assert tables.shown(SOURCE)["counts"]["waiting"] == rows
    of_the_key, of_the_mirror = 1, 2
    assert len(calls.made) == of_the_key + of_ours + of_the_mirror
