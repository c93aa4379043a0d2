"""What is gone in Lark: marked when Lark itself says so, and not after an answer that is hard to believe."""

import pytest

from larkbridge.observability import flush_metrics
from larkbridge.store.synced_rows import GONE
from tests.support.output import captured
from tests.support.tables import At, SyncWorld

SEARCH, LOOK = "/records/search", "/batch_get"


def deleted(world: SyncWorld, name: str = "classes") -> list[str]:
    return sorted(one for one, row in world.mirrored(name).items() if row.deleted_at is not None)


def pulled(world: SyncWorld, number: int, name: str = "classes", field: str = "code") -> list[str]:
    """Pull so many records, and let an hour pass."""
    ids = world.fill(name, field, number)
    world.pull()
    world.clock.advance(hours=1)
    world.request(name)
    return ids


def test_deleted_record_is_marked_and_keeps_its_values(world: SyncWorld) -> None:
    ids = pulled(world, 3)
    world.delete("classes", ids[0])
    assert world.pull()["classes"] == "pulled"
    assert deleted(world) == [ids[0]]
    row = world.mirrored("classes")[ids[0]]
    assert row.content_hash == GONE
    assert row.values is not None
    assert row.values["code"] == "code 0"
    last_full = world.state("classes").last_full
    assert last_full is not None
    assert last_full["deleted"] == 1


def test_deleted_row_is_asked_about_once(world: SyncWorld) -> None:
    ids = pulled(world, 3)
    world.delete("classes", ids[0])
    world.pull()
    world.clock.advance(hours=1)
    world.request("classes")
    world.bases.calls.clear()
    world.pull()
    assert "batch_get" not in world.bases.calls


def test_restored_record_is_a_row_again(world: SyncWorld) -> None:
    ids = pulled(world, 3)
    world.delete("classes", ids[0])
    world.pull()
    world.clock.advance(hours=1)
    world.put("classes", ids[0], code="code 0")
    world.request("classes")
    world.pull()
    assert deleted(world) == []
    assert sorted(world.values("classes")) == ids


def test_expiring_policy_lets_a_deleted_row_go_after_30_days(world: SyncWorld) -> None:
    pulled(world, 2, "rooms", "room")
    world.delete("rooms", "rec0000000")
    world.pull()
    stored = world.mirror_rows._table.get({"table": "rooms", "recordId": "rec0000000"})
    assert stored is not None
    assert stored["expiresAt"] == pytest.approx(world.clock.timestamp() + 30 * 24 * 3600, abs=60)
    world.put("rooms", "rec0000000", room="room 0")
    world.clock.advance(hours=2)
    world.pull()
    stored = world.mirror_rows._table.get({"table": "rooms", "recordId": "rec0000000"})
    assert stored is not None
    assert "expiresAt" not in stored


def test_answer_without_any_record_deletes_nothing(world: SyncWorld) -> None:
    ids = pulled(world, 5)
    world.bases.hidden.add("appClasses")
    with captured() as output:
        assert world.pull()["classes"] == "pulled"
        flush_metrics()
    assert deleted(world) == []
    suspicious = world.state("classes").suspicious
    assert suspicious is not None
    assert suspicious["reason"] == "Lark answered without any record"
    assert output.metrics["DeletionsStopped"] == [1]
    assert sorted(world.values("classes")) == ids


def test_answer_that_is_suddenly_small_deletes_nothing(world: SyncWorld) -> None:
    ids = pulled(world, 20)
    world.delete("classes", *ids[:11])
    with captured() as output:
        world.pull()
        flush_metrics()
    assert deleted(world) == []
    suspicious = world.state("classes").suspicious
    assert suspicious is not None
    assert suspicious["reason"] == "11 of 20 rows are missing in Lark"
    assert output.metrics["DeletionsStopped"] == [1]


def test_ten_missing_rows_are_believed(world: SyncWorld) -> None:
    ids = pulled(world, 20)
    world.delete("classes", *ids[:10])
    world.pull()
    assert deleted(world) == ids[:10]
    assert world.state("classes").suspicious is None


def test_a_fifth_of_many_rows_is_believed(world: SyncWorld) -> None:
    ids = pulled(world, 60)
    world.delete("classes", *ids[:12])
    world.pull()
    assert deleted(world) == ids[:12]


def test_answer_with_fewer_records_than_it_counts_deletes_nothing(world: SyncWorld) -> None:
    ids = pulled(world, 5)
    world.delete("classes", ids[0])
    items = [{"record_id": one, "fields": {"Mã lớp": "x"}} for one in ids[1:3]]
    answer = (200, {"code": 0, "data": {"items": items, "total": 4, "has_more": False}}, {})
    world.meddle = At(SEARCH, 0, lambda: answer)
    world.pull()
    assert deleted(world) == []
    suspicious = world.state("classes").suspicious
    assert suspicious is not None
    assert suspicious["reason"] == "Lark has 4 records and answered with 2"


@pytest.mark.parametrize("number", [1, 15])
def test_admin_may_accept_deletions(world: SyncWorld, number: int) -> None:
    ids = pulled(world, number)
    world.delete("classes", *ids)
    world.pull()
    assert deleted(world) == []
    world.request("classes", accept_deletions=True)
    assert world.pull()["classes"] == "pulled"
    assert deleted(world) == ids
    assert world.state("classes").suspicious is None
    assert world.state("classes").accept_deletions is False


def test_acceptance_is_for_one_pull(world: SyncWorld) -> None:
    ids = pulled(world, 15)
    world.request("classes", accept_deletions=True)
    world.pull()
    world.delete("classes", *ids)
    world.clock.advance(hours=1)
    world.request("classes")
    world.pull()
    assert deleted(world) == []


def test_accepted_deletions_are_confirmed_one_by_one(world: SyncWorld) -> None:
    ids = pulled(world, 15)
    world.bases.hidden.add("appClasses")
    world.request("classes", accept_deletions=True)
    known = world.state("classes").watermark
    world.clock.advance(minutes=1)
    world.pull()
    assert deleted(world) == []
    assert sorted(world.values("classes")) == ids
    state = world.state("classes")
    assert (state.suspicious or {})["reason"] == "Lark keeps 15 records from the app"
    assert state.watermark == known


def test_record_that_the_pages_skipped_is_not_deleted(world: SyncWorld) -> None:
    ids = pulled(world, 3)
    rows = world.bases.table("appClasses", "tblClasses").rows
    skipped = rows.by_id[ids[1]]
    hide, show = (lambda: rows.remove(ids[1])), (lambda: rows.put(skipped))
    search, look = At(SEARCH, 0, hide), At(LOOK, 0, show)
    world.meddle = lambda request: search(request) or look(request)
    assert world.pull()["classes"] == "pulled"
    assert look.met == 1
    assert deleted(world) == []


def test_record_that_the_pages_skipped_is_brought_up_to_date(world: SyncWorld) -> None:
    ids = pulled(world, 3)
    world.put("classes", ids[1], code="new")
    rows = world.bases.table("appClasses", "tblClasses").rows
    skipped = rows.by_id[ids[1]]
    search, look = At(SEARCH, 0, lambda: rows.remove(ids[1])), At(LOOK, 0, lambda: rows.put(skipped))
    world.meddle = lambda request: search(request) or look(request)
    world.pull()
    assert world.values("classes")[ids[1]]["code"] == "new"


def test_forbidden_record_is_not_deleted(world: SyncWorld) -> None:
    ids = pulled(world, 3)
    world.bases.forbidden.add(ids[1])
    assert world.pull()["classes"] == "pulled"
    assert deleted(world) == []


def test_look_that_says_nothing_of_a_record_deletes_nothing(world: SyncWorld) -> None:
    ids = pulled(world, 3)
    world.delete("classes", ids[0])
    world.meddle = At(LOOK, 0, lambda: (200, {"code": 0, "data": {}}, {}))
    assert world.pull()["classes"] == "incomplete_answer"
    assert deleted(world) == []
    world.clock.advance(minutes=2)
    assert world.pull()["classes"] == "pulled"
    assert deleted(world) == [ids[0]]


def test_record_that_a_lagging_replica_lacks_is_not_deleted(world: SyncWorld) -> None:
    ids = pulled(world, 3)
    world.bases.replica_lag = 30
    world.put("classes", "new", code="new")
    world.bases.replica_lag = 0
    world.pull()
    world.bases.replica_lag = 30
    world.request("classes")
    assert world.pull()["classes"] == "pulled"
    assert sorted(world.values("classes")) == ["new", *ids]


def test_change_that_a_lagging_replica_lacks_is_not_undone(world: SyncWorld) -> None:
    ids = pulled(world, 3)
    world.bases.replica_lag = 30
    world.put("classes", ids[0], code="new")
    world.bases.replica_lag = 0
    world.pull()
    world.bases.replica_lag = 30
    world.request("classes")
    assert world.pull()["classes"] == "pulled"
    assert world.values("classes")[ids[0]]["code"] == "new"


def test_deletion_that_a_lagging_replica_lacks_is_not_undone(world: SyncWorld) -> None:
    ids = pulled(world, 3)
    world.bases.replica_lag = 30
    world.delete("classes", ids[0])
    world.bases.replica_lag = 0
    world.pull()
    assert deleted(world) == [ids[0]]
    world.bases.replica_lag = 30
    world.request("classes")
    assert world.pull()["classes"] == "pulled"
    assert deleted(world) == [ids[0]]
