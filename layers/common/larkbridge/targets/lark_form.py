"""Lark Base automation: the workflow webhook that receives the forms."""

import json
from collections.abc import Callable

from larkbridge.clock import Clock
from larkbridge.http_client import HttpClient, Reply
from larkbridge.lark.answers import ask, not_made
from larkbridge.lark.limits import REQUESTS_PER_SECOND, REQUESTS_PER_SECOND_WITHOUT_TOKEN
from larkbridge.store.submissions import Submission
from larkbridge.work.outcome import Outcome


class FormWorkflow:
    """The workflow that takes every form.

    Protocol (Lark help centre, trigger "When a webhook is received"): POST of JSON; success is HTTP 200 with
    body `code` 0; a `Client-Token` fires once within its window.

    Parameters
    ----------
    url
        The webhook's address; without it each send fails, to be retried.
    bearer_token
        Returns the bearer token, None when the workflow asks for none.
    """

    def __init__(
        self, url: str | None, bearer_token: Callable[[], str | None], http: HttpClient, clock: Clock
    ) -> None:
        self._url = url
        self._bearer_token = bearer_token
        self._http = http
        self._clock = clock

    @property
    def configured(self) -> bool:
        """Whether there is an address to send to."""
        return self._url is not None

    def requests_per_second(self) -> int:
        """Return the rate that Lark publishes for this workflow."""
        return REQUESTS_PER_SECOND if self._bearer_token() else REQUESTS_PER_SECOND_WITHOUT_TOKEN

    def send_submission(self, submission: Submission) -> Outcome:
        """Post what a submission says, whole and in one line."""
        payload = json.dumps(submission.document, ensure_ascii=False, separators=(",", ":"))
        return self.send(payload, submission.client_token)

    def send(self, payload: str, client_token: str) -> Outcome:
        """Post one submission; at least once, and once in effect within the token's window."""
        url = self._url
        if not url:
            return not_made("url_not_set", "LARK_FORM_WEBHOOK_URL is not set")
        body = payload.encode()
        return ask(lambda: self._post(url, body, client_token), self._clock).outcome

    def _post(self, url: str, body: bytes, client_token: str) -> Reply:
        return self._http.post(url, body=body, headers=self._headers(client_token))

    def _headers(self, client_token: str) -> dict[str, str]:
        headers = {"Content-Type": "application/json; charset=utf-8", "Client-Token": client_token}
        if token := self._bearer_token():
            headers["Authorization"] = f"Bearer {token}"
        return headers
