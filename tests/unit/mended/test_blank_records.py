"""A record that nobody has filled in is no row yet, and rings nothing."""

from typing import Any

import pytest

from larkbridge.observability import flush_metrics
from sandbox.lark.tables import Field
from tests.support.output import captured
from tests.support.tables import SyncWorld
from tests.support.webhooks import FIRST_SECRETS, LARK_APP_ID
from tests.support.world import World

APP, TABLE = "bascnLocal", "tblClasses"
COLUMNS = [
    Field("fldClassCode", "Mã lớp", 1),
    Field("fldClassTitle", "Tên lớp", 1),
    Field("fldClassBranch", "Cơ sở", 3),
    Field("fldTeachers", "Giáo viên", 11),
    Field("fldStartsOn", "Khai giảng", 5),
    Field("fldSeats", "Số chỗ", 2),
    Field("fldOpen", "Đang tuyển sinh", 7),
    Field("fldCreatedAt", "Tạo lúc", 1001),
    Field("fldModifiedAt", "Sửa lúc", 1002),
]
WITH_A_FORMULA = """
[classes]
role = "MIRROR"
key = "code"
every_minutes = 15
fields = [
  { name = "code", id = "fldCode", column = "Mã lớp", type = "text" },
  { name = "link", id = "fldLink", column = "Trang", type = "formula" },
]
"""


def _told(world: World, **cells: Any) -> None:
    """Have a person edit a record, and Lark tell of it."""
    world.clock.advance(seconds=30)
    world.simulators.openapi.bases.put(APP, TABLE, "rec1", cells)
    changed_at = int(world.clock.timestamp())
    header = {
        "event_id": f"e{changed_at}",
        "event_type": "drive.file.bitable_record_changed_v1",
        "app_id": LARK_APP_ID,
        "token": FIRST_SECRETS["LARK_VERIFICATION_TOKEN"],
    }
    event = {
        "file_token": APP,
        "table_id": TABLE,
        "action_list": [{"record_id": "rec1", "action": "record_edited"}],
        "update_time": changed_at,
    }
    assert world.webhook("lark", {"schema": "2.0", "header": header, "event": event}).status == 200
    world.wake()


def _rows(world: World, **query: str) -> list[Any]:
    headers = {"x-api-key": world.api_key}
    request = {
        "routeKey": "GET /v1/tables/{table}/rows",
        "headers": headers,
        "pathParameters": {"table": "classes"},
        "queryStringParameters": query,
        "requestContext": {"requestId": "request-1"},
    }
    return world.admin(request).body["items"]


def test_a_record_is_a_row_once_somebody_fills_it_in(world: World) -> None:
    world.environ["LARK_TABLES"] = f"classes={APP}/{TABLE}"
    world.restart()
    world.simulators.openapi.bases.create_table(APP, TABLE, COLUMNS)
    _told(world, **{"Đang tuyển sinh": False})
    assert _rows(world) == _rows(world, status="quarantined") == []
    _told(world, **{"Mã lớp": "A1", "Số chỗ": 12})
    assert [row["values"]["code"] for row in _rows(world)] == ["A1"]
    _told(world, **{"Mã lớp": None, "Số chỗ": None})
    assert [row["values"]["code"] for row in _rows(world)] == [None]
    assert _rows(world, status="quarantined") == []
    _told(world, **{"Số chỗ": 0})
    assert len(_rows(world, status="quarantined")) == 1


@pytest.mark.parametrize("blank", [1, 10])
def test_blank_records_ring_nothing_whatever_the_pull(environ: dict[str, str], blank: int) -> None:
    world = SyncWorld(environ)
    for number in range(blank):
        world.put("classes", f"rec{number}")
    world.put("classes", "rec_known", code="A1")
    for full in (False, True):
        with captured() as output:
            world.pull(full=full)
            flush_metrics()
        assert not any(output.metrics["MirrorRowsQuarantined"])
        assert set(world.values("classes")) == {"rec_known"}
        world.clock.advance(hours=2)


def test_the_parts_of_a_calculated_text_are_one_text(environ: dict[str, str]) -> None:
    world = SyncWorld(environ, WITH_A_FORMULA, ["classes=appClasses/tblClasses"])
    parts = [
        {"type": "text", "text": "Xem "},
        {"type": "url", "text": "https://a.vn", "link": "https://a.vn"},
    ]
    world.put("classes", "rec1", code="A1", link={"type": 1, "value": parts})
    world.pull()
    assert world.values("classes")["rec1"]["link"] == "Xem https://a.vn"
