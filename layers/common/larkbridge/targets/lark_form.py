"""Lark Base automation: the workflow webhook that receives the forms."""

from collections.abc import Callable
from typing import ClassVar

from larkbridge.clock import Clock
from larkbridge.errors import AwsUnavailableError, MissingSettingError
from larkbridge.http_client import HttpClient, NoAnswerError, NotSentError
from larkbridge.lark.answers import not_made, read, unanswered
from larkbridge.lark.limits import REQUESTS_PER_SECOND, REQUESTS_PER_SECOND_WITHOUT_TOKEN
from larkbridge.store.destinations import LARK_FORMS
from larkbridge.store.submissions import Submission, to_json
from larkbridge.targets.policies import SUBMISSION
from larkbridge.work.outcome import Outcome
from larkbridge.work.policy import Policy


class LarkForm:
    """The workflow that takes every form.

    Protocol (Lark help centre, trigger "When a webhook is received"): POST of JSON; success is HTTP 200 with
    body `code` 0; a `Client-Token` fires once within its window.

    Parameters
    ----------
    url
        The webhook's address; without it each send fails, to be retried.
    bearer_token
        Returns the bearer token, None when the workflow asks for none.
    signed
        Returns the address of a file with the proof by which Lark's users may open it.
    """

    name: ClassVar[str] = "lark-form"
    destination: ClassVar[str] = LARK_FORMS
    policy: ClassVar[Policy] = SUBMISSION

    def __init__(
        self,
        url: str | None,
        bearer_token: Callable[[], str | None],
        http: HttpClient,
        clock: Clock,
        signed: Callable[[str], str],
    ) -> None:
        self._url = url
        self._bearer_token = bearer_token
        self._http = http
        self._clock = clock
        self._signed = signed

    @property
    def configured(self) -> bool:
        """Whether there is an address to send to."""
        return self._url is not None

    def requests_per_second(self) -> int:
        """Return the rate that Lark publishes for this workflow."""
        return REQUESTS_PER_SECOND if self._bearer_token() else REQUESTS_PER_SECOND_WITHOUT_TOKEN

    def send(self, submission: Submission) -> Outcome:
        """Post a submission; at least once, and once in effect within the token's window."""
        if not self._url:
            return not_made("url_not_set", "LARK_FORM_WEBHOOK_URL is not set")
        try:
            is_as_stored = not (submission.resend or submission.file_id or submission.marketing_withdrawn)
            text = submission.payload if is_as_stored else self._made_anew(submission)
            token = self._bearer_token()
        except (AwsUnavailableError, MissingSettingError) as error:
            return not_made("secrets_unavailable", error.message)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Client-Token": submission.client_token,
        }
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            reply = self._http.request("POST", self._url, body=text.encode(), headers=headers)
        except (NotSentError, NoAnswerError) as error:
            return unanswered(error)
        return read(reply, self._clock.now()).outcome

    def _made_anew(self, submission: Submission) -> str:
        """Return the text of what is sent again, has a file's link to be signed, or may say less now."""
        document = submission.document
        if link := document.get("attachmentLink"):
            document["attachmentLink"] = self._signed(link)
        return to_json(document)
