"""The Audit table: who did what, written once and never changed; the functions may only add.

Keys: `month` (as ``2026-11``, UTC), `entry` (the moment, then an id that follows from what was done). TTL on
`expiresAt` after two years: by then nobody has to answer for it, and whose id it names may have left.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from larkbridge.clock import to_text
from larkbridge.ids import derived_id
from larkbridge.store.codec import encode
from larkbridge.store.table import Table

KEPT = timedelta(days=2 * 365)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """What somebody did.

    Attributes
    ----------
    who
        The open id, or the name of an API key.
    what
        A word, such as ``connect``.
    subject
        What it was done to, by its id: nothing personal.
    count
        To how many things.
    """

    at: datetime
    who: str
    what: str
    subject: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    month: str
    entry: str
    at: str
    who: str
    what: str
    subject: str
    count: int
    expires_at: int


class AuditStore:
    """Every access to the Audit table."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def add(self, entry: AuditEntry) -> None:
        """Write an entry; a repeat of the same one changes nothing. One request."""
        at = to_text(entry.at)
        record = _Record(
            month=at[:7],
            entry=f"{at}#{derived_id(entry.who, entry.what, entry.subject, at)}",
            at=at,
            who=entry.who,
            what=entry.what,
            subject=entry.subject,
            count=entry.count,
            expires_at=int((entry.at + KEPT).timestamp()),
        )
        self._table.put_if(encode(record), "attribute_not_exists(entry)", {})
