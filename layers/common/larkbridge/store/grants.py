"""What people and services have granted, as it is stored: whose it is, the tokens, how renewing goes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

LARK_USER = "lark-user"
"""The kind of an owner whose id is an open_id."""

GRANTED_FOR = timedelta(days=365)
"""Then Lark wants to be asked again (documentation of refresh_token)."""
WARNED_BEFORE = timedelta(days=7)


class Owner(NamedTuple):
    """Whose tokens: a person or a service."""

    kind: str
    id: str

    @property
    def key(self) -> str:
        return f"{self.kind}#{self.id}"

    @classmethod
    def of(cls, key: str) -> Self:
        kind, _, owner_id = key.partition("#")
        return cls(kind, owner_id)


class SealedPair(NamedTuple):
    """A pair's tokens as they are stored, and with which key; an empty refresh token is none."""

    key_id: str
    access_token: bytes
    refresh_token: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why the last renewal did not succeed; `log_id` is what Lark's support asks for."""

    at: str
    reason: str
    http_status: int | None = None
    lark_code: int | None = None
    log_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredGrant:
    """One grant.

    Attributes
    ----------
    expires_at, refresh_expires_at
        Of the tokens, in milliseconds of unix time.
    granted_at
        When the owner consented; renewing does not change it.
    spending_by, spending_since, spending_until
        The renewal that spends the refresh token, since when, and until when it may take.
    ended_for
        Why the owner has to consent again.
    asked_by
        Who has asked them to.
    disconnecting_at
        When the owner asked to be disconnected; from then on nobody uses it, and the tokens are only kept to
        be revoked.
    """

    owner_id: str
    version: int
    key_id: str
    access_token: bytes
    expires_at: int
    granted_at: str
    refresh_token: bytes = b""
    refresh_expires_at: int | None = None
    scopes: tuple[str, ...] = ()
    user_id: str = ""
    primary_calendar_id: str = ""
    used_at: str | None = None
    spending_by: str | None = None
    spending_since: str | None = None
    spending_until: str | None = None
    failure: Failure | None = None
    ended_for: str = ""
    asked_by: str = ""
    disconnecting_at: str | None = None

    @property
    def owner(self) -> Owner:
        return Owner.of(self.owner_id)

    @property
    def pair_id(self) -> tuple[str, int]:
        """What tells its pair of tokens from any that its owner had before or will have."""
        return self.granted_at, self.version

    @property
    def sealed(self) -> SealedPair:
        return SealedPair(self.key_id, self.access_token, self.refresh_token)

    @property
    def ends(self) -> datetime:
        """When the access token ends."""
        return moment(self.expires_at)

    @property
    def refresh_ends(self) -> datetime | None:
        return None if self.refresh_expires_at is None else moment(self.refresh_expires_at)


def warned_from(granted_at: datetime) -> datetime:
    """Return from when on whoever answers for a grant is told that it ends."""
    return granted_at + GRANTED_FOR - WARNED_BEFORE


def moment(milliseconds: int) -> datetime:
    """Return what a stored number stands for."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
