"""Lark's accounts site and its token API: where people agree, and where apps get tokens for it.

In the local stack it is a site of its own: it is reached as ``localhost``, the functions as ``127.0.0.1``.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl

from sandbox.credentials import matches
from sandbox.faults import Fault, FaultSwitch
from sandbox.lark.accounts_pages import error_page, message_page, question_page, redirect
from sandbox.lark.contacts import Directory
from sandbox.lark.devices import Devices
from sandbox.lark.grants import Asked, Grants, OAuthRefusedError
from sandbox.lark.platform import Platform
from sandbox.lark.user_tokens import UserTokens
from sandbox.routing import Reply, Request, Route, json_reply

AUTHORIZE_PATH = "/open-apis/authen/v1/authorize"
TOKEN_PATHS = ("/open-apis/authen/v2/oauth/token", "/oauth/v3/token")
USER_INFO_PATH = "/open-apis/authen/v1/user_info"
REVOKE_PATH = "/oauth/v1/revoke"
DEVICE_PATH = "/oauth/v1/device_authorization"
DEVICE_PAGE = "/oauth/v1/device"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
TENANT_KEY = "sandbox-tenant"
API_RATE = 50
MAX_SCOPES = 50

BAD_SECRET = 20002
SCOPE_NOT_ENABLED = 20027
REDIRECT_UNKNOWN = 20029
GRANT_UNSUPPORTED = 20036
APP_UNKNOWN = 20048
MALFORMED = 20063
TWO_CREDENTIALS = 20070


@dataclass(frozen=True, slots=True)
class TokenCall:
    """What the token API was asked for, and what it answered: Lark's code, 0 when all went well."""

    grant_type: str
    answer: int | str


class Accounts:
    """The site.

    Attributes
    ----------
    redirect_uris
        Those that the app has registered, exact to the slash.
    calls
        Every call of the token API, oldest first.
    faults
        What goes wrong, by what is asked for: ``token``, ``revoke``, ``device``, ``user-info``.
    """

    def __init__(
        self,
        now: Callable[[], float],
        app_id: str,
        app_secrets: Collection[str],
        people: Directory,
        tokens: UserTokens,
    ) -> None:
        self.grants = Grants(now, people, tokens)
        self.devices = Devices(now, self.grants)
        self.redirect_uris: set[str] = set()
        self.calls: list[TokenCall] = []
        self.faults = {name: FaultSwitch() for name in ("token", "revoke", "device", "user-info")}
        self._app_id, self._people, self._tokens = app_id, people, tokens
        self._lock = Lock()
        self.accept(app_secrets)

    def accept(self, app_secrets: Collection[str]) -> None:
        """Take these secrets of the app from now on."""
        self._secrets = tuple(app_secrets)

    def routes(self, platform: Platform) -> list[Route]:
        """Return the pages and the APIs."""
        return [
            Route("GET", AUTHORIZE_PATH, self._ask),
            Route("POST", AUTHORIZE_PATH, self._answered),
            *(Route("POST", path, partial(self._serve, "token", self._token)) for path in TOKEN_PATHS),
            Route("POST", REVOKE_PATH, partial(self._serve, "revoke", self._revoke)),
            Route("POST", DEVICE_PATH, partial(self._serve, "device", self._begin_device)),
            Route("GET", DEVICE_PAGE, self._ask_on_device),
            Route("POST", DEVICE_PAGE, self._answered_on_device),
            platform.route(
                "GET",
                USER_INFO_PATH,
                self.faults["user-info"],
                API_RATE,
                self._user_info,
                app=False,
                user=True,
            ),
        ]

    def _ask(self, request: Request) -> Reply:
        query = request.query
        if query.get("client_id") != self._app_id:
            return error_page(APP_UNKNOWN)
        if query.get("redirect_uri", "") not in self.redirect_uris:
            return error_page(REDIRECT_UNKNOWN)
        scopes = query.get("scope", "").split()
        if missing := self.grants.missing(scopes):
            return error_page(SCOPE_NOT_ENABLED, ", ".join(missing))
        if len(scopes) > MAX_SCOPES:
            return error_page(MALFORMED)
        return question_page("Authorize the app", AUTHORIZE_PATH, scopes, self._people.people, query)

    def _answered(self, request: Request) -> Reply:
        fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        back = fields.get("redirect_uri", "")
        if back not in self.redirect_uris:
            return error_page(REDIRECT_UNKNOWN)
        state = {"state": fields["state"]} if "state" in fields else {}
        if fields.get("answer") != "agree":
            return redirect(back, {"error": "access_denied"} | state)
        scopes = tuple(fields.get("scope", "").split())
        asked = Asked(
            scopes, back, fields.get("code_challenge", ""), fields.get("code_challenge_method", "plain")
        )
        with self._lock:
            code = self.grants.new_code(fields["open_id"], asked)
        return redirect(back, {"code": code} | state)

    def _ask_on_device(self, request: Request) -> Reply:
        user_code = request.query.get("user_code", "")
        device = self.devices.waiting(user_code)
        if device is None:
            return message_page("No device waits", "The code is wrong, used or too old.", 404)
        hidden = {"user_code": user_code}
        return question_page("Connect a device", DEVICE_PAGE, device.scopes, self._people.people, hidden)

    def _answered_on_device(self, request: Request) -> Reply:
        fields = dict(parse_qsl(request.body.decode()))
        with self._lock:
            device = self.devices.waiting(fields.get("user_code", ""))
            if device is None:
                return message_page("No device waits", "The code is wrong, used or too old.", 404)
            agreed = fields.get("answer") == "agree"
            self.devices.answer(device, fields["open_id"] if agreed else "")
        return message_page("Connected" if agreed else "Not connected", "You may close this page.")

    def _token(self, request: Request, fields: Mapping[str, str]) -> dict[str, Any]:
        ways: dict[str, Callable[[Mapping[str, str]], dict[str, Any]]] = {
            "authorization_code": self.grants.exchange,
            "refresh_token": self.grants.refresh,
            DEVICE_GRANT: self.devices.poll,
        }
        grant_type = fields.get("grant_type", "")
        try:
            self._require_app(request, fields)
            answer = ways.get(grant_type, _unsupported)(fields)
        except OAuthRefusedError as error:
            self.calls.append(TokenCall(grant_type, error.code or error.error))
            raise
        self.calls.append(TokenCall(grant_type, 0))
        return answer

    def _revoke(self, request: Request, fields: Mapping[str, str]) -> dict[str, Any]:
        self._require_app(request, fields)
        self.grants.revoke(fields.get("token", ""))
        return {"code": 0}

    def _begin_device(self, request: Request, fields: Mapping[str, str]) -> dict[str, Any]:
        self._require_app(request, fields)
        scopes = tuple(fields.get("scope", "").split())
        if self.grants.missing(scopes):
            raise OAuthRefusedError(SCOPE_NOT_ENABLED, "invalid_scope")
        return self.devices.begin(scopes, f"http://{request.header('Host')}{DEVICE_PAGE}")

    def _user_info(self, request: Request) -> dict[str, Any]:
        grant = self._tokens.grant_of(request.header("Authorization").removeprefix("Bearer "))
        person = next((one for one in self._people.people if grant and one.open_id == grant.open_id), None)
        if person is None:
            return {}
        known = {name: getattr(person, name) for name in ("open_id", "union_id", "user_id", "name")}
        return {**known, "en_name": person.name, "tenant_key": TENANT_KEY}

    def _require_app(self, request: Request, fields: Mapping[str, str]) -> None:
        basic = request.header("Authorization").removeprefix("Basic ")
        if basic and "client_secret" in fields:
            raise OAuthRefusedError(TWO_CREDENTIALS, "invalid_request")
        if basic:
            app_id, _, secret = b64decode(basic).decode().partition(":")
        else:
            app_id, secret = fields.get("client_id", ""), fields.get("client_secret", "")
        if app_id != self._app_id:
            raise OAuthRefusedError(APP_UNKNOWN, "invalid_client")
        if not matches(secret, self._secrets):
            raise OAuthRefusedError(BAD_SECRET, "invalid_client")

    def _serve(
        self,
        area: str,
        process: Callable[[Request, Mapping[str, str]], dict[str, Any]],
        request: Request,
    ) -> Reply:
        def answer(fault: Fault | None) -> Reply:
            if fault is not None and fault.kind == "error_500":
                return Reply(500)
            if fault is not None and fault.kind == "error_code":
                return _refusal(OAuthRefusedError(fault.code, "invalid_request", fault.status))
            try:
                with self._lock:
                    return json_reply(200, process(request, _fields(request)))
            except OAuthRefusedError as error:
                return _refusal(error)

        return self.faults[area].answer(request.on_arrival, answer)


def _fields(request: Request) -> dict[str, str]:
    """Return the fields of a body, which the APIs take as JSON and as a form."""
    text = request.body.decode("utf-8", "replace")
    if not request.header("Content-Type").startswith("application/json"):
        return dict(parse_qsl(text, keep_blank_values=True))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise OAuthRefusedError(MALFORMED, "invalid_request")
    return {name: value for name, value in document.items() if isinstance(value, str)}


def _unsupported(_: Mapping[str, str]) -> dict[str, Any]:
    raise OAuthRefusedError(GRANT_UNSUPPORTED, "unsupported_grant_type")


def _refusal(error: OAuthRefusedError) -> Reply:
    return json_reply(error.status, error.document, {"X-Tt-Logid": "log-oauth"})
