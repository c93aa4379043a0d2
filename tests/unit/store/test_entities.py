"""Of all the reports on one thing the newest is kept, whatever their order."""

from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.clock import to_text
from larkbridge.store.entities import EntityStore, Report, Row, version
from tests.support.clock import START
from tests.support.events import new_event

MOMENTS = st.datetimes(START.replace(year=1970, tzinfo=None), timezones=st.just(UTC)).map(to_text)
REPORTS = st.tuples(st.booleans(), MOMENTS, st.integers(0, 9))

type Users = EntityStore[dict[str, str]]


def version_of(report: tuple[bool, str, int]) -> str:
    final, moment, rank = report
    return version(moment, rank, final=final)


@given(one=REPORTS, other=REPORTS)
def test_versions_sort_as_reports_follow_one_another(
    one: tuple[bool, str, int], other: tuple[bool, str, int]
) -> None:
    assert (version_of(one) < version_of(other)) == (one < other)


@pytest.fixture
def users(environ: dict[str, str]) -> Users:
    return EntityStore(environ["USERS_TABLE"], "userId")


def test_newer_report_takes_the_place_of_an_older_one_whole(users: Users) -> None:
    assert users.put(Row({"userId": "1", "name": "Một"}, "1", "first"))
    assert users.put(Row({"userId": "1", "email": "an@example.com"}, "2", "second"))
    assert users.get("1") == {"userId": "1", "email": "an@example.com"}


@pytest.mark.parametrize("later", ["1", "2"])
def test_report_that_is_not_newer_changes_nothing(users: Users, later: str) -> None:
    users.put(Row({"userId": "1", "name": "Hai"}, "2", "first"))
    assert not users.put(Row({"userId": "1", "name": "Một"}, later, "second"))
    assert users.get("1") == {"userId": "1", "name": "Hai"}


SEEN = Row({"userId": "1", "name": "Một"}, "1", "first", ["zeroth"])


@pytest.mark.parametrize("seen", [None, SEEN], ids=["nothing", "a row"])
def test_what_is_still_as_it_was_seen_is_replaced(users: Users, seen: Row[dict[str, str]] | None) -> None:
    assert seen is None or users.put(seen)
    row = Row({"userId": "1", "name": "Hai"}, "1", "second", ["first"])
    assert users.put(row, seen)
    assert users.row("1") == row


@pytest.mark.parametrize(
    "meanwhile",
    [
        Row(SEEN.entity, "2", "first", ["zeroth"]),
        Row(SEEN.entity, "1", "second", ["zeroth"]),
        Row(SEEN.entity, "1", "first", ["zeroth", "another"]),
    ],
)
@pytest.mark.parametrize("seen", [None, SEEN], ids=["nothing", "a row"])
def test_what_somebody_else_wrote_meanwhile_is_not_replaced(
    users: Users, meanwhile: Row[dict[str, str]], seen: Row[dict[str, str]] | None
) -> None:
    users.put(meanwhile)
    assert not users.put(Row({"userId": "1", "name": "Hai"}, "3", "third"), seen)
    assert users.row("1") == meanwhile


def told(users: Users, number: int, version: str, attempt: int = 1) -> bool:
    """Take in the report of an event, the others being as they were; return the answer."""
    event = replace(new_event("clerk", "user.updated", {}, str(number)), attempt_count=attempt)
    return users.take_in(Report({"userId": "1", "name": str(number)}, version), event, lambda _: None)


def test_who_takes_a_report_in_hears_whether_it_says_the_newest_state(users: Users) -> None:
    assert told(users, 2, "2")
    assert told(users, 2, "2", attempt=2)
    assert not told(users, 1, "1")
    assert not told(users, 1, "1", attempt=2)
    assert told(users, 3, "3")
    assert not told(users, 2, "2", attempt=3)
    assert users.get("1") == {"userId": "1", "name": "3"}


def test_what_nobody_reported_is_not_there(users: Users) -> None:
    assert users.get("1") is None
