"""What every caller may rely on of the Submissions table."""

from dataclasses import replace

import pytest

from larkbridge.errors import AwsUnavailableError, ConflictError
from larkbridge.store.submissions import STATUSES, FormType, Submission, SubmissionStore
from larkbridge.store.work import Status
from tests.support.submissions import submission_at

OPEN = {Status.PENDING, Status.SENDING, Status.FAILED}


@pytest.fixture
def store(tables: dict[str, str]) -> SubmissionStore:
    return SubmissionStore(tables["SUBMISSIONS_TABLE"])


def filled(store: SubmissionStore, count: int, form_type: FormType = FormType.HOLD) -> list[Submission]:
    added = [submission_at(minute, form_type) for minute in range(count)]
    for one in added:
        assert store.add(one) is None
    return added


def test_added_submission_comes_back_whole(store: SubmissionStore) -> None:
    (added,) = filled(store, 1)
    assert store.get(added.submission_id) == added


def test_unknown_submission_is_none(store: SubmissionStore) -> None:
    assert store.get("no-such-id") is None


def test_taken_id_returns_the_first_one_unchanged(store: SubmissionStore) -> None:
    (first,) = filled(store, 1)
    second = replace(first, lease_owner="another request", payload='{"other":true}')
    assert store.add(second) == first
    assert store.get(first.submission_id) == first


def test_repeated_put_of_the_same_request_counts_as_done(store: SubmissionStore) -> None:
    (added,) = filled(store, 1)
    assert store.add(added) is None


def test_change_returns_the_whole_submission(store: SubmissionStore) -> None:
    (added,) = filled(store, 1)
    entry = {"number": 1, "verdict": "ok", "httpStatus": 200}
    changes = {"status": Status.SENT, "next_attempt_at": None, "sent_at": "2026-09-01T03:00:00.000Z"}
    changed = store.change(added, changes, attempts=[entry])
    assert changed == replace(added, **changes, attempts=[entry])
    assert store.get(added.submission_id) == changed


def test_change_of_a_summary_returns_it_whole_where_that_is_asked(store: SubmissionStore) -> None:
    (added,) = filled(store, 1)
    (summary,) = store.backlog([FormType.HOLD])
    assert not summary.payload
    changed = store.change(summary, {"status": Status.SENDING, "attempt_count": 2}, read=True)
    assert changed == replace(added, status=Status.SENDING, attempt_count=2)


def test_history_grows(store: SubmissionStore) -> None:
    (seen,) = filled(store, 1)
    for number in (1, 2, 3):
        seen = store.change(seen, {"attempt_count": number + 1}, attempts=[{"number": number}])
    assert [entry["number"] for entry in seen.attempts] == [1, 2, 3]


def test_change_of_what_was_moved_meanwhile_is_refused(store: SubmissionStore) -> None:
    (seen,) = filled(store, 1)
    moved = store.change(seen, {"attempt_count": 2, "lease_owner": "first"})
    with pytest.raises(ConflictError):
        store.change(seen, {"attempt_count": 2, "lease_owner": "second"})
    assert store.get(seen.submission_id) == moved


def test_repeated_change_of_the_same_request_counts_as_done(store: SubmissionStore) -> None:
    (seen,) = filled(store, 1)
    changes = {"attempt_count": 2, "lease_owner": "first", "maybe_duplicate": True}
    first = store.change(seen, changes, attempts=[{"number": 1}])
    assert store.change(seen, changes, attempts=[{"number": 1}]) == first


def test_change_of_an_absent_submission_is_refused(store: SubmissionStore) -> None:
    with pytest.raises(ConflictError):
        store.change(submission_at(0), {"attempt_count": 2})


def test_unsent_are_listed_oldest_first_across_forms(store: SubmissionStore) -> None:
    added = [submission_at(minute, form) for minute, form in enumerate([*FormType, *FormType])]
    for one in reversed(added):
        store.add(one)
    assert [one.submission_id for one in store.backlog(FormType)] == [one.submission_id for one in added]


def test_sent_and_dead_leave_the_backlog(store: SubmissionStore) -> None:
    sent, dead, failed = filled(store, 3)
    store.change(sent, {"status": Status.SENT})
    store.change(dead, {"status": Status.DEAD})
    store.change(failed, {"status": Status.FAILED})
    assert [one.submission_id for one in store.backlog(FormType)] == [failed.submission_id]


def test_dead_one_that_is_retried_returns_to_the_backlog(store: SubmissionStore) -> None:
    (seen,) = filled(store, 1)
    dead = store.change(seen, {"status": Status.DEAD})
    store.change(dead, {"status": Status.FAILED})
    assert [one.submission_id for one in store.backlog(FormType)] == [seen.submission_id]
    assert not list(store.listed(FormType, {Status.DEAD}, None))


def test_summary_in_the_backlog_suffices_to_claim(store: SubmissionStore) -> None:
    (added,) = filled(store, 1)
    store.change(added, {"first_unknown_at": "2026-09-01T02:00:00.000Z", "maybe_duplicate": True})
    (summary,) = store.backlog(FormType)
    whole = store.get(added.submission_id)
    assert whole is not None
    for name in ("attempt_count", "attempted_at", "first_unknown_at", "next_attempt_at"):
        assert getattr(summary, name) == getattr(whole, name), name


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (set(STATUSES), [4, 3, 2, 1, 0]),
        ({Status.SENT}, [1]),
        ({Status.FAILED}, [3]),
        ({Status.DEAD}, [2]),
        ({Status.FAILED, Status.DEAD}, [3, 2]),
        (OPEN, [4, 3, 0]),
    ],
)
def test_lists_by_status_newest_first(
    store: SubmissionStore, statuses: set[Status], expected: list[int]
) -> None:
    added = filled(store, 5)
    goals = [Status.PENDING, Status.SENT, Status.DEAD, Status.FAILED, Status.SENDING]
    for one, status in zip(added, goals, strict=True):
        store.change(one, {"status": status})
    listed = [one for one in store.listed(FormType, statuses, None) if one.status in statuses]
    assert [one.submission_id for one in listed] == [added[number].submission_id for number in expected]


def test_list_continues_below_a_sort_key_over_many_pages(store: SubmissionStore) -> None:
    added = filled(store, 230, FormType.CHANGE)
    older = store.listed([FormType.CHANGE], set(STATUSES), added[220].sort_key)
    assert [one.submission_id for one in older] == [one.submission_id for one in added[219::-1]]


def test_missing_table_is_an_aws_error(tables: dict[str, str]) -> None:
    store = SubmissionStore("no-such-table")
    with pytest.raises(AwsUnavailableError, match="ResourceNotFoundException"):
        store.get("id")
