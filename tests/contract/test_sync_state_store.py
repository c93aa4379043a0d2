"""What every caller may rely on of the SyncState table."""

import pytest

from larkbridge.errors import ConditionFailedError, TransactionRefusedError
from larkbridge.store.sync_progress import CreationBatch, PullProgress, SyncState, SyncStateStore
from larkbridge.store.transactions import write_what_holds

NOW, SOON, LATER = (f"2026-09-01T02:0{minute}:00.000Z" for minute in range(3))
PLACE = "app/tbl"
PULL = PullProgress(
    mode="full",
    number=3,
    started_at=NOW,
    fingerprint="f",
    token="page 2",
    page_size=500,
    parts=2,
    total=1_200,
    read=500,
    written=7,
    quarantined=1,
    accept_deletions=True,
)
BATCH = CreationBatch(client_token="uuid", rows=[("s1", 1), ("s2", 7)], body='{"records":[]}', started_at=NOW)


@pytest.fixture
def store(tables: dict[str, str]) -> SyncStateStore:
    return SyncStateStore(tables["SYNC_STATE_TABLE"])


def taken(store: SyncStateStore, owner: str = "first", now: str = NOW, until: str = SOON) -> int:
    fence = store.acquire("classes", owner=owner, now=now, until=until)
    assert fence is not None
    return fence


def test_table_that_was_never_synced_has_an_empty_state(store: SyncStateStore) -> None:
    assert store.get("classes") == SyncState(table="classes")


def test_lease_is_had_by_one(store: SyncStateStore) -> None:
    first = taken(store)
    assert store.acquire("classes", owner="second", now=NOW, until=SOON) is None
    assert store.acquire("rooms", owner="second", now=NOW, until=SOON) is not None
    assert taken(store) > first


def test_lapsed_lease_can_be_taken_over_under_a_higher_number(store: SyncStateStore) -> None:
    first = taken(store)
    assert taken(store, "second", now=SOON, until=LATER) > first


def test_released_lease_is_free(store: SyncStateStore) -> None:
    first = taken(store)
    store.release("classes", first)
    assert taken(store, "second") > first


def test_run_that_lost_its_lease_does_not_release_it(store: SyncStateStore) -> None:
    first = taken(store)
    taken(store, "second", now=SOON, until=LATER)
    store.release("classes", first)
    assert store.acquire("classes", owner="third", now=SOON, until=LATER) is None


def test_state_is_kept_as_it_is(store: SyncStateStore) -> None:
    report = {"number": 3, "startedAt": NOW, "read": 12}
    drift = [{"kind": "renamed", "field": "code", "fieldId": "fld", "was": "Mã", "now": ""}]
    store.change(
        "classes",
        1,
        {
            "pull": PULL,
            "batch": BATCH,
            "last_full": report,
            "last_pull": report,
            "last_push_at": NOW,
            "watermark": NOW,
            "not_before": SOON,
            "failures": 2,
            "last_error": {"reason": "no_permission", "hint": "…", "larkCode": None},
            "drift": drift,
            "suspicious": {"reason": "?"},
            "subscription": {"ok": True},
        },
    )
    assert store.get("classes") == SyncState(
        table="classes",
        pull=PULL,
        batch=BATCH,
        last_full=report,
        last_pull=report,
        last_push_at=NOW,
        watermark=NOW,
        not_before=SOON,
        failures=2,
        last_error={"reason": "no_permission", "hint": "…", "larkCode": None},
        drift=drift,
        suspicious={"reason": "?"},
        subscription={"ok": True},
    )


def test_what_is_none_is_removed_and_the_rest_stays(store: SyncStateStore) -> None:
    store.change("classes", 1, {"failures": 2, "watermark": NOW})
    store.change("classes", 1, {"failures": 0})
    assert store.get("classes") == SyncState(table="classes", watermark=NOW)


def test_open_returns_the_state(store: SyncStateStore) -> None:
    assert store.open("classes", 1, PLACE) == SyncState(table="classes")
    store.change("classes", 1, {"watermark": NOW})
    assert store.open("classes", 2, PLACE).watermark == NOW


def test_opened_table_is_closed_to_whoever_has_a_lower_number(store: SyncStateStore) -> None:
    store.open("classes", 1, PLACE)
    store.open("classes", 2, PLACE)
    with pytest.raises(ConditionFailedError):
        store.open("classes", 1, PLACE)
    with pytest.raises(ConditionFailedError):
        store.change("classes", 1, {"watermark": NOW})
    with pytest.raises(TransactionRefusedError):
        write_what_holds([], final=[store.change_action("classes", 1, {"watermark": NOW})])
    assert store.get("classes").watermark is None
    store.change("classes", 2, {"watermark": SOON})
    assert store.get("classes").watermark == SOON


def test_request_is_noted_whoever_works_on_the_table(store: SyncStateStore) -> None:
    store.change("classes", 7, {"not_before": LATER, "watermark": NOW})
    store.request("classes", "incremental", accept_deletions=False)
    assert store.get("classes") == SyncState(
        table="classes", requested="incremental", requests=1, watermark=NOW
    )
    store.request("classes", "full", accept_deletions=True)
    state = store.get("classes")
    assert (state.requested, state.accept_deletions) == ("full", True)


def test_request_of_a_table_that_was_never_synced_is_noted(store: SyncStateStore) -> None:
    store.request("classes", "full", accept_deletions=False)
    assert store.open("classes", 1, PLACE).requested == "full"


def test_seen_ids_are_those_of_this_pull_and_as_far_as_it_got(store: SyncStateStore) -> None:
    for part, ids in enumerate((["rec1", "rec2"], [], ["rec3"])):
        pull = PullProgress(mode="full", number=3, started_at=NOW, fingerprint="f", page_size=2, parts=part)
        write_what_holds([], final=[store.seen_action("classes", pull, ids)])
    assert list(store.seen("classes", PULL)) == ["rec1", "rec2"]
    of_another = PullProgress(mode="full", number=4, started_at=NOW, fingerprint="f", page_size=2, parts=3)
    assert list(store.seen("classes", of_another)) == []
    assert list(store.seen("rooms", PULL)) == []


def test_ids_of_as_many_pages_as_a_checkpoint_has_fit(store: SyncStateStore) -> None:
    ids = [f"rec{number:011d}" for number in range(25 * 500)]
    pull = PullProgress(mode="full", number=3, started_at=NOW, fingerprint="f", page_size=500)
    write_what_holds([], final=[store.seen_action("classes", pull, ids)])
    done = PullProgress(mode="full", number=3, started_at=NOW, fingerprint="f", page_size=500, parts=1)
    assert list(store.seen("classes", done)) == ids
