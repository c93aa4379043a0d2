"""The Audit table: who did what, written once and never changed; the functions may only add.

Keys: `month` (as ``2026-11``, UTC), `entry` (the moment, then an id that follows from what was done). TTL on
`expiresAt` after two years: by then nobody has to answer for it, and whose id it names may have left.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from larkbridge.clock import to_text
from larkbridge.errors import ConditionFailedError
from larkbridge.ids import derived_id
from larkbridge.store.codec import Record, decode, encode
from larkbridge.store.table import Action, Table

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
    failure
        Why it was not done, or not wholly.
    """

    at: datetime
    who: str
    what: str
    subject: str
    count: int = 1
    failure: str = ""


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
    failure: str = ""


class AuditStore:
    """Every access to the Audit table."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def add(self, entry: AuditEntry) -> AuditEntry | None:
        """Write an entry; return that of the same deed, if there is one already, which stays. One request."""
        try:
            self._table.write(self._table.put_action(_record(entry), "entry"))
        except ConditionFailedError as error:
            found = decode(_Record, error.item or {})
            return replace(entry, count=found.count, failure=found.failure)
        return None

    def add_action(self, entry: AuditEntry) -> Action:
        """Return the write of an entry, or of the same one again."""
        return self._table.replace_action(_record(entry))


def _record(entry: AuditEntry) -> Record:
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
        failure=entry.failure,
    )
    return encode(record)
