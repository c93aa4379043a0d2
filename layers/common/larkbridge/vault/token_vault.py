"""The tokens of people and services: valid when they are given out, sealed when they are stored."""

import hmac
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from larkbridge.clock import Clock, from_text
from larkbridge.errors import AwsUnavailableError, NotConfiguredError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.observability import logger, plain_id
from larkbridge.store.grants import Owner, StoredGrant
from larkbridge.store.table import Action
from larkbridge.store.tokens import TokenStore
from larkbridge.token_pair import TokenPair
from larkbridge.vault.known import Disconnected, Grant, grant_of
from larkbridge.vault.refusals import NotConnectedError, ReconnectError, VaultKeyError
from larkbridge.vault.renewal import Asked, Refresher, Renewal, insist, to_revoke
from larkbridge.vault.sealing import VaultKeys

EARLY = timedelta(minutes=5)
"""So long before its end an access token is renewed."""
_NOTED_EVERY = timedelta(days=1)


type Record = Callable[[datetime, str], Action]
"""Returns the write that records a disconnection, by when it was asked for and why nothing was revoked."""


class TokenVault:
    """Gives out access tokens; safe to share between threads and invocations.

    Parameters
    ----------
    keys
        Returns the keys as they are now; raises VaultKeyError.
    refreshers
        Who renews, by the owner's kind.
    """

    def __init__(
        self,
        store: TokenStore,
        keys: Callable[[], VaultKeys],
        refreshers: Mapping[str, Refresher],
        clock: Clock,
    ) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._renewal = Renewal(store, refreshers, clock)

    def access_token(self, owner: Owner) -> str:
        """Return a token that is valid now; one request, and more when it is to be renewed.

        One that cannot be renewed is given out as long as it lives.

        Raises
        ------
        NotConnectedError
            When the owner has granted nothing.
        ReconnectError
            When the owner has to consent again.
        VaultKeyError
            When the tokens cannot be opened, or new ones not sealed.
        LarkApiError, AwsUnavailableError
            When it does not succeed now.
        """
        grant, keys, now = self._read(owner), self._keys(), self._clock.now()
        token, _ = keys.open(owner, grant.sealed)
        if now < grant.ends - EARLY:
            if used_at := _use(grant, now):
                self._store.note_use(grant, used_at)
            return token
        lives = now < grant.ends
        try:
            renewed = self._renewal.renewed(grant, keys, Asked(_use(grant, now), waits=not lives))
        except (ReconnectError, LarkApiError, AwsUnavailableError) as error:
            if not lives or self._clock.now() >= grant.ends:
                raise
            logger.warning("token not renewed", owner=plain_id(*owner), reason=error.message)
            return token
        return keys.open(owner, renewed.sealed)[0]

    def renewed(self, owner: Owner, refused_token: str) -> str:
        """Return another token in place of one that the other side has refused; raises as `access_token`."""
        grant, keys, now = self._read(owner), self._keys(), self._clock.now()
        token, _ = keys.open(owner, grant.sealed)
        if now < grant.ends and not hmac.compare_digest(token.encode(), refused_token.encode()):
            return token
        renewed = self._renewal.renewed(grant, keys, Asked(_use(grant, now)))
        return keys.open(owner, renewed.sealed)[0]

    def keep_alive(self, owner: Owner) -> None:
        """Renew a grant that nobody uses now, without waiting for another; raises as `access_token`."""
        self._renewal.renewed(self._read(owner), self._keys(), Asked(waits=False))

    def keep(
        self, owner: Owner, pair: TokenPair, *, user_id: str = "", granted_at: datetime | None = None
    ) -> bool:
        """Store a new grant in place of an older one; raises VaultKeyError and AwsUnavailableError.

        Parameters
        ----------
        granted_at
            When the owner consented, if not now.

        Returns
        -------
        bool
            False when a newer consent stands, which stays: at Lark it allows what this one does, too.
        """
        sealed, granted_at = self._keys().seal(owner, pair), granted_at or self._clock.now()
        request_id = uuid.uuid4().hex
        return insist(
            lambda: self._store.keep(owner, pair, sealed, granted_at, user_id, request_id), self._clock
        )

    def grant(self, owner: Owner) -> Grant | None:
        """Return what is known of a grant, None when there is none; one request, and no key."""
        grant = self._find(owner)
        return grant and grant_of(grant, self._clock.now())

    def note_calendar(self, owner: Owner, calendar_id: str) -> None:
        """Note a person's primary calendar, unless they are not connected; one request."""
        self._store.note_calendar(owner, calendar_id)

    def claim_asking(self, owner: Owner, asker: str) -> bool:
        """Return whether this asker is the one that asks the owner to consent again.

        Of all that meet the same end of a grant one is, and stays it however often it claims; nobody is once
        the owner has consented or disconnected.

        Parameters
        ----------
        asker
            Names what asks, the same whenever it is repeated, such as a chat turn's id.
        """
        grant = self._find(owner)
        if grant is None or not grant_of(grant, self._clock.now()).reason:
            return False
        return self._store.claim_asking(grant, asker)

    def disconnect(self, owner: Owner, at: datetime, record: Record) -> Disconnected:
        """Have a grant revoked, and delete it here; from the first write on nobody uses it.

        Two requests. What stops on the way is due for the keeper, and repeated it goes on.

        Parameters
        ----------
        at
            When the owner asked for it.

        Raises
        ------
        AwsUnavailableError
            When it is not deleted, or may not be.
        """
        begin = partial(self._store.begin_disconnecting, owner, at, self._clock.now())
        grant = insist(begin, self._clock)
        return (
            self.finish_disconnecting(grant, record)
            if grant
            else Disconnected(was_connected=False, revoked=False)
        )

    def finish_disconnecting(self, grant: StoredGrant, record: Record) -> Disconnected:
        """Go on with a disconnection that has begun; raises as `disconnect`."""
        done = self._revoked(grant)
        action = record(from_text(grant.disconnecting_at or ""), done.failure)
        insist(lambda: self._store.remove(grant, action), self._clock)
        return done

    def _revoked(self, grant: StoredGrant) -> Disconnected:
        owner = grant.owner
        try:
            tokens = self._keys().open(owner, grant.sealed)
            self._renewal.refresher_of(owner).revoke(*to_revoke(*tokens))
        except LarkApiError as error:
            return _not_revoked(owner, error.outcome.reason)
        except (VaultKeyError, AwsUnavailableError, NotConfiguredError) as error:
            return _not_revoked(owner, error.message)
        return Disconnected(was_connected=True, revoked=True)

    def _find(self, owner: Owner) -> StoredGrant | None:
        grant = self._store.get(owner)
        return None if grant is None or grant.disconnecting_at else grant

    def _read(self, owner: Owner) -> StoredGrant:
        grant = self._find(owner)
        if grant is None:
            raise NotConnectedError
        return grant


def _use(grant: StoredGrant, now: datetime) -> datetime | None:
    """Return what to note of a use, None when one of the last day is noted."""
    noted = grant.used_at
    return now if noted is None or now >= from_text(noted) + _NOTED_EVERY else None


def _not_revoked(owner: Owner, reason: str) -> Disconnected:
    logger.warning("grant not revoked", owner=plain_id(*owner), reason=reason)
    return Disconnected(was_connected=True, revoked=False, failure=reason)
