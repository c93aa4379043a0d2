"""Removes the file of a submission that nobody wants any more."""

from datetime import UTC, datetime
from typing import ClassVar, override

from larkbridge.store.deliveries import Delivery
from larkbridge.store.submissions import Submission
from larkbridge.targets.file_work import FILES, FileWork
from larkbridge.targets.policies import DELIVERY
from larkbridge.targets.target import Origin
from larkbridge.work.outcome import Outcome, Verdict
from larkbridge.work.policy import Policy


class FileRemoval(FileWork):
    """Removes a file once the last submission that has it has expired; doing it twice is doing it once."""

    name: ClassVar[str] = "file-removal"
    policy: ClassVar[Policy] = DELIVERY

    @override
    def _do(self, delivery: Delivery) -> Outcome:
        file = self._files.get(delivery.content["fileId"])
        if file is None:
            return Outcome(verdict=Verdict.OK, reason="file_not_found")
        if any(self._is_wanted(submission_id) for submission_id in file.submissions):
            return Outcome(verdict=Verdict.OK, reason="restored")
        self._files.remove(file, self._clock.now())
        self._bucket.delete(file.pending_key)
        self._bucket.delete(file.key)
        return Outcome(verdict=Verdict.OK, reason="removed")

    def _is_wanted(self, submission_id: str) -> bool:
        submission = self._submissions.get(submission_id)
        if submission is None:
            return False
        expires_at = submission.expires_at
        return expires_at is None or expires_at > self._clock.now().timestamp()


def new_file_removal(submission: Submission, expires_at: int) -> Delivery | None:
    """Return the delivery that removes a submission's file when it expires, None for one without a file."""
    if not submission.file_id:
        return None
    origin = Origin(
        about=(submission.file_id, submission.id, str(expires_at)),
        subject=submission.id,
        moment=datetime.fromtimestamp(expires_at, UTC),
    )
    return origin.delivery(FileRemoval, FILES, {"fileId": submission.file_id})
