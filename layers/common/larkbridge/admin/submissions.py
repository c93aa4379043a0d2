"""What an admin can see of submissions, and do about those that Lark does not have."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypedDict

from larkbridge.admin.last_error import last_error
from larkbridge.admin.requests import Many, Page, body_of
from larkbridge.admin.work import (
    RETRYABLE,
    Attempt,
    Filter,
    MatchCount,
    Progress,
    Skipped,
    WorkAdmin,
    words,
)
from larkbridge.clock import Clock
from larkbridge.errors import ConflictError
from larkbridge.outbox import states
from larkbridge.outbox.policy import SUBMISSION
from larkbridge.routes import Answer, Call, Parameter, Route, Scope
from larkbridge.settings import Settings
from larkbridge.shapes import Cursor, Moment, Note, Uuid
from larkbridge.store.submissions import STATUSES, FormType, Submission, SubmissionStore
from larkbridge.store.work import Status

_FORM_TYPE = Note("Only submissions of this form.", examples=["leave-request"])
_LARK_STATUS = Note("Only submissions in this state.", examples=["failed"])
_ID = Parameter("submissionId", "The submission's id.")


class ListSubmissions(Page):
    form_type: Annotated[FormType | None, _FORM_TYPE] = None
    lark_status: Annotated[Literal["pending", "sending", "sent", "failed", "dead"] | None, _LARK_STATUS] = (
        None
    )


class RetrySubmissions(Many):
    form_type: Annotated[FormType | None, _FORM_TYPE] = None
    lark_status: Annotated[Literal["failed", "dead"] | None, _LARK_STATUS] = None


class SubmissionSummary(Progress):
    submissionId: Uuid
    formType: Annotated[str, Note(enum=[*FormType])]
    submittedAt: Moment
    larkStatus: Annotated[str, words(Submission, STATUSES)]
    contactName: Annotated[str, Note(examples=["Nguyễn Thị Hà"])]
    contactPhone: Annotated[str, Note(pattern=r"^\+[1-9][0-9]+$", examples=["+84912345678"])]
    sentAt: Moment | None
    maybeDuplicate: Annotated[
        bool, Note("Sent again after 3 hours though an earlier attempt's outcome was unknown.")
    ]


class ShownSubmission(SubmissionSummary):
    payload: Annotated[
        dict[str, str | bool | int],
        Note(
            "What Lark receives: every field of the form, an absent one as an empty string.",
            required=["formType", "submittedAt", "submissionId", "parentName", "parentPhone"],
        ),
    ]
    clientToken: Uuid
    attempts: list[Attempt]


class SubmissionPage(TypedDict):
    items: list[SubmissionSummary]
    cursor: Cursor


class RetryReport(TypedDict):
    dryRun: Literal[False]
    retried: Annotated[int, Note(minimum=0)]
    skipped: Skipped
    cursor: Cursor


class Submissions:
    """Serves the routes under /v1/submissions."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._work = WorkAdmin(
            SubmissionStore(settings.submissions_table),
            SUBMISSION,
            clock,
            summary=summary,
            again=states.retry_now,
            noun="submission",
            done="retried",
        )

    def page(self, call: Call[ListSubmissions]) -> dict[str, Any]:
        return self._work.page(_filter(call.query, STATUSES), call.query)

    def get(self, call: Call) -> dict[str, Any]:
        return detail(self._work.get(call.ids["submissionId"]))

    def retry(self, call: Call) -> dict[str, Any]:
        return self._work.take_up(call.ids["submissionId"])

    def retry_many(self, call: Call[None, RetrySubmissions]) -> dict[str, Any]:
        return self._work.take_up_many(_filter(call.body, RETRYABLE), call.body)


ROUTES = (
    Route(
        "GET",
        "/v1/submissions",
        Scope.READ,
        name="listSubmissions",
        summary="Submissions, newest first",
        tag="submissions",
        query=ListSubmissions,
        answer=Answer(SubmissionPage, "One page."),
        handle=Submissions.page,
    ),
    Route(
        "GET",
        "/v1/submissions/{submissionId}",
        Scope.READ,
        name="getSubmission",
        summary="One submission with its payload and attempts",
        tag="submissions",
        parameters=(_ID,),
        answer=Answer(ShownSubmission, "The submission."),
        handle=Submissions.get,
    ),
    Route(
        "POST",
        "/v1/submissions/{submissionId}/retry",
        Scope.RETRY,
        name="retrySubmission",
        summary="Make a failed or dead submission due now; it is sent within a minute",
        tag="submissions",
        parameters=(_ID,),
        raises=(ConflictError,),
        answer=Answer(SubmissionSummary, "It is due."),
        handle=Submissions.retry,
    ),
    Route(
        "POST",
        "/v1/submissions/retry",
        Scope.RETRY,
        name="retrySubmissions",
        summary="Make failed and dead submissions due now, or count them",
        tag="submissions",
        body=body_of(RetrySubmissions),
        answer=Answer(MatchCount | RetryReport, "Done, or counted."),
        handle=Submissions.retry_many,
    ),
)


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
