"""What every caller may rely on of the MirrorRows table."""

from dataclasses import replace

import pytest

from larkbridge import aws
from larkbridge.errors import ConditionFailedError
from larkbridge.store.mirror_rows import MirrorRow, MirrorRowStore
from larkbridge.store.synced_rows import GONE
from larkbridge.store.table import Action
from larkbridge.store.transactions import write_what_holds

EARLY, NOW, SOON, LATER = (f"2026-09-01T02:0{minute}:00.000Z" for minute in range(4))
ROW = MirrorRow(
    table="classes",
    record_id="rec1",
    content_hash="a" * 32,
    values={"code": "A1", "seats": 1e300, "open": True, "note": None, "nested": [[{"": []}]]},
    modified_at=NOW,
    read_at=NOW,
    changed_at=NOW,
)
SET_ASIDE = replace(
    ROW, content_hash="b" * 32, values=None, received={"seats": "a dozen"}, reasons={"seats": "no number"}
)
CHANGED = replace(ROW, content_hash="c" * 32, values={"code": "B1"})


@pytest.fixture
def store(tables: dict[str, str]) -> MirrorRowStore:
    return MirrorRowStore(tables["MIRROR_ROWS_TABLE"])


def no_sleep(_: float) -> None:
    return


def write(*actions: Action) -> list[bool]:
    return write_what_holds(actions, sleep=no_sleep)


def put(store: MirrorRowStore, row: MirrorRow, *, settled: str = LATER, lagged: str = EARLY) -> Action:
    return store.put_action(row, settled, lagged)


def deletion(store: MirrorRowStore, *, read_at: str = SOON, settled: str = SOON) -> Action:
    return store.delete_action(
        "classes", "rec1", read_at=read_at, settled=settled, now=LATER, expires_at=1_800_000_000
    )


def stored(store: MirrorRowStore) -> MirrorRow:
    row = store.get("classes", "rec1")
    assert row is not None
    return row


def test_row_is_kept_as_it_is(store: MirrorRowStore) -> None:
    assert store.get("classes", "rec1") is None
    assert write(put(store, ROW)) == [True]
    assert stored(store) == ROW


def test_same_content_is_not_written_again(store: MirrorRowStore) -> None:
    write(put(store, ROW))
    again = replace(ROW, modified_at=SOON, read_at=SOON, changed_at=SOON)
    assert write(put(store, again)) == [False]
    assert stored(store) == ROW


@pytest.mark.parametrize(
    ("modified_at", "read_at", "written"),
    [(NOW, NOW, True), (SOON, SOON, True), (EARLY, SOON, False), (SOON, EARLY, False)],
)
def test_content_that_is_older_is_not_written(
    store: MirrorRowStore, modified_at: str, read_at: str, written: bool
) -> None:
    write(put(store, ROW))
    row = replace(CHANGED, modified_at=modified_at, read_at=read_at, changed_at=LATER)
    assert write(put(store, row)) == [written]
    assert stored(store) == (row if written else ROW)


@pytest.mark.parametrize(("lagged", "written"), [(EARLY, False), (NOW, True)])
def test_content_modified_earlier_is_written_once_no_replica_lags(
    store: MirrorRowStore, lagged: str, written: bool
) -> None:
    write(put(store, ROW))
    row = replace(CHANGED, modified_at=EARLY, read_at=SOON, changed_at=LATER)
    assert write(put(store, row, lagged=lagged)) == [written]
    assert stored(store) == (row if written else ROW)


def test_quarantined_row_keeps_the_last_content_that_fitted(store: MirrorRowStore) -> None:
    write(put(store, ROW))
    write(put(store, SET_ASIDE))
    assert stored(store) == replace(SET_ASIDE, values=ROW.values)
    write(put(store, CHANGED))
    assert stored(store) == CHANGED


def test_quarantined_rows_are_counted_and_listed_by_table(store: MirrorRowStore) -> None:
    others = [replace(SET_ASIDE, record_id="rec2", changed_at=SOON), replace(SET_ASIDE, table="rooms")]
    write(*(put(store, one) for one in (SET_ASIDE, *others, replace(ROW, record_id="rec3"))))
    assert store.count_quarantined("classes") == 2
    assert list(store.quarantined("classes", None)) == [(f"{SOON}#rec2", "rec2"), (f"{NOW}#rec1", "rec1")]
    assert list(store.quarantined("classes", f"{SOON}#rec2")) == [(f"{NOW}#rec1", "rec1")]
    write(put(store, CHANGED))
    assert [one for _, one in store.quarantined("classes", None)] == ["rec2"]


def test_row_is_marked_as_deleted_once_and_keeps_its_values(store: MirrorRowStore) -> None:
    write(put(store, ROW))
    assert write(deletion(store)) == [True]
    row = stored(store)
    assert (row.content_hash, row.deleted_at, row.changed_at, row.read_at) == (GONE, LATER, LATER, SOON)
    assert row.values == ROW.values
    assert write(deletion(store)) == [False]


def test_deleted_row_is_set_aside_no_longer(store: MirrorRowStore) -> None:
    write(put(store, SET_ASIDE))
    write(deletion(store))
    assert store.count_quarantined("classes") == 0
    assert stored(store).reasons is None


def test_row_that_was_never_there_is_not_marked(store: MirrorRowStore) -> None:
    assert write(deletion(store)) == [False]
    assert store.get("classes", "rec1") is None


@pytest.mark.parametrize(("read_at", "settled"), [(EARLY, SOON), (SOON, EARLY)])
def test_row_that_was_read_or_modified_later_is_not_marked(
    store: MirrorRowStore, read_at: str, settled: str
) -> None:
    write(put(store, ROW))
    assert write(deletion(store, read_at=read_at, settled=settled)) == [False]
    assert stored(store) == ROW


def test_restored_row_stays(store: MirrorRowStore, tables: dict[str, str]) -> None:
    write(put(store, ROW))
    write(deletion(store))
    restored = replace(ROW, read_at=LATER, changed_at=LATER)
    assert write(put(store, restored)) == [True]
    assert stored(store) == restored
    item = aws.call(
        "dynamodb",
        "get_item",
        TableName=tables["MIRROR_ROWS_TABLE"],
        Key={"table": {"S": "classes"}, "recordId": {"S": "rec1"}},
    )["Item"]
    assert not item.keys() & {"expiresAt", "deletedAt"}


def test_digests_are_of_one_table_and_in_order(store: MirrorRowStore) -> None:
    names = ["rec10", "recA", "reca", "rec-1", "rec_1", "rec1", "Rec1"]
    write(*(put(store, replace(ROW, record_id=name)) for name in names))
    write(put(store, replace(ROW, table="rooms", record_id="rec0")))
    write(deletion(store))
    hashes = dict.fromkeys(names, ROW.content_hash) | {"rec1": GONE}
    assert list(store.digests("classes")) == [(name, hashes[name]) for name in sorted(names)]


def test_rows_are_listed_the_last_one_changed_first(store: MirrorRowStore) -> None:
    rows = [replace(ROW, record_id=f"rec{n}", changed_at=at) for n, at in enumerate((NOW, LATER, SOON))]
    write(*(put(store, row) for row in rows))
    assert [one for _, one in store.newest("classes", None)] == ["rec1", "rec2", "rec0"]
    assert [one for _, one in store.newest("classes", f"{SOON}#rec2")] == ["rec0"]


def test_many_rows_are_read_by_their_ids(store: MirrorRowStore) -> None:
    ids = [f"rec{number:03d}" for number in range(130)]
    write(*(put(store, replace(ROW, record_id=one)) for one in ids))
    found = store.get_many("classes", [*ids, "rec999"], no_sleep)
    assert sorted(found) == ids
    assert found["rec007"] == replace(ROW, record_id="rec007")
    assert store.get_many("classes", [], no_sleep) == {}


def test_row_of_the_largest_size_is_kept_beside_its_last_version(store: MirrorRowStore) -> None:
    large = {"text": "ậ" * 29_000}
    write(put(store, replace(ROW, values=large)))
    assert write(put(store, replace(SET_ASIDE, received={"text": "x" * 89_000}))) == [True]
    assert stored(store).values == large


def test_failed_condition_tells_what_stood_in_the_way(store: MirrorRowStore) -> None:
    write(put(store, ROW))
    with pytest.raises(ConditionFailedError) as caught:
        store._table.update(put(store, ROW))
    assert caught.value.item is not None
    assert caught.value.item["contentHash"] == ROW.content_hash
