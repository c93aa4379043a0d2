"""Of all the reports on one thing the newest is kept, whatever their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.store.entities import EntityStore, version

REPORTS = st.tuples(st.booleans(), st.integers(0, 10**15 - 1), st.integers(0, 9), st.text("abc", min_size=1))


def version_of(report: tuple[bool, int, int, str]) -> str:
    final, moment, rank, event_id = report
    return version(moment, rank, event_id, final=final)


@given(one=REPORTS, other=REPORTS)
def test_versions_sort_as_reports_follow_one_another(
    one: tuple[bool, int, int, str], other: tuple[bool, int, int, str]
) -> None:
    assert (version_of(one) < version_of(other)) == (one < other)


@pytest.fixture
def users(environ: dict[str, str]) -> EntityStore[dict[str, str]]:
    return EntityStore(environ["USERS_TABLE"], "userId")


def test_newer_report_takes_the_place_of_an_older_one_whole(users: EntityStore[dict[str, str]]) -> None:
    assert users.put({"userId": "1", "name": "Một"}, "1")
    assert users.put({"userId": "1", "email": "an@example.com"}, "2")
    assert users.get("1") == {"userId": "1", "email": "an@example.com"}


@pytest.mark.parametrize("later", ["1", "2"])
def test_older_report_and_the_same_one_change_nothing(users: EntityStore[dict[str, str]], later: str) -> None:
    users.put({"userId": "1", "name": "Hai"}, "2")
    assert not users.put({"userId": "1", "name": "Một"}, later)
    assert users.get("1") == {"userId": "1", "name": "Hai"}


def test_what_nobody_reported_is_not_there(users: EntityStore[dict[str, str]]) -> None:
    assert users.get("1") is None
