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
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, TypeGuard
from urllib.parse import quote, urlencode

from larkbridge.clock import Clock
from larkbridge.http_client import HttpClient, NoAnswerError, NotSentError
from larkbridge.lark.answers import Answer, read, refused, unanswered
from larkbridge.lark.api_error import LarkApiError, error_of, incomplete
from larkbridge.lark.client import LarkClient, credential_of
from larkbridge.token_pair import TokenPair
from larkbridge.work.outcome import Verdict

OFFLINE_ACCESS = "offline_access"
"""The scope with which Lark gives a refresh token."""

MAX_SCOPES = 50
"""Scopes that one authorisation may ask for."""

MAX_REPLY_BYTES = 64 * 1024
_AUTHORIZE, _TOKEN = "/open-apis/authen/v1/authorize", "/open-apis/authen/v2/oauth/token"
_REVOKE, _DEVICE = "/oauth/v1/revoke", "/oauth/v1/device_authorization"
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_JSON, _FORM = "application/json; charset=utf-8", "application/x-www-form-urlencoded"
_MOST_SECONDS = 366 * 24 * 3600
_DEVICE_SECONDS, _INTERVAL = 240, 5


class Who(NamedTuple):
    """Whose token it is; what the app may not see is empty."""

    open_id: str
    user_id: str
    union_id: str
    name: str
    tenant_key: str

    def __repr__(self) -> str:
        return f"Who(open_id={self.open_id!r})"


class Device(NamedTuple):
    """A device flow that has begun: where the person goes, and with which code; `interval` in seconds."""

    device_code: str
    user_code: str
    url: str
    expires_at: datetime
    interval: int

    def __repr__(self) -> str:
        return f"Device(expires_at={self.expires_at})"


class Waiting(StrEnum):
    """Why a device flow has no tokens yet; after `SLOW_DOWN` its interval is 5 seconds longer."""

    PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"


class NoRefreshTokenError(LarkApiError):
    """Lark gave no refresh token: `offline_access` or the refresh is not switched on for the app."""


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
        return _renewable(self._pair(self._token({"grant_type": "authorization_code"} | fields)))

    def refresh(self, refresh_token: str) -> TokenPair:
        """Return new tokens; the refresh token is spent by the call.

        Raises
        ------
        GrantEndedError
            When no call with this token will succeed.
        LarkApiError
            With the outcome. Its verdict is unknown when Lark may have spent the token.
        """
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self._pair(self._token(fields))

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
        _require(self._post(self._accounts + _REVOKE, urlencode(fields), {"Content-Type": _FORM}))

    def start_device(self, scopes: Iterable[str]) -> Device:
        """Begin a device flow, in which a person agrees on any device; raises `LarkApiError`."""
        app_id, secret = self._credential().values()
        basic = b64encode(f"{app_id}:{secret}".encode()).decode()
        headers = {"Content-Type": _FORM, "Authorization": f"Basic {basic}"}
        form = urlencode({"client_id": app_id, "scope": _scope(scopes)})
        document = _require(self._post(self._accounts + _DEVICE, form, headers))
        match document:
            case {"device_code": str(device_code), "user_code": str(user_code)} if device_code:
                url = document.get("verification_uri_complete") or document.get("verification_uri")
                life = timedelta(seconds=_seconds(document.get("expires_in"), _DEVICE_SECONDS))
                interval = max(1, _seconds(document.get("interval"), _INTERVAL))
                return Device(device_code, user_code, str(url or ""), self._clock.now() + life, interval)
        raise incomplete("the answer has no device code")

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
        return _renewable(self._pair(answer))

    def user_info(self, access_token: str) -> Who:
        """Return whose access token it is; raises `LarkApiError`."""
        data = self._client.call("GET", "/authen/v1/user_info", user_token=access_token)
        if not (isinstance(data.get("open_id"), str) and data["open_id"]):
            raise incomplete("the answer does not say whose token it is")
        return Who(*(text if isinstance(text := data.get(name), str) else "" for name in Who._fields))

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

    def _pair(self, answer: Answer) -> TokenPair:
        document, now = _require(answer), self._clock.now()
        token, refresh_token = document.get("access_token"), document.get("refresh_token") or ""
        if not (_is_token(token) and (_is_token(refresh_token) or refresh_token == "")):
            raise incomplete("the answer has no token", Verdict.UNKNOWN)
        refresh_life = _seconds(document.get("refresh_token_expires_in"), 0)
        return TokenPair(
            access_token=token,
            expires_at=now + timedelta(seconds=_seconds(document.get("expires_in"), 0)),
            refresh_token=refresh_token,
            refresh_expires_at=now + timedelta(seconds=refresh_life) if refresh_token else None,
            scopes=tuple(str(document.get("scope") or "").split()),
        )


def _scope(scopes: Iterable[str]) -> str:
    wanted = sorted({*scopes, OFFLINE_ACCESS})
    if len(wanted) > MAX_SCOPES:
        raise error_of(refused("bad_parameter", f"more than {MAX_SCOPES} scopes at once"))
    return " ".join(wanted)


def _require(answer: Answer) -> Mapping[str, Any]:
    """Return what an answer says; one that RFC 6749 would call good need not have Lark's `code`."""
    outcome, document = answer.outcome, answer.document
    good = outcome.http_status == 200 and outcome.lark_code in (0, None) and not document.get("error")
    if good or outcome.delivered:
        return document
    raise error_of(outcome)


def _renewable(pair: TokenPair) -> TokenPair:
    if not pair.refresh_token:
        message = "no refresh token: offline_access, or the refresh of user tokens, is not switched on"
        raise NoRefreshTokenError(refused("no_refresh_token", message))
    return pair


def _is_token(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.isascii() and value.isprintable() and value != ""


def _seconds(value: object, default: int) -> int:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdecimal() and len(text) <= 12):
        return default
    return min(int(text), _MOST_SECONDS)
