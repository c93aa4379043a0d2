"""Refusals that say whose turn it is: the administrator's, the person's, or the token's keeper's.

Protocol (open platform documentation, "Server error codes", and answers of the platform): an app without a
scope gets 99991672 (20027 where it asks a person to agree), a person who has not agreed 99991679. Both name,
in ``error.permission_violations[].subject``, the scopes of which one is enough. The console takes scopes that
are to be switched on at ``/app/{app_id}/auth?q=...&token_type=user``.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from larkbridge.lark.answers import Answer
from larkbridge.lark.api_error import LarkApiError, error_of
from larkbridge.lark.error_codes import TOKEN_INVALID
from larkbridge.work.outcome import Outcome

APP_LACKS_SCOPE = frozenset({99991672, 20027})
USER_HAS_NOT_GRANTED = 99991679
MAX_SCOPES = 50

_SCOPE = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


class AppScopeMissingError(LarkApiError):
    """The app has no scope for this call: an administrator must switch one on, and publish a version.

    Attributes
    ----------
    scopes
        Those of which one is enough, as Lark names them; empty where it names none.
    console_url
        Where the administrator does it.
    """

    def __init__(self, outcome: Outcome, scopes: Iterable[str], console_url: str) -> None:
        super().__init__(outcome)
        self.scopes = tuple(scopes)
        self.console_url = console_url

    @property
    def hint(self) -> str:
        """What the administrator can do about it."""
        return f"Switch the scope on at {self.console_url} and publish a version."


class NotAgreedError(LarkApiError):
    """The person has not agreed that the app does this for them: ask them.

    Attributes
    ----------
    scopes
        Those of which one is enough, as Lark names them; empty where it names none.
    """

    def __init__(self, outcome: Outcome, scopes: Iterable[str]) -> None:
        super().__init__(outcome)
        self.scopes = tuple(scopes)

    @property
    def hint(self) -> str:
        """What the person can do about it."""
        return "The person has to agree to the scope: authorise the app with it."


class UserTokenInvalidError(LarkApiError):
    """The person's access token has ended or is not valid: call again with a new one, once."""


def refusal(answer: Answer, domain: str, app_id: str, *, as_user: bool) -> LarkApiError:
    """Return the error of a call that did not succeed, made as the app or as a person.

    Parameters
    ----------
    domain, app_id
        Whose console an administrator is sent to.
    """
    outcome = answer.outcome
    if outcome.lark_code in APP_LACKS_SCOPE:
        scopes = _scopes(answer.document)
        return AppScopeMissingError(outcome, scopes, console_url(domain, app_id, scopes, as_user=as_user))
    if outcome.lark_code == USER_HAS_NOT_GRANTED:
        return NotAgreedError(outcome, _scopes(answer.document))
    if as_user and outcome.reason == TOKEN_INVALID:
        return UserTokenInvalidError(outcome)
    return error_of(outcome)


def console_url(domain: str, app_id: str, scopes: Iterable[str], *, as_user: bool = True) -> str:
    """Return where an administrator switches scopes on for an app."""
    query = {"q": ",".join(scopes), "token_type": "user" if as_user else "tenant"}
    return f"{domain.rstrip('/')}/app/{quote(app_id, safe='')}/auth?{urlencode(query, safe=',:')}"


def _scopes(document: Mapping[str, Any]) -> tuple[str, ...]:
    match document:
        case {"error": {"permission_violations": [*violations]}}:
            named = (one.get("subject") for one in violations if isinstance(one, dict))
            scopes = (scope for scope in named if isinstance(scope, str) and _SCOPE.fullmatch(scope))
            return tuple(dict.fromkeys(scopes))[:MAX_SCOPES]
    return ()
