"""What all work on stored files has in common: its parts, its rate, and what trouble with AWS means."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from larkbridge.clock import Clock
from larkbridge.errors import AwsUnavailableError, ConditionFailedError, ConflictError
from larkbridge.store.bucket import Bucket
from larkbridge.store.deliveries import Delivery
from larkbridge.store.stored_files import FileStore
from larkbridge.store.submissions import SubmissionStore
from larkbridge.work.attempts import Attempted
from larkbridge.work.outcome import Outcome, Verdict

FILES = "files"
"""The destination of all work on files, which is S3."""
OVERTAKEN = Outcome(verdict=Verdict.RETRY, reason="overtaken")
"""Somebody else is at the same file: the next attempt sees what became of it."""


class FileWork(ABC):
    """A target whose calls are to S3 and to our own tables."""

    configured: bool = True

    def __init__(self, files: FileStore, bucket: Bucket, submissions: SubmissionStore, clock: Clock) -> None:
        self._files = files
        self._bucket = bucket
        self._submissions = submissions
        self._clock = clock

    @abstractmethod
    def _do(self, delivery: Delivery) -> Outcome:
        """Do the work, and return what came of it; what AWS raises leaves it to the next attempt."""

    def send(self, delivery: Delivery) -> Outcome:
        try:
            return self._do(delivery)
        except (ConditionFailedError, ConflictError):
            return OVERTAKEN
        except AwsUnavailableError as error:
            return Outcome(verdict=Verdict.RETRY, reason="aws_unavailable", message=error.message)

    def requests_per_second(self) -> int:
        return 50

    def follow_ups(self, delivery: Delivery, attempted: Attempted) -> Sequence[Delivery]:
        return []
