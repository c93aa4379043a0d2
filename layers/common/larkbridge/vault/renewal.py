"""How tokens are renewed: a refresh token is spent once, and what it gives is saved before it is used.

Whoever renews writes down that it does, for which version of the pair and until when, before the refresh
token leaves. From then on nobody else spends that token, whatever becomes of the renewal: when its time is
over and no new pair is there, the answer is taken for lost (docs/decisions.md). Others wait and look again.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple, Protocol

from larkbridge.clock import Clock, from_text, to_text
from larkbridge.errors import AwsUnavailableError, NotConfiguredError
from larkbridge.lark.answers import not_made
from larkbridge.lark.api_error import GrantEndedError, LarkApiError, error_of
from larkbridge.observability import logger, plain_id
from larkbridge.store.grants import Failure, Owner, StoredGrant
from larkbridge.store.tokens import TokenStore
from larkbridge.token_pair import TokenPair
from larkbridge.vault.refusals import (
    ANSWER_LOST,
    NO_REFRESH_TOKEN,
    REFRESH_TOKEN_EXPIRED,
    NotConnectedError,
    ReconnectError,
)
from larkbridge.vault.sealing import ACCESS_TOKEN, REFRESH_TOKEN, VaultKeys
from larkbridge.work.outcome import Outcome, Verdict

LEASE = timedelta(seconds=30)
"""For one renewal: more than the HTTP client's deadline of 5 s and the writes around it."""
UNDER_WAY = "renewal_under_way"
"""The reason of an error: another renews this grant."""
_PATIENCE = LEASE + timedelta(seconds=5)
_LOOK_AGAIN = 0.25
"""Seconds."""
_TRIES = 5


class Refresher(Protocol):
    """The other side of one kind of grants."""

    def refresh(self, refresh_token: str) -> TokenPair:
        """Spend a refresh token.

        Raises
        ------
        GrantEndedError
            When it gives no more tokens for this grant.
        LarkApiError
            Otherwise. Without an answer, and with one that lacks the tokens, its verdict is unknown.
        """
        ...

    def revoke(self, token: str, hint: str = ...) -> None:
        """Make a token invalid, ``refresh_token`` or ``access_token`` by its `hint`; raises LarkApiError."""
        ...


class Asked(NamedTuple):
    """What a renewal is for.

    Attributes
    ----------
    used_at
        When somebody used the grant, None for the keeper.
    waits
        Whether to wait for another's renewal.
    """

    used_at: datetime | None = None
    waits: bool = True


class Renewal:
    """Renews pairs; safe to share between threads and processes."""

    def __init__(self, store: TokenStore, refreshers: Mapping[str, Refresher], clock: Clock) -> None:
        self._store = store
        self._refreshers = refreshers
        self._clock = clock

    def renewed(self, seen: StoredGrant, keys: VaultKeys, asked: Asked) -> StoredGrant:
        """Return a grant's newer version, from this renewal or from another's.

        Raises
        ------
        ReconnectError
            When the owner has to consent again.
        NotConnectedError
            When the owner has disconnected meanwhile.
        VaultKeyError
            When the tokens cannot be opened; nothing has left.
        LarkApiError
            When it did not succeed, and may later; also when another's takes too long.
        AwsUnavailableError
            When something could not be written.
        NotConfiguredError
            When nothing renews grants of this kind.
        """
        by, began, refresher = uuid.uuid4().hex, self._clock.now(), self.refresher_of(seen.owner)
        grant = seen
        while grant.pair_id == seen.pair_id:
            self._check(grant, began)
            if grant.spending_by is None:
                _, refresh_token = keys.open(grant.owner, grant.sealed)
                if claimed := self._claim(grant, by, asked.used_at):
                    return self._spend(claimed, keys, partial(refresher.refresh, refresh_token))
            else:
                self._wait(grant, asked, began)
            grant = self._again(grant.owner)
        return grant

    def refresher_of(self, owner: Owner) -> Refresher:
        """Return the other side of a grant; raises NotConfiguredError."""
        try:
            return self._refreshers[owner.kind]
        except KeyError:
            raise NotConfiguredError("nothing renews grants of this kind") from None

    def _check(self, grant: StoredGrant, began: datetime) -> None:
        """Raise why this version is not renewed: it cannot be, or another has just tried it in vain."""
        if reason := reconnect_reason(grant, self._clock.now()):
            raise ReconnectError(reason)
        failure = grant.failure
        if failure and grant.spending_by is None and from_text(failure.at) > began:
            raise error_of(not_made(failure.reason, "another renewal has just failed"))

    def _claim(self, grant: StoredGrant, by: str, used_at: datetime | None) -> StoredGrant | None:
        def claim() -> StoredGrant | None:
            now = self._clock.now()
            return self._store.claim(grant, by, now, now + LEASE, used_at)

        return insist(claim, self._clock)

    def _wait(self, grant: StoredGrant, asked: Asked, began: datetime) -> None:
        """Let the one that renews go on; when its time is over, note that its answer is lost."""
        now = self._clock.now()
        if grant.spending_by and grant.spending_until and now > from_text(grant.spending_until):
            failure = Failure(at=to_text(now), reason=ANSWER_LOST)
            self._store.end(grant, failure, now)
            logger.warning("renewal stopped in the middle", owner=plain_id(*grant.owner))
        elif not asked.waits or now > began + _PATIENCE:
            raise error_of(not_made(UNDER_WAY, "another renewal has not ended"))
        else:
            self._clock.sleep(_LOOK_AGAIN)

    def _again(self, owner: Owner) -> StoredGrant:
        grant = self._store.get(owner)
        if grant is None or grant.disconnecting_at:
            raise NotConnectedError
        return grant

    def _spend(self, grant: StoredGrant, keys: VaultKeys, refresh: Callable[[], TokenPair]) -> StoredGrant:
        try:
            pair = refresh()
        except GrantEndedError as error:
            return self._ended(grant, self._failure(error.outcome), error)
        except LarkApiError as error:
            failure = self._failure(error.outcome)
            if _is_lost(error.outcome):
                return self._ended(grant, replace(failure, reason=ANSWER_LOST), error)
            insist(lambda: self._store.release(grant, failure), self._clock)
            raise
        sealed, now = keys.seal(grant.owner, pair), self._clock.now()
        saved = insist(lambda: self._store.save(grant, pair, sealed, now), self._clock)
        if saved is None:
            self._revoke(grant.owner, pair)
            raise NotConnectedError
        logger.info("tokens renewed", owner=plain_id(*grant.owner), version=saved.version)
        return saved

    def _ended(self, grant: StoredGrant, failure: Failure, error: LarkApiError) -> StoredGrant:
        """Note that the owner has to consent again, unless there is a newer version."""
        now = self._clock.now()
        ended = insist(lambda: self._store.end(grant, failure, now), self._clock)
        newest = ended or self._again(grant.owner)
        if newest.pair_id != grant.pair_id:
            return newest
        logger.warning(
            "grant ended", owner=plain_id(*grant.owner), reason=failure.reason, logId=failure.log_id
        )
        raise ReconnectError(newest.ended_for or failure.reason) from error

    def _revoke(self, owner: Owner, pair: TokenPair) -> None:
        """Have a pair revoked that came when the owner had disconnected."""
        try:
            self.refresher_of(owner).revoke(*to_revoke(pair.access_token, pair.refresh_token))
        except LarkApiError as error:
            logger.warning("grant not revoked", owner=plain_id(*owner), reason=error.outcome.reason)

    def _failure(self, outcome: Outcome) -> Failure:
        return Failure(
            at=to_text(self._clock.now()),
            reason=outcome.reason,
            http_status=outcome.http_status,
            lark_code=outcome.lark_code,
            log_id=outcome.log_id,
        )


def insist[T](write: Callable[[], T], clock: Clock) -> T:
    """Write what must not be lost; each such write may be repeated."""
    for tried in range(1, _TRIES):
        try:
            return write()
        except AwsUnavailableError as error:
            logger.warning("tokens not written", reason=error.message)
            clock.sleep(tried * _LOOK_AGAIN)
    return write()


def to_revoke(access_token: str, refresh_token: str) -> tuple[str, str]:
    """Return the token whose revocation ends a grant, and what it is."""
    return (refresh_token, REFRESH_TOKEN) if refresh_token else (access_token, ACCESS_TOKEN)


def reconnect_reason(grant: StoredGrant, now: datetime) -> str:
    """Return why a grant cannot be renewed without its owner, empty when it can."""
    if grant.ended_for:
        return grant.ended_for
    if not grant.refresh_token:
        return NO_REFRESH_TOKEN
    ends = grant.refresh_ends
    return REFRESH_TOKEN_EXPIRED if ends is not None and now >= ends else ""


def _is_lost(outcome: Outcome) -> bool:
    """Tell whether the refresh token may be spent without an answer.

    An answer that only says that the server failed is one: Lark documents those of its token API as to be
    repeated. If it was wrong, the next answer says that the token has been used.
    """
    failed = outcome.http_status is not None and outcome.http_status >= 500
    return outcome.verdict is Verdict.UNKNOWN and not failed
