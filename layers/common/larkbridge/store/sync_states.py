"""The SyncState table: how far each table's sync has come, and who may go on with it.

Keys: `table`, `part`. A table has one `state` and, while a pull is under way, `seen#<n>`: the ids it has seen
so far. What one run at a time may work on (a mirrored table, a Base that is pushed to) has a `lease`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from larkbridge.clock import from_text
from larkbridge.errors import ConditionFailedError
from larkbridge.store.table import Action, Record, Table

FULL, INCREMENTAL = "full", "incremental"
_STATE = "state"
_LEASE = "lease"
_UNFENCED = "attribute_not_exists(fence) OR fence <= :fence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """A pull that is under way.

    `mode` is `FULL` or `INCREMENTAL`; with another `fingerprint`, that of what it reads, it begins again;
    `token` is Lark's for the next page, None before the first; `parts` how many `seen` parts there are;
    `ended` whether the last page has been read.
    """

    mode: str
    number: int
    started_at: str
    fingerprint: str
    token: str | None = None
    page_size: int
    parts: int = 0
    total: int = 0
    read: int = 0
    written: int = 0
    quarantined: int = 0
    ended: bool = False
    accept_deletions: bool = False

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        return cls(
            mode=record["mode"],
            number=record["number"],
            started_at=record["startedAt"],
            fingerprint=record["fingerprint"],
            token=record.get("token"),
            page_size=record["pageSize"],
            parts=record["parts"],
            total=record["total"],
            read=record["read"],
            written=record["written"],
            quarantined=record["quarantined"],
            ended=record["ended"],
            accept_deletions=record["acceptDeletions"],
        )

    def to_record(self) -> dict[str, Any]:
        return {
            "mode": self.mode,
            "number": self.number,
            "startedAt": self.started_at,
            "fingerprint": self.fingerprint,
            "token": self.token,
            "pageSize": self.page_size,
            "parts": self.parts,
            "total": self.total,
            "read": self.read,
            "written": self.written,
            "quarantined": self.quarantined,
            "ended": self.ended,
            "acceptDeletions": self.accept_deletions,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Records that Lark has been asked to create, and has perhaps created.

    `rows` has the id and version of each; `body` the exact JSON text that is sent, and again with the same
    `client_token` while no answer has said what became of it.
    """

    client_token: str
    rows: Sequence[tuple[str, int]]
    body: str
    started_at: str

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        return cls(
            client_token=record["clientToken"],
            rows=[(row_id, version) for row_id, version in record["rows"]],
            body=record["body"],
            started_at=record["startedAt"],
        )

    def to_record(self) -> dict[str, Any]:
        return {
            "clientToken": self.client_token,
            "rows": [list(row) for row in self.rows],
            "body": self.body,
            "startedAt": self.started_at,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncState:
    """What is known of one table's sync. Times are texts as `clock.to_text` writes them.

    `requested` is what an admin or the nightly schedule asks for ("full" or "incremental"); `last_full` and
    `last_pull` are reports of what was done; `watermark` is what an incremental pull goes back to;
    `suspicious` says why deletions were not believed.
    """

    table: str
    requested: str | None = None
    accept_deletions: bool = False
    pull: Pull | None = None
    batch: Batch | None = None
    last_full: Mapping[str, Any] | None = None
    last_pull: Mapping[str, Any] | None = None
    last_push_at: str | None = None
    watermark: str | None = None
    not_before: str | None = None
    failures: int = 0
    last_error: Mapping[str, Any] | None = None
    drift: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    suspicious: Mapping[str, Any] | None = None
    subscription: Mapping[str, Any] | None = None

    def lag(self, now: datetime) -> float:
        """Return how many seconds ago the last pull that succeeded began, 0 before the first."""
        return (
            0.0 if self.last_pull is None else (now - from_text(self.last_pull["startedAt"])).total_seconds()
        )

    @classmethod
    def from_record(cls, table: str, record: Mapping[str, Any]) -> Self:
        pull, batch = record.get("pull"), record.get("batch")
        return cls(
            table=table,
            requested=record.get("requested"),
            accept_deletions=record.get("acceptDeletions", False),
            pull=Pull.from_record(pull) if pull else None,
            batch=Batch.from_record(batch) if batch else None,
            last_full=record.get("lastFull"),
            last_pull=record.get("lastPull"),
            last_push_at=record.get("lastPushAt"),
            watermark=record.get("watermark"),
            not_before=record.get("notBefore"),
            failures=record.get("failures", 0),
            last_error=record.get("lastError"),
            drift=record.get("drift", ()),
            suspicious=record.get("suspicious"),
            subscription=record.get("subscription"),
        )


class SyncStateStore:
    """Every access to the SyncState table; each method is one request unless it says otherwise."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def get(self, table: str) -> SyncState:
        """Return a table's state; that of a table that was never synced is empty."""
        return SyncState.from_record(table, self._table.get(_key(table, _STATE)) or {})

    def acquire(self, name: str, *, owner: str, now: str, until: str) -> int | None:
        """Take the lease `name` until `until`.

        Returns
        -------
        int or None
            Its fence number, higher than any before; None while somebody else has it.
        """
        try:
            record = self._table.update(
                self._table.update_action(
                    _key(name, _LEASE),
                    {"leaseUntil": until, "leaseOwner": owner},
                    add={"fence": 1},
                    condition=(
                        "attribute_not_exists(leaseUntil) OR leaseUntil <= :now OR leaseOwner = :leaseOwner"
                    ),
                    values={":now": now},
                )
            )
        except ConditionFailedError:
            return None
        return record["fence"]

    def release(self, name: str, fence: int) -> None:
        """Give the lease back, unless somebody else has taken over meanwhile."""
        try:
            self._table.update(
                self._table.update_action(
                    _key(name, _LEASE),
                    {"leaseUntil": None, "leaseOwner": None},
                    condition="fence = :fence",
                    values={":fence": fence},
                )
            )
        except ConditionFailedError:
            return

    def open(self, table: str, fence: int) -> SyncState:
        """Return a table's state, and keep everybody with a lower fence number from changing it.

        Raises
        ------
        ConditionFailedError
            When somebody with a higher one has it.
        """
        return SyncState.from_record(table, self._table.update(self.change_action(table, fence, {})))

    def change(self, table: str, fence: int, changes: Mapping[str, Any]) -> None:
        """Change a table's state; raises ConditionFailedError when somebody else has taken over."""
        self._table.update(self.change_action(table, fence, changes))

    def change_action(self, table: str, fence: int, changes: Mapping[str, Any]) -> Action:
        """Return what `change` does, as a part of a transaction; None removes."""
        return self._table.update_action(
            _key(table, _STATE), {**changes, "fence": fence}, condition=_UNFENCED
        )

    def request(self, table: str, mode: str, *, accept_deletions: bool) -> None:
        """Ask for a sync as soon as may be, one that believes suspicious deletions if they are accepted.

        A full one that is asked for already stays full; that takes a second request.
        """
        changes: dict[str, Any] = {"requested": mode, "notBefore": None}
        if accept_deletions:
            changes["acceptDeletions"] = True
        condition = None if mode == FULL else "attribute_not_exists(requested) OR requested <> :full"
        values = None if mode == FULL else {":full": FULL}
        try:
            self._table.update(
                self._table.update_action(_key(table, _STATE), changes, condition=condition, values=values)
            )
        except ConditionFailedError:
            self.request(table, FULL, accept_deletions=accept_deletions)

    def seen_action(self, table: str, pull: Pull, record_ids: Sequence[str]) -> Action:
        """Return the write of the next `seen` part of a pull."""
        record = {
            **_key(table, f"seen#{pull.parts:05d}"),
            "number": pull.number,
            "ids": ",".join(record_ids),
        }
        return self._table.replace_action(record)

    def seen(self, table: str, pull: Pull) -> Iterator[str]:
        """Yield every id that a pull has seen so far; a request for each part."""
        for part in range(pull.parts):
            record: Record = self._table.get(_key(table, f"seen#{part:05d}")) or {}
            if record.get("number") == pull.number and record["ids"]:
                yield from record["ids"].split(",")


def _key(table: str, part: str) -> dict[str, str]:
    return {"table": table, "part": part}
