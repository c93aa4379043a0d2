"""Forms that their own request does not send."""

from collections.abc import Sequence
from dataclasses import replace

from larkbridge.store.submissions import Submission
from larkbridge.store.work import Status


def due_now(submission: Submission, reason: str, *, later: bool) -> Submission:
    """Return a submission for the retry job: due at once, and `later` after all others."""
    return replace(
        submission,
        status=Status.FAILED,
        attempt_count=0,
        attempted_at=None,
        next_attempt_at=submission.submitted_at,
        last_error={"reason": reason},
        later=later,
    )


def held(submission: Submission, robot_signs: Sequence[str]) -> Submission:
    """Return a submission that goes nowhere until a person lets it go."""
    return replace(
        submission,
        status=Status.HELD,
        attempt_count=0,
        attempted_at=None,
        next_attempt_at=None,
        held_for=[*robot_signs],
    )
