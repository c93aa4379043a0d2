"""The delivery state machine, pure: each function returns the fields that change.

    pending --> sent | failed | dead          the first attempt, by the request that stored it
    received, failed, or a lapsed lease --> sending --> sent | ignored | failed | dead
    failed | dead --> failed, due now         an admin's retry
    failed | any end --> received, due now    a replay

An attempt that ends without a record (its lease lapses) has an unknown outcome. What follows an unknown
outcome carries the same idempotency token; once the token's window may be over, the work is sent all
the same, since losing is worse, and marked `maybe_duplicate` before it goes out.
"""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from larkbridge.clock import from_text, to_text
from larkbridge.errors import ConflictError
from larkbridge.outbox import backoff
from larkbridge.outcome import Outcome, Verdict
from larkbridge.store.work import DONE, FINAL, Status, Work

LEASE = timedelta(seconds=90)
"""Longer than any function that sends can live, so that nobody sends under a lease that has lapsed."""

SEND_MARGIN = timedelta(seconds=25)
"""What one attempt may take: two AWS writes and a secret at their slowest (6 s each), 5 s for the POST."""

EVENT_MARGIN = timedelta(seconds=30)
"""What one event may take: its processor's calls and writes."""

_UNDER_WAY = (Status.PENDING, Status.SENDING)
_DONE = {Verdict.OK: Status.SENT, Verdict.IGNORED: Status.IGNORED}
_GIVEN_UP: dict[str, Any] = {"status": Status.DEAD, "next_attempt_at": None, "lease_owner": None}


@dataclass(frozen=True, slots=True)
class Change:
    """Fields to set, and entries to add to the work's history."""

    fields: dict[str, Any]
    attempts: list[dict[str, Any]] = field(default_factory=list)


def is_due(work: Work, now: datetime) -> bool:
    """Return whether an attempt may start: nobody holds it, and its time has come."""
    due = work.next_attempt_at
    return work.status not in FINAL and due is not None and from_text(due) <= now


def claim(
    work: Work, owner: str, now: datetime, rng: random.Random, token_window: timedelta | None = None
) -> Change:
    """Start an attempt of something that is due, or give it up if its last attempt was cut off.

    `next_attempt_at` becomes what holds if this attempt is cut off too: its lease and then the usual wait.

    Parameters
    ----------
    token_window
        For how long the other side remembers the idempotency token; None: for ever.
    """
    cut_off = work.status in _UNDER_WAY
    attempts = [_entry(work, Verdict.UNKNOWN, "interrupted")] if cut_off else []
    if cut_off and work.attempt_count >= work.attempt_limit:
        return Change(_GIVEN_UP | {"last_error": {"reason": "interrupted"}}, attempts)
    first_unknown = work.first_unknown_at or (work.attempted_at if cut_off else None)
    number = work.attempt_count + 1
    fields = {
        "status": Status.SENDING,
        "attempt_count": number,
        "attempted_at": to_text(now),
        "next_attempt_at": to_text(now + LEASE + _wait(work, number, rng)),
        "lease_owner": owner,
        "first_unknown_at": first_unknown,
        "maybe_duplicate": work.maybe_duplicate or _is_over(token_window, first_unknown, now),
    }
    return Change(fields, attempts)


def record(work: Work, outcome: Outcome, now: datetime, rng: random.Random) -> Change:
    """End the attempt that `work` is in, with what came of it."""
    entry = _entry(work, outcome.verdict, outcome.reason, ended_at=to_text(now)) | _details(outcome)
    if done := _DONE.get(outcome.verdict):
        fields = {"status": done, "done_at": to_text(now), "next_attempt_at": None}
        return Change(fields | {"last_error": None, "lease_owner": None}, [entry])
    if outcome.verdict == Verdict.REJECT or work.attempt_count >= work.attempt_limit:
        fields = dict(_GIVEN_UP)
    else:
        wait = _wait(work, work.attempt_count, rng, outcome.retry_after)
        fields = {"status": Status.FAILED, "next_attempt_at": to_text(now + wait)}
    if outcome.verdict == Verdict.UNKNOWN:
        fields["first_unknown_at"] = work.first_unknown_at or work.attempted_at
    error = {"reason": outcome.reason} | ({"message": outcome.message} if outcome.message else {})
    return Change(fields | {"last_error": error, "lease_owner": None}, [entry])


def retry_now(work: Work, now: datetime) -> Change:
    """Give what failed or died twelve more attempts, the first one now.

    Raises
    ------
    ConflictError
        When it is done already, or an attempt is under way.
    """
    if work.status in DONE:
        raise ConflictError("it has been sent already")
    fields = _due_now(work, now)
    if work.status == Status.DEAD:
        fields["status"] = Status.FAILED
    return Change(fields)


def restart(work: Work, now: datetime) -> Change:
    """Start from the beginning, whatever came of it before; twelve more attempts.

    Raises
    ------
    ConflictError
        When an attempt is under way.
    """
    return Change(_due_now(work, now) | {"status": Status.RECEIVED, "done_at": None, "lease_owner": None})


def _due_now(work: Work, now: datetime) -> dict[str, Any]:
    if _is_held(work, now):
        raise ConflictError("an attempt is under way")
    return {"next_attempt_at": to_text(now), "attempt_limit": work.attempt_count + backoff.MAX_ATTEMPTS}


def _is_held(work: Work, now: datetime) -> bool:
    """Tell whether an attempt has its lease still; one that was cut off waits for longer than that."""
    if work.status not in _UNDER_WAY or work.attempted_at is None:
        return False
    return now < from_text(work.attempted_at) + LEASE


def _wait(work: Work, attempt: int, rng: random.Random, at_least: float | None = None) -> timedelta:
    """Return the wait after an attempt, counted within the twelve of its round."""
    return backoff.delay(attempt - (work.attempt_limit - backoff.MAX_ATTEMPTS), at_least, rng)


def _is_over(token_window: timedelta | None, first_unknown_at: str | None, now: datetime) -> bool:
    if token_window is None or first_unknown_at is None:
        return False
    return now + SEND_MARGIN >= from_text(first_unknown_at) + token_window


def _entry(work: Work, verdict: Verdict, reason: str, ended_at: str | None = None) -> dict[str, Any]:
    entry = {
        "number": work.attempt_count,
        "startedAt": work.attempted_at,
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
