"""Lark tells that a Base has changed: rows follow within seconds, columns by a pull of the whole table."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.base_event_types import COLUMNS_TYPE, RECORDS_TYPE
from larkbridge.processors.base_changes import BaseChangesProcessor
from larkbridge.processors.subscriber import NothingToDoError
from larkbridge.store.source_rows import SourceRow, SourceRowStore
from larkbridge.store.synced_rows import content_hash
from larkbridge.sync.source.absences import UNDO
from tests.support.events import incoming, new_event, refusal
from tests.support.output import captured
from tests.support.tables import SyncWorld

type Document = dict[str, Any]

ACTION = {"record_id": "rec1", "action": "record_edited"}
EVENT = {
    "file_token": "appClasses",
    "table_id": "tblClasses",
    "action_list": [ACTION],
    "update_time": 1_788_228_000,
}


@pytest.fixture
def world(environ: dict[str, str]) -> SyncWorld:
    """Two mirrored tables that were pulled an hour ago, and whose changes Lark sends."""
    world = SyncWorld(environ)
    world.put("classes", "rec1", code="A1")
    world.pull()
    world.clock.advance(hours=1)
    return world


@pytest.fixture
def sent(world: SyncWorld) -> list[Document]:
    """The events that Lark sends."""
    documents: list[Document] = []

    def post(_: Mapping[str, str], body: bytes) -> int:
        documents.append(json.loads(body))
        return 200

    world.lark.events.post = post
    return documents


def process(world: SyncWorld, document: Document) -> None:
    """Let one of Lark's events be processed."""
    processor = BaseChangesProcessor(lambda: world.sync)
    kind = document["header"]["event_type"]
    handle = {RECORDS_TYPE: processor.records, COLUMNS_TYPE: processor.columns}[kind]
    assert handle(incoming(new_event("lark", kind, document))) == ()


def told(world: SyncWorld, sent: list[Document]) -> list[Document]:
    world.lark.events.deliver_due()
    return sent


def records_changed(world: SyncWorld, **changes: Any) -> None:
    document = {"header": {"event_type": RECORDS_TYPE}, "event": EVENT | changes}
    process(world, document)


def codes(world: SyncWorld) -> dict[str, Any]:
    return {one: row["code"] for one, row in world.values("classes").items()}


def test_rows_follow_what_people_do_in_lark(world: SyncWorld, sent: list[Document]) -> None:
    world.put("classes", "rec1", code="B1")
    world.put("classes", "rec2", code="A2")
    world.put("classes", "rec3", code="A3")
    for document in told(world, sent):
        process(world, document)
    assert codes(world) == {"rec1": "B1", "rec2": "A2", "rec3": "A3"}
    sent.clear()
    world.delete("classes", "rec3")
    for document in told(world, sent):
        process(world, document)
    assert codes(world) == {"rec1": "B1", "rec2": "A2"}


def test_order_of_the_events_is_no_matter(world: SyncWorld, sent: list[Document]) -> None:
    world.put("classes", "rec2", code="A2")
    world.clock.advance(seconds=2)
    world.put("classes", "rec2", code="B2")
    world.clock.advance(seconds=2)
    world.delete("classes", "rec1")
    for document in [*reversed(told(world, sent)), *told(world, sent)]:
        process(world, document)
    assert codes(world) == {"rec2": "B2"}


def test_event_of_a_column_has_the_whole_table_pulled(world: SyncWorld, sent: list[Document]) -> None:
    assert world.pull()["classes"] == "pulled"
    assert world.pull()["classes"] == "not_due"
    world.bases.rename_column("appClasses", "tblClasses", "fldCode", "Mã")
    (document,) = told(world, sent)
    process(world, document)
    assert world.pull() == {"classes": "pulled", "rooms": "not_due"}
    assert world.state("classes").drift[0]["kind"] == "renamed"
    last_pull = world.state("classes").last_pull
    assert last_pull is not None
    assert last_pull["mode"] == "full"


@pytest.mark.parametrize(
    "place", [{"file_token": "appOther"}, {"table_id": "tblOther"}, {"table_id": "tblRooms"}]
)
def test_table_that_is_not_connected_is_left_alone(world: SyncWorld, place: dict[str, str]) -> None:
    with world.watch() as calls, pytest.raises(NothingToDoError, match="table_not_connected"):
        records_changed(world, **place)
    assert calls.made == []


def test_column_of_a_table_that_is_not_connected_is_left_alone(world: SyncWorld) -> None:
    event = {"file_token": "appClasses", "table_id": "tblOther"}
    with pytest.raises(NothingToDoError, match="table_not_connected"):
        process(world, {"header": {"event_type": COLUMNS_TYPE}, "event": event})


@pytest.mark.parametrize("action", ["record_edited", "record_added"])
def test_what_becomes_of_our_own_records_is_left_alone(world: SyncWorld, action: str) -> None:
    students = {"file_token": "appStudents", "table_id": "tblStudents"}
    with world.watch() as calls, pytest.raises(NothingToDoError, match="source_table"):
        records_changed(world, **students, action_list=[{"record_id": "rec1", "action": action}])
    assert calls.made == []


def test_record_of_ours_that_a_person_deleted_is_made_again(world: SyncWorld) -> None:
    rows, values = SourceRowStore(world.environ["SOURCE_ROWS_TABLE"]), {"studentId": "s1"}
    now = "2026-09-01T02:00:00.000Z"
    row = rows.change(rows.change_action(None, "students", "s1", values, content_hash(values), now))
    rows.change(rows.pushed_action(row, "rec1", world.clock.now()))
    students = {"file_token": "appStudents", "table_id": "tblStudents"}
    deleted = [{"record_id": "rec1", "action": "record_deleted"}]
    deleted_at = int(world.clock.timestamp())
    world.clock.advance(seconds=UNDO.total_seconds())
    records_changed(world, **students, action_list=deleted, update_time=deleted_at)
    found = rows.get("students", "s1")
    assert isinstance(found, SourceRow)
    assert found.queued


def test_last_of_several_actions_on_a_record_counts(world: SyncWorld) -> None:
    actions = [{"record_id": "rec1", "action": action} for action in ("record_deleted", "record_added")]
    world.put("classes", "rec1", code="B1")
    records_changed(world, action_list=actions, update_time=int(world.clock.timestamp()))
    assert codes(world) == {"rec1": "B1"}


def test_read_that_lacks_the_change_is_an_error_that_passes(world: SyncWorld) -> None:
    world.bases.replica_lag = 30
    world.put("classes", "rec1", code="B1")
    with pytest.raises(LarkApiError) as caught:
        records_changed(world, update_time=int(world.clock.timestamp()))
    assert caught.value.outcome.reason == "data_not_ready"
    assert codes(world) == {"rec1": "A1"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"file_token": None}, "event.file_token must be"),
        ({"table_id": 7}, "event.table_id must be"),
    ],
)
def test_event_that_cannot_be_understood_is_refused_by_name(
    world: SyncWorld, changes: dict[str, Any], words: str
) -> None:
    event = new_event("lark", RECORDS_TYPE, {"event": EVENT | changes})
    error = refusal(BaseChangesProcessor(lambda: world.sync).records, event)
    assert error.reason == "invalid_field"
    assert words in error.message


ODD_TIMES = [None, "soon", "inf", "nan", "1e999", True, -1, 0, 5, 2**62, 10**400, [], {}]


@pytest.mark.parametrize("update_time", ODD_TIMES)
def test_change_of_no_known_time_happened_when_it_was_told(world: SyncWorld, update_time: Any) -> None:
    world.put("classes", "rec1", code="B1")
    records_changed(world, update_time=update_time)
    assert codes(world) == {"rec1": "B1"}


@pytest.mark.parametrize("unit", [1, 1.0, 1_000, 1_000_000, 1_000_000_000])
@pytest.mark.parametrize("write", [int, float, str])
def test_time_of_a_change_may_be_written_in_any_unit(world: SyncWorld, unit: float, write: Any) -> None:
    world.bases.replica_lag = 30
    world.put("classes", "rec1", code="B1")
    with pytest.raises(LarkApiError, match="data_not_ready"):
        records_changed(world, update_time=write(int(world.clock.timestamp()) * unit))


@pytest.mark.parametrize(
    "actions",
    [
        None,
        [],
        "rec1",
        [1],
        [{"action": "record_edited"}],
        [{"record_id": "rec\n1"}],
        [{"record_id": "r" * 201}],
    ],
)
def test_change_that_names_no_record_has_the_whole_table_pulled(world: SyncWorld, actions: Any) -> None:
    assert world.pull()["classes"] == "pulled"
    world.put("classes", "rec1", code="B1")
    records_changed(world, action_list=actions)
    assert world.pull()["classes"] == "pulled"
    assert codes(world) == {"rec1": "B1"}


def test_what_an_event_does_name_is_read_at_once(world: SyncWorld) -> None:
    world.put("classes", "rec1", code="B1")
    world.put("classes", "rec2", code="A2")
    records_changed(world, action_list=[{"record_id": "rec1"}, {"record_id": None}])
    assert codes(world) == {"rec1": "B1"}
    world.pull()
    assert codes(world) == {"rec1": "B1", "rec2": "A2"}


@pytest.mark.parametrize("document", [{}, {"event": None}, {"event": []}])
def test_event_without_content_is_refused(world: SyncWorld, document: Document) -> None:
    processor = BaseChangesProcessor(lambda: world.sync)
    for handle, kind in ((processor.records, RECORDS_TYPE), (processor.columns, COLUMNS_TYPE)):
        assert refusal(handle, new_event("lark", kind, document)).reason == "invalid_field"


def test_sync_is_not_made_before_an_event_needs_it() -> None:
    def never() -> Any:
        raise AssertionError("it was made")

    BaseChangesProcessor(never)


def test_nothing_personal_is_written_to_the_log(world: SyncWorld, sent: list[Document]) -> None:
    world.put("classes", "rec1", code="Nguyễn Thị Hà")
    with captured() as output:
        for document in told(world, sent):
            process(world, document)
    assert codes(world) == {"rec1": "Nguyễn Thị Hà"}
    assert "Nguyễn" not in output.text
    assert "\\u1ec5n" not in output.text
