"""A person goes to Lark, agrees, and comes back: from the press of our button to the tokens in the vault.

The way is written before the person sets out, and that it came back before its code is spent. The tokens are
written before anybody is told, and last that the chat knows. So a process that stops on the way leaves either
nothing, and the link serves again, or a grant; whoever opens the same address again goes on from there.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from larkbridge.clock import Clock, from_text
from larkbridge.errors import AwsUnavailableError, NotFoundError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.grant_answers import Who
from larkbridge.lark.oauth import LarkOAuth
from larkbridge.observability import log_crash, logger, plain_id, plain_word
from larkbridge.people.oauth_state import is_bound_to, new_state, nonce_of
from larkbridge.people.telling import Telling
from larkbridge.store.connect_requests import WAY_FOR, ConnectRequest, ConnectRequestStore, Way
from larkbridge.store.grants import LARK_USER, Owner
from larkbridge.token_pair import TokenPair
from larkbridge.vault.refusals import VaultKeyError
from larkbridge.vault.token_vault import TokenVault
from larkbridge.work.outcome import Verdict

ADMIN_REASONS = frozenset(
    {
        "app_disabled",
        "app_not_set",
        "app_unavailable",
        "bad_app_credential",
        "no_refresh_token",
        "redirect_not_registered",
        "refresh_disabled",
        "scope_not_enabled",
    }
)
"""Why Lark gives no tokens until an administrator has mended something."""
_ASKED_TWICE = 2
_BACK_BEFORE = "the state has come back before"
_PATIENCE = timedelta(seconds=10)
"""So long after it has come back a way may be under way."""
_LOOK_AGAIN = 0.5
"""Seconds."""


class End(StrEnum):
    """How a person's way ends, and which page says so."""

    DONE = "done"
    DENIED = "denied"
    INVALID = "invalid"
    MISMATCH = "mismatch"
    ADMIN = "admin"
    FAILED = "failed"


class Arrival(NamedTuple):
    """Where a person has arrived; `request` is known but for `INVALID`, `reason` is Lark's or ours."""

    end: End
    request: ConnectRequest | None = None
    reason: str = ""


class Authorising:
    """One person's way at a time.

    Parameters
    ----------
    keys
        Returns the values of SESSION_KEY, of which the first signs; raises NotConfiguredError.
    """

    def __init__(
        self,
        requests: ConnectRequestStore,
        oauth: LarkOAuth,
        vault: TokenVault,
        telling: Telling,
        redirect_uri: str,
        keys: Callable[[], Sequence[str]],
        clock: Clock,
    ) -> None:
        self._requests, self._oauth, self._vault, self._telling = requests, oauth, vault, telling
        self._redirect_uri, self._keys, self._clock = redirect_uri, keys, clock

    def set_out(self, request: ConnectRequest) -> str:
        """Return the address of Lark's page for a person who has pressed the button; one request."""
        now = self._clock.now()
        nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        until = now + WAY_FOR
        state = new_state(request, nonce, self._keys(), until)
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        url = self._oauth.authorize_url(state, request.scopes, self._redirect_uri, challenge)
        way = Way(
            nonce=nonce,
            request_id=request.request_id,
            verifier=verifier,
            expires_at=int(until.timestamp()),
        )
        self._requests.begin(way)
        return url

    def is_connected(self, request: ConnectRequest) -> bool:
        """Tell whether the person of a request is connected and need not consent again; one request."""
        grant = self._vault.grant(Owner(LARK_USER, request.turn.open_id))
        return grant is not None and not grant.reason

    def come_back(self, state: str, code: str, error: str) -> Arrival:
        """Return where a person has arrived whom Lark has sent back; may be repeated.

        Raises
        ------
        NotConfiguredError, MissingSettingError, AwsUnavailableError
            When that cannot be found out, or tokens cannot be kept.
        """
        now = self._clock.now()
        try:
            nonce, binding = nonce_of(state, self._keys(), now)
        except NotFoundError as refusal:
            return _invalid(refusal.message)
        spent = self._requests.spend(nonce, now)
        if spent is None:
            return _invalid("nobody has set out with this state")
        request = self._requests.get(spent.way.request_id, now)
        if request is None:
            return _invalid("what was asked for no longer holds")
        if not is_bound_to(binding, request):
            return _invalid("the state was made for another request")
        if spent.again:
            return self._go_on(spent.way, request)
        if error or not code:
            return _refused_by(error, request)
        return self._arrived(spent.way, request, code)

    def _arrived(self, way: Way, request: ConnectRequest, code: str) -> Arrival:
        try:
            pair = self._oauth.exchange(code, self._redirect_uri, way.verifier)
        except LarkApiError as error:
            return _not_given(error, request)
        try:
            who = self._whose(pair)
        except LarkApiError as error:
            self._give_back(pair)
            return _not_given(error, request)
        owner = Owner(LARK_USER, request.turn.open_id)
        if who.open_id != owner.id:
            self._give_back(pair)
            logger.warning("authorised by somebody else", asked=plain_id(owner.id))
            self._telling.somebody_else(request, who.open_id, _spent_at(way))
            return Arrival(End.MISMATCH, request)
        try:
            is_newest = self._vault.keep(owner, pair, user_id=who.user_id, granted_at=_spent_at(way))
        except VaultKeyError:
            self._give_back(pair)
            raise
        logger.info("connected", owner=plain_id(*owner), scopes=len(pair.scopes), isNewest=is_newest)
        return self._told(way, request)

    def _go_on(self, way: Way, request: ConnectRequest) -> Arrival:
        """Go on where a process has stopped that had the tokens; otherwise the state serves no more.

        It may be under way still, when a browser has loaded the address twice: then its end is waited for.
        """
        while not _is_told(way, request):
            is_kept = self._is_kept(way, request)
            if self._clock.now() >= _spent_at(way) + _PATIENCE:
                return self._told(way, request) if is_kept else _invalid(_BACK_BEFORE)
            self._clock.sleep(_LOOK_AGAIN)
            request = self._requests.get(request.request_id, self._clock.now()) or request
            if _is_told(way, request) and self._is_kept(way, request):
                return Arrival(End.DONE, request)
        return _invalid(_BACK_BEFORE)

    def _is_kept(self, way: Way, request: ConnectRequest) -> bool:
        """Tell whether the grant that stands came by this way."""
        grant = self._vault.grant(Owner(LARK_USER, request.turn.open_id))
        return grant is not None and grant.granted_at == _spent_at(way)

    def _told(self, way: Way, request: ConnectRequest) -> Arrival:
        """Let the chat know; what fails can be repeated."""
        try:
            self._telling.connected(request, _spent_at(way))
            self._requests.note_connected(request.request_id, self._clock.now())
        except (AwsUnavailableError, LarkApiError) as error:
            log_crash("connected, and the chat does not know", error)
        return Arrival(End.DONE, request)

    def _whose(self, pair: TokenPair) -> Who:
        for _ in range(_ASKED_TWICE - 1):
            try:
                return self._oauth.user_info(pair.access_token)
            except LarkApiError as error:
                if error.outcome.verdict is Verdict.REJECT:
                    raise
        return self._oauth.user_info(pair.access_token)

    def _give_back(self, pair: TokenPair) -> None:
        """Have tokens revoked that nobody keeps."""
        try:
            self._oauth.revoke(pair.refresh_token)
        except LarkApiError as error:
            logger.warning("tokens not revoked", reason=error.outcome.reason)


def _spent_at(way: Way) -> datetime:
    return from_text(way.spent_at or "")


def _is_told(way: Way, request: ConnectRequest) -> bool:
    """Tell whether the chat knows of this way, or of a later one of the same request."""
    return request.connected_at is not None and from_text(request.connected_at) >= _spent_at(way)


def _invalid(reason: str) -> Arrival:
    logger.warning("state refused", reason=reason)
    return Arrival(End.INVALID)


def _refused_by(error: str, request: ConnectRequest) -> Arrival:
    """Return the arrival of a person who comes without a code."""
    logger.info("not authorised", reason=plain_word(error or "no_code"))
    if error == "access_denied":
        return Arrival(End.DENIED, request)
    if error == "invalid_scope":
        return Arrival(End.ADMIN, request, "scope_not_enabled")
    return Arrival(End.FAILED, request)


def _not_given(error: LarkApiError, request: ConnectRequest) -> Arrival:
    outcome = error.outcome
    logger.warning("no tokens given", reason=outcome.reason, larkCode=outcome.lark_code, logId=outcome.log_id)
    end = End.ADMIN if outcome.reason in ADMIN_REASONS else End.FAILED
    return Arrival(end, request, outcome.reason)
