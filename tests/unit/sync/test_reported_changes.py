"""A change that Lark reports is applied within seconds, in whatever order and however often it is told."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.error_codes import NO_PERMISSION
from larkbridge.observability import flush_metrics
from larkbridge.sync.mirror.reported_changes import ReportedChange
from sandbox.faults import Fault
from tests.support.output import captured
from tests.support.tables import At, SyncWorld

BASE, TABLE = "appClasses", "tblClasses"


@pytest.fixture
def pulled(world: SyncWorld) -> SyncWorld:
    """Two rows that were pulled an hour ago."""
    world.put("classes", "rec1", code="A1", seats=12)
    world.put("classes", "rec2", code="A2", seats=20)
    world.pull()
    world.clock.advance(hours=1)
    return world


def tell(world: SyncWorld, *record_ids: str, deleted: Sequence[str] = (), at: datetime | None = None) -> None:
    """Tell of a change, as of now unless said otherwise; an event has whole seconds."""
    moment = (at or world.clock.now()).replace(microsecond=0)
    change = ReportedChange(changed_at=moment, record_ids=record_ids or deleted, deleted=frozenset(deleted))
    world.sync.mirror_changes.apply(world.table("classes"), change)


def refusal(world: SyncWorld, *record_ids: str) -> str:
    """Tell of a change that cannot be applied, and return Lark's reason."""
    with pytest.raises(LarkApiError) as caught:
        tell(world, *record_ids)
    return caught.value.outcome.reason


def codes(world: SyncWorld) -> dict[str, str]:
    return {one: row["code"] for one, row in world.values("classes").items()}


def test_edited_record_is_read_again(pulled: SyncWorld) -> None:
    pulled.put("classes", "rec1", code="B1")
    tell(pulled, "rec1")
    assert codes(pulled) == {"rec1": "B1", "rec2": "A2"}


def test_added_record_is_a_row(pulled: SyncWorld) -> None:
    pulled.put("classes", "rec3", code="A3")
    tell(pulled, "rec3")
    assert codes(pulled)["rec3"] == "A3"


def test_deleted_record_is_marked(pulled: SyncWorld) -> None:
    pulled.delete("classes", "rec1")
    tell(pulled, deleted=["rec1"])
    assert codes(pulled) == {"rec2": "A2"}
    row = pulled.mirrored("classes")["rec1"]
    assert row.values is not None
    assert row.values["code"] == "A1"


def test_record_that_was_never_a_row_may_be_deleted(pulled: SyncWorld) -> None:
    tell(pulled, deleted=["rec9"])
    assert set(pulled.mirrored("classes")) == {"rec1", "rec2"}


def test_restored_record_is_a_row_again(pulled: SyncWorld) -> None:
    pulled.delete("classes", "rec1")
    tell(pulled, deleted=["rec1"])
    pulled.clock.advance(seconds=10)
    pulled.put("classes", "rec1", code="A1")
    tell(pulled, "rec1")
    assert codes(pulled) == {"rec1": "A1", "rec2": "A2"}


def test_same_change_twice_writes_once(pulled: SyncWorld) -> None:
    pulled.put("classes", "rec1", code="B1")
    told = pulled.clock.now()
    tell(pulled, "rec1")
    before = pulled.mirrored("classes")["rec1"]
    pulled.clock.advance(minutes=5)
    with captured() as output:
        tell(pulled, "rec1", at=told)
        flush_metrics()
    assert pulled.mirrored("classes")["rec1"] == before
    assert output.metrics["MirrorRowsWritten"] == [0]


def test_deletion_twice_is_marked_once(pulled: SyncWorld) -> None:
    pulled.delete("classes", "rec1")
    tell(pulled, deleted=["rec1"])
    before = pulled.mirrored("classes")["rec1"]
    pulled.clock.advance(minutes=5)
    tell(pulled, deleted=["rec1"])
    assert pulled.mirrored("classes")["rec1"] == before


def test_order_of_the_events_is_no_matter(pulled: SyncWorld) -> None:
    first = pulled.clock.now()
    pulled.put("classes", "rec1", code="B1")
    pulled.clock.advance(seconds=10)
    pulled.put("classes", "rec1", code="C1")
    tell(pulled, "rec1")
    tell(pulled, "rec1", at=first)
    assert codes(pulled)["rec1"] == "C1"


def test_deletion_told_after_the_restoring_waits_until_it_is_sure(pulled: SyncWorld) -> None:
    gone_at = pulled.clock.now()
    pulled.delete("classes", "rec1")
    pulled.clock.advance(seconds=10)
    pulled.put("classes", "rec1", code="B1")
    tell(pulled, "rec1")
    with pytest.raises(LarkApiError):
        tell(pulled, deleted=["rec1"], at=gone_at)
    pulled.clock.advance(minutes=1)
    tell(pulled, deleted=["rec1"], at=gone_at)
    assert codes(pulled)["rec1"] == "B1"


def test_read_that_lacks_the_change_is_tried_again(pulled: SyncWorld) -> None:
    pulled.bases.replica_lag = 20
    pulled.put("classes", "rec1", code="B1")
    told = pulled.clock.now()
    pulled.clock.advance(seconds=2)
    with pytest.raises(LarkApiError) as caught:
        tell(pulled, "rec1", at=told)
    assert caught.value.outcome.reason == "data_not_ready"
    assert codes(pulled)["rec1"] == "A1"
    pulled.clock.advance(seconds=20)
    tell(pulled, "rec1", at=told)
    assert codes(pulled)["rec1"] == "B1"


def test_read_that_has_a_deleted_record_is_tried_again(pulled: SyncWorld) -> None:
    pulled.bases.replica_lag = 20
    pulled.delete("classes", "rec1")
    told = pulled.clock.now()
    pulled.clock.advance(seconds=2)
    with pytest.raises(LarkApiError):
        tell(pulled, deleted=["rec1"], at=told)
    assert "rec1" in codes(pulled)
    pulled.clock.advance(seconds=20)
    tell(pulled, deleted=["rec1"], at=told)
    assert "rec1" not in codes(pulled)


def test_read_that_lacks_a_new_record_is_tried_again(pulled: SyncWorld) -> None:
    pulled.bases.replica_lag = 20
    pulled.put("classes", "rec3", code="A3")
    told = pulled.clock.now()
    with pytest.raises(LarkApiError):
        tell(pulled, "rec3", at=told)
    pulled.clock.advance(seconds=20)
    tell(pulled, "rec3", at=told)
    assert codes(pulled)["rec3"] == "A3"


def test_old_read_is_taken_after_a_minute(pulled: SyncWorld) -> None:
    """What changed was perhaps a column that Lark computes, which is no modification."""
    told = pulled.clock.now()
    assert refusal(pulled, "rec1") == "data_not_ready"
    pulled.clock.advance(minutes=1)
    tell(pulled, "rec1", at=told)
    assert codes(pulled)["rec1"] == "A1"


def test_edited_record_that_is_absent_after_a_minute_is_marked(pulled: SyncWorld) -> None:
    told = pulled.clock.now()
    pulled.delete("classes", "rec1")
    assert refusal(pulled, "rec1") == "data_not_ready"
    pulled.clock.advance(minutes=2)
    tell(pulled, "rec1", at=told)
    assert codes(pulled) == {"rec2": "A2"}


def test_forbidden_record_stays_as_it_is(pulled: SyncWorld) -> None:
    pulled.bases.forbidden.add("rec1")
    pulled.clock.advance(minutes=5)
    before = pulled.mirrored("classes")
    tell(pulled, "rec1", at=pulled.clock.now())
    assert pulled.mirrored("classes") == before


def test_many_records_are_read_a_hundred_at_a_time(pulled: SyncWorld) -> None:
    ids = pulled.fill("classes", "code", 130)
    pulled.bases.calls.clear()
    tell(pulled, *ids)
    assert pulled.bases.calls["batch_get"] == 2
    assert codes(pulled).keys() >= set(ids)


def test_new_column_name_is_learnt(pulled: SyncWorld) -> None:
    tell(pulled, "rec2", at=pulled.clock.now().replace(year=2025))
    pulled.bases.rename_column(BASE, TABLE, "fldCode", "Mã")
    pulled.put("classes", "rec1", code="B1")
    tell(pulled, "rec1")
    row = pulled.mirrored("classes")["rec1"]
    assert row.reasons is None
    assert codes(pulled)["rec1"] == "B1"


def test_names_that_two_columns_have_swapped_are_learnt(pulled: SyncWorld) -> None:
    pulled.put("classes", "rec1", code="A1", seats=12)
    tell(pulled, "rec2", at=pulled.clock.now().replace(year=2025))
    pulled.bases.rename_column(BASE, TABLE, "fldCode", "?")
    pulled.bases.rename_column(BASE, TABLE, "fldSeats", "Mã lớp")
    pulled.bases.rename_column(BASE, TABLE, "fldCode", "Số chỗ")
    pulled.clock.advance(minutes=2)
    pulled.put("classes", "rec1", code="B1", seats=13)
    tell(pulled, "rec1")
    row = pulled.mirrored("classes")["rec1"]
    assert row.reasons is None
    assert row.values is not None
    assert (row.values["code"], row.values["seats"]) == ("B1", 13)


def test_removed_column_takes_no_value_away(pulled: SyncWorld) -> None:
    tell(pulled, "rec2", at=pulled.clock.now().replace(year=2025))
    pulled.bases.remove_column(BASE, TABLE, "fldSeats")
    pulled.clock.advance(minutes=2)
    pulled.put("classes", "rec1", code="B1")
    tell(pulled, "rec1")
    row = pulled.mirrored("classes")["rec1"]
    assert row.reasons == {"seats": "the column is gone"}
    assert row.values is not None
    assert row.values["seats"] == 12


def test_record_that_does_not_fit_is_set_aside(pulled: SyncWorld) -> None:
    pulled.put("classes", "rec1", code=None)
    tell(pulled, "rec1")
    row = pulled.mirrored("classes")["rec1"]
    assert row.reasons == {"code": "the key is empty"}
    assert row.values is not None
    assert row.values["code"] == "A1"


def test_lark_that_refuses_is_reported(pulled: SyncWorld) -> None:
    pulled.bases.read_faults.set(Fault("error_code", code=1254302, times=1))
    assert refusal(pulled, "rec1") == NO_PERMISSION


def test_pull_that_read_before_the_event_does_not_undo_it(pulled: SyncWorld) -> None:
    def change_and_tell() -> None:
        pulled.put("classes", "rec1", code="C1")
        tell(pulled, "rec1")

    pulled.put("classes", "rec1", code="B1")
    stale = pulled.bases.table(BASE, TABLE).rows.by_id["rec1"]
    rows = pulled.bases.table(BASE, TABLE).rows

    def overtaken() -> None:
        pulled.clock.advance(seconds=1)
        change_and_tell()
        rows.put(stale)

    pulled.meddle = At("/records/search", 0, overtaken)
    pulled.pull()
    assert codes(pulled)["rec1"] == "C1"


def test_nothing_personal_is_written_to_the_log(pulled: SyncWorld) -> None:
    pulled.put("classes", "rec1", code="Nguyễn Thị Hà", seats=84912345678)
    with captured() as output:
        tell(pulled, "rec1")
        pulled.put("classes", "rec1", code=None)
        tell(pulled, "rec1")
        flush_metrics()
    for personal in ("Nguyễn", "\\u1ec5n", "84912345678"):
        assert personal not in output.text


def test_restoring_that_is_told_just_after_the_row_was_marked_is_tried_again(pulled: SyncWorld) -> None:
    rows = pulled.bases.table(BASE, TABLE).rows
    kept, gone_at = rows.by_id["rec1"], pulled.clock.now()
    pulled.delete("classes", "rec1")
    pulled.clock.advance(seconds=5)
    back_at = pulled.clock.now()
    pulled.clock.advance(seconds=5)
    tell(pulled, deleted=["rec1"], at=gone_at)
    rows.put(kept)
    pulled.clock.advance(seconds=57)
    with pytest.raises(LarkApiError) as caught:
        tell(pulled, "rec1", at=back_at)
    assert caught.value.outcome.reason == "data_not_ready"
    assert "rec1" not in codes(pulled)
    pulled.clock.advance(seconds=10)
    tell(pulled, "rec1", at=back_at)
    assert codes(pulled)["rec1"] == "A1"
