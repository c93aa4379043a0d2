"""Tables that are the same in Lark and here, on the deployed stack with its schedules, streams and events."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.local_tables import APP_TOKEN
from tests.support.forms import FORMS
from tests.support.stack import LocalStack
from tests.support.waiting import wait_for

SCHEDULE_SECONDS = 100
"""The schedules run every minute."""
WAKE_SECONDS = 20
CLASSES, STUDENTS = f"/lark/base/{APP_TOKEN}/tblClasses", f"/lark/base/{APP_TOKEN}/tblStudents"


class Tables:
    """Both sides: the simulated Lark as a person edits it, and the admin API."""

    def __init__(self, stack: LocalStack, lark: httpx.Client, admin: httpx.Client) -> None:
        self.stack = stack
        self.lark = lark
        self.admin = admin

    def record(self, path: str, record_id: str) -> dict[str, Any] | None:
        answer = self.lark.get(f"{path}/{record_id}")
        return answer.json()["fields"] if answer.status_code == 200 else None

    def records(self, path: str, column: str, value: str) -> list[dict[str, Any]]:
        """Return the records whose text column has this value."""
        found = self.lark.get(path).raise_for_status().json()["records"]
        return [one for one in found.values() if text(one.get(column)) == value]

    def edit(self, record_id: str, **fields: Any) -> None:
        names = {"code": "Mã lớp", "title": "Tên lớp", "seats": "Số chỗ"}
        body = {"fields": {names[name]: value for name, value in fields.items()}}
        self.lark.put(f"{CLASSES}/{record_id}", json=body).raise_for_status()

    def row(self, table: str, row_id: str) -> dict[str, Any]:
        answer = self.admin.get(f"/v1/tables/{table}/rows/{row_id}")
        return answer.json() if answer.status_code == 200 else {"status": None, "values": {}}

    def state(self, name: str) -> dict[str, Any]:
        items = self.admin.get("/v1/tables").raise_for_status().json()["items"]
        return next(one for one in items if one["name"] == name)

    def pull_whole(self, table: str) -> None:
        """Have a mirrored table pulled as at night, after whoever else is at it; it is when this returns."""
        function = self.stack.outputs["SyncMirrorsFunction"]

        def pulled() -> bool:
            answer = self.stack.aws("lambda").invoke(FunctionName=function, Payload=b'{"full": true}')
            report = json.load(answer["Payload"])
            assert "FunctionError" not in answer, report
            assert report[table] in ("pulled", "taken", "not_due"), report
            return report[table] == "pulled"

        wait_for(pulled, SCHEDULE_SECONDS, lambda: self.state(table))


def text(cell: Any) -> str:
    return "".join(part["text"] for part in cell) if isinstance(cell, list) else str(cell or "")


@pytest.fixture(scope="module")
def tables(stack: LocalStack) -> Iterator[Tables]:
    with stack.sandbox() as lark, stack.api(key=True) as admin:
        yield Tables(stack, lark, admin)


@pytest.fixture
def record_id() -> str:
    return f"rec{uuid.uuid4().hex[:12]}"


def test_a_record_in_lark_becomes_a_row_by_schedule_then_follows_within_seconds(
    tables: Tables, record_id: str
) -> None:
    tables.edit(record_id, code="L01", seats=12)

    wait_for(lambda: tables.row("classes", record_id)["status"] == "live", SCHEDULE_SECONDS)
    assert tables.row("classes", record_id)["values"]["seats"] == 12
    wait_for(lambda: tables.state("classes")["subscription"] is not None, SCHEDULE_SECONDS)

    tables.edit(record_id, seats=15)
    wait_for(lambda: tables.row("classes", record_id)["values"]["seats"] == 15, WAKE_SECONDS)

    tables.lark.delete(f"{CLASSES}/{record_id}").raise_for_status()
    wait_for(lambda: tables.row("classes", record_id)["status"] == "deleted", WAKE_SECONDS)


def test_a_row_of_ours_is_created_changed_and_deleted_in_lark_once(tables: Tables) -> None:
    student = f"hv-{uuid.uuid4().hex[:8]}"
    path = f"/v1/tables/students/rows/{student}"

    assert tables.admin.put(path, json={"studentName": "Lê Thu Hà"}).status_code == 200
    wait_for(lambda: tables.row("students", student)["status"] == "pushed", WAKE_SECONDS)
    (record,) = tables.records(STUDENTS, "Mã học viên", student)
    assert text(record["Họ tên học viên"]) == "Lê Thu Hà"

    tables.admin.put(path, json={"studentName": "Lê Thu Hà", "school": "THCS Ngô Gia Tự"}).raise_for_status()
    wait_for(lambda: "Trường" in tables.records(STUDENTS, "Mã học viên", student)[0], WAKE_SECONDS)

    assert tables.admin.delete(path).status_code == 200
    wait_for(lambda: not tables.records(STUDENTS, "Mã học viên", student), WAKE_SECONDS)
    created = tables.lark.get("/lark/base/created").json()["items"]
    assert len([one for one in created if student in json.dumps(one, ensure_ascii=False)]) == 1


def test_a_row_that_lark_did_not_take_is_pushed_by_the_schedule(tables: Tables) -> None:
    student = f"hv-{uuid.uuid4().hex[:8]}"
    tables.lark.put("/lark/base/fault", json={"kind": "error_500"}).raise_for_status()
    try:
        tables.admin.put(f"/v1/tables/students/rows/{student}", json={"studentName": "Vũ"}).raise_for_status()
        wait_for(lambda: tables.state("students")["lastError"] is not None, WAKE_SECONDS + 20)
    finally:
        tables.lark.delete("/lark/base/fault").raise_for_status()

    tables.admin.post("/v1/tables/students/sync", json={"mode": "incremental"}).raise_for_status()
    wait_for(lambda: tables.row("students", student)["status"] == "pushed", SCHEDULE_SECONDS)
    wait_for(lambda: tables.state("students")["lastError"] is None, SCHEDULE_SECONDS)
    assert len(tables.records(STUDENTS, "Mã học viên", student)) == 1


def test_a_form_feeds_its_table(tables: Tables) -> None:
    with tables.stack.api() as api:
        answer = api.post("/phieu-thong-tin-hoc-vien", json=FORMS["student-info"]).raise_for_status().json()

    wait_for(lambda: bool(tables.records(STUDENTS, "Mã học viên", answer["submissionId"])), WAKE_SECONDS)
    (record,) = tables.records(STUDENTS, "Mã học viên", answer["submissionId"])
    assert text(record["Họ tên học viên"]) == FORMS["student-info"]["studentName"]


def test_a_base_that_looks_empty_costs_no_row(tables: Tables, record_id: str) -> None:
    tables.edit(record_id, code="L02")
    tables.pull_whole("classes")
    assert tables.row("classes", record_id)["status"] == "live"
    tables.lark.put("/lark/base/conditions", json={"hidden": [APP_TOKEN]}).raise_for_status()
    try:
        tables.pull_whole("classes")
        assert tables.state("classes")["suspicious"] is not None
    finally:
        tables.lark.put("/lark/base/conditions", json={"hidden": []}).raise_for_status()

    assert tables.row("classes", record_id)["status"] == "live"
    tables.pull_whole("classes")
    assert tables.state("classes")["suspicious"] is None


def test_a_row_that_does_not_fit_is_refused_with_its_field(tables: Tables) -> None:
    answer = tables.admin.put("/v1/tables/students/rows/hv-1", json={"dateOfBirth": "yesterday", "age": 7})

    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"dateOfBirth", "age"}
    assert tables.admin.put("/v1/tables/classes/rows/x", json={"code": "x"}).status_code == 409
