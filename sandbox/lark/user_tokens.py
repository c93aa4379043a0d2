"""The access tokens of people, and the scopes that the app may ask them for.

Source: open platform documentation, "Get user_access_token": a token is its owner's, has the scopes that the
owner agreed to, and ends. Whoever issues them, the accounts site or a test, does so here.
"""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import NamedTuple

from sandbox.lark.scopes import EVERY_SCOPE

USER_TOKEN_SECONDS = 2 * 60 * 60


class Grant(NamedTuple):
    """To whom a token belongs, and what it is good for."""

    open_id: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Token:
    grant: Grant
    end: float


class UserTokens:
    """People's access tokens, each good until its end.

    Parameters
    ----------
    now
        The time in unix seconds.

    Attributes
    ----------
    app_scopes
        The scopes that are switched on for the app: everything, until a test says otherwise.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.app_scopes: set[str] = set(EVERY_SCOPE)
        self._now = now
        self._tokens: dict[str, _Token] = {}

    def issue(self, open_id: str, scopes: Collection[str], seconds: float = USER_TOKEN_SECONDS) -> str:
        """Return a new access token of a person."""
        token = f"u-{secrets.token_urlsafe(24)}"
        self._tokens[token] = _Token(Grant(open_id, frozenset(scopes)), self._now() + seconds)
        return token

    def revoke(self, token: str, *, after: float = 0.0) -> None:
        """End a token so many seconds from now, if it does not end before."""
        known = self._tokens.get(token)
        if known is not None:
            self._tokens[token] = replace(known, end=min(known.end, self._now() + after))

    def revoke_all(self, open_id: str) -> None:
        """End every token of a person."""
        for token, known in list(self._tokens.items()):
            if known.grant.open_id == open_id:
                self.revoke(token)

    def grant_of(self, token: str) -> Grant | None:
        """Return the owner and the scopes of a token, None for one that has ended or never was."""
        known = self._tokens.get(token)
        return known.grant if known is not None and self._now() < known.end else None
