"""The sending of submissions."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from larkbridge.aws import Secrets
from larkbridge.clock import Clock
from larkbridge.settings import SubmissionSettings
from larkbridge.store.submissions import Submission, SubmissionStore
from larkbridge.targets.lark_form import LarkForm
from larkbridge.wiring.parts import Parts
from larkbridge.work.attempts import Attempts

LINK_FOR = timedelta(days=180)
"""So long a link in Lark opens its file."""


class FormSending(NamedTuple):
    """What sends submissions."""

    secrets: Secrets
    submissions: SubmissionStore
    target: LarkForm
    attempts: Attempts[Submission]


def form_sending(settings: SubmissionSettings, parts: Parts) -> FormSending:
    """Return what sends submissions."""
    secrets = parts.secrets(settings.secrets_id)
    token, signed = partial(secrets.first, "LARK_FORM_WEBHOOK_TOKEN"), _link_signer(secrets, parts.clock)
    target = LarkForm(settings.webhook_url or None, token, parts.http, parts.clock, signed)
    submissions = SubmissionStore(settings.submissions_table)
    attempts = Attempts(submissions, target.policy, target.send, parts.clock, parts.rng)
    return FormSending(secrets, submissions, target, attempts)


def _link_signer(secrets: Secrets, clock: Clock) -> Callable[[str], str]:
    def signed(link: str) -> str:
        from larkbridge.pages.signed_links import KEY_SETTING, sign  # only what comes with a file needs it

        if not (keys := secrets.all(KEY_SETTING)):
            return link  # which an API key opens
        file_id = link.rpartition("/")[2]
        return f"{link}?c={sign('file', file_id, keys, clock.now() + LINK_FOR)}"

    return signed
