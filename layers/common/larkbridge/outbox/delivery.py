"""One attempt: send a submission that is held, then write down what came of it."""

import random

from larkbridge.clock import Clock
from larkbridge.errors import ConflictError
from larkbridge.lark.flows import FormWorkflow
from larkbridge.observability import count, logger
from larkbridge.outbox import states
from larkbridge.outcome import Outcome, Verdict
from larkbridge.store.submissions import LarkStatus, Submission, SubmissionStore


class Delivery:
    """Sends submissions to the Lark workflow.

    Guarantee: at least once; once in effect while Lark remembers the token (3 h), and marked
    `maybe_duplicate` beyond that if an earlier attempt's outcome is unknown.
    """

    def __init__(
        self, store: SubmissionStore, workflow: FormWorkflow, clock: Clock, rng: random.Random
    ) -> None:
        self._store = store
        self._workflow = workflow
        self._clock = clock
        self._rng = rng

    def claim(self, submission: Submission, owner: str) -> Submission | None:
        """Take a due submission for one attempt; None when somebody else has it. One request."""
        change = states.claim(submission, owner, self._clock.now())
        try:
            return self._store.change(submission, change.fields, attempts=change.attempts)
        except ConflictError:
            return None

    def attempt(self, submission: Submission) -> Outcome:
        """Send a submission that is held and record the outcome; one POST and one request.

        Raises
        ------
        AwsUnavailableError
            When the outcome cannot be recorded: the attempt then counts as unknown once its lease lapses.
        """
        outcome = self._workflow.send(submission.payload, submission.client_token)
        change = states.record(submission, outcome, self._clock.now(), self._rng)
        status = change.fields["lark_status"]
        logger.info(
            "submission attempted",
            submissionId=submission.submission_id,
            formType=submission.form_type,
            attempt=submission.attempt_count,
            verdict=outcome.verdict,
            reason=outcome.reason,
            httpStatus=outcome.http_status,
            larkCode=outcome.lark_code,
            larkLogId=outcome.log_id,
            larkStatus=status,
        )
        try:
            self._store.change(submission, change.fields, attempts=change.attempts)
        except ConflictError:
            logger.warning("lease lost", submissionId=submission.submission_id)
            return outcome
        count(_METRICS[status])
        return outcome


_METRICS = {
    LarkStatus.SENT: "SubmissionsSent",
    LarkStatus.FAILED: "SubmissionsFailed",
    LarkStatus.DEAD: "SubmissionsDead",
}


def is_sent(outcome: Outcome) -> bool:
    """Return whether Lark has accepted the submission."""
    return outcome.verdict == Verdict.OK
