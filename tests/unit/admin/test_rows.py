"""What the admin API shows of rows."""

import json
from urllib.parse import quote

import pytest

from larkbridge.clock import to_text
from tests.support.admin_tables import (
    DELETE,
    MIRROR,
    PUT,
    ROW,
    ROWS,
    SOURCE,
    TablesAdmin,
)
from tests.support.aws_faults import aws_fails
from tests.support.world import World

NO_ROW_ID = ["unknown", "%00", "é", "%20", "x" * 201, "ễ" * 290, "x" * 3000, "../x", "%FF"]
GOOD = {"studentName": "Nguyễn Minh An", "dateOfBirth": "2017-05-04"}


@pytest.fixture
def tables(world: World) -> TablesAdmin:
    return TablesAdmin(world)


@pytest.mark.parametrize("route", [ROWS, ROW, PUT, DELETE])
@pytest.mark.parametrize("table", ["unknown", "Students", "%00", "é", "x" * 3000])
def test_rows_of_an_unknown_table_are_404(tables: TablesAdmin, route: str, table: str) -> None:
    answer = tables.ask(route, table, "HV-1", GOOD if route == PUT else None)
    assert (answer.status, answer.body["error"]) == (404, "not_found")


@pytest.mark.parametrize("row_id", NO_ROW_ID)
@pytest.mark.parametrize(("route", "table"), [(ROW, MIRROR), (ROW, SOURCE), (DELETE, SOURCE)])
def test_an_unknown_row_is_404(tables: TablesAdmin, route: str, table: str, row_id: str) -> None:
    answer = tables.ask(route, table, row_id)
    assert (answer.status, answer.body["error"]) == (404, "not_found")


@pytest.mark.parametrize(("route", "table"), [(ROW, MIRROR), (ROW, SOURCE), (DELETE, SOURCE)])
@pytest.mark.parametrize("row_id", ["%00", "x" * 201, "😀" * 290])
def test_an_id_that_no_row_can_have_is_not_even_looked_for(
    tables: TablesAdmin, route: str, table: str, row_id: str
) -> None:
    with tables.world.watch() as calls:
        assert tables.ask(route, table, row_id).status == 404
    assert calls.made == ["dynamodb UpdateItem"]


@pytest.mark.parametrize("table", [MIRROR, SOURCE])
@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"limit": "0"}, {"limit"}),
        ({"limit": "101"}, {"limit"}),
        ({"cursor": "next"}, {"cursor"}),
        ({"status": "live"}, {"status"}),
        ({"status": ""}, {"status"}),
        ({"deleted": "true", "limit": "many"}, {"deleted", "limit"}),
    ],
)
def test_wrong_parameters_are_400_and_named(
    tables: TablesAdmin, table: str, query: dict[str, str], named: set[str]
) -> None:
    answer = tables.ask(ROWS, table, **query)
    assert (answer.status, set(answer.body["fields"])) == (400, named)


@pytest.mark.parametrize(("table", "status"), [(MIRROR, "rejected"), (SOURCE, "quarantined")])
def test_a_status_of_the_other_role_is_400_and_named(tables: TablesAdmin, table: str, status: str) -> None:
    answer = tables.ask(ROWS, table, status=status)
    assert (answer.status, set(answer.body["fields"])) == (400, {"status"})


@pytest.mark.parametrize("table", [MIRROR, SOURCE])
@pytest.mark.parametrize("operation", ["Query", "BatchGetItem"])
def test_an_unreadable_store_is_500_with_an_id_and_nothing_else(
    tables: TablesAdmin, table: str, operation: str
) -> None:
    tables.put("HV-1")
    tables.mirror("rec1")
    with aws_fails("dynamodb", operation):
        answer = tables.ask(ROWS, table)
    assert (answer.status, answer.body.keys()) == (500, {"error", "message", "requestId"})


@pytest.mark.parametrize("table", [MIRROR, SOURCE])
def test_a_list_is_empty_at_first(tables: TablesAdmin, table: str) -> None:
    assert tables.ask(ROWS, table).body == {"items": [], "cursor": None}


def test_a_live_row_is_shown(tables: TablesAdmin) -> None:
    tables.mirror("rec1", code="L01", seats=12)
    now = to_text(tables.world.clock.now())
    assert tables.ask(ROW, MIRROR, "rec1").body == {
        "id": "rec1",
        "larkSourceId": "rec1",
        "values": {"code": "L01", "seats": 12},
        "status": "live",
        "quarantine": None,
        "received": None,
        "modifiedAt": now,
        "changedAt": now,
        "deletedAt": None,
    }


def test_a_row_whose_time_lark_does_not_give_has_none(tables: TablesAdmin) -> None:
    tables.mirror("rec1", modified_at="")
    assert tables.ask(ROW, MIRROR, "rec1").body["modifiedAt"] is None


def test_a_quarantined_row_shows_the_last_good_content_and_the_present_one(tables: TablesAdmin) -> None:
    tables.mirror("rec1", code="L01", seats=12)
    tables.mirror("rec1", {"seats": "not a number"}, code="L01", seats="mười hai")

    shown = tables.ask(ROW, MIRROR, "rec1").body

    assert (shown["status"], shown["quarantine"]) == ("quarantined", {"seats": "not a number"})
    assert shown["values"] == {"code": "L01", "seats": 12}
    assert shown["received"] == {"code": "L01", "seats": "mười hai"}


def test_a_row_that_never_fitted_has_no_values(tables: TablesAdmin) -> None:
    tables.mirror("rec1", {"seats": "not a number"}, seats="?")
    assert tables.ask(ROW, MIRROR, "rec1").body["values"] is None


@pytest.mark.parametrize("quarantine", [None, {"seats": "not a number"}])
def test_a_row_that_is_gone_in_lark_is_deleted_whatever_it_was(
    tables: TablesAdmin, quarantine: dict[str, str] | None
) -> None:
    tables.mirror("rec1", quarantine, seats=12)
    tables.lose("rec1")
    shown = tables.ask(ROW, MIRROR, "rec1").body
    assert (shown["status"], shown["quarantine"], shown["received"]) == ("deleted", None, None)
    assert shown["deletedAt"] == shown["changedAt"] == to_text(tables.world.clock.now())


@pytest.mark.parametrize("row_id", ["Lớp 3 / số 1", "100%", "a#b", "x" * 200, "ễ" * 200])
def test_a_row_is_found_under_any_printable_id_and_after_it_goes_the_list(
    tables: TablesAdmin, row_id: str
) -> None:
    tables.put("older")
    tables.put(row_id, **GOOD)
    assert tables.ask(ROW, SOURCE, quote(row_id, safe="")).body["id"] == row_id

    first = tables.ask(ROWS, SOURCE, limit="1").body
    assert [one["id"] for one in first["items"]] == [row_id]
    assert tables.ids(SOURCE, limit="1", cursor=first["cursor"]) == ["older"]


@pytest.mark.parametrize("table", [MIRROR, SOURCE])
def test_a_list_shows_whole_rows_of_its_table_the_last_one_changed_first(
    tables: TablesAdmin, table: str
) -> None:
    for row_id in ("recA", "recB", "recC"):
        tables.mirror(row_id)
        tables.put(row_id)
    tables.mirror("recA", code="L01")
    tables.put("recA", **GOOD)

    answer = tables.ask(ROWS, table).body

    assert answer["cursor"] is None
    assert answer["items"] == [tables.ask(ROW, table, one).body for one in ("recA", "recC", "recB")]


def test_a_list_of_quarantined_rows_has_no_others(tables: TablesAdmin) -> None:
    for number in range(4):
        tables.mirror(f"rec{number}", {"seats": "not a number"}, seats="?")
    tables.mirror("recGood", seats=12)
    tables.mirror("rec1", seats=12)
    tables.lose("rec2")
    assert tables.ids(MIRROR, status="quarantined") == ["rec3", "rec0"]


def test_a_list_of_rejected_rows_has_no_others(tables: TablesAdmin) -> None:
    for row_id in ("HV-1", "HV-2", "HV-3", "HV-4"):
        tables.put(row_id)
    for row_id in ("HV-1", "HV-2", "HV-3"):
        tables.refuse(row_id)
    tables.put("HV-2", **GOOD)
    assert tables.ids(SOURCE, status="rejected") == ["HV-3", "HV-1"]


@pytest.mark.parametrize("table", [MIRROR, SOURCE])
def test_an_index_that_is_behind_shows_no_row_twice_and_none_that_is_gone(
    tables: TablesAdmin, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for row_id in ("recA", "recB"):
        tables.write(table, row_id)
    moment = to_text(tables.world.clock.now())
    behind = [(f"{moment}#{one}", one) for one in ("recB", "recGone", "recA", "recB")]
    store = type(tables.mirrored if table == MIRROR else tables.ours)
    monkeypatch.setattr(store, "_listed", lambda *_: iter(behind))

    assert tables.ids(table) == ["recB", "recA"]


@pytest.mark.parametrize(("table", "status"), [(MIRROR, "quarantined"), (SOURCE, "rejected")])
def test_a_row_that_has_just_recovered_is_not_listed_as_troubled(
    tables: TablesAdmin, table: str, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables.write(table, "recA")
    store = type(tables.mirrored if table == MIRROR else tables.ours)
    behind = [(f"{to_text(tables.world.clock.now())}#recA", "recA")]
    monkeypatch.setattr(store, "_listed", lambda *_: iter(behind))

    assert tables.ids(table) == ["recA"]
    assert tables.ids(table, status=status) == []


def test_pages_cover_more_than_a_hundred_once_while_new_ones_arrive(tables: TablesAdmin) -> None:
    stored = [tables.mirror(f"rec{number}") for number in range(103)]
    first = tables.ask(ROWS, MIRROR, limit="100").body
    tables.mirror("recNew")
    tables.lose("rec50")
    rest = tables.ask(ROWS, MIRROR, limit="100", cursor=first["cursor"]).body

    assert [len(first["items"]), len(rest["items"]), rest["cursor"]] == [100, 3, None]
    assert [row["id"] for row in first["items"] + rest["items"]] == stored[::-1]


def test_a_page_of_large_rows_ends_before_it_is_too_large_to_be_answered(tables: TablesAdmin) -> None:
    stored = [tables.mirror(f"rec{number}", title="a" * 89_000) for number in range(15)]
    ids, pages, cursor = [], 0, None
    while cursor is not None or not pages:
        answer = tables.ask(ROWS, MIRROR, limit="100", **({"cursor": cursor} if cursor else {})).body
        assert len(json.dumps(answer)) < 1_200_000
        ids += [row["id"] for row in answer["items"]]
        pages, cursor = pages + 1, answer["cursor"]
    assert (ids, pages) == (stored[::-1], 2)


@pytest.mark.parametrize("table", [MIRROR, SOURCE])
def test_a_page_costs_one_read_of_the_index_and_one_of_the_rows(tables: TablesAdmin, table: str) -> None:
    for number in range(50):
        tables.write(table, f"rec{number}")
    with tables.world.watch() as calls:
        assert len(tables.ids(table, limit="50")) == 50
    assert calls.made == ["dynamodb UpdateItem", "dynamodb Query", "dynamodb BatchGetItem"]
