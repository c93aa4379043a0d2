"""A form's way in: store it, then try to hand it to Lark, then answer."""

import hashlib
import json
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from larkbridge.clock import Clock, to_text
from larkbridge.errors import AwsUnavailableError, ConflictError
from larkbridge.forms import messages
from larkbridge.forms.feed import Feed, no_feed
from larkbridge.forms.form import Form
from larkbridge.ids import derived_id
from larkbridge.observability import count, log_crash, logger
from larkbridge.store.submissions import Submission, SubmissionStore, client_token
from larkbridge.store.work import Status
from larkbridge.targets.policies import SUBMISSION
from larkbridge.work.attempts import Attempts
from larkbridge.work.circuit import Gate

_WAIT_FOR_OTHER = timedelta(seconds=6)
_LOOK_EVERY = 0.25


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the parent is told; `sent` is whether Lark has it by now."""

    submission_id: str
    sent: bool


class Submit:
    """Takes validated forms.

    Guarantee: once `__call__` returns, the submission is stored and will end up sent or dead. When it
    raises, nothing was stored as far as we know.

    Parameters
    ----------
    gate
        Says whether a first attempt may be made now.
    feed
        What is stored together with a submission.
    """

    def __init__(
        self,
        store: SubmissionStore,
        attempts: Attempts[Submission],
        gate: Gate,
        clock: Clock,
        feed: Feed = no_feed,
    ) -> None:
        self._store = store
        self._attempts = attempts
        self._gate = gate
        self._clock = clock
        self._feed = feed

    def __call__(self, form: Form, key: str | None) -> Receipt:
        """Store and send one form: two DynamoDB requests and one POST when all goes well.

        A third request in ten seconds looks at Lark's state. While Lark is taken for down, or a backlog has
        its part of the clock, the form is stored as due and not sent.

        Parameters
        ----------
        key
            The client's idempotency key: the same key and content answers for the first submission again.

        Raises
        ------
        ConflictError
            When the key was used with other content.
        AwsUnavailableError
            When the submission cannot be stored.
        """
        now = self._clock.now()
        held_back = self._gate.held_back(now)
        submission = new_submission(form, key, now, held_back)
        also = self._feed(submission.submission_id, form.to_fields())
        taken = self._store.add_with(submission, also) if also else self._store.add(submission)
        if taken is None:
            count("SubmissionsAccepted")
            return Receipt(submission.submission_id, held_back is None and self._send(submission))
        if taken.content_hash != submission.content_hash:
            raise ConflictError(messages.KEY_REUSED)
        return Receipt(taken.submission_id, self._outcome_of(taken))

    def _send(self, submission: Submission) -> bool:
        try:
            return self._attempts.attempt(submission).outcome.delivered
        except Exception as error:
            # It is stored, so the parent's part is done; its lease lapses and the retry job takes it up.
            log_crash("first attempt failed", error, submissionId=submission.submission_id)
            count("AttemptsCrashed")
            return False

    def _outcome_of(self, submission: Submission) -> bool:
        """Wait for the request that is sending this submission right now, a double click's first half."""
        until = self._clock.now() + _WAIT_FOR_OTHER
        while submission.status == Status.PENDING and self._clock.now() < until:
            self._clock.sleep(_LOOK_EVERY)
            try:
                submission = self._store.get(submission.submission_id) or submission
            except AwsUnavailableError as error:
                logger.warning("outcome not readable", error=error.message)
                return False
        return submission.status == Status.SENT


def new_submission(form: Form, key: str | None, now: datetime, held_back: str | None = None) -> Submission:
    """Return a submission as it is first stored: held by its own request, with the exact text to send.

    Parameters
    ----------
    held_back
        Why its own request does not send it: it is then due at once, for the retry job.
    """
    fields = form.to_fields()
    submission_id = derived_id("submission", form.form_type, key) if key else str(uuid.uuid4())
    submitted_at = to_text(now)
    payload = {"formType": form.form_type, "submittedAt": submitted_at, "submissionId": submission_id}
    submission = Submission(
        submission_id=submission_id,
        form_type=form.form_type,
        sort_key=f"{submitted_at}#{submission_id}",
        submitted_at=submitted_at,
        status=Status.PENDING,
        attempt_count=1,
        attempted_at=submitted_at,
        next_attempt_at=to_text(now + SUBMISSION.head_start),
        lease_owner=str(uuid.uuid4()),
        contact_name=form.parent_name,
        contact_phone=form.parent_phone,
        payload=_json(payload | fields),
        content_hash=hashlib.sha256(_json(form.typed_fields()).encode()).hexdigest(),
        client_token=client_token(submission_id),
    )
    return submission if held_back is None else _due_now(submission, held_back)


def _due_now(submission: Submission, reason: str) -> Submission:
    return replace(
        submission,
        status=Status.FAILED,
        attempt_count=0,
        attempted_at=None,
        next_attempt_at=submission.submitted_at,
        last_error={"reason": reason},
    )


def _json(document: dict) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
