"""Keeps grants alive that would die of idleness, warns of those that end, and seals with the newest key.

Lark's refresh tokens die after seven days without use, and its grants a year after the consent.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from larkbridge.clock import Clock, from_text
from larkbridge.errors import AwsUnavailableError, LarkbridgeError, NotConfiguredError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.observability import count, logger, plain_id
from larkbridge.store.grants import LARK_USER, Owner, StoredGrant, warned_from
from larkbridge.store.tokens import RENEWED_BEFORE, TokenStore
from larkbridge.vault.refusals import NotConnectedError, ReconnectError, VaultKeyError
from larkbridge.vault.renewal import UNDER_WAY, reconnect_reason
from larkbridge.vault.sealing import VaultKeys
from larkbridge.vault.token_vault import TokenVault
from larkbridge.work.outcome import RATE_LIMITED

KEPT_AFTER_USE = timedelta(days=30)
"""So long after its last use a person's grant is kept alive; a service's always is."""
ASKER = "keeper"
_MARGIN = timedelta(seconds=25)
"""For one renewal and its writes."""
_MOST_IN_A_ROW = 3
"""So many renewals in a row that met an outage of Lark or AWS: the next ones would too."""

type Finish = Callable[[StoredGrant], None]
"""Goes on with a disconnection that stopped on the way; raises AwsUnavailableError."""
type AskAgain = Callable[[StoredGrant, str], None]
"""Has the owner of a lost grant told why, and asked to consent again; the same grant once however often."""


@dataclass(slots=True)
class Kept:
    """What one run did.

    Attributes
    ----------
    left
        Grants that nobody uses.
    in_a_row
        The last renewals that met an outage.
    stopped
        Why it ended.
    """

    renewed: int = 0
    left: int = 0
    asked: int = 0
    ending: int = 0
    failed: int = 0
    resealed: int = 0
    disconnected: int = 0
    in_a_row: int = 0
    stopped: str = "nothing_due"


class Keeper:
    """Looks after grants, those that are due and no others; it may stop anywhere and run twice at once."""

    def __init__(
        self,
        vault: TokenVault,
        store: TokenStore,
        keys: Callable[[], VaultKeys],
        ask_again: AskAgain,
        finish: Finish,
        clock: Clock,
    ) -> None:
        self._vault = vault
        self._store = store
        self._keys = keys
        self._ask_again = ask_again
        self._finish = finish
        self._clock = clock

    def run(self, *, seconds: float) -> Kept:
        """Look after what is due, and then seal anew what an older key has sealed, until the time is up.

        A request to find what is due, and one for each of the older keys. What fails is due again tomorrow,
        behind what waits by then, and counted (`GrantsNotKept`); so is what ends within a week
        (`GrantsEnding`).

        Raises
        ------
        AwsUnavailableError
            When nothing could be read.
        """
        now = self._clock.now()
        stop_at = now + timedelta(seconds=seconds) - _MARGIN
        kept = Kept()
        for owner in self._until(stop_at, self._store.due(now), kept):
            self._look_after(owner, now, kept)
            if kept.in_a_row == _MOST_IN_A_ROW:
                kept.stopped = "failing"
                break
        if kept.stopped == "nothing_due":
            self._reseal(stop_at, kept)
        return kept

    def _until(self, stop_at: datetime, owners: Iterable[Owner], kept: Kept) -> Iterable[Owner]:
        for owner in owners:
            if self._clock.now() > stop_at:
                kept.stopped = "time_up"
                count("DueScansCut")
                logger.warning("scan of due work cut", kind="tokens")
                return
            yield owner

    def _look_after(self, owner: Owner, now: datetime, kept: Kept) -> None:
        grant = self._store.get(owner)
        if grant is None:
            return
        if grant.disconnecting_at:
            self._disconnect(grant, kept)
            return
        lost = reconnect_reason(grant, now)
        if grant.ended_for or (lost and grant.asked_by == ASKER):  # which may have stopped before it asked
            self._ask(grant, lost, kept)
        elif not _is_kept(grant, now):
            self._store.leave(grant)
            kept.left += 1
        else:
            self._warn(grant, now, kept)
            if grant.refresh_ends and now >= grant.refresh_ends - RENEWED_BEFORE:
                self._renew(grant, kept)
            else:
                self._store.look_again(grant, now)

    def _renew(self, grant: StoredGrant, kept: Kept) -> None:
        try:
            self._vault.keep_alive(grant.owner)
        except ReconnectError as error:
            self._ask(grant, error.reason, kept)
        except NotConnectedError:
            return
        except (LarkApiError, VaultKeyError, AwsUnavailableError, NotConfiguredError) as error:
            self._note_failure(grant, error, kept)
            if not isinstance(error, AwsUnavailableError):
                self._store.put_behind(grant, self._clock.now())
        else:
            kept.renewed += 1
            kept.in_a_row = 0

    def _disconnect(self, grant: StoredGrant, kept: Kept) -> None:
        try:
            self._finish(grant)
        except AwsUnavailableError as error:
            self._note_failure(grant, error, kept)
        else:
            kept.disconnected += 1

    def _note_failure(self, grant: StoredGrant, error: LarkbridgeError, kept: Kept) -> None:
        kept.in_a_row = kept.in_a_row + 1 if _is_outage(error) else 0
        kept.failed += 1
        count("GrantsNotKept")
        logger.error("grant not kept", owner=plain_id(*grant.owner), reason=error.message)

    def _warn(self, grant: StoredGrant, now: datetime, kept: Kept) -> None:
        """Count a grant that ends within a week, once a day."""
        if now >= warned_from(from_text(grant.granted_at)):
            kept.ending += 1
            count("GrantsEnding")
            logger.warning("grant ends within a week", owner=plain_id(*grant.owner))

    def _ask(self, grant: StoredGrant, reason: str, kept: Kept) -> None:
        """Ask the owner once, and look at the grant no more: what stops in between is done again."""
        if self._store.claim_asking(grant, ASKER):
            kept.asked += 1
            count("GrantsLost")
            if grant.owner.kind == LARK_USER:
                self._ask_again(grant, reason)
            else:
                count("GrantsEnding")  # which rings, since nobody else is told
        self._store.leave(grant)

    def _reseal(self, stop_at: datetime, kept: Kept) -> None:
        try:
            keys = self._keys()
        except VaultKeyError as error:
            logger.warning("nothing sealed anew", reason=error.message)  # nobody need be connected
            return
        for key_id in keys.ids[1:]:
            for owner in self._until(stop_at, self._store.under_key(key_id), kept):
                grant = self._store.get(owner)
                if grant and grant.key_id == key_id:
                    self._seal_again(grant, keys, kept)

    def _seal_again(self, grant: StoredGrant, keys: VaultKeys, kept: Kept) -> None:
        try:
            sealed = keys.seal_again(grant.owner, grant.sealed)
        except VaultKeyError as error:
            self._note_failure(grant, error, kept)
        else:
            kept.resealed += self._store.reseal(grant, sealed)


def _is_kept(grant: StoredGrant, now: datetime) -> bool:
    used_at = grant.used_at
    return grant.owner.kind != LARK_USER or (
        used_at is not None and now < from_text(used_at) + KEPT_AFTER_USE
    )


def _is_outage(error: LarkbridgeError) -> bool:
    """Tell whether others would fail now too: what Lark says with a code of its own is of one grant."""
    if not isinstance(error, LarkApiError):
        return isinstance(error, AwsUnavailableError)
    outcome = error.outcome
    if outcome.reason in (RATE_LIMITED, UNDER_WAY):
        return outcome.reason == RATE_LIMITED
    return not outcome.lark_code or (outcome.http_status or 0) >= 500
