"""What the vault says of a grant, without its tokens."""

from datetime import datetime
from typing import NamedTuple

from larkbridge.clock import from_text
from larkbridge.store.grants import StoredGrant
from larkbridge.vault.renewal import reconnect_reason


class Grant(NamedTuple):
    """What is known of a grant without opening its tokens.

    Attributes
    ----------
    reason
        Why the owner has to consent again, empty when they need not.
    log_id
        Of the last renewal that failed, if the last one did: what Lark's support asks for.
    """

    scopes: tuple[str, ...]
    user_id: str
    primary_calendar_id: str
    expires_at: datetime
    refresh_expires_at: datetime | None
    granted_at: datetime
    used_at: datetime | None
    reason: str
    log_id: str | None
    key_id: str


class Disconnected(NamedTuple):
    """What became of a grant that was to be forgotten.

    Attributes
    ----------
    was_connected
        Whether there was one.
    revoked
        Whether the other side says that it is over; if not, `failure` says why.
    """

    was_connected: bool
    revoked: bool
    failure: str = ""


def grant_of(grant: StoredGrant, now: datetime) -> Grant:
    """Return what is known; its owner has to consent again once no token lives or can be renewed."""
    is_over = bool(grant.ended_for) or now >= grant.ends
    return Grant(
        scopes=grant.scopes,
        user_id=grant.user_id,
        primary_calendar_id=grant.primary_calendar_id,
        expires_at=grant.ends,
        refresh_expires_at=grant.refresh_ends,
        granted_at=from_text(grant.granted_at),
        used_at=from_text(grant.used_at) if grant.used_at else None,
        reason=reconnect_reason(grant, now) if is_over else "",
        log_id=grant.failure and grant.failure.log_id,
        key_id=grant.key_id,
    )
