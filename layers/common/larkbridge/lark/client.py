"""Lark's open platform, called as the app itself.

Protocol (open platform documentation, "Get custom app tenant_access_token" and "Server error codes"): POST
{domain}/open-apis/auth/v3/tenant_access_token/internal answers flat, without ``data``; a token lives up to 2
hours, and one that is about to end is not taken back when the next is issued. Every other API answers an
envelope, and has succeeded when its `code` is 0.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from larkbridge.clock import Clock
from larkbridge.errors import AwsUnavailableError, MissingSettingError
from larkbridge.http_client import HttpClient, NoAnswerError, NotSentError
from larkbridge.lark.answers import Answer, not_made, read, unanswered
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.error_codes import BAD_APP_CREDENTIAL, BAD_PARAMETER, TOKEN_INVALID
from larkbridge.lark.limits import TOKEN_MARGIN, TOKEN_SECONDS
from larkbridge.lark.permissions import refusal
from larkbridge.work.outcome import Verdict

MAX_REPLY_BYTES = 20_000_000
"""A page of 500 records takes a few megabytes; one with many long texts may take more than this."""

_TOKEN_PATH = "/auth/v3/tenant_access_token/internal"  # noqa: S105
_JSON = "application/json; charset=utf-8"


def credential_of(app_id: str | None, app_secret: Callable[[], str | None]) -> tuple[str, str]:
    """Return the app's id and secret; raises LarkApiError, to be retried, where there are none."""
    try:
        secret = app_secret()
    except (AwsUnavailableError, MissingSettingError) as error:
        raise LarkApiError(not_made("secrets_unavailable", error.message)) from None
    if not (app_id and secret):
        raise LarkApiError(not_made("app_not_set", "LARK_APP_ID or LARK_APP_SECRET is not set"))
    return app_id, secret


class LarkClient:
    """Calls Lark's APIs; safe to share between threads and invocations.

    Parameters
    ----------
    domain
        Such as ``https://open.larksuite.com``.
    app_id, app_secret
        The app's id, and what returns its secret; without either each call fails, to be retried.
    """

    def __init__(
        self,
        domain: str,
        app_id: str | None,
        app_secret: Callable[[], str | None],
        http: HttpClient,
        clock: Clock,
    ) -> None:
        self._domain = domain.rstrip("/")
        self._root = f"{self._domain}/open-apis"
        self._http = http
        self._clock = clock
        self._token = _TenantToken(self._post_credential, clock)
        self._app_id = app_id
        self._app_secret = app_secret

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        user_token: str | None = None,
    ) -> dict[str, Any]:
        """Make one call and return the answer's `data`, empty when Lark sends none.

        Raises what `whole` raises.
        """
        data = self.whole(method, path, query=query, body=body, user_token=user_token).get("data")
        return data if isinstance(data, dict) else {}

    def whole(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        user_token: str | None = None,
    ) -> Mapping[str, Any]:
        """Make one call and return the whole answer, for the APIs that answer without `data`.

        Nothing is repeated but a call that Lark refused for the app's token, once, with a new one.

        Parameters
        ----------
        path
            What follows ``/open-apis``; the caller escapes what it puts in.
        user_token
            Calls as the person that it belongs to, not as the app; the caller renews it.

        Raises
        ------
        LarkApiError
            With the outcome. Its verdict is unknown when Lark may have done what it was asked: repeat only a
            call that reads, writes the same again, or carries an idempotency token. As one of the kinds in
            `larkbridge.lark.permissions` where somebody else can mend it.
        """
        url = f"{self._root}{path}{'?' + urlencode(query) if query else ''}"
        content = None if body is None else json.dumps(body).encode()
        if user_token is not None:
            answer = self._attempt(method, url, content, user_token)
        else:
            answer = self._as_app(method, url, content)
        if not answer.outcome.delivered:
            as_user = user_token is not None
            raise refusal(answer, self._domain, self._app_id or "", as_user=as_user)
        return answer.document

    def _as_app(self, method: str, url: str, content: bytes | None) -> Answer:
        token = self._token.get()
        answer = self._attempt(method, url, content, token)
        if answer.outcome.reason != TOKEN_INVALID:
            return answer
        self._token.forget(token)
        return self._attempt(method, url, content, self._token.get())

    def _attempt(self, method: str, url: str, content: bytes | None, token: str) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": _JSON}
        return self._send(method, url, content, headers)

    def _post_credential(self) -> Answer:
        app_id, app_secret = credential_of(self._app_id, self._app_secret)
        body = json.dumps({"app_id": app_id, "app_secret": app_secret}).encode()
        return self._send("POST", self._root + _TOKEN_PATH, body, {"Content-Type": _JSON})

    def _send(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        # One byte more than is taken shows that there was more.
        limit = MAX_REPLY_BYTES + 1
        try:
            reply = self._http.request(method, url, body=body, headers=headers, max_reply_bytes=limit)
        except (NotSentError, NoAnswerError) as error:
            return Answer(unanswered(error))
        return read(reply, self._clock.now(), max_bytes=MAX_REPLY_BYTES)


class _TenantToken:
    """The app's token, fetched by one thread at a time and kept until shortly before its end."""

    def __init__(self, fetch: Callable[[], Answer], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = Lock()
        self._value = ""
        self._renewal: datetime | None = None

    def get(self) -> str:
        """Return a token; raises LarkApiError, always to be retried since the call itself was not made."""
        with self._lock:
            now = self._clock.now()
            if self._renewal is None or now >= self._renewal:
                self._value, life = self._new()
                self._renewal = now + life - TOKEN_MARGIN
            return self._value

    def forget(self, token: str) -> None:
        """Fetch anew next time, unless that has happened since `token` was returned."""
        with self._lock:
            if token == self._value:
                self._renewal = None

    def _new(self) -> tuple[str, timedelta]:
        answer = self._fetch()
        outcome = answer.outcome
        if not outcome.delivered:
            # The app's id and secret are the only parameters.
            reason = BAD_APP_CREDENTIAL if outcome.reason == BAD_PARAMETER else outcome.reason
            raise LarkApiError(outcome._replace(verdict=Verdict.RETRY, reason=reason))
        token, seconds = (answer.document.get(name) for name in ("tenant_access_token", "expire"))
        if not (isinstance(token, str) and token.isascii() and token and isinstance(seconds, int)):
            raise LarkApiError(not_made("no_token", "Lark's answer has no tenant token"))
        return token, timedelta(seconds=max(0, min(seconds, TOKEN_SECONDS)))
