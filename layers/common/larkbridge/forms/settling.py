"""Waiting for a form that is being sent this moment."""

from datetime import datetime, timedelta

from larkbridge.clock import Clock
from larkbridge.errors import AwsUnavailableError
from larkbridge.observability import logger
from larkbridge.store.submissions import Submission, SubmissionStore
from larkbridge.store.work import UNDER_WAY

WAIT = timedelta(seconds=6)
_LOOK_EVERY = 0.25


def settled(store: SubmissionStore, submission: Submission, clock: Clock, until: datetime) -> Submission:
    """Return a submission once no attempt at it is under way, or as it is last known at `until`."""
    while submission.status in UNDER_WAY and clock.now() < until:
        clock.sleep(_LOOK_EVERY)
        try:
            submission = store.get(submission.id) or submission
        except AwsUnavailableError as error:
            logger.warning("outcome not readable", error=error.message)
            break
    return submission
