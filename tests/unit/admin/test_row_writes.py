"""How rows of ours are written through the admin API, and what is shown of them then."""

from typing import Any

import pytest

from larkbridge.clock import to_text
from tests.support.admin_tables import (
    DELETE,
    MIRROR,
    PUT,
    REFUSED,
    ROW,
    ROWS,
    SOURCE,
    TablesAdmin,
)
from tests.support.output import captured
from tests.support.world import World

GOOD = {"studentName": "Nguyễn Minh An", "dateOfBirth": "2017-05-04"}


@pytest.fixture
def tables(world: World) -> TablesAdmin:
    return TablesAdmin(world)


def status_of(tables: TablesAdmin, row_id: str) -> str:
    return tables.ask(ROW, SOURCE, row_id).body["status"]


@pytest.mark.parametrize("row_id", ["%20HV-1", "HV%0A1", "%00", "x" * 201, "ễ" * 290])
def test_a_row_id_that_cannot_be_one_is_400(tables: TablesAdmin, row_id: str) -> None:
    answer = tables.ask(PUT, SOURCE, row_id, GOOD)
    assert (answer.status, set(answer.body["fields"])) == (400, {"id"})


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"age": 9}, {"age"}),
        ({"studentName": 5, "dateOfBirth": "mai"}, {"studentName", "dateOfBirth"}),
        ({"studentId": "HV-2"}, {"studentId"}),
        ({"studentName": {"text": "An"}, "id": "HV-1"}, {"studentName", "id"}),
        ({"larkRecordId": "rec1", "version": 3}, {"larkRecordId", "version"}),
    ],
)
def test_a_row_that_does_not_fit_is_400_by_field_and_changes_nothing(
    tables: TablesAdmin, body: dict[str, Any], named: set[str]
) -> None:
    tables.put("HV-1", **GOOD)
    before = tables.ask(ROW, SOURCE, "HV-1").body

    answer = tables.ask(PUT, SOURCE, "HV-1", body)

    assert (answer.status, set(answer.body["fields"])) == (400, named)
    assert tables.ask(ROW, SOURCE, "HV-1").body == before


@pytest.mark.parametrize("body", [[], "HV-1", 5])
def test_a_body_that_is_no_object_is_400(tables: TablesAdmin, body: Any) -> None:
    assert tables.ask(PUT, SOURCE, "HV-1", body).body["error"] == "bad_request"


def test_a_name_of_half_a_character_is_stored_without_it(tables: TablesAdmin) -> None:
    assert tables.ask(PUT, SOURCE, "HV-1", {"studentName": "An \ud800"}).status == 200
    assert tables.ask(ROW, SOURCE, "HV-1").body["values"]["studentName"] == "An ?"


@pytest.mark.parametrize(("route", "body"), [(PUT, {"code": "L01"}), (PUT, {"unknown": 1}), (DELETE, None)])
def test_a_mirrored_row_cannot_be_changed_here(tables: TablesAdmin, route: str, body: Any) -> None:
    tables.mirror("rec1", code="L01")
    before = tables.ask(ROW, MIRROR, "rec1").body

    answer = tables.ask(route, MIRROR, "rec1", body)

    assert (answer.status, answer.body["error"]) == (409, "conflict")
    assert "Lark is authoritative" in answer.body["message"]
    assert tables.ask(ROW, MIRROR, "rec1").body == before


def test_nothing_of_a_row_is_logged(tables: TablesAdmin) -> None:
    tables.put("HV-1")
    with captured() as output:
        tables.ask(PUT, SOURCE, "HV-1", {"studentName": "Trịnh Bảo Lâm"})
        tables.ask(PUT, SOURCE, "HV-1", {"parentPhone": "Trịnh Bảo Lâm"})
        tables.ask(ROW, SOURCE, "HV-1")
        tables.ask(ROWS, SOURCE)
    assert "Trịnh" not in output.text
    assert "Tr\\u1ecbnh" not in output.text


def test_a_row_of_ours_is_answered_as_it_is_stored(tables: TablesAdmin) -> None:
    answer = tables.ask(PUT, SOURCE, "HV-1", GOOD)

    assert answer.status == 200
    assert answer.body == tables.ask(ROW, SOURCE, "HV-1").body
    assert answer.body["values"].items() >= {"studentId": "HV-1", "studentName": "Nguyễn Minh An"}.items()
    assert answer.body["values"]["school"] is None
    assert {name: one for name, one in answer.body.items() if name != "values"} == {
        "id": "HV-1",
        "larkRecordId": None,
        "version": 1,
        "pushedVersion": 0,
        "status": "pending",
        "rejected": None,
        "updatedAt": to_text(tables.world.clock.now()),
    }


def test_a_row_is_pushed_once_lark_has_it_and_pending_again_once_it_is_changed(tables: TablesAdmin) -> None:
    tables.put("HV-1", **GOOD)
    tables.push("HV-1", "rec1")
    shown = tables.ask(ROW, SOURCE, "HV-1").body
    assert (shown["status"], shown["larkRecordId"], shown["pushedVersion"]) == ("pushed", "rec1", 1)

    tables.put("HV-1", **GOOD)
    assert status_of(tables, "HV-1") == "pushed"
    tables.put("HV-1", studentName="Nguyễn Minh Anh")
    shown = tables.ask(ROW, SOURCE, "HV-1").body
    assert (shown["status"], shown["version"], shown["pushedVersion"]) == ("pending", 2, 1)


def test_a_row_that_lark_refuses_shows_why_until_it_is_written_again(tables: TablesAdmin) -> None:
    tables.put("HV-1", **GOOD)
    tables.refuse("HV-1")
    shown = tables.ask(ROW, SOURCE, "HV-1").body
    assert (shown["status"], shown["rejected"]) == ("rejected", REFUSED)

    tables.put("HV-1", **GOOD)
    assert status_of(tables, "HV-1") == "pending"


def test_a_deleted_row_of_ours_is_deleted_before_and_after_lark_knows(tables: TablesAdmin) -> None:
    tables.put("HV-1", **GOOD)
    tables.push("HV-1", "rec1")

    answer = tables.ask(DELETE, SOURCE, "HV-1")
    again = tables.ask(DELETE, SOURCE, "HV-1")

    assert (answer.status, answer.body["status"], answer.body["version"]) == (200, "deleted", 2)
    assert (again.status, again.body) == (200, answer.body)
    tables.push("HV-1", None)
    assert status_of(tables, "HV-1") == "deleted"


def test_a_deletion_that_lark_refuses_is_rejected(tables: TablesAdmin) -> None:
    tables.put("HV-1", **GOOD)
    tables.ask(DELETE, SOURCE, "HV-1")
    tables.refuse("HV-1")
    assert status_of(tables, "HV-1") == "rejected"


def test_a_deleted_row_that_is_put_again_is_there_again(tables: TablesAdmin) -> None:
    tables.put("HV-1", **GOOD)
    tables.ask(DELETE, SOURCE, "HV-1")
    tables.put("HV-1", **GOOD)
    assert status_of(tables, "HV-1") == "pending"


def test_a_table_that_is_not_connected_takes_rows_that_wait(world: World) -> None:
    tables = TablesAdmin(world, "")
    tables.put("HV-1", **GOOD)
    assert (status_of(tables, "HV-1"), tables.ids(SOURCE)) == ("pending", ["HV-1"])
