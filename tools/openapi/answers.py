"""What the API answers: the one place where its answers are written down by hand."""

from http import HTTPStatus
from typing import Any

from larkbridge import errors
from larkbridge.errors import LarkbridgeError
from larkbridge.outcome import Verdict
from larkbridge.store.submissions import FormType, LarkStatus

type Schema = dict[str, Any]

MOMENT: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
    "examples": ["2026-11-22T05:09:01.123Z"],
}
UUID: Schema = {"type": "string", "format": "uuid"}
CURSOR: Schema = {"type": ["string", "null"], "description": "Where the next page begins; null at the end."}
COUNT: Schema = {"type": "integer", "minimum": 0}

ERRORS: dict[type[LarkbridgeError], str] = {
    errors.BadRequestError: "The body, a header or a cursor cannot be understood.",
    errors.InvalidFieldsError: "`fields` names every field that is missing or wrong.",
    errors.MissingCredentialError: "No API key was sent.",
    errors.InvalidCredentialError: "The API key is unknown or revoked.",
    errors.NotFoundError: "There is no such thing.",
    errors.ConflictError: "The request contradicts what is stored.",
    errors.PayloadTooLargeError: "The body is over 64 KB.",
    errors.UnsupportedMediaTypeError: "The body is neither JSON nor an HTML form's in UTF-8.",
    errors.LarkbridgeError: "Our fault; `requestId` finds it in the logs.",
}


def record(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """Return the schema of an object that has no other members."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [*required],
        "properties": required | (optional or {}),
    }


def reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


LAST_ERROR = record(
    {"reason": {"type": "string", "examples": ["rate_limited"]}}, {"message": {"type": "string"}}
)
ATTEMPT = record(
    {
        "number": {"type": "integer", "minimum": 1},
        "startedAt": MOMENT,
        "verdict": {"enum": [*Verdict]},
        "reason": {"type": "string"},
    },
    {
        "endedAt": MOMENT,
        "message": {"type": "string"},
        "httpStatus": {"type": "integer"},
        "larkCode": {"type": "integer"},
        "larkLogId": {"type": "string"},
        "retryAfter": {"type": "number", "description": "Seconds that Lark asked for."},
    },
)
SUMMARY: dict[str, Schema] = {
    "submissionId": UUID,
    "formType": {"enum": [*FormType]},
    "submittedAt": MOMENT,
    "larkStatus": {"enum": [*LarkStatus]},
    "contactName": {"type": "string", "examples": ["Nguyễn Thị Hà"]},
    "contactPhone": {"type": "string", "pattern": r"^\+[1-9][0-9]+$", "examples": ["+84912345678"]},
    "attemptCount": {"type": "integer", "minimum": 1},
    "nextAttemptAt": nullable(MOMENT),
    "sentAt": nullable(MOMENT),
    "maybeDuplicate": {
        "type": "boolean",
        "description": "Sent again after 3 hours though an earlier attempt's outcome was unknown.",
    },
    "lastError": nullable(reference("LastError")),
}
PAYLOAD: Schema = {
    "type": "object",
    "description": "What Lark receives: every field of the form, an absent one as an empty string.",
    "required": ["formType", "submittedAt", "submissionId", "parentName", "parentPhone"],
    "additionalProperties": {"type": ["string", "boolean", "integer"]},
}

SCHEMAS: dict[str, Schema] = {
    "Receipt": record(
        {
            "ok": {"const": True},
            "submissionId": UUID,
            "larkStatus": {
                "enum": [LarkStatus.SENT, LarkStatus.FAILED],
                "description": "`failed`: stored, and sent to Lark later.",
            },
        }
    ),
    "Health": record(
        {
            "ok": {"const": True},
            "version": {"type": "string"},
            "larkForms": {"enum": ["ok", "circuit_open"], "description": "Whether Lark takes forms."},
        }
    ),
    "LastError": LAST_ERROR,
    "Attempt": ATTEMPT,
    "SubmissionSummary": record(SUMMARY),
    "Submission": record(
        SUMMARY
        | {
            "payload": PAYLOAD,
            "clientToken": UUID,
            "attempts": {"type": "array", "items": reference("Attempt")},
        }
    ),
    "SubmissionPage": record(
        {"items": {"type": "array", "items": reference("SubmissionSummary")}, "cursor": CURSOR}
    ),
    "RetryCount": record({"dryRun": {"const": True}, "matched": COUNT}),
    "RetryReport": record({"dryRun": {"const": False}, "retried": COUNT, "skipped": COUNT, "cursor": CURSOR}),
    "Error": record(
        {
            "error": {"enum": [one.code for one in ERRORS]},
            "message": {"type": "string", "description": "For people."},
            "requestId": {"type": "string"},
        },
        {"fields": {"type": "object", "additionalProperties": {"type": "string"}}},
    ),
    "Throttled": {
        "type": "object",
        "required": ["message"],
        "properties": {"message": {"type": "string"}},
    },
}


def answer(description: str, schema: Schema) -> Schema:
    """Return an answer with a JSON body."""
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _error_answer(*raised: type[LarkbridgeError]) -> Schema:
    codes = {"properties": {"error": {"enum": [one.code for one in raised]}}}
    described = "\n".join(f"`{one.code}`: {ERRORS[one]}" for one in raised)
    return answer(described, {"allOf": [reference("Error"), codes]})


def error_responses() -> dict[str, Schema]:
    """Return the answer to each error by its status, with API Gateway's own to too many requests."""
    statuses = {error.status for error in ERRORS}
    raised = {status: [error for error in ERRORS if error.status == status] for status in statuses}
    ours = {HTTPStatus(status).phrase: _error_answer(*raised[status]) for status in sorted(statuses)}
    gateways = answer("Says API Gateway, not the bundle.", reference("Throttled"))
    return {_name(phrase): one for phrase, one in ours.items()} | {_name(HTTPStatus(429).phrase): gateways}


def error_answers(*raised: type[LarkbridgeError]) -> dict[str, Schema]:
    """Return references to the answers of these errors, of our own fault and of API Gateway's throttling."""
    statuses = {429, LarkbridgeError.status, *(error.status for error in raised)}
    return {
        str(one): {"$ref": f"#/components/responses/{_name(HTTPStatus(one).phrase)}"}
        for one in sorted(statuses)
    }


def _name(phrase: str) -> str:
    return phrase.replace(" ", "")
