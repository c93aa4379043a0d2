"""What submissions, events and deliveries have in common."""

from collections.abc import Sequence

from larkbridge.admin.work import MAX_COUNTED
from larkbridge.outcome import Verdict
from larkbridge.store.work import Status, Work
from tools.openapi.refusals import BODY, KEY
from tools.openapi.schema import (
    COUNT,
    CURSOR,
    MOMENT,
    TEXT,
    Schema,
    array,
    described,
    nullable,
    record,
    reference,
)

ONE = (*KEY, "NotFound")
MADE_DUE = (*ONE, "Conflict")
LIST = (*KEY, "BadRequest")
MANY = (*KEY, *BODY)

PROGRESS: dict[str, Schema] = {
    "attemptCount": COUNT,
    "nextAttemptAt": nullable(MOMENT),
    "lastError": nullable(reference("LastError")),
}
ATTEMPTS = array(reference("Attempt"))

SCHEMAS: dict[str, Schema] = {
    "LastError": record(
        {"reason": {"type": "string", "examples": ["rate_limited"]}},
        {
            "message": TEXT,
            "hint": described(TEXT, "What a person can do about it, where Lark is the other side."),
        },
    ),
    "Attempt": record(
        {
            "number": {"type": "integer", "minimum": 1},
            "startedAt": MOMENT,
            "verdict": {"enum": [*Verdict]},
            "reason": TEXT,
        },
        {
            "endedAt": MOMENT,
            "message": TEXT,
            "httpStatus": {"type": "integer"},
            "larkCode": {"type": "integer"},
            "larkLogId": TEXT,
            "retryAfter": {"type": "number", "description": "Seconds that the other side asked for."},
        },
    ),
    "MatchCount": record(
        {
            "dryRun": {"const": True},
            "matched": described(COUNT, f"Among at most {MAX_COUNTED:,} entries."),
            "cursor": CURSOR,
        }
    ),
}


def words(kind: type[Work], statuses: Sequence[Status]) -> Schema:
    """Return the statuses of one kind of work in its own words."""
    return {"enum": [kind.SHAPE.words.get(status, str(status)) for status in statuses]}


def report(done: str) -> Schema:
    """Return what an admin is told once something was done to many."""
    counts = {done: COUNT, "skipped": described(COUNT, "Moved on meanwhile.")}
    return record({"dryRun": {"const": False}} | counts | {"cursor": CURSOR})
