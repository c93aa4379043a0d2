"""What Lark's authorisation answers: tokens, a device flow that has begun, and who a person is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, TypeGuard

from larkbridge.lark.answers import Answer, refused
from larkbridge.lark.api_error import LarkApiError, error_of, incomplete
from larkbridge.token_pair import TokenPair
from larkbridge.work.outcome import Verdict

_MOST_SECONDS = 366 * 24 * 3600
_REFRESH_SECONDS = 7 * 24 * 3600
"""Of a refresh token whose answer does not say, or says nothing that can be."""
_DEVICE_SECONDS, _INTERVAL = 240, 5
"""Of a device flow whose answer does not say."""


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


def accepted(answer: Answer) -> Mapping[str, Any]:
    """Return what an answer says; one that RFC 6749 would call good need not have Lark's `code`.

    Raises
    ------
    LarkApiError
        For any other.
    """
    outcome, document = answer.outcome, answer.document
    good = outcome.http_status == 200 and outcome.lark_code in (0, None) and not document.get("error")
    if good or outcome.delivered:
        return document
    raise error_of(outcome)


def pair_of(answer: Answer, now: datetime) -> TokenPair:
    """Return the tokens of an answer; raises LarkApiError, its verdict unknown where they may be spent."""
    document = accepted(answer)
    token, refresh_token = document.get("access_token"), document.get("refresh_token") or ""
    if not (_is_token(token) and (_is_token(refresh_token) or refresh_token == "")):
        raise incomplete("the answer has no token", Verdict.UNKNOWN)
    refresh_life = _seconds(document.get("refresh_token_expires_in"), 0) or _REFRESH_SECONDS
    return TokenPair(
        access_token=token,
        expires_at=now + timedelta(seconds=_seconds(document.get("expires_in"), 0)),
        refresh_token=refresh_token,
        refresh_expires_at=now + timedelta(seconds=refresh_life) if refresh_token else None,
        scopes=tuple(str(document.get("scope") or "").split()),
    )


def renewable(pair: TokenPair) -> TokenPair:
    """Return tokens that can be renewed; raises NoRefreshTokenError."""
    if not pair.refresh_token:
        message = "no refresh token: offline_access, or the refresh of user tokens, is not switched on"
        raise NoRefreshTokenError(refused("no_refresh_token", message))
    return pair


def device_of(answer: Answer, now: datetime) -> Device:
    """Return the device flow that has begun; raises LarkApiError."""
    document = accepted(answer)
    match document:
        case {"device_code": str(device_code), "user_code": str(user_code)} if device_code:
            url = document.get("verification_uri_complete") or document.get("verification_uri")
            life = timedelta(seconds=_seconds(document.get("expires_in"), _DEVICE_SECONDS))
            interval = max(1, _seconds(document.get("interval"), _INTERVAL))
            return Device(device_code, user_code, str(url or ""), now + life, interval)
    raise incomplete("the answer has no device code")


def who_of(data: Mapping[str, Any]) -> Who:
    """Return whose token it is; raises LarkApiError."""
    if not (isinstance(data.get("open_id"), str) and data["open_id"]):
        raise incomplete("the answer does not say whose token it is")
    return Who(*(text if isinstance(text := data.get(name), str) else "" for name in Who._fields))


def _is_token(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.isascii() and value.isprintable() and value != ""


def _seconds(value: object, default: int) -> int:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdecimal() and len(text) <= 12):
        return default
    return min(int(text), _MOST_SECONDS)
