"""Cloudflare Turnstile: whether the token that a page got is a person's. Doubt is on the parent's side.

Protocol (developers.cloudflare.com/turnstile, "Validate the token"): a POST to siteverify; a token is good
for five minutes and one validation, which the same `idempotency_key` may repeat.
"""

import json
from collections.abc import Callable
from typing import Any

from larkbridge.errors import AwsUnavailableError, MissingSettingError
from larkbridge.http_client import HttpClient, NoAnswerError, NotSentError
from larkbridge.observability import count, logger, plain_word

SECRET_SETTING = "TURNSTILE_SECRET"  # noqa: S105 - its name
_PATH = "/turnstile/v0/siteverify"
_MAX_TOKEN = 2048
_OUR_FAULT = {"missing-input-secret", "invalid-input-secret"}
_THEIR_FAULT = {"internal-error", "bad-request"}


class Turnstile:
    """Asks Cloudflare.

    Parameters
    ----------
    secret
        Returns the secret key, None when there is none.
    """

    def __init__(self, origin: str, secret: Callable[[], str | None], http: HttpClient) -> None:
        self._url = f"{origin}{_PATH}"
        self._secret = secret
        self._http = http

    def sign(self, token: Any, submission_id: str) -> str | None:
        """Return why a robot may have sent a form; None for a person, and when Cloudflare cannot say.

        `turnstile_missing`: there is no token. `turnstile_refused`: Cloudflare says no. A repeated request of
        one submission gets the answer of the first.
        """
        try:
            secret = self._secret()
        except (AwsUnavailableError, MissingSettingError) as error:
            return _skipped("TurnstileMisconfigured", error.message)
        if secret is None:
            return _skipped("TurnstileMisconfigured", f"{SECRET_SETTING} is not configured")
        if not isinstance(token, str):
            return "turnstile_missing"
        if len(token) > _MAX_TOKEN:
            return "turnstile_refused"
        asked = {"secret": secret, "response": token, "idempotency_key": submission_id}
        try:
            reply = self._http.post(
                self._url, body=json.dumps(asked).encode(), headers={"Content-Type": "application/json"}
            )
        except (NotSentError, NoAnswerError) as error:
            return _skipped("TurnstileUnavailable", type(error).__name__)
        return read_answer(reply.body)


def read_answer(body: bytes) -> str | None:
    """Return what speaks against a person in an answer, None for nothing."""
    try:
        answer = json.loads(body)
        is_person, codes = answer["success"], {*answer.get("error-codes", ())}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return _skipped("TurnstileUnavailable", "not an answer of Turnstile")
    if is_person is True:
        return None
    said = ", ".join(sorted(plain_word(str(code)) for code in codes))
    if codes & _OUR_FAULT:
        return _skipped("TurnstileMisconfigured", said)
    if not codes or codes & _THEIR_FAULT:
        return _skipped("TurnstileUnavailable", said)
    logger.info("turnstile says no", codes=said)
    return "turnstile_refused"


def _skipped(metric: str, reason: str) -> None:
    """Count that nobody could say, for which no parent is to blame."""
    logger.error("turnstile not asked", reason=reason)
    count(metric)
