"""Lark Base automation: the workflow webhook that receives the forms."""

import json
import re
from collections.abc import Callable, Mapping

from larkbridge.errors import AwsUnavailableError, MissingSettingError
from larkbridge.http import HttpPoster, NoAnswerError, NotSentError, Reply
from larkbridge.lark.errors import verdict_of
from larkbridge.lark.limits import REQUESTS_PER_SECOND, REQUESTS_PER_SECOND_WITHOUT_TOKEN
from larkbridge.outcome import Outcome, Verdict

MAX_MESSAGE = 300
MAX_LOG_ID = 100


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

    def __init__(self, url: str | None, bearer_token: Callable[[], str | None], poster: HttpPoster) -> None:
        self._url = url
        self._bearer_token = bearer_token
        self._poster = poster

    @property
    def configured(self) -> bool:
        """Whether there is an address to send to."""
        return self._url is not None

    def requests_per_second(self) -> int:
        """Return the rate that Lark publishes for this workflow."""
        return REQUESTS_PER_SECOND if self._bearer_token() else REQUESTS_PER_SECOND_WITHOUT_TOKEN

    def send(self, payload: str, client_token: str) -> Outcome:
        """Post one submission; at least once, and once in effect within the token's window."""
        if not self._url:
            return _retry("url_not_set", "LARK_FORM_WEBHOOK_URL is not set")
        try:
            headers = self._headers(client_token)
            reply = self._poster.post(self._url, body=payload.encode(), headers=headers)
        except (AwsUnavailableError, MissingSettingError) as error:
            return _retry("secrets_unavailable", error.message)
        except NotSentError as error:
            return _retry("not_connected", f"no connection to Lark: {error}")
        except NoAnswerError as error:
            return Outcome(
                verdict=Verdict.UNKNOWN, reason="no_answer", message=f"no answer from Lark: {error}"
            )
        return _outcome(reply)

    def _headers(self, client_token: str) -> dict[str, str]:
        headers = {"Content-Type": "application/json; charset=utf-8", "Client-Token": client_token}
        if token := self._bearer_token():
            headers["Authorization"] = f"Bearer {token}"
        return headers


def _retry(reason: str, message: str) -> Outcome:
    return Outcome(verdict=Verdict.RETRY, reason=reason, message=message)


def _outcome(reply: Reply) -> Outcome:
    code, message = _envelope(reply.body)
    verdict, reason = verdict_of(reply.status, code)
    return Outcome(
        verdict=verdict,
        reason=reason,
        message=message,
        http_status=reply.status,
        lark_code=code,
        log_id=_storable(reply.headers.get("x-tt-logid", ""), MAX_LOG_ID) or None,
        retry_after=_retry_after(reply.headers),
    )


def _envelope(body: bytes) -> tuple[int | None, str]:
    """Return the body's `code` and `msg`; a body that is not Lark's envelope has no code."""
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        return None, ""
    code = envelope.get("code") if isinstance(envelope, dict) else None
    if not isinstance(code, int) or isinstance(code, bool) or code.bit_length() > 63:
        return None, ""
    return code, _storable(str(envelope.get("msg") or ""), MAX_MESSAGE)


def _storable(text: str, length: int) -> str:
    return text[:length].encode("utf-8", "replace").decode()


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait: `x-ogw-ratelimit-reset` is Lark's own header, `Retry-After` HTTP's."""
    for name in ("x-ogw-ratelimit-reset", "retry-after"):
        value = headers.get(name, "")
        if re.fullmatch(r"\d{1,9}", value, re.ASCII):
            return float(value)
    return None
