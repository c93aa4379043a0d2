"""Submissions, as an admin sees them."""

from larkbridge.admin.requests import ListSubmissions, RetrySubmissions
from larkbridge.store.submissions import STATUSES, FormType, Submission
from tools.openapi.fields import request_schema
from tools.openapi.schema import (
    MOMENT,
    UUID,
    Operations,
    Schema,
    answer,
    body,
    nullable,
    operation,
    page_of,
    path,
    query,
    record,
    reference,
)
from tools.openapi.work import ATTEMPTS, LIST, MADE_DUE, MANY, ONE, PROGRESS, report, words

SUBMISSION_ID = path("submissionId", "The submission's id.")

SUMMARY: dict[str, Schema] = {
    "submissionId": UUID,
    "formType": {"enum": [*FormType]},
    "submittedAt": MOMENT,
    "larkStatus": words(Submission, STATUSES),
    "contactName": {"type": "string", "examples": ["Nguyễn Thị Hà"]},
    "contactPhone": {"type": "string", "pattern": r"^\+[1-9][0-9]+$", "examples": ["+84912345678"]},
    **PROGRESS,
    "sentAt": nullable(MOMENT),
    "maybeDuplicate": {
        "type": "boolean",
        "description": "Sent again after 3 hours though an earlier attempt's outcome was unknown.",
    },
}
PAYLOAD: Schema = {
    "type": "object",
    "description": "What Lark receives: every field of the form, an absent one as an empty string.",
    "required": ["formType", "submittedAt", "submissionId", "parentName", "parentPhone"],
    "additionalProperties": {"type": ["string", "boolean", "integer"]},
}

SCHEMAS: dict[str, Schema] = {
    "SubmissionSummary": record(SUMMARY),
    "Submission": record(SUMMARY | {"payload": PAYLOAD, "clientToken": UUID, "attempts": ATTEMPTS}),
    "SubmissionPage": page_of("SubmissionSummary"),
    "RetrySubmissions": request_schema(RetrySubmissions),
    "RetryReport": report("retried"),
}

OPERATIONS: Operations = {
    "GET /v1/submissions": operation(
        "listSubmissions",
        "Submissions, newest first",
        tag="submissions",
        parameters=query(ListSubmissions),
        success=answer("One page.", reference("SubmissionPage")),
        refusals=LIST,
    ),
    "GET /v1/submissions/{submissionId}": operation(
        "getSubmission",
        "One submission with its payload and attempts",
        tag="submissions",
        parameters=[SUBMISSION_ID],
        success=answer("The submission.", reference("Submission")),
        refusals=ONE,
    ),
    "POST /v1/submissions/{submissionId}/retry": operation(
        "retrySubmission",
        "Make a failed or dead submission due now; it is sent within a minute",
        tag="submissions",
        parameters=[SUBMISSION_ID],
        success=answer("It is due.", reference("SubmissionSummary")),
        refusals=MADE_DUE,
    ),
    "POST /v1/submissions/retry": operation(
        "retrySubmissions",
        "Make failed and dead submissions due now, or count them",
        tag="submissions",
        requestBody=body(reference("RetrySubmissions")),
        success=answer("Done, or counted.", {"oneOf": [reference("MatchCount"), reference("RetryReport")]}),
        refusals=MANY,
    ),
}
