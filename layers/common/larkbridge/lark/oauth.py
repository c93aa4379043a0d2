"""A person lets the app act for them: Lark's authorisation, its tokens, and who the person is.

Protocol (open platform documentation, "Get authorization code", "Get user_access_token", "Refresh
user_access_token" and "Get user information"; the device flow and the revocation are those of
github.com/larksuite/cli, the latter nowhere documented). The token API answers flat, without ``data``, its
`code` as a number or a text, and errors with HTTP 400, 500 or 503. An authorisation code lives for 5 minutes
and serves once. A refresh token serves once too: it is dead before the answer with the next one leaves.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote, urlencode

from larkbridge.clock import Clock
from larkbridge.http_client import HttpClient, NoAnswerError, NotSentError
from larkbridge.lark.answers import Answer, read, refused, unanswered
from larkbridge.lark.api_error import GrantEndedError, error_of
from larkbridge.lark.client import LarkClient, credential_of
from larkbridge.lark.grant_answers import (
    Device,
    Waiting,
    Who,
    accepted,
    device_of,
    pair_of,
    renewable,
    who_of,
)
from larkbridge.token_pair import TokenPair
from larkbridge.work.outcome import Verdict

OFFLINE_ACCESS = "offline_access"
"""The scope with which Lark gives a refresh token."""

MAX_SCOPES = 50
"""Scopes that one authorisation may ask for."""

_GRANT_ENDED = frozenset({"authorization_invalid", "user_not_found"})
"""Why else a refresh is refused for good; that Lark says so of people who have left is not verified."""

MAX_REPLY_BYTES = 64 * 1024
_AUTHORIZE, _TOKEN = "/open-apis/authen/v1/authorize", "/open-apis/authen/v2/oauth/token"
_REVOKE, _DEVICE = "/oauth/v1/revoke", "/oauth/v1/device_authorization"
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_JSON, _FORM = "application/json; charset=utf-8", "application/x-www-form-urlencoded"


class LarkOAuth:
    """Lark's authorisation of one app; safe to share between threads and invocations.

    Parameters
    ----------
    accounts_domain, domain
        Such as ``https://accounts.larksuite.com`` and ``https://open.larksuite.com``.
    app_id, app_secret
        The app's id, and what returns its secret; without either each call fails, to be retried.
    """

    def __init__(
        self,
        accounts_domain: str,
        domain: str,
        app_id: str | None,
        app_secret: Callable[[], str | None],
        http: HttpClient,
        clock: Clock,
    ) -> None:
        self._accounts, self._domain = accounts_domain.rstrip("/"), domain.rstrip("/")
        self._app_id, self._app_secret = app_id, app_secret
        self._http, self._clock = http, clock
        self._client = LarkClient(domain, app_id, app_secret, http, clock)

    def authorize_url(self, state: str, scopes: Iterable[str], redirect_uri: str, code_challenge: str) -> str:
        """Return the address of Lark's page on which a person agrees; `code_challenge` is PKCE's, by S256.

        Raises
        ------
        LarkApiError
            When there is no app, or Lark takes no request for so many scopes.
        """
        if not self._app_id:
            raise error_of(refused("app_not_set", "LARK_APP_ID is not set"))
        query = {
            "client_id": self._app_id,
            "response_type": "code",
            "redirect_uri": redirect_uri,
            "scope": _scope(scopes),
            "state": state,
            "code_challenge": code_challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._accounts}{_AUTHORIZE}?{urlencode(query, quote_via=quote, safe='')}"

    def exchange(self, code: str, redirect_uri: str, verifier: str) -> TokenPair:
        """Return the tokens of an authorisation; the code is spent by the call, whatever comes back.

        Raises
        ------
        NoRefreshTokenError
            When the grant could not be renewed.
        LarkApiError
            With the outcome.
        """
        fields = {"code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
        answer = self._token({"grant_type": "authorization_code"} | fields)
        return renewable(pair_of(answer, self._clock.now()))

    def refresh(self, refresh_token: str) -> TokenPair:
        """Return new tokens; the refresh token is spent by the call.

        Raises
        ------
        GrantEndedError
            When no call with this token will succeed: it serves no more, or its person is gone.
        LarkApiError
            With the outcome. Its verdict is unknown when Lark may have spent the token.
        """
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        answer = self._token(fields)
        if answer.outcome.verdict is Verdict.REJECT and answer.outcome.reason in _GRANT_ENDED:
            raise GrantEndedError(answer.outcome)
        return pair_of(answer, self._clock.now())

    def revoke(self, token: str, hint: str = "refresh_token") -> None:
        """Make a token invalid, and with a refresh token its whole grant; may be repeated.

        Parameters
        ----------
        hint
            What the token is: ``refresh_token`` or ``access_token``.

        Raises
        ------
        LarkApiError
            When Lark did not say that it is done.
        """
        fields = self._credential() | {"token": token, "token_type_hint": hint}
        accepted(self._post(self._accounts + _REVOKE, urlencode(fields), {"Content-Type": _FORM}))

    def start_device(self, scopes: Iterable[str]) -> Device:
        """Begin a device flow, in which a person agrees on any device; raises `LarkApiError`."""
        app_id, secret = self._credential().values()
        basic = b64encode(f"{app_id}:{secret}".encode()).decode()
        headers = {"Content-Type": _FORM, "Authorization": f"Basic {basic}"}
        form = urlencode({"client_id": app_id, "scope": _scope(scopes)})
        return device_of(self._post(self._accounts + _DEVICE, form, headers), self._clock.now())

    def poll_device(self, device_code: str) -> TokenPair | Waiting:
        """Return the tokens of a device flow once the person has agreed; to be asked once in its interval.

        Raises
        ------
        NoRefreshTokenError
            When the grant could not be renewed.
        LarkApiError
            With the reason ``access_denied`` or ``device_code_expired``, and as any call of Lark.
        """
        answer = self._token({"grant_type": _DEVICE_GRANT, "device_code": device_code})
        said = answer.document.get("error")
        if said in (Waiting.PENDING, Waiting.SLOW_DOWN):
            return Waiting(said)
        if said == "access_denied":
            raise error_of(refused("access_denied", "the person has not agreed"))
        if said == "expired_token":
            raise error_of(refused("device_code_expired", "nobody agreed in time"))
        return renewable(pair_of(answer, self._clock.now()))

    def user_info(self, access_token: str) -> Who:
        """Return whose access token it is; raises `LarkApiError`."""
        return who_of(self._client.call("GET", "/authen/v1/user_info", user_token=access_token))

    def _credential(self) -> dict[str, str]:
        app_id, secret = credential_of(self._app_id, self._app_secret)
        return {"client_id": app_id, "client_secret": secret}

    def _token(self, fields: dict[str, str]) -> Answer:
        body = json.dumps(self._credential() | fields)
        return self._post(self._domain + _TOKEN, body, {"Content-Type": _JSON})

    def _post(self, url: str, body: str, headers: Mapping[str, str]) -> Answer:
        try:
            reply = self._http.request(
                "POST", url, body=body.encode(), headers=headers, max_reply_bytes=MAX_REPLY_BYTES
            )
        except (NotSentError, NoAnswerError) as error:
            return Answer(unanswered(error))
        return read(reply, self._clock.now(), code_as_text=True)


def _scope(scopes: Iterable[str]) -> str:
    wanted = sorted({*scopes, OFFLINE_ACCESS})
    if len(wanted) > MAX_SCOPES:
        raise error_of(refused("bad_parameter", f"more than {MAX_SCOPES} scopes at once"))
    return " ".join(wanted)
