"""Puts the outbox of the forms together from the environment; the one place that chooses its real parts."""

import json
import random
from functools import partial

from larkbridge import aws
from larkbridge.clock import Clock, SystemClock
from larkbridge.http_client import HttpClient
from larkbridge.sending.submission_backlog import SubmissionBacklog
from larkbridge.settings import Settings
from larkbridge.store.destinations import LARK_FORMS, DestinationStore
from larkbridge.store.submissions import Submission, SubmissionStore
from larkbridge.targets.lark_form import FormWorkflow
from larkbridge.targets.policies import SUBMISSION
from larkbridge.work.attempts import Attempts
from larkbridge.work.circuit import Gate, KnownStates
from larkbridge.work.drain import Drain
from larkbridge.work.outcome import Outcome


class Outbox:
    """The parts that send submissions, with AWS clients made at once: a Lambda starts up on full power.

    Raises
    ------
    MissingSettingError
        When the environment lacks a table or the secret's id.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        clock: Clock | None = None,
        http: HttpClient | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.clock = clock or SystemClock()
        secrets_id = self.settings.secrets_id
        secrets = aws.Secrets(partial(aws.read_secret, secrets_id), self.clock)
        self.workflow = FormWorkflow(
            self.settings.lark_form_webhook_url,
            lambda: secrets.first("LARK_FORM_WEBHOOK_TOKEN"),
            http or HttpClient(),
            self.clock,
        )
        self.submissions = SubmissionStore(self.settings.submissions_table)
        self.attempts = Attempts(
            self.submissions, SUBMISSION, self._send, self.clock, rng or random.SystemRandom()
        )
        self._destinations = DestinationStore(self.settings.destinations_table)
        self.gate = Gate(KnownStates(self._destinations, self.clock), LARK_FORMS)
        aws.client("dynamodb")

    def backlog(self) -> SubmissionBacklog:
        """Return the job that works through what is not sent."""
        drain = Drain(self._destinations, self.clock)
        return SubmissionBacklog(self.submissions, self.attempts, self.workflow, drain, self.clock)

    def _send(self, submission: Submission) -> Outcome:
        payload = json.dumps(submission.document, ensure_ascii=False, separators=(",", ":"))
        return self.workflow.send(payload, submission.client_token)
