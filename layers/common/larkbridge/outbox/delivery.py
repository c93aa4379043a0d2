"""One attempt: take a submission that is due, send it, then write down what came of it."""

import random

from larkbridge.clock import Clock
from larkbridge.errors import ConflictError
from larkbridge.lark.flows import FormWorkflow
from larkbridge.observability import count, flush_metrics, logger
from larkbridge.outbox import states
from larkbridge.outcome import Outcome
from larkbridge.store.submissions import LarkStatus, Submission, SubmissionStore

_METRICS = {
    LarkStatus.SENT: "SubmissionsSent",
    LarkStatus.FAILED: "SubmissionsFailed",
    LarkStatus.DEAD: "SubmissionsDead",
}


class Delivery:
    """Sends submissions to the Lark workflow.

    Guarantee: at least once; once in effect while Lark remembers the token (3 h), and marked
    `maybe_duplicate` beyond that if an earlier attempt's outcome is unknown. No submission is given up
    without the metric `SubmissionsDead`, which may count one twice.
    """

    def __init__(
        self, store: SubmissionStore, workflow: FormWorkflow, clock: Clock, rng: random.Random
    ) -> None:
        self._store = store
        self._workflow = workflow
        self._clock = clock
        self._rng = rng

    def claim(self, submission: Submission, owner: str) -> Submission | None:
        """Take a due submission for one attempt; one request.

        Returns
        -------
        Submission or None
            None when somebody else has it, or when it has no attempt left.
        """
        change = states.claim(submission, owner, self._clock.now(), self._rng)
        held = self._write(submission, change)
        return None if held is None or held.lark_status == LarkStatus.DEAD else held

    def attempt(self, submission: Submission) -> Outcome:
        """Send a submission that is held and record the outcome; one POST and one request.

        Raises
        ------
        AwsUnavailableError
            When the outcome cannot be recorded: the attempt then counts as unknown once its lease lapses.
        """
        outcome = self._workflow.send(submission.payload, submission.client_token)
        change = states.record(submission, outcome, self._clock.now(), self._rng)
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
            larkStatus=change.fields["lark_status"],
        )
        self._write(submission, change)
        return outcome

    def _write(self, submission: Submission, change: states.Change) -> Submission | None:
        """Write a change, None if somebody else came first, and count where it leads."""
        status = change.fields["lark_status"]
        if status == LarkStatus.DEAD:
            # Before the write: a stop in between must not leave a dead submission that nobody hears of.
            count(_METRICS[status])
            flush_metrics()
        try:
            written = self._store.change(submission, change.fields, attempts=change.attempts)
        except ConflictError:
            logger.warning("moved by somebody else", submissionId=submission.submission_id)
            return None
        if status in (LarkStatus.SENT, LarkStatus.FAILED):
            count(_METRICS[status])
        return written
