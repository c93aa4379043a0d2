"""What a pull holds of the rows that it compares with."""

import sys

from hypothesis import given
from hypothesis import strategies as st

from larkbridge.store.synced_rows import GONE, content_hash
from larkbridge.sync.shared.digests import Digests

RECORD_IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=","), min_size=1)
HASHES = st.one_of(st.just(GONE), st.integers().map(lambda one: content_hash({"n": one})))


@given(rows=st.dictionaries(RECORD_IDS, HASHES), asked=st.lists(RECORD_IDS))
def test_rows_are_found_by_their_ids_alone(rows: dict[str, str], asked: list[str]) -> None:
    digests = Digests(sorted(rows.items()))
    assert len(digests) == len(rows)
    for record_id in [*rows, *asked]:
        place = digests.see(record_id)
        assert (place is not None) == (record_id in rows)
        if place is not None:
            assert digests.is_same(place, rows[record_id])
            assert not digests.is_same(place, content_hash({"other": True}))


@given(rows=st.dictionaries(RECORD_IDS, HASHES), data=st.data())
def test_unseen_are_those_that_nobody_saw_and_that_are_not_gone(
    rows: dict[str, str], data: st.DataObject
) -> None:
    seen = data.draw(st.lists(st.sampled_from(sorted(rows)))) if rows else []
    digests = Digests(sorted(rows.items()))
    for record_id in seen:
        digests.see(record_id)
    left = {one for one in rows if rows[one] != GONE}
    assert set(digests.unseen()) == left - set(seen)
    assert digests.count() == len(left)


def test_deleted_row_has_no_content_that_is_the_same() -> None:
    digests = Digests([("rec1", GONE)])
    place = digests.see("rec1")
    assert place is not None
    assert not digests.is_same(place, content_hash({}))


def test_row_takes_27_bytes() -> None:
    """Lark's ids have 14 characters."""
    many = Digests((f"rec{number:011d}", content_hash({"n": number})) for number in range(2_000))
    parts = (many._ids, many._ends, many._hashes, many._seen)
    assert sum(map(sys.getsizeof, parts)) / len(many) < 27 * 1.2
