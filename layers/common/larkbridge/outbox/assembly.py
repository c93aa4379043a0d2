"""Puts the outbox together from the environment; the one place that chooses the real parts."""

import random

from larkbridge import aws
from larkbridge.clock import Clock, SystemClock
from larkbridge.http import HttpPoster
from larkbridge.lark.flows import FormWorkflow
from larkbridge.outbox.delivery import Delivery
from larkbridge.outbox.drain import Drain
from larkbridge.settings import Secrets, Settings
from larkbridge.store.destinations import DestinationStore
from larkbridge.store.submissions import SubmissionStore


class Outbox:
    """The parts that deliver submissions, with AWS clients made at once: a Lambda starts up on full power.

    Raises
    ------
    MissingSettingError
        When the environment lacks a table or the secret's id.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        clock: Clock | None = None,
        poster: HttpPoster | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._settings = settings or Settings()
        self.clock = clock or SystemClock()
        secrets_id = self._settings.secrets_id
        secrets = Secrets(lambda: aws.read_secret(secrets_id), self.clock)
        self.workflow = FormWorkflow(
            self._settings.lark_form_webhook_url,
            lambda: secrets.first("LARK_FORM_WEBHOOK_TOKEN"),
            poster or HttpPoster(),
        )
        self.submissions = SubmissionStore(self._settings.submissions_table)
        self.delivery = Delivery(self.submissions, self.workflow, self.clock, rng or random.SystemRandom())
        aws.client("dynamodb")

    def drain(self) -> Drain:
        """Return the job that works through the backlog."""
        destinations = DestinationStore(self._settings.destinations_table)
        return Drain(self.submissions, destinations, self.delivery, self.workflow, self.clock)
