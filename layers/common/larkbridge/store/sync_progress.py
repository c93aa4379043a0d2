"""What the SyncState table has of one table: how far its sync has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from larkbridge.clock import from_text

FULL, INCREMENTAL = "full", "incremental"


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

    `place` is where in Lark it was last; `requested` is what an admin or the nightly schedule asks for and
    `requests` how often anybody has asked; `last_full` and `last_pull` are reports of what was done;
    `watermark` is what an incremental pull goes back to, `fingerprint` that of what the last pull read;
    `suspicious` says why deletions were not believed.
    """

    table: str
    place: str | None = None
    requested: str | None = None
    requests: int = 0
    accept_deletions: bool = False
    pull: Pull | None = None
    batch: Batch | None = None
    last_full: Mapping[str, Any] | None = None
    last_pull: Mapping[str, Any] | None = None
    last_push_at: str | None = None
    watermark: str | None = None
    fingerprint: str | None = None
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
            place=record.get("place"),
            requested=record.get("requested"),
            requests=record.get("requests", 0),
            accept_deletions=record.get("acceptDeletions", False),
            pull=Pull.from_record(pull) if pull else None,
            batch=Batch.from_record(batch) if batch else None,
            last_full=record.get("lastFull"),
            last_pull=record.get("lastPull"),
            last_push_at=record.get("lastPushAt"),
            watermark=record.get("watermark"),
            fingerprint=record.get("fingerprint"),
            not_before=record.get("notBefore"),
            failures=record.get("failures", 0),
            last_error=record.get("lastError"),
            drift=record.get("drift", ()),
            suspicious=record.get("suspicious"),
            subscription=record.get("subscription"),
        )
