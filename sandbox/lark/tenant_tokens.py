"""Whose calls the APIs take: the app's, by its tenant tokens, and people's, by theirs.

Source: open platform documentation, "Get custom app tenant_access_token". What it leaves open stands in
`sandbox.lark.platform`.
"""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sandbox.credentials import matches
from sandbox.lark.envelope import (
    APP_LACKS_SCOPE,
    BAD_CREDENTIAL,
    INVALID_PARAMETER,
    TOKEN_INVALID,
    TOKEN_MISSING,
    USER_HAS_NOT_GRANTED,
    USER_TOKEN_INVALID,
    RefusedError,
    json_object,
)
from sandbox.lark.user_tokens import UserTokens
from sandbox.lark.words import words_of
from sandbox.routing import Request

TOKEN_SECONDS = 2 * 60 * 60
RENEWAL_SECONDS = 30 * 60
"""A token with less than this left is no longer handed out."""


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    end: float


class TenantTokens:
    """The app's tenant tokens; the same one until it has less than 30 minutes left, then both are valid.

    Attributes
    ----------
    user_tokens
        The access tokens of people, good for the APIs that take them.
    """

    def __init__(self, now: Callable[[], float], app_id: str, app_secrets: Collection[str]) -> None:
        self._now = now
        self._app_id = app_id
        self._tokens: list[_Token] = []
        self.user_tokens = UserTokens(now)
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

    def check(
        self, request: Request, *, app: bool = True, user: bool = False, scopes: Collection[str] = ()
    ) -> None:
        """Raise `RefusedError` unless a request carries a token that is valid and good for one of the scopes.

        Parameters
        ----------
        app, user
            Whose tokens are taken.
        """
        header = request.header("Authorization")
        if not header:
            raise RefusedError(TOKEN_MISSING, "missing access token for authorization", 400)
        grant = self.user_tokens.grant_of(_bearer(request)) if user else None
        valid = [f"Bearer {one.value}" for one in self._tokens if app and self._now() < one.end]
        if grant is None and not matches(header, valid):
            code = USER_TOKEN_INVALID if user and header.startswith("Bearer u-") else TOKEN_INVALID
            raise RefusedError(code, "invalid access token for authorization", 400)
        if scopes and self.user_tokens.app_scopes.isdisjoint(scopes):
            raise _scope_missing(APP_LACKS_SCOPE, "action_scope_required", scopes)
        if scopes and grant is not None and grant.scopes.isdisjoint(scopes):
            raise _scope_missing(USER_HAS_NOT_GRANTED, "action_privilege_required", scopes)

    def owner(self, request: Request) -> str | None:
        """Return the open id of the person whose token a request carries, None for the app's."""
        grant = self.user_tokens.grant_of(_bearer(request))
        return grant.open_id if grant else None

    def scopes(self, request: Request) -> Collection[str]:
        """Return the scopes that a request has: the app's, and for a person's token those of both."""
        grant = self.user_tokens.grant_of(_bearer(request))
        app_scopes = self.user_tokens.app_scopes
        return app_scopes if grant is None else app_scopes & grant.scopes

    def revoke(self) -> None:
        """Make every token invalid."""
        self._tokens.clear()


def _bearer(request: Request) -> str:
    scheme, _, token = request.header("Authorization").partition(" ")
    return token if scheme == "Bearer" else ""


def _scope_missing(code: int, kind: str, scopes: Collection[str]) -> RefusedError:
    violations = [{"type": kind, "subject": scope} for scope in scopes]
    message = f"{words_of(code)} One of these scopes is required: [{', '.join(scopes)}]"
    return RefusedError(code, message, 400, details={"permission_violations": violations})


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
