"""What an admin can see of submissions, and do about those that Lark does not have."""

import json
from collections.abc import Sequence
from typing import Any

from larkbridge.admin.call import Call, Routes
from larkbridge.admin.last_error import last_error
from larkbridge.admin.requests import ListSubmissions, RetrySubmissions
from larkbridge.admin.work import RETRYABLE, Filter, WorkAdmin
from larkbridge.clock import Clock
from larkbridge.outbox import states
from larkbridge.settings import Settings
from larkbridge.store.submissions import STATUSES, FormType, Submission, SubmissionStore
from larkbridge.store.work import Status


def submission_routes(settings: Settings, clock: Clock) -> Routes:
    """Return the routes under /v1/submissions."""
    store = SubmissionStore(settings.submissions_table)
    admin = WorkAdmin(
        store, clock, summary=summary, again=states.retry_now, noun="submission", done="retried"
    )

    def page(call: Call) -> dict[str, Any]:
        asked = ListSubmissions.read(call.query)
        return admin.page(_filter(asked, STATUSES), asked)

    def retry_many(call: Call) -> dict[str, Any]:
        asked = RetrySubmissions.read(call.fields())
        return admin.take_up_many(_filter(asked, RETRYABLE), asked)

    return {
        "GET /v1/submissions": page,
        "GET /v1/submissions/{submissionId}": lambda call: detail(admin.get(call.path("submissionId"))),
        "POST /v1/submissions/{submissionId}/retry": lambda call: admin.take_up(call.path("submissionId")),
        "POST /v1/submissions/retry": retry_many,
    }


def _filter(asked: ListSubmissions | RetrySubmissions, statuses: Sequence[Status]) -> Filter[Submission]:
    return Filter(
        partitions=tuple(FormType) if asked.form_type is None else (asked.form_type,),
        statuses=statuses if asked.lark_status is None else (Submission.status_of(asked.lark_status),),
    )


def summary(submission: Submission) -> dict[str, Any]:
    """Return what lists show of a submission."""
    return {
        "submissionId": submission.submission_id,
        "formType": submission.form_type,
        "submittedAt": submission.submitted_at,
        "larkStatus": submission.word,
        "contactName": submission.contact_name,
        "contactPhone": submission.contact_phone,
        "attemptCount": submission.attempt_count,
        "nextAttemptAt": submission.next_attempt_at,
        "sentAt": submission.done_at,
        "maybeDuplicate": submission.maybe_duplicate,
        "lastError": last_error(submission),
    }


def detail(submission: Submission) -> dict[str, Any]:
    """Return everything an admin may see of a submission."""
    return summary(submission) | {
        "payload": json.loads(submission.payload),
        "clientToken": submission.client_token,
        "attempts": submission.attempts,
    }
