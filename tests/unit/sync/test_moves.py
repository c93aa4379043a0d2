"""A table that LARK_TABLES connects to another table of Lark's."""

from datetime import timedelta
from typing import Any

import pytest

from larkbridge.lark.hints import HINTS
from larkbridge.store.sync_progress import FULL
from larkbridge.sync.config.table_registry import Registry
from larkbridge.sync.source.local_writes import LocalWrites
from sandbox.lark.tables import Field
from tests.support.tables import PLACES, TABLES, At, SyncWorld

ELSEWHERE = ("classes=appClasses/tblOther", "rooms=appRooms/tblRooms", "students=appOther/tblOther")
POLICIES = ("restore", "accept")
ROOM = '{ name = "room", id = "fldRoom", column = "Phòng", type = "text" }'


def move(world: SyncWorld, tables: str) -> None:
    """Connect both tables to empty ones in other places, and start a new process."""
    world.registry = Registry(tables, ELSEWHERE)
    for name in ("classes", "students"):
        table = world.table(name)
        columns = [Field(one.field_id, one.column, one.type) for one in table.fields]
        world.bases.create_table(table.app_token, table.table_id, columns)
    world.restart()


def push(world: SyncWorld) -> str:
    world.clock.advance(hours=2)
    return world.sync.push(full=False, owner=f"at {world.clock.timestamp()}", seconds=300)["students"]


def records(world: SyncWorld, place: str) -> dict[str, dict[str, Any]]:
    app_token, table_id = place.split("/")
    return world.bases.records(app_token, table_id)


def write_students(world: SyncWorld, number: int) -> None:
    writes = LocalWrites(world.source_rows, world.clock)
    for one in range(number):
        writes.put(world.table("students"), f"hv-{one}", {"name": f"An {one}"})


@pytest.fixture(params=POLICIES)
def tables(request: pytest.FixtureRequest) -> str:
    """The registry with each policy of the SOURCE table."""
    return TABLES.replace('key = "studentId"', f'key = "studentId"\ndeletions = "{request.param}"')


def test_source_table_that_moved_waits_for_a_person_and_keeps_its_rows(
    environ: dict[str, str], tables: str
) -> None:
    world = SyncWorld(environ, tables)
    write_students(world, 3)
    for _ in range(3):
        push(world)
    move(world, tables)
    writes = LocalWrites(world.source_rows, world.clock)
    writes.put(world.table("students"), "hv-0", {"name": "An Nhiên"})

    assert push(world) == "place_changed"
    assert not records(world, "appOther/tblOther")
    error = world.state("students").last_error
    assert error is not None
    assert error["hint"] == HINTS["place_changed"]
    rows = world.source_rows.get_many("students", [f"hv-{one}" for one in range(3)], world.clock.sleep)
    assert [row.deleted for row in rows.values()] == [False] * 3


def test_source_table_that_moved_is_made_anew_once_a_person_says_so(
    environ: dict[str, str], tables: str
) -> None:
    world = SyncWorld(environ, tables)
    write_students(world, 30)
    push(world)
    move(world, tables)
    push(world)
    world.states.request("students", FULL, accept_deletions=True)

    for _ in range(3):
        assert push(world) in ("pushed", "idle")
    assert len(records(world, "appOther/tblOther")) == 30
    assert len(records(world, PLACES[2].partition("=")[2])) == 30
    assert world.state("students").place == "SOURCE appOther/tblOther"
    rows = world.source_rows.get_many("students", [f"hv-{one}" for one in range(30)], world.clock.sleep)
    assert {row.lark_record_id for row in rows.values()} == records(world, "appOther/tblOther").keys()


def test_source_table_that_comes_back_goes_on(environ: dict[str, str]) -> None:
    world = SyncWorld(environ)
    write_students(world, 3)
    push(world)
    move(world, TABLES)
    assert push(world) == "place_changed"
    world.registry = Registry(TABLES, PLACES)
    world.restart()
    write_students(world, 4)

    assert push(world) == "pushed"
    assert len(records(world, "appStudents/tblStudents")) == 4


def test_mirrored_table_that_moved_is_pulled_whole_and_loses_nothing_unasked(world: SyncWorld) -> None:
    world.settle("classes", "code", 30)
    move(world, TABLES)
    world.put("classes", "recNew", code="new")

    world.clock.advance(hours=1)
    assert world.pull()["classes"] == "pulled"
    assert world.last_pull("classes")["mode"] == FULL
    assert len(world.values("classes")) == 31
    assert world.state("classes").suspicious is not None

    world.request("classes", accept_deletions=True)
    world.clock.advance(minutes=5)
    world.pull()
    assert world.values("classes").keys() == {"recNew"}


def test_lease_of_another_base_says_nothing(environ: dict[str, str]) -> None:
    world = SyncWorld(environ)
    write_students(world, 1)
    for _ in range(5):
        writes = LocalWrites(world.source_rows, world.clock)
        writes.put(world.table("students"), "hv-0", {"name": str(world.clock.now() + timedelta(0))})
        push(world)
    move(world, TABLES)

    assert push(world) == "place_changed"


def test_table_whose_role_changed_waits_for_a_person_and_begins_a_new_pull(
    environ: dict[str, str], small_pages: int
) -> None:
    tables = '[rooms]\nrole = "MIRROR"\nkey = "room"\nfields = [' + ROOM + "]"
    world = SyncWorld(environ, tables, PLACES[1:2])
    world.fill("rooms", "room", 3 * small_pages)
    world.meddle = At("/search", 1, lambda: (503, {}, {}))
    assert world.pull() == {"rooms": "http_503"}
    tokens = list[str | None]()
    world.meddle = lambda request: (
        tokens.append(request.url.params.get("page_token")) if request.url.path.endswith("/search") else None
    )
    world.registry = Registry(tables.replace("MIRROR", "SOURCE"), PLACES[1:2])
    world.restart()
    world.clock.advance(minutes=2)
    assert world.sync.push(full=False, owner="run", seconds=300) == {"rooms": "place_changed"}
    world.request("rooms", accept_deletions=True)
    assert world.sync.push(full=False, owner="run", seconds=300) == {"rooms": "pushed"}
    assert tokens[0] is None
    assert (world.state("rooms").last_full or {})["strangers"] == 3 * small_pages
