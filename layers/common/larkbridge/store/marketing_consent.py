"""Marketing consent as it is kept and withdrawn, and the FormTraces table, which has what it allows to keep.

Keys of FormTraces: `submissionId`. `userAgent` and `address` are how the parent's browser came; TTL on
`expiresAt`, 30 days after the form, and no point-in-time recovery: what is forgotten is gone.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from larkbridge.clock import to_text
from larkbridge.errors import ConflictError, NotFoundError, TransactionRefusedError
from larkbridge.observability import logger
from larkbridge.store.submissions import Submission, SubmissionStore
from larkbridge.store.table import Action, Table
from larkbridge.store.transactions import CONDITION_FAILED, transact

KEPT = timedelta(days=30)
MAX_LENGTH = 500
"""Of a browser's name for itself, and of an address that a proxy tells; the rest says nothing of use."""


class MarketingConsentStore:
    """Every access to the FormTraces table, and the withdrawal, which concerns the submission too."""

    def __init__(self, submissions: SubmissionStore, traces_table: str) -> None:
        self._submissions = submissions
        self._traces = Table(traces_table)

    def traces_action(self, submission_id: str, user_agent: str, address: str, now: datetime) -> Action:
        """Return the write that keeps the traces of a new submission, a part of the submission's own."""
        return self._traces.replace_action(
            {
                "submissionId": submission_id,
                "userAgent": user_agent[:MAX_LENGTH],
                "address": address[:MAX_LENGTH],
                "expiresAt": int((now + KEPT).timestamp()),
            }
        )

    def forget_action(self, submission_id: str) -> Action:
        """Return the write that deletes the traces of a submission, if there are any."""
        return self._traces.delete_action({"submissionId": submission_id})

    def withdraw(self, submission_id: str, by: Mapping[str, str], now: datetime) -> Submission:
        """Note that the consent is withdrawn, and delete the traces, in one transaction.

        Whatever becomes of the submission at the same time, neither stands in the other's way. A repeat
        changes nothing: the first to withdraw stays.

        Parameters
        ----------
        by
            Who withdraws it: `parent` or `admin` under `by`, and what else is to be noted.

        Returns
        -------
        Submission
            As it is then.

        Raises
        ------
        NotFoundError
            When there is no such submission.
        ConflictError
            When it came without this consent.
        """
        submission = self._get(submission_id)
        if not submission.has_marketing_consent:
            raise ConflictError("it came without marketing consent")
        if submission.marketing_withdrawn is None:
            note = self._submissions.table.update_action(
                {"submissionId": submission_id},
                {"marketingWithdrawn": {"at": to_text(now), **by}},
                condition="attribute_exists(submissionId) AND attribute_not_exists(#marketingWithdrawn)",
            )
            try:
                transact([note, self.forget_action(submission_id)])
            except TransactionRefusedError as error:
                if error.reasons[0] != CONDITION_FAILED:
                    raise
            else:
                logger.info("marketing consent withdrawn", submissionId=submission_id, by=by["by"])
            submission = self._get(submission_id)
        return submission

    def _get(self, submission_id: str) -> Submission:
        submission = self._submissions.get(submission_id)
        if submission is None:
            raise NotFoundError("there is no such submission")
        return submission
