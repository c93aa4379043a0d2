"""The sending of submissions."""

from functools import partial
from typing import NamedTuple

from larkbridge.aws import Secrets
from larkbridge.settings import SubmissionSettings
from larkbridge.store.submissions import Submission, SubmissionStore
from larkbridge.targets.lark_form import LarkForm
from larkbridge.wiring.parts import Parts
from larkbridge.work.attempts import Attempts


class FormSending(NamedTuple):
    """What sends submissions."""

    secrets: Secrets
    submissions: SubmissionStore
    target: LarkForm
    attempts: Attempts[Submission]


def form_sending(settings: SubmissionSettings, parts: Parts) -> FormSending:
    """Return what sends submissions."""
    secrets = parts.secrets(settings.secrets_id)
    token = partial(secrets.first, "LARK_FORM_WEBHOOK_TOKEN")
    target = LarkForm(settings.webhook_url or None, token, parts.http, parts.clock)
    submissions = SubmissionStore(settings.submissions_table)
    attempts = Attempts(submissions, target.policy, target.send, parts.clock, parts.rng)
    return FormSending(secrets, submissions, target, attempts)
