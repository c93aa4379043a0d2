"""What people have agreed to, and the codes and tokens that come of it.

Sources: open platform documentation, "Get authorization code", "Get user_access_token" and "Refresh
user_access_token"; for the device flow RFC 8628 and github.com/larksuite/cli. What they leave open, and is
assumed here:

* a code is spent by the first request of the app that names it, whatever comes back;
* a request with `offline_access` gets a refresh token, also where the person had agreed to it before;
* a consent counts anew each time that the person agrees, and its 365 days end refresh tokens as expired;
* revoking a refresh token ends its access tokens too, and revoking what is unknown succeeds (RFC 7009).
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

from sandbox.lark.contacts import Directory
from sandbox.lark.scopes import OFFLINE_ACCESS
from sandbox.lark.user_tokens import USER_TOKEN_SECONDS, UserTokens
from sandbox.lark.words import words_of

DAY = 24 * 60 * 60
CODE_SECONDS = 5 * 60
REFRESH_SECONDS = 7 * DAY
CONSENT_SECONDS = 365 * DAY
GRACE_SECONDS = 60
"""So long an access token lives on after its grant is refreshed."""

MISSING_PARAMETER = 20001
CODE_UNKNOWN = 20003
CODE_EXPIRED = 20004
APP_FORBIDDEN = 20010
REFRESH_INVALID = 20026
REFRESH_EXPIRED = 20037
PKCE_FAILED = 20049
REFRESH_REVOKED = 20064
CODE_USED = 20065
USER_INVALID = 20066
SCOPE_REPEATED = 20067
SCOPE_FORBIDDEN = 20068
REDIRECT_DIFFERS = 20071
REFRESH_USED = 20073
REFRESH_OFF = 20074


class OAuthRefusedError(Exception):
    """The token API refuses a request, with Lark's code or, in a device flow, with RFC 8628's word alone."""

    def __init__(self, code: int | None, error: str = "invalid_grant", status: int = 400) -> None:
        super().__init__(error)
        self.code, self.error, self.status = code, error, status

    @property
    def document(self) -> dict[str, Any]:
        """What is answered."""
        said = {"error": self.error, "error_description": words_of(self.code)}
        return said if self.code is None else {"code": self.code, **said}


@dataclass(frozen=True, slots=True)
class Asked:
    """What an app asks a person for."""

    scopes: tuple[str, ...]
    redirect_uri: str = ""
    challenge: str = ""
    method: str = ""


@dataclass(slots=True)
class _Code:
    open_id: str
    asked: Asked
    end: float
    used: bool = False


@dataclass(slots=True)
class _Refresh:
    open_id: str
    scopes: frozenset[str]
    end: float
    consent_end: float
    access_tokens: list[str]
    refusal: int | None = None


@dataclass(slots=True)
class _Consent:
    agreed_at: float
    scopes: set[str] = field(default_factory=set[str])


class Grants:
    """The consents of people and what they gave.

    Attributes
    ----------
    refresh_allowed
        Whether the refresh of tokens is switched on for the app.
    unavailable
        The open ids of those to whom the app is not available.
    """

    def __init__(self, now: Callable[[], float], people: Directory, tokens: UserTokens) -> None:
        self.refresh_allowed = True
        self.unavailable: set[str] = set()
        self._now, self._people, self._tokens = now, people, tokens
        self._codes: dict[str, _Code] = {}
        self._refresh: dict[str, _Refresh] = {}
        self._consents: dict[str, _Consent] = {}

    def missing(self, scopes: Iterable[str]) -> list[str]:
        """Return the scopes that are not switched on for the app."""
        return sorted({*scopes} - self._tokens.app_scopes)

    def agree(self, open_id: str, scopes: Iterable[str]) -> None:
        """Let a person agree to scopes; those of before stay."""
        consent = self._consents.setdefault(open_id, _Consent(self._now()))
        consent.agreed_at = self._now()
        consent.scopes |= {*scopes}

    def new_code(self, open_id: str, asked: Asked) -> str:
        """Return the code of a person who has just agreed."""
        self.agree(open_id, asked.scopes)
        code = secrets.token_urlsafe(48)
        self._codes[code] = _Code(open_id, asked, self._now() + CODE_SECONDS)
        return code

    def exchange(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """Return the tokens of a code."""
        known = self._codes.get(_given(fields, "code"))
        if known is None:
            raise OAuthRefusedError(CODE_UNKNOWN)
        if known.used:
            raise OAuthRefusedError(CODE_USED)
        known.used = True
        if self._now() >= known.end:
            raise OAuthRefusedError(CODE_EXPIRED)
        if fields.get("redirect_uri", "") != known.asked.redirect_uri:
            raise OAuthRefusedError(REDIRECT_DIFFERS)
        if not _proves(fields.get("code_verifier", ""), known.asked):
            raise OAuthRefusedError(PKCE_FAILED)
        return self.issue(known.open_id, known.asked.scopes)

    def issue(self, open_id: str, asked: Iterable[str]) -> dict[str, Any]:
        """Return tokens of a person who has agreed, with all that they have agreed to."""
        consent = self._consents[open_id]
        consent_end = consent.agreed_at + CONSENT_SECONDS
        return self._answer(open_id, frozenset(consent.scopes), consent_end, OFFLINE_ACCESS in asked, [])

    def refresh(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """Return the next tokens; the refresh token is dead before anything is answered."""
        known = self._refresh.get(_given(fields, "refresh_token"))
        if not self.refresh_allowed:
            raise OAuthRefusedError(REFRESH_OFF)
        if known is None:
            raise OAuthRefusedError(REFRESH_INVALID)
        if known.refusal is not None:
            raise OAuthRefusedError(known.refusal)
        if self._now() >= min(known.end, known.consent_end):
            raise OAuthRefusedError(REFRESH_EXPIRED)
        scopes = _narrowed(known.scopes, fields.get("scope", ""))
        self._require_welcome(known.open_id)
        known.refusal = REFRESH_USED
        for token in known.access_tokens:
            self._tokens.revoke(token, after=GRACE_SECONDS)
        return self._answer(known.open_id, scopes, known.consent_end, True, known.access_tokens)

    def revoke(self, token: str) -> None:
        """End a token, and with a refresh token the access tokens of its grant."""
        known = self._refresh.get(token)
        self._tokens.revoke(token)
        if known is not None:
            known.refusal = known.refusal or REFRESH_REVOKED
            for access_token in known.access_tokens:
                self._tokens.revoke(access_token)

    def forget(self, open_id: str) -> None:
        """Let a person take back what they agreed to, as in Lark's own settings."""
        self._consents.pop(open_id, None)
        self._tokens.revoke_all(open_id)
        for known in self._refresh.values():
            if known.open_id == open_id:
                known.refusal = known.refusal or REFRESH_REVOKED

    def _answer(
        self, open_id: str, scopes: frozenset[str], consent_end: float, renewable: bool, before: list[str]
    ) -> dict[str, Any]:
        self._require_welcome(open_id)
        access_token = self._tokens.issue(open_id, scopes)
        answer: dict[str, Any] = {
            "code": "0",
            "access_token": access_token,
            "expires_in": USER_TOKEN_SECONDS,
            "token_type": "Bearer",
            "scope": " ".join(sorted(scopes)),
        }
        if renewable and self.refresh_allowed:
            seconds = min(REFRESH_SECONDS, consent_end - self._now())
            token = f"ur-{secrets.token_urlsafe(48)}"
            known = _Refresh(
                open_id, scopes, self._now() + seconds, consent_end, [*before[-1:], access_token]
            )
            self._refresh[token] = known
            answer |= {"refresh_token": token, "refresh_token_expires_in": int(seconds)}
        return answer

    def _require_welcome(self, open_id: str) -> None:
        if self._people.works_here(open_id) is None:
            raise OAuthRefusedError(USER_INVALID)
        if open_id in self.unavailable:
            raise OAuthRefusedError(APP_FORBIDDEN, "access_denied")


def _given(fields: Mapping[str, str], name: str) -> str:
    if not fields.get(name):
        raise OAuthRefusedError(MISSING_PARAMETER, "invalid_request")
    return fields[name]


def _proves(verifier: str, asked: Asked) -> bool:
    """Say whether a verifier is that of the challenge (RFC 7636); without a challenge none is needed."""
    if not asked.challenge:
        return not verifier
    if asked.method != "S256":
        return compare_digest(verifier.encode(), asked.challenge.encode())
    digest = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return 43 <= len(verifier) <= 128 and compare_digest(digest, asked.challenge.encode())


def _narrowed(scopes: frozenset[str], wanted: str) -> frozenset[str]:
    named = wanted.split()
    if len(named) != len({*named}):
        raise OAuthRefusedError(SCOPE_REPEATED, "invalid_scope")
    if not scopes.issuperset(named):
        raise OAuthRefusedError(SCOPE_FORBIDDEN, "invalid_scope")
    return frozenset(named) or scopes
