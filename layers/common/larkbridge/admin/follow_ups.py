"""What belongs to an admin's discarding of a form: the end of its file."""

from larkbridge.clock import Clock
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.submissions import Submission
from larkbridge.targets.file_removal import new_file_removal
from larkbridge.targets.policies import SUBMISSION
from larkbridge.work.moving import FollowUps


class Discarding:
    """Returns the removal of a discarded form's file, which is due when the form expires."""

    def __init__(self, deliveries: DeliveryStore, clock: Clock) -> None:
        self._deliveries = deliveries
        self._clock = clock

    def __call__(self, submission: Submission) -> FollowUps:
        expires_at = int((self._clock.now() + SUBMISSION.discarded_for).timestamp())
        removal = new_file_removal(submission, expires_at)
        return FollowUps(spare=[self._deliveries.put_action(removal)] if removal else [])
