"""Runs that end early, meet or overtake one another: each goes on where it may, and no request is lost."""

import pytest

from larkbridge.clock import to_text
from larkbridge.errors import AwsUnavailableError
from sandbox.faults import Fault
from tests.support.aws_faults import aws_fails
from tests.support.tables import At, SyncWorld

SEARCH, FIELDS, LOOK = "/records/search", "/fields", "/batch_get"


def test_run_hands_over_when_its_time_is_up(world: SyncWorld, small_pages: int) -> None:
    ids = world.fill("classes", "code", 4 * small_pages)
    world.bases.read_faults.set(Fault("slow", delay_seconds=4))
    before = world.clock.now()
    assert world.pull(seconds=45 + 10)["classes"] == "time_up"
    assert (world.clock.now() - before).total_seconds() < 10 + 5
    first = sorted(world.values("classes"))
    assert first == ids[: len(first)]
    assert 0 < len(first) < len(ids)
    world.bases.read_faults.clear()
    world.bases.calls.clear()
    assert world.pull()["classes"] == "pulled"
    assert sorted(world.values("classes")) == ids
    assert world.bases.calls["search"] == (len(ids) - len(first)) // small_pages + 1
    last_full = world.state("classes").last_full
    assert last_full is not None
    assert (last_full["number"], last_full["read"]) == (1, len(ids))


def test_what_was_handed_over_is_not_taken_for_deleted(world: SyncWorld, small_pages: int) -> None:
    ids = world.fill("classes", "code", 4 * small_pages)
    world.pull()
    world.delete("classes", ids[-1])
    world.clock.advance(hours=1)
    world.request("classes")
    world.bases.read_faults.set(Fault("slow", delay_seconds=4))
    assert world.pull(seconds=45 + 10)["classes"] == "time_up"
    world.bases.read_faults.clear()
    world.bases.calls.clear()
    assert world.pull()["classes"] == "pulled"
    assert sorted(world.values("classes")) == ids[:-1]
    assert world.bases.calls["batch_get"] == 1


def test_run_without_time_begins_nothing(world: SyncWorld) -> None:
    with world.watch() as calls:
        assert world.pull(seconds=45) == {"classes": "time_up", "rooms": "time_up"}
    assert calls.count("POST") == 0


def test_run_that_finds_the_table_taken_leaves_it(world: SyncWorld) -> None:
    taken: list[dict[str, str]] = []
    world.put("classes", "rec1", code="A1")
    world.meddle = At(SEARCH, 0, lambda: taken.append(world.pull()))
    assert world.pull()["classes"] == "pulled"
    assert taken[0]["classes"] == "taken"


def overtake(world: SyncWorld) -> None:
    """Let another run take the table over, as after a lease that has lapsed."""
    later = "2030-01-01T00:00:00.000Z"
    fence = world.states.acquire("classes", owner="another", now=later, until=later)
    assert fence is not None
    world.states.change("classes", fence, {"watermark": "theirs"})


@pytest.mark.parametrize("rows", [1, 150])
def test_run_that_lost_its_table_writes_nothing_more(world: SyncWorld, rows: int) -> None:
    world.fill("classes", "code", rows)
    world.meddle = At(SEARCH, 0, lambda: overtake(world))
    assert world.pull()["classes"] == "lost"
    assert world.values("classes") == {}
    assert world.state("classes").watermark == "theirs"
    assert world.state("classes").last_pull is None


def test_run_that_lost_its_table_deletes_nothing(world: SyncWorld) -> None:
    ids = world.fill("classes", "code", 3)
    world.pull()
    world.delete("classes", ids[0])
    world.clock.advance(hours=1)
    world.request("classes")
    world.meddle = At(LOOK, 0, lambda: overtake(world))
    assert world.pull()["classes"] == "lost"
    assert sorted(world.values("classes")) == ids


def test_request_that_arrives_during_a_pull_is_not_lost(world: SyncWorld) -> None:
    world.pull()
    world.clock.advance(minutes=20)
    asked_at = to_text(world.clock.now())
    world.meddle = At(FIELDS, 0, lambda: world.request("classes"))
    for _ in range(2):
        world.pull()
    last_full = world.state("classes").last_full
    assert last_full is not None
    assert last_full["startedAt"] >= asked_at


@pytest.mark.parametrize("accept", [True, False])
def test_hiccup_costs_neither_the_reconcile_nor_what_an_admin_accepted(
    world: SyncWorld, accept: bool
) -> None:
    ids = world.settle("classes", "code", 30)
    world.delete("classes", *ids[: 25 if accept else 5])
    world.request("classes", accept_deletions=accept)
    world.meddle = At(SEARCH, 0, lambda: (200, {"code": 1254002, "msg": "Fail"}, {}))
    assert world.pull()["classes"] == "failed"
    world.clock.advance(minutes=2)
    assert world.pull()["classes"] == "pulled"
    assert len(world.values("classes")) == (5 if accept else 25)


def test_night_that_was_missed_is_made_up_for(world: SyncWorld) -> None:
    ids = world.settle("classes", "code", 3)
    world.clock.advance(hours=22)
    world.delete("classes", ids[0])
    with aws_fails("dynamodb", "UpdateItem"), pytest.raises(AwsUnavailableError):
        world.pull(full=True)
    for _ in range(4):
        world.clock.advance(hours=1)
        world.pull()
    assert sorted(world.values("classes")) == ids[1:]


def test_deletions_that_are_accepted_while_a_column_changes_are_accepted(world: SyncWorld) -> None:
    ids = world.settle("classes", "code", 30)
    world.delete("classes", *ids[:25])
    world.request("classes")

    def rename_and_accept() -> None:
        world.bases.rename_column("appClasses", "tblClasses", "fldCode", "Mã")
        world.request("classes", accept_deletions=True)

    world.meddle = At(f"tblClasses{FIELDS}", 1, rename_and_accept)
    assert world.pull()["classes"] == "columns_changed"
    assert len(world.values("classes")) == 30
    assert world.pull()["classes"] == "pulled"
    assert sorted(world.values("classes")) == ids[25:]
