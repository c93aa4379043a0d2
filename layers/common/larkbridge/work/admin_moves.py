"""What only a person decides about work, pure like `work.states`: each returns the fields that change."""

from datetime import datetime, timedelta
from typing import Any

from larkbridge.clock import to_text
from larkbridge.errors import ConflictError
from larkbridge.store.submissions import Submission, client_token
from larkbridge.store.work import DONE, Status, Work
from larkbridge.work import states
from larkbridge.work.policy import Policy

HELD_FOR = timedelta(days=30)
"""So long a held form can be let go."""


def retry_now(work: Work, policy: Policy, now: datetime) -> states.Change:
    """Give what failed or died another round of attempts, the first one now, however late it is.

    Raises
    ------
    ConflictError
        When it is done already, or an attempt is under way.
    """
    if work.status in DONE:
        raise ConflictError("it has been sent already")
    if work.status == Status.DISCARDED:
        raise ConflictError("it is discarded: restore it first")
    if work.status == Status.HELD:
        raise ConflictError("it is held: release it")
    fields = states.due_now(work, policy, now)
    if work.status == Status.DEAD:
        fields["status"] = Status.FAILED
    return states.Change(fields)


def send_again(submission: Submission, policy: Policy, now: datetime) -> states.Change:
    """Send once more what Lark has accepted, under the token of the next sending; retry what it has not.

    So a repeat before Lark has the next sending begins no other.

    Raises
    ------
    ConflictError
        When it is discarded, or an attempt is under way.
    """
    if submission.status != Status.SENT:
        return retry_now(submission, policy, now)
    number = submission.resend + 1
    anew = {
        "status": Status.FAILED,
        "resend": number,
        "client_token": client_token(submission.submission_id, number),
        "sent_at": None,
        "last_error": {"reason": "to_be_sent_again"},
        "first_unknown_at": None,
    }
    return states.Change(states.due_now(submission, policy, now) | anew)


def discard(work: Work, policy: Policy, now: datetime) -> states.Change:
    """Let work that is not done never be done.

    Raises
    ------
    ConflictError
        When it is done or discarded already, or an attempt is under way.
    """
    if work.status in DONE:
        raise ConflictError("it has been sent already")
    if work.status == Status.DISCARDED:
        raise ConflictError("it is discarded already")
    if work.replaced_by:
        raise ConflictError("another one has taken its place")
    if states.is_held(work, policy, now):
        raise ConflictError("an attempt is under way")
    attempts, first_unknown = states.unended(work)
    fields = {
        "status": Status.DISCARDED,
        "expires_at": int((now + policy.discarded_for).timestamp()),
        "first_unknown_at": first_unknown,
    }
    return states.Change(states.ENDED | fields, attempts)


def restore(work: Work, policy: Policy, now: datetime) -> states.Change:
    """Give discarded work another round of attempts, the first one now.

    Raises
    ------
    ConflictError
        When it is not discarded, or another one has taken its place.
    """
    if work.status != Status.DISCARDED:
        raise ConflictError("it is not discarded")
    return states.Change(states.due_now(work, policy, now) | {"status": Status.FAILED})


def release(submission: Submission, policy: Policy, now: datetime) -> states.Change:
    """Let a held form go: it is due now, and for good.

    Raises
    ------
    ConflictError
        When it is not held.
    """
    if submission.status != Status.HELD:
        raise ConflictError("it is not held")
    return states.Change(let_go(submission, policy, now))


def restore_form(submission: Submission, policy: Policy, now: datetime) -> states.Change:
    """Restore a form, and let go one that was held; raises as `restore` does."""
    change = restore(submission, policy, now)
    return states.Change(let_go(submission, policy, now)) if was_never_let_go(submission) else change


def let_go(submission: Submission, policy: Policy, now: datetime) -> dict[str, Any]:
    """Return the fields of a held form that goes out like any other from now on."""
    anew = {"status": Status.FAILED, "released_at": to_text(now), "last_error": {"reason": "released"}}
    return states.due_now(submission, policy, now) | anew


def was_never_let_go(submission: Submission) -> bool:
    """Return whether a form was held all the time: nothing has followed from it yet."""
    return submission.held_for is not None and submission.released_at is None


def end_holding(submission: Submission, policy: Policy, now: datetime) -> states.Change:
    """Discard a form that nobody has let go; raises ConflictError as `discard` does."""
    change = discard(submission, policy, now)
    change.fields["last_error"] = {"reason": "held_too_long"}
    return change
