"""The SyncState table: how far each table's sync has come, and which run may go on with it.

Keys: `table`, `part`. A table has one `state` and, while a pull is under way, `seen#<n>`: the ids it has seen
so far. What one run at a time may work on (a mirrored table, a Base that is pushed to) has a `lease`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from larkbridge.clock import from_text
from larkbridge.errors import ConditionFailedError
from larkbridge.store.codec import decode, encode_changes
from larkbridge.store.table import Action, Record, Table

FULL, INCREMENTAL = "full", "incremental"

_STATE = "state"
_LEASE = "lease"
_UNFENCED = "attribute_not_exists(fence) OR fence <= :fence"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullProgress:
    """A pull that is under way.

    `mode` is `FULL` or `INCREMENTAL`; `fingerprint` that of the columns it reads; `token` is Lark's for the
    next page, None before the first; `parts` how many `seen` parts there are; `ended` whether the last page
    has been read.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationBatch:
    """Records that Lark has been asked to create, and has perhaps created.

    `rows` has the id and version of each. `body` is the exact JSON text that is sent, each time with the same
    `client_token`, while no answer has said what became of it; without a token it is never sent again.
    """

    client_token: str
    rows: Sequence[tuple[str, int]]
    body: str
    started_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncState:
    """What is known of one table's sync. Times are texts as `clock.to_text` writes them.

    `place` is where in Lark it was last; `requested` is what an admin or the nightly schedule asks for and
    `requests` how often that was asked; `last_full` and `last_pull` are reports of what was done;
    `watermark` is what an incremental pull goes back to, `fingerprint` that of the columns of the last pull;
    `suspicious` says why deletions were not believed.
    """

    table: str
    place: str | None = None
    requested: str | None = None
    requests: int = 0
    accept_deletions: bool = False
    pull: PullProgress | None = None
    batch: CreationBatch | None = None
    last_full: Mapping[str, Any] | None = None
    last_pull: Mapping[str, Any] | None = None
    last_push_at: str | None = None
    watermark: str | None = None
    fingerprint: str | None = None
    not_before: str | None = None
    failures: int = 0
    last_error: Mapping[str, Any] | None = None
    drift: Sequence[Mapping[str, Any]] = ()
    suspicious: Mapping[str, Any] | None = None
    subscription: Mapping[str, Any] | None = None

    def lag(self, now: datetime) -> float:
        """Return how many seconds ago the last pull that succeeded began, 0 before the first."""
        return (
            0.0 if self.last_pull is None else (now - from_text(self.last_pull["startedAt"])).total_seconds()
        )


type StateChanges = Mapping[str, Any]
"""New values of fields of a `SyncState`, by their names."""


class SyncStateStore:
    """Every access to the SyncState table; each method is one request unless it says otherwise."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def get(self, table: str) -> SyncState:
        """Return a table's state; that of a table that was never synced is empty."""
        return _state(table, self._table.get(_key(table, _STATE)) or {})

    def acquire(self, name: str, *, owner: str, now: str, until: str) -> int | None:
        """Take the lease `name` until `until`.

        Returns
        -------
        int or None
            Its fence number, higher than any before; None while another run has it.
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
        """Give the lease back, unless another run has taken over meanwhile."""
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

    def open(self, table: str, fence: int, place: str) -> SyncState:
        """Return a table's state, and keep runs with a lower fence number from changing it.

        A table that has moved in Lark may have had another lease, whose numbers say nothing.

        Raises
        ------
        ConditionFailedError
            When a run with a higher one has it.
        """
        record = self._table.update(
            self._table.update_action(
                _key(table, _STATE),
                {"fence": fence},
                condition=f"{_UNFENCED} OR (attribute_exists(place) AND place <> :place)",
                values={":place": place},
            )
        )
        return _state(table, record)

    def change(self, table: str, fence: int, changes: StateChanges) -> None:
        """Change a table's state; raises ConditionFailedError when another run has taken over."""
        self._table.update(self.change_action(table, fence, changes))

    def change_action(self, table: str, fence: int, changes: StateChanges) -> Action:
        """Return what `change` does, as a part of a transaction."""
        return self._table.update_action(
            _key(table, _STATE), _written(table, changes) | {"fence": fence}, condition=_UNFENCED
        )

    def request(self, table: str, mode: str, *, accept_deletions: bool) -> None:
        """Ask for a sync as soon as may be, one that believes suspicious deletions if they are accepted.

        A full one that is asked for already stays full; that takes a second request.
        """
        changes: dict[str, Any] = {"requested": mode, "not_before": None}
        if accept_deletions:
            changes["accept_deletions"] = True
        condition = None if mode == FULL else "attribute_not_exists(requested) OR requested <> :full"
        try:
            self._table.update(
                self._table.update_action(
                    _key(table, _STATE),
                    _written(table, changes),
                    add={"requests": 1},
                    condition=condition,
                    values=None if mode == FULL else {":full": FULL},
                )
            )
        except ConditionFailedError:
            self.request(table, FULL, accept_deletions=accept_deletions)

    def answer(self, state: SyncState, fence: int, changes: StateChanges) -> None:
        """Change a table's state and take what `state` has for requests as answered.

        Raises
        ------
        ConditionFailedError
            Also when there has been a request since.
        """
        changes = {**changes, "requested": None, "accept_deletions": False}
        asked = "requests = :requests" if state.requests else "attribute_not_exists(requests)"
        self._table.update(
            self._table.update_action(
                _key(state.table, _STATE),
                _written(state.table, changes) | {"fence": fence},
                condition=f"({_UNFENCED}) AND {asked}",
                values={":requests": state.requests} if state.requests else None,
            )
        )

    def seen_action(self, table: str, pull: PullProgress, record_ids: Sequence[str]) -> Action:
        """Return the write of the next `seen` part of a pull."""
        record = {
            **_key(table, f"seen#{pull.parts:05d}"),
            "number": pull.number,
            "ids": ",".join(record_ids),
        }
        return self._table.replace_action(record)

    def seen(self, table: str, pull: PullProgress) -> Iterator[str]:
        """Yield every id that a pull has seen so far; a request for each part."""
        for part in range(pull.parts):
            record: Record = self._table.get(_key(table, f"seen#{part:05d}")) or {}
            if record.get("number") == pull.number and record["ids"]:
                yield from record["ids"].split(",")


def _key(table: str, part: str) -> dict[str, str]:
    return {"table": table, "part": part}


def _state(table: str, record: Record) -> SyncState:
    return decode(SyncState, {**record, "table": table})


def _written(table: str, changes: StateChanges) -> Record:
    return encode_changes(SyncState(table=table, **changes), changes.keys())
