"""What every API of Lark's open platform shares: tenant token, rate, envelope and faults.

Sources: open platform documentation, "Get custom app tenant_access_token", "Server error codes" and "Rate
limits". What they leave open, and is assumed here:

* the platform's own errors come with HTTP 400 (429 for the rate), an API's own mostly with HTTP 200;
* the token API answers as public reports show (github.com/excitedjs/dreamux/issues/417), with HTTP 200:
  10003 to what can be no app id or secret, 10014 to an unknown id and to a wrong secret;
* the checks run in the order token, rate, request;
* a user's token where only the app's is taken is invalid, as a token that nobody was given;
* a refused request does not count towards a rate, and the wait it is told is one second.
"""

import itertools
import json
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, override

from sandbox.credentials import matches
from sandbox.faults import Fault, FaultSwitch
from sandbox.lark.words import words_of
from sandbox.rate import RateWindow
from sandbox.routing import Handler, Reply, Request, Route, json_reply

TOKEN_SECONDS = 2 * 60 * 60
RENEWAL_SECONDS = 30 * 60
"""A token with less than this left is no longer handed out."""

RATE_LIMITED = 99991400
INVALID_PARAMETER = 10003
BAD_CREDENTIAL = 10014
TOKEN_MISSING = 99991661
TOKEN_INVALID = 99991663
USER_TOKEN_INVALID = 99991668
INVALID_FIELD = 99992402


class RefusedError(Exception):
    """An API answers `code` instead of doing what it was asked."""

    def __init__(
        self, code: int, message: str, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.headers = headers


type Process = Callable[[Request], dict[str, Any]]
"""Returns what stands in the envelope beside `code` and `msg`, or raises `RefusedError`."""


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    end: float


class PartSwitch(FaultSwitch):
    """The faults of one part of an area; one that is on for the whole area goes first."""

    def __init__(self, area: FaultSwitch) -> None:
        super().__init__()
        self._area = area

    @override
    def _take(self) -> Fault | None:
        return self._area._take() or super()._take()


class TenantTokens:
    """The app's tenant tokens; the same one until it has less than 30 minutes left, then both are valid.

    Attributes
    ----------
    user_tokens
        The access tokens of users, good for the APIs that take them.
    """

    def __init__(self, now: Callable[[], float], app_id: str, app_secrets: Collection[str]) -> None:
        self._now = now
        self._app_id = app_id
        self._tokens: list[_Token] = []
        self.user_tokens: set[str] = set()
        self.accept(app_secrets)

    def accept(self, app_secrets: Collection[str]) -> None:
        """Take these secrets of the app from now on; tokens that were issued stay valid."""
        self._credentials = [_credential(self._app_id, secret) for secret in app_secrets]

    def issue(self, request: Request) -> dict[str, Any]:
        """Return a token for the app's id and secret."""
        app_id, secret = _given_credential(request)
        if not matches(_credential(app_id, secret), self._credentials):
            known = app_id == self._app_id
            raise RefusedError(BAD_CREDENTIAL, "app secret invalid" if known else "app id not exists")
        now = self._now()
        if not self._tokens or self._tokens[-1].end < now + RENEWAL_SECONDS:
            self._tokens.append(_Token(f"t-{secrets.token_urlsafe(24)}", now + TOKEN_SECONDS))
        token = self._tokens[-1]
        return {"tenant_access_token": token.value, "expire": int(token.end - now)}

    def check(self, request: Request, *, user: bool = False) -> None:
        """Raise `RefusedError` unless a request carries a valid token; `user`: a user's is good too."""
        header = request.header("Authorization")
        if not header:
            raise RefusedError(TOKEN_MISSING, "missing access token for authorization", 400)
        valid = [one.value for one in self._tokens if self._now() < one.end]
        if not matches(header, [f"Bearer {one}" for one in (*valid, *(self.user_tokens if user else ()))]):
            code = USER_TOKEN_INVALID if user and header.startswith("Bearer u-") else TOKEN_INVALID
            raise RefusedError(code, "invalid access token for authorization", 400)

    def revoke(self) -> None:
        """Make every token invalid."""
        self._tokens.clear()


def _no_time() -> float:
    return 0.0


class Platform:
    """The gate in front of the APIs; it lets one request at a time through."""

    def __init__(self, now: Callable[[], float], tokens: TenantTokens) -> None:
        self._now = now
        self._tokens = tokens
        self._lock = Lock()
        self._log_numbers = itertools.count(1)

    def open_route(self, path: str, faults: FaultSwitch, process: Process) -> Route:
        """Return the route of a POST that needs no token."""
        return Route("POST", path, self._handler(faults, process, _no_time))

    def control(self, method: str, path: str, handler: Handler) -> Route:
        """Return the route of a control request, which no API call comes in the middle of."""

        def handle(request: Request) -> Reply:
            with self._lock:
                return handler(request)

        return Route(method, path, handle)

    def route(
        self,
        method: str,
        path: str,
        faults: FaultSwitch,
        rate: int,
        process: Process,
        *,
        user: bool = False,
        takes: Callable[[], float] = _no_time,
    ) -> Route:
        """Return the route of an API that takes a tenant token and `rate` requests a second.

        Parameters
        ----------
        user
            A user's token is good too.
        takes
            How many seconds it is until a request that was not refused is answered.
        """
        window = RateWindow(rate)

        def admit(request: Request) -> dict[str, Any]:
            self._tokens.check(request, user=user)
            if window.is_full(self._now()):
                headers = {"x-ogw-ratelimit-limit": str(rate), "x-ogw-ratelimit-reset": "1"}
                raise RefusedError(RATE_LIMITED, "request trigger frequency limit", 429, headers)
            window.add(self._now())
            return {"data": process(request)}

        return Route(method, path, self._handler(faults, admit, takes))

    def _handler(self, faults: FaultSwitch, process: Process, takes: Callable[[], float]) -> Handler:
        def handle(request: Request) -> Reply:
            return faults.answer(
                request.on_arrival, lambda fault: self._reply(request, fault, process, takes)
            )

        return handle

    def _reply(
        self, request: Request, fault: Fault | None, process: Process, takes: Callable[[], float]
    ) -> Reply:
        with self._lock:
            log_id = {"X-Tt-Logid": f"log-{next(self._log_numbers)}"}
            if fault is not None and fault.kind == "error_500":
                return Reply(500, headers=log_id)
            if fault is not None and fault.kind == "error_code":
                return json_reply(fault.status, {"code": fault.code, "msg": words_of(fault.code)}, log_id)
            try:
                document = {"code": 0, "msg": "success", **process(request)}
            except RefusedError as error:
                document = {"code": error.code, "msg": error.message}
                return json_reply(error.status, document, {**log_id, **(error.headers or {})})
            return replace(json_reply(200, document, log_id), delay=takes())


def _credential(app_id: object, secret: object) -> str:
    return f"{app_id}\n{secret}"


def _given_credential(request: Request) -> tuple[str, str]:
    """Return the app id and secret of a request; one that cannot be an app's is no parameter at all."""
    try:
        document = json_object(request)
    except RefusedError:
        document = {}
    app_id, secret = document.get("app_id"), document.get("app_secret")
    if not (isinstance(app_id, str) and app_id.startswith("cli_") and isinstance(secret, str) and secret):
        raise RefusedError(INVALID_PARAMETER, "invalid param")
    return app_id, secret


def json_object(request: Request) -> dict[str, Any]:
    """Return a request's body, or raise `RefusedError` when it is not a JSON object."""
    try:
        document = json.loads(request.body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise RefusedError(INVALID_FIELD, "the body is not a JSON object", 400)
    return document
