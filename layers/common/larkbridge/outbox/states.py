"""The delivery state machine, pure: each function returns the fields that change.

    pending --> sent | failed | dead          the first attempt, by the form's own request
    failed, or a lapsed lease --> sending --> sent | failed | dead
    failed | dead --> failed, due now         an admin's retry

An attempt that ends without a record (its lease lapses) has an unknown outcome. What follows an unknown
outcome carries the same idempotency token; once the token's window may be over, the submission is sent all
the same, since losing is worse, and marked `maybe_duplicate` before it goes out.
"""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from larkbridge.clock import from_text, to_text
from larkbridge.errors import ConflictError
from larkbridge.lark.limits import CLIENT_TOKEN_WINDOW
from larkbridge.outbox import backoff
from larkbridge.outcome import Outcome, Verdict
from larkbridge.store.submissions import FINAL, LarkStatus, Submission

LEASE = timedelta(seconds=90)
"""Longer than any function that sends can live, so that nobody sends under a lease that has lapsed."""

SEND_MARGIN = timedelta(seconds=25)
"""What one attempt may take: two AWS writes and a secret at their slowest (6 s each), 5 s for the POST."""

_UNDER_WAY = (LarkStatus.PENDING, LarkStatus.SENDING)
_GIVEN_UP: dict[str, Any] = {"lark_status": LarkStatus.DEAD, "next_attempt_at": None, "lease_owner": None}


@dataclass(frozen=True, slots=True)
class Change:
    """Fields to set, and entries to add to the submission's history."""

    fields: dict[str, Any]
    attempts: list[dict[str, Any]] = field(default_factory=list)


def is_due(submission: Submission, now: datetime) -> bool:
    """Return whether an attempt may start: nobody holds it, and its time has come."""
    due = submission.next_attempt_at
    return submission.lark_status not in FINAL and due is not None and from_text(due) <= now


def claim(submission: Submission, owner: str, now: datetime, rng: random.Random) -> Change:
    """Start an attempt of a submission that is due, or give up one whose last attempt was cut off.

    `next_attempt_at` becomes what holds if this attempt is cut off too: its lease and then the usual wait.
    """
    cut_off = submission.lark_status in _UNDER_WAY
    attempts = [_entry(submission, Verdict.UNKNOWN, "interrupted")] if cut_off else []
    if cut_off and submission.attempt_count >= submission.attempt_limit:
        return Change(_GIVEN_UP | {"last_error": {"reason": "interrupted"}}, attempts)
    first_unknown = submission.first_unknown_at or (submission.attempted_at if cut_off else None)
    number = submission.attempt_count + 1
    fields = {
        "lark_status": LarkStatus.SENDING,
        "attempt_count": number,
        "attempted_at": to_text(now),
        "next_attempt_at": to_text(now + LEASE + _wait(submission, number, rng)),
        "lease_owner": owner,
        "first_unknown_at": first_unknown,
        "maybe_duplicate": submission.maybe_duplicate or _window_may_be_over(first_unknown, now),
    }
    return Change(fields, attempts)


def record(submission: Submission, outcome: Outcome, now: datetime, rng: random.Random) -> Change:
    """End the attempt that `submission` is in, with what came of it."""
    entry = _entry(submission, outcome.verdict, outcome.reason, ended_at=to_text(now)) | _details(outcome)
    if outcome.delivered:
        fields = {"lark_status": LarkStatus.SENT, "sent_at": to_text(now), "next_attempt_at": None}
        return Change(fields | {"last_error": None, "lease_owner": None}, [entry])
    if outcome.verdict == Verdict.REJECT or submission.attempt_count >= submission.attempt_limit:
        fields = dict(_GIVEN_UP)
    else:
        wait = _wait(submission, submission.attempt_count, rng, outcome.retry_after)
        fields = {"lark_status": LarkStatus.FAILED, "next_attempt_at": to_text(now + wait)}
    if outcome.verdict == Verdict.UNKNOWN:
        fields["first_unknown_at"] = submission.first_unknown_at or submission.attempted_at
    error = {"reason": outcome.reason} | ({"message": outcome.message} if outcome.message else {})
    return Change(fields | {"last_error": error, "lease_owner": None}, [entry])


def retry_now(submission: Submission, now: datetime) -> Change:
    """Give a failed or dead submission twelve more attempts, the first one now.

    Raises
    ------
    ConflictError
        When Lark has it already, or an attempt is under way.
    """
    if submission.lark_status == LarkStatus.SENT:
        raise ConflictError("the submission has been sent already")
    if _is_held(submission, now):
        raise ConflictError("an attempt is under way")
    fields = {
        "next_attempt_at": to_text(now),
        "attempt_limit": submission.attempt_count + backoff.MAX_ATTEMPTS,
    }
    if submission.lark_status == LarkStatus.DEAD:
        fields["lark_status"] = LarkStatus.FAILED
    return Change(fields)


def _is_held(submission: Submission, now: datetime) -> bool:
    """Tell whether an attempt has its lease still; one that was cut off waits for longer than that."""
    if submission.lark_status not in _UNDER_WAY or submission.attempted_at is None:
        return False
    return now < from_text(submission.attempted_at) + LEASE


def _wait(
    submission: Submission, attempt: int, rng: random.Random, at_least: float | None = None
) -> timedelta:
    """Return the wait after an attempt, counted within the twelve of its round."""
    return backoff.delay(attempt - (submission.attempt_limit - backoff.MAX_ATTEMPTS), at_least, rng)


def _window_may_be_over(first_unknown_at: str | None, now: datetime) -> bool:
    if first_unknown_at is None:
        return False
    return now + SEND_MARGIN >= from_text(first_unknown_at) + CLIENT_TOKEN_WINDOW


def _entry(
    submission: Submission, verdict: Verdict, reason: str, ended_at: str | None = None
) -> dict[str, Any]:
    entry = {
        "number": submission.attempt_count,
        "startedAt": submission.attempted_at,
        "verdict": str(verdict),
        "reason": reason,
    }
    return entry | ({"endedAt": ended_at} if ended_at else {})


def _details(outcome: Outcome) -> dict[str, Any]:
    details = {
        "message": outcome.message or None,
        "httpStatus": outcome.http_status,
        "larkCode": outcome.lark_code,
        "larkLogId": outcome.log_id,
        "retryAfter": outcome.retry_after,
    }
    return {key: value for key, value in details.items() if value is not None}
