"""Each index carries what the code reads from it: nothing missing, nothing paid for in vain."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from larkbridge.admin.submissions import summary
from larkbridge.clock import to_text
from larkbridge.errors import ConflictError
from larkbridge.outbox import states
from larkbridge.store.submissions import STATUSES, FormType, Submission, SubmissionStore
from larkbridge.store.work import Status
from tests.support.clock import START
from tests.support.template import resources
from tests.support.world import World

type Reading = dict[str, Any]

BEFORE = to_text(START - timedelta(hours=5))
FULL = Submission(
    submission_id="6f9619ff-8b86-4011-b42d-00cf4fc964ff",
    form_type=FormType.HOLD,
    sort_key=f"{BEFORE}#6f9619ff-8b86-4011-b42d-00cf4fc964ff",
    submitted_at=BEFORE,
    status=Status.FAILED,
    attempt_count=3,
    next_attempt_at=BEFORE,
    contact_name="Đinh Thị Ngọc Diệp",
    contact_phone="+84965432109",
    maybe_duplicate=True,
    last_error={"reason": "rate_limited"},
    attempt_limit=12,
    attempted_at=BEFORE,
    first_unknown_at=BEFORE,
    lease_owner="run-1",
    payload="{}",
    content_hash="hash",
    client_token="token",
    attempts=[{"number": 3}],
)
CUT_OFF = replace(FULL, status=Status.SENDING, first_unknown_at=None, maybe_duplicate=False)
DEAD = replace(FULL, status=Status.DEAD, next_attempt_at=None)
SENT = replace(FULL, status=Status.SENT, done_at=BEFORE, next_attempt_at=None)


def of_a_list(submission: Submission) -> Reading:
    """What the admin's lists make of a submission."""
    return {"summary": summary(submission), "cursor": submission.sort_key}


def of_the_backlog(submission: Submission) -> Reading:
    """What lists, the retry job and an admin's retry make of a submission, the conditional write included."""
    return of_a_list(submission) | {
        "due": states.is_due(submission, START),
        "claim": states.claim(submission, "run-2", START, random.Random(1)),
        "retry": _retry(submission),
        "seen": (submission.submission_id, submission.attempt_count, submission.status),
        "queue": submission.to_record()["queue"],
    }


def _retry(submission: Submission) -> states.Change | None:
    try:
        return states.retry_now(submission, START)
    except ConflictError:
        return None


def from_unsent(store: SubmissionStore, submission: Submission) -> Submission:
    found = [*store.backlog(FormType), *store.listed(FormType, [Status.DEAD], None)]
    return next(one for one in found if one.submission_id == submission.submission_id)


def from_all(store: SubmissionStore, submission: Submission) -> Submission:
    found = store.listed(FormType, tuple(STATUSES), None)
    return next(one for one in found if one.submission_id == submission.submission_id)


INDEXES = {
    "unsent": (from_unsent, of_the_backlog, (FULL, CUT_OFF, DEAD)),
    "by-form-type": (from_all, of_a_list, (FULL, CUT_OFF, DEAD, SENT)),
}
READINGS = [
    pytest.param(find, read, one, id=f"{name}-{one.status}")
    for name, (find, read, samples) in INDEXES.items()
    for one in samples
]


def projections() -> dict[str, list[str]]:
    """Return the attributes of each index beside its keys."""
    indexes = resources("AWS::DynamoDB::Table")["SubmissionsTable"]["Properties"]["GlobalSecondaryIndexes"]
    return {one["IndexName"]: one["Projection"]["NonKeyAttributes"] for one in indexes}


@pytest.mark.parametrize(("find", "read", "submission"), READINGS)
def test_an_index_tells_as_much_as_the_table(
    world: World,
    find: Callable[[SubmissionStore, Submission], Submission],
    read: Callable[[Submission], Reading],
    submission: Submission,
) -> None:
    world.submissions.add(submission)

    assert read(find(world.submissions, submission)) == read(submission)


@pytest.mark.parametrize(
    ("index", "attribute"), [(index, one) for index, names in projections().items() for one in names]
)
def test_an_index_carries_nothing_that_nobody_reads(index: str, attribute: str) -> None:
    _, read, samples = INDEXES[index]

    assert any(_without(attribute, one, read) != read(one) for one in samples)


def _without(attribute: str, submission: Submission, read: Callable[[Submission], Reading]) -> Reading | None:
    """Return the reading of a submission that lacks an attribute, None when there can be none."""
    record = submission.to_record()
    kept = {name: value for name, value in record.items() if name != attribute and value is not None}
    try:
        return read(Submission.from_record(kept))
    except (KeyError, TypeError):
        return None


def test_the_test_knows_every_index() -> None:
    assert projections().keys() == INDEXES.keys()
