"""The delivery state machine, pure: each function returns the fields that change.

    pending --> sent | failed | dead          a form's first attempt, by the request that stored it
    pending, failed, or a lapsed lease --> sending --> sent | failed | dead
    received, failed, or a lapsed lease --> processing --> success | ignored | failed | dead
    failed | dead --> failed, due now         an admin's retry
    sent --> failed, due now                  sent once more
    failed | any end --> received, due now    a replay
    failed | dead | held --> discarded        by an admin, for good after a while
    held --> failed, due now                  let go by an admin
    held --> discarded                        nobody has let it go for long
    discarded --> failed, due now             restored
    all but sent | discarded --> replaced     for good, by one that corrects it (`work.replacement`)

An attempt that ends without a record (its lease lapses) has an unknown outcome. What follows an unknown
outcome carries the same idempotency token; once the token's window may be over, the work is sent all
the same, since losing is worse, and marked `maybe_duplicate` before it goes out.

"Too fast" is an answer about the rate and not about the work: it comes off no attempt, and the work waits
for as long as the other side says.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from larkbridge.clock import HO_CHI_MINH, from_text, to_text
from larkbridge.errors import ConflictError
from larkbridge.store.work import FINAL, UNDER_WAY, Status, Work
from larkbridge.work.outcome import Outcome, Verdict
from larkbridge.work.policy import MAX_WAIT, Policy

_THROTTLE_PAUSE = timedelta(seconds=1)
"""The wait where the other side names none."""

_LEAST_KEPT = timedelta(days=1)
"""What was stored long ago and ends only now can still be looked at for so long."""

_INTERRUPTED = Outcome(verdict=Verdict.UNKNOWN, reason="interrupted")
ENDED: dict[str, Any] = {"next_attempt_at": None, "lease_owner": None}
"""The fields of work that nobody attempts any more."""


class Change(NamedTuple):
    """Fields to set, and entries to add to the work's history."""

    fields: dict[str, Any]
    attempts: Sequence[dict[str, Any]] = ()


def is_due(work: Work, now: datetime) -> bool:
    """Return whether an attempt may start: nobody holds it, and its time has come."""
    due = work.next_attempt_at
    return work.status not in FINAL and due is not None and from_text(due) <= now


def tries(work: Work) -> int:
    """Return how many attempts of its round count; those that were only too fast do not."""
    return work.attempt_count - work.round_start - work.throttled_count


def claim(work: Work, policy: Policy, owner: str, now: datetime, rng: random.Random) -> Change:
    """Start an attempt of something that is due, or give it up if that is all that is left.

    It is given up when its last attempt was cut off, and when it is too late for another one.
    `next_attempt_at` becomes what holds if this attempt is cut off too: its lease and then the usual wait.
    """
    attempts, first_unknown = unended(work) if work.status in UNDER_WAY else ([], work.first_unknown_at)
    tried = tries(work)
    is_last_cut_off = bool(attempts) and tried >= policy.attempts
    if is_last_cut_off or (tried and work.give_up_at is not None and to_text(now) >= work.give_up_at):
        error = {"reason": "interrupted" if is_last_cut_off else "too_late"}
        change = _given_up(work, policy, now, error, attempts)
        change.fields["first_unknown_at"] = first_unknown
        return change
    is_forgotten = (
        policy.token_window is not None
        and first_unknown is not None
        and now + policy.margin >= from_text(first_unknown) + policy.token_window
    )
    return Change(
        {
            "status": work.SHAPE.under_way,
            "attempt_count": work.attempt_count + 1,
            "attempted_at": to_text(now),
            "next_attempt_at": to_text(now + policy.lease + wait_after(tried + 1, policy, rng)),
            "lease_owner": owner,
            "first_unknown_at": first_unknown,
            "maybe_duplicate": work.maybe_duplicate or is_forgotten,
        },
        attempts,
    )


def record(work: Work, policy: Policy, outcome: Outcome, now: datetime, rng: random.Random) -> Change:
    """End the attempt that `work` is in, with what came of it."""
    entry = _entry(work, outcome)
    if outcome.verdict in (Verdict.OK, Verdict.IGNORED):
        status = work.SHAPE.done if outcome.verdict is Verdict.OK else Status.IGNORED
        fields = ENDED | {"status": status, "last_error": None} | _expiry(work, policy, now)
        fields[work.SHAPE.done_at] = entry["endedAt"] = to_text(now)
        return Change(fields, [entry])
    entry["endedAt"] = to_text(now)
    error = {"reason": outcome.reason} | ({"message": outcome.message} if outcome.message else {})
    waiting = None if outcome.verdict is Verdict.REJECT else _waiting(work, policy, outcome, now, rng)
    if waiting is None:
        change = _given_up(work, policy, now, error, [entry])
    else:
        fields = {"status": Status.FAILED, "last_error": error, "lease_owner": None}
        change = Change(fields | waiting, [entry])
    if outcome.verdict is Verdict.UNKNOWN:
        change.fields["first_unknown_at"] = work.first_unknown_at or work.attempted_at
    return change


def restart(work: Work, policy: Policy, now: datetime) -> Change:
    """Start from the beginning, whatever came of it before, with another round of attempts.

    Raises
    ------
    ConflictError
        When an attempt is under way.
    """
    fields = due_now(work, policy, now)
    return Change(fields | {"status": Status.RECEIVED, work.SHAPE.done_at: None, "lease_owner": None})


def _waiting(
    work: Work, policy: Policy, outcome: Outcome, now: datetime, rng: random.Random
) -> dict[str, Any] | None:
    """Return when and how work that failed goes on, None when it is given up."""
    asked = timedelta(seconds=min(outcome.retry_after or 0, MAX_WAIT.total_seconds()))
    fields: dict[str, Any] = {"throttled_since": None}
    if outcome.quota_used_up:
        at, fields["throttled_count"] = _next_month(now), work.throttled_count + 1
    elif outcome.throttled:
        since = work.throttled_since or to_text(now)
        if now >= from_text(since) + policy.throttled_for:
            return None
        at = now + (asked or _THROTTLE_PAUSE)
        fields = {"throttled_since": since, "throttled_count": work.throttled_count + 1}
    else:
        tried, refusals = tries(work), work.refused_count + 1 if outcome.refused else 0
        if tried >= policy.attempts or refusals > len(policy.refusal_waits):
            return None
        wait = refusal_wait(refusals, policy, rng) if refusals else wait_after(tried, policy, rng)
        at, fields["refused_count"] = now + max(wait, asked), refusals
    if work.give_up_at is not None and to_text(at) >= work.give_up_at:
        return None
    return fields | {"next_attempt_at": to_text(at)}


def wait_after(tried: int, policy: Policy, rng: random.Random) -> timedelta:
    """Return the wait after so many attempts that failed."""
    return policy.waits[min(tried, len(policy.waits)) - 1] * rng.random()


def refusal_wait(refusals: int, policy: Policy, rng: random.Random) -> timedelta:
    """Return the wait after so many refusals in a row."""
    return policy.refusal_waits[refusals - 1] * (1 + rng.random()) / 2


def _given_up(
    work: Work, policy: Policy, now: datetime, error: dict[str, Any], attempts: list[dict[str, Any]]
) -> Change:
    fields = ENDED | {"status": Status.DEAD, "last_error": error}
    return Change(fields | _expiry(work, policy, now), attempts)


def due_now(work: Work, policy: Policy, now: datetime) -> dict[str, Any]:
    """Return the fields of another round of attempts, the first one now.

    Raises
    ------
    ConflictError
        When an attempt is under way, or another one has taken the work's place.
    """
    if work.replaced_by:
        raise ConflictError("another one has taken its place")
    if is_held(work, policy, now):
        raise ConflictError("an attempt is under way")
    return {
        "next_attempt_at": to_text(now),
        "round_start": work.attempt_count,
        "throttled_count": 0,
        "throttled_since": None,
        "refused_count": 0,
        "requested_by": None,
        "give_up_at": None,
        "expires_at": None,
    }


def unended(work: Work) -> tuple[list[dict[str, Any]], str | None]:
    """Return the entry of an attempt that nobody holds any more and nobody has ended, if there is one.

    And when the first attempt of unknown outcome began.
    """
    if work.status not in UNDER_WAY or work.attempted_at is None:
        return [], work.first_unknown_at
    return [_entry(work, _INTERRUPTED)], work.first_unknown_at or work.attempted_at


def is_held(work: Work, policy: Policy, now: datetime) -> bool:
    """Tell whether an attempt has its lease still; one that was cut off waits for longer than that."""
    if work.status not in UNDER_WAY or work.attempted_at is None:
        return False
    return now < from_text(work.attempted_at) + policy.lease


def _expiry(work: Work, policy: Policy, now: datetime) -> dict[str, Any]:
    """Return when work that ends now may be forgotten."""
    if policy.retention is None:
        return {}
    since = now if policy.kept_from == "end" else from_text(work.sort_key.partition("#")[0])
    return {"expires_at": int(max(since + policy.retention, now + _LEAST_KEPT).timestamp())}


def _next_month(now: datetime) -> datetime:
    """Return when a monthly quota begins anew, in the zone that the centre's tenant counts in."""
    local = now.astimezone(HO_CHI_MINH)
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def _entry(work: Work, outcome: Outcome) -> dict[str, Any]:
    """Return what the history says of the attempt that `work` is in."""
    known = {
        "message": outcome.message or None,
        "httpStatus": outcome.http_status,
        "larkCode": outcome.lark_code,
        "larkLogId": outcome.log_id,
        "retryAfter": outcome.retry_after,
        "requestedBy": work.requested_by,
    }
    return {
        "number": work.attempt_count,
        "startedAt": work.attempted_at,
        "verdict": str(outcome.verdict),
        "reason": outcome.reason,
    } | {key: value for key, value in known.items() if value is not None}
