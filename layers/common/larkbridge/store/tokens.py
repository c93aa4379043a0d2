"""The Tokens table: what people and services have granted; the vault has sealed their tokens.

Key: `ownerId`, kind and id. Indexes, which hold no token: `due` (dueQueue, dueAt), sparse: when the keeper
looks at a grant next; `by-key` (keyId, ownerId).

`version` counts the pairs of tokens. The mark of the refresh token that is being spent (`spendingBy` and what
follows it) belongs to the version beside it, and the next version takes it away. With `disconnectingAt` an
item only waits for its tokens to be revoked.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from larkbridge.clock import from_text, to_text
from larkbridge.errors import ConditionFailedError, TransactionRefusedError
from larkbridge.store.codec import Record, decode, encode
from larkbridge.store.grants import Failure, Owner, SealedPair, StoredGrant, warned_from
from larkbridge.store.table import Action, Table
from larkbridge.store.transactions import transact, write_what_holds
from larkbridge.token_pair import TokenPair

RENEWED_BEFORE = timedelta(hours=48)
"""So long before its refresh token ends the keeper renews a grant: two of its days."""
_NEXT_DAY = timedelta(hours=23)
_QUEUE = "tokens"
_SEEN = "version = :seen AND grantedAt = :granted"
_SAME = f"{_SEEN} AND attribute_not_exists(disconnectingAt)"
_SPENDING = f"{_SAME} AND spendingBy = :by"
_SPENT: Record = {
    "spendingBy": None,
    "spendingSince": None,
    "spendingUntil": None,
    "endedFor": None,
    "askedBy": None,
}


class TokenStore:
    """Every access to the Tokens table; each method is one request."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def get(self, owner: Owner) -> StoredGrant | None:
        """Return a grant, read consistently."""
        record = self._table.get({"ownerId": owner.key})
        return decode(StoredGrant, record) if record else None

    def keep(
        self,
        owner: Owner,
        pair: TokenPair,
        sealed: SealedPair,
        granted_at: datetime,
        user_id: str,
        request_id: str,
    ) -> bool:
        """Store a new grant unless a newer one stands, and return whether it is stored.

        Repeated with the same `request_id` it changes nothing more.
        """
        changes = {"grantedAt": to_text(granted_at), "usedAt": to_text(granted_at)}
        changes |= {"userId": user_id or None, "scopes": list(pair.scopes) or None, "disconnectingAt": None}
        changes |= _changes(pair, sealed, granted_at, granted_at)
        not_newer = "attribute_not_exists(grantedAt) OR grantedAt <= :grantedAt"
        action = self._table.update_action(
            {"ownerId": owner.key}, changes, add={"version": 1}, condition=not_newer
        )
        try:
            transact([action], request_id=request_id)
        except TransactionRefusedError:
            return False
        return True

    def claim(
        self, grant: StoredGrant, by: str, now: datetime, until: datetime, used_at: datetime | None
    ) -> StoredGrant | None:
        """Write down that a renewal is about to spend the refresh token; None when it may not.

        Parameters
        ----------
        used_at
            When the grant was used, None when this is no use.
        """
        changes = {"spendingBy": by, "spendingSince": to_text(now), "spendingUntil": to_text(until)}
        free = "attribute_not_exists(spendingBy) OR spendingBy = :spendingBy"
        condition = f"{_SAME} AND attribute_not_exists(endedFor) AND ({free})"
        return self._change(grant, changes | ({"usedAt": to_text(used_at)} if used_at else {}), condition)

    def release(self, grant: StoredGrant, failure: Failure) -> StoredGrant | None:
        """Note that a renewal did not spend the refresh token after all; None when it has lost its place."""
        changes = _SPENT | {"failure": encode(failure)}
        return self._change(grant, changes, _SPENDING, {":by": grant.spending_by})

    def save(
        self, grant: StoredGrant, pair: TokenPair, sealed: SealedPair, now: datetime
    ) -> StoredGrant | None:
        """Store the pair that a renewal got.

        It need not be in time: as long as nothing else has been granted, it heals what was taken for lost.

        Returns
        -------
        StoredGrant or None
            What is stored then: this pair, or what was granted meanwhile; None when it was taken back.
        """
        changes = _changes(pair, sealed, now, from_text(grant.granted_at))
        changes |= {"version": grant.version + 1}
        changes |= {"scopes": list(pair.scopes)} if pair.scopes else {}
        try:
            return self._changed(grant, changes, _SPENDING, {":by": grant.spending_by})
        except ConditionFailedError as error:
            found = decode(StoredGrant, error.item) if error.item else None
            return None if found is None or found.disconnecting_at else found

    def end(self, grant: StoredGrant, failure: Failure, now: datetime) -> StoredGrant | None:
        """Note that the owner has to consent again; None when that is noted, or its renewal is over."""
        changes = {"endedFor": failure.reason, "failure": encode(failure)}
        changes |= {"dueQueue": _QUEUE, "dueAt": to_text(now)}
        condition = f"{_SPENDING} AND attribute_not_exists(endedFor)"
        return self._change(grant, changes, condition, {":by": grant.spending_by})

    def claim_asking(self, grant: StoredGrant, asker: str) -> bool:
        """Return whether this asker asks the owner to consent again, which only the first one does."""
        condition = f"{_SAME} AND (attribute_not_exists(askedBy) OR askedBy = :askedBy)"
        return self._change(grant, {"askedBy": asker}, condition) is not None

    def note_use(self, grant: StoredGrant, now: datetime) -> None:
        """Note that a grant is used."""
        self._change(grant, {"usedAt": to_text(now)}, _SAME)

    def note_calendar(self, owner: Owner, calendar_id: str) -> None:
        """Note a person's primary calendar, unless they are not connected."""
        action = self._table.update_action(
            {"ownerId": owner.key},
            {"primaryCalendarId": calendar_id},
            condition="attribute_exists(version)",
        )
        with suppress(ConditionFailedError):
            self._table.write(action)

    def look_again(self, grant: StoredGrant, now: datetime) -> None:
        """Let the keeper look at a grant when it is due again."""
        due_at = _due_at(grant.refresh_ends, from_text(grant.granted_at), now)
        self._change(grant, _queued(due_at), f"{_SAME} AND attribute_not_exists(endedFor)")

    def put_behind(self, grant: StoredGrant, now: datetime) -> None:
        """Let the keeper look at all others that are due before it looks at this grant again."""
        self._change(grant, _queued(now), f"{_SAME} AND attribute_exists(dueQueue)")

    def leave(self, grant: StoredGrant) -> None:
        """Let the keeper look at a grant no more."""
        self._change(grant, _queued(None), _SAME)

    def reseal(self, grant: StoredGrant, sealed: SealedPair) -> bool:
        """Store the same tokens sealed anew, unless the grant has changed."""
        changes = _sealed(sealed)
        condition = f"{_SAME} AND keyId = :before"
        return self._change(grant, changes, condition, {":before": grant.key_id}) is not None

    def begin_disconnecting(self, owner: Owner, at: datetime, now: datetime) -> StoredGrant | None:
        """Let only the keeper have a grant, and return it; None when there is none. The first `at` stays."""
        action = self._table.update_action(
            {"ownerId": owner.key},
            _queued(now),
            fill={"disconnectingAt": to_text(at)},
            condition="attribute_exists(version)",
        )
        try:
            return decode(StoredGrant, self._table.update(action))
        except ConditionFailedError:
            return None

    def remove(self, grant: StoredGrant, record: Action) -> None:
        """Delete a grant, unless its owner has consented anew, and do what records it; may be repeated."""
        delete = self._table.delete_action(
            {"ownerId": grant.owner_id},
            f"attribute_not_exists(version) OR ({_SEEN})",
            {":seen": grant.version, ":granted": grant.granted_at},
        )
        write_what_holds([delete], final=[record])

    def due(self, now: datetime) -> Iterator[Owner]:
        """Yield the owners that the keeper has to look at, those that have waited longest first."""
        found = self._table.query("due", ("dueQueue", _QUEUE), ("dueAt", to_text(now)), newest_first=False)
        return (Owner.of(record["ownerId"]) for record in found)

    def under_key(self, key_id: str) -> Iterator[Owner]:
        """Yield the owners whose tokens a key has sealed."""
        found = self._table.query("by-key", ("keyId", key_id), None, newest_first=False)
        return (Owner.of(record["ownerId"]) for record in found)

    def _change(
        self, grant: StoredGrant, changes: Record, condition: str, values: Record | None = None
    ) -> StoredGrant | None:
        """Return the grant as it is then, None when the condition does not hold."""
        try:
            return self._changed(grant, changes, condition, values)
        except ConditionFailedError:
            return None

    def _changed(
        self, grant: StoredGrant, changes: Record, condition: str, values: Record | None = None
    ) -> StoredGrant:
        action = self._table.update_action(
            {"ownerId": grant.owner_id},
            changes,
            condition=condition,
            values={":seen": grant.version, ":granted": grant.granted_at} | (values or {}),
        )
        return decode(StoredGrant, self._table.update(action))


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _changes(pair: TokenPair, sealed: SealedPair, now: datetime, granted_at: datetime) -> dict[str, Any]:
    ends = pair.refresh_expires_at if pair.refresh_token else None
    return {
        **_sealed(sealed),
        "expiresAt": _milliseconds(pair.expires_at),
        "refreshExpiresAt": ends and _milliseconds(ends),
        **_queued(_due_at(ends, granted_at, now)),
        **_SPENT,
        "failure": None,
    }


def _sealed(sealed: SealedPair) -> dict[str, Any]:
    return {
        "keyId": sealed.key_id,
        "accessToken": sealed.access_token,
        "refreshToken": sealed.refresh_token or None,
    }


def _due_at(refresh_ends: datetime | None, granted_at: datetime, now: datetime) -> datetime | None:
    """Return when the keeper looks at a grant next: it renews it, or warns of its end every day."""
    if refresh_ends is None:
        return None
    return min(refresh_ends - RENEWED_BEFORE, max(warned_from(granted_at), now + _NEXT_DAY))


def _queued(due_at: datetime | None) -> dict[str, str | None]:
    return {"dueQueue": due_at and _QUEUE, "dueAt": due_at and to_text(due_at)}
