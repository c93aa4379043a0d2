"""The SyncState table: how far each table's sync has come, and who may go on with it.

Keys: `table`, `part`. A table has one `state` and, while a pull is under way, `seen#<n>`: the ids it has seen
so far. What one run at a time may work on (a mirrored table, a Base that is pushed to) has a `lease`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from larkbridge.errors import ConditionFailedError
from larkbridge.store.sync_progress import FULL, Pull, SyncState
from larkbridge.store.table import Action, Record, Table

_STATE = "state"
_LEASE = "lease"
_UNFENCED = "attribute_not_exists(fence) OR fence <= :fence"


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

    def open(self, table: str, fence: int, place: str) -> SyncState:
        """Return a table's state, and keep everybody with a lower fence number from changing it.

        A table that has moved in Lark may have had another lease, whose numbers say nothing.

        Raises
        ------
        ConditionFailedError
            When somebody with a higher one has it.
        """
        record = self._table.update(
            self._table.update_action(
                _key(table, _STATE),
                {"fence": fence},
                condition=f"{_UNFENCED} OR (attribute_exists(place) AND place <> :place)",
                values={":place": place},
            )
        )
        return SyncState.from_record(table, record)

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
                self._table.update_action(
                    _key(table, _STATE), changes, add={"requests": 1}, condition=condition, values=values
                )
            )
        except ConditionFailedError:
            self.request(table, FULL, accept_deletions=accept_deletions)

    def answer(self, state: SyncState, fence: int, changes: Mapping[str, Any]) -> None:
        """Change a table's state and take what `state` has for requests as answered.

        Raises
        ------
        ConditionFailedError
            Also when there has been a request since.
        """
        changes = {**changes, "requested": None, "acceptDeletions": None, "fence": fence}
        asked = "requests = :requests" if state.requests else "attribute_not_exists(requests)"
        self._table.update(
            self._table.update_action(
                _key(state.table, _STATE),
                changes,
                condition=f"({_UNFENCED}) AND {asked}",
                values={":requests": state.requests} if state.requests else None,
            )
        )

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
