"""Submissions as the store holds them."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from larkbridge.clock import to_text
from larkbridge.store.submissions import FormType, Submission
from larkbridge.store.work import Status
from tests.support.clock import START


def submission_at(minute: int, form_type: FormType = FormType.HOLD) -> Submission:
    """Return a new submission, posted `minute` minutes after the tests' beginning of time."""
    submission_id = str(uuid.uuid4())
    submitted_at = to_text(START + timedelta(minutes=minute))
    return Submission(
        submission_id=submission_id,
        form_type=form_type,
        sort_key=f"{submitted_at}#{submission_id}",
        submitted_at=submitted_at,
        status=Status.PENDING,
        attempt_count=1,
        attempted_at=submitted_at,
        next_attempt_at=to_text(START + timedelta(minutes=minute, seconds=90)),
        lease_owner=f"request {submission_id}",
        contact_name="Nguyễn Thị Hà",
        contact_phone="+84912345678",
        payload='{"studentName":"Nguyễn Minh An"}',
        content_hash="0" * 64,
        client_token=str(uuid.uuid4()),
    )


def forms_of_a_parent(later: timedelta = timedelta()) -> Iterator[Submission]:
    """Yield two forms of an hour before the tests' beginning of time, or later: one is sent, one given up."""
    for number, status in enumerate((Status.SENT, Status.DEAD)):
        submission = submission_at(later // timedelta(minutes=1) - 60 - number)
        submission_id = f"00000000-0000-4000-8000-00000000000{number}"
        sort_key = f"{submission.submitted_at}#{submission_id}"
        known = {"submission_id": submission_id, "sort_key": sort_key, "phone_key": submission.contact_phone}
        yield replace(submission, status=status, **known)
