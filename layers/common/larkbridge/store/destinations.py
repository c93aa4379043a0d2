"""The Destinations table: per outbound destination, who is draining its backlog and how it is doing."""

from dataclasses import dataclass, replace

from larkbridge.errors import ConditionFailedError
from larkbridge.store.codec import decode, encode_changes
from larkbridge.store.table import Table

LARK_FORMS = "lark-forms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """The state of one destination. Times are texts as `clock.to_text` writes them.

    `failures` counts those in a row; `trips` how often in a row the circuit opened; while `open_until` is
    in the future nothing is sent; until `lease_until` a drain has the destination.
    """

    failures: int = 0
    trips: int = 0
    throttles: int = 0
    open_until: str | None = None
    paused_until: str | None = None
    last_send_at: str | None = None
    lease_until: str | None = None


class DestinationStore:
    """Every access to the Destinations table; each method is one request."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def get(self, name: str) -> Destination:
        """Return a destination's state; one that was never used is a closed circuit."""
        return decode(Destination, self._table.get({"destination": name}) or {})

    def acquire(self, name: str, *, owner: str, now: str, until: str) -> Destination | None:
        """Take the right to drain until `until`; None while somebody else has it."""
        try:
            record = self._table.update(
                self._table.update_action(
                    {"destination": name},
                    {"leaseOwner": owner, "leaseUntil": until},
                    condition=(
                        "attribute_not_exists(leaseUntil) OR leaseUntil <= :now OR leaseOwner = :leaseOwner"
                    ),
                    values={":now": now},
                )
            )
        except ConditionFailedError:
            return None
        return decode(Destination, record)

    def release(self, name: str, state: Destination, *, owner: str) -> None:
        """Give the right back and write the state, unless somebody else has taken over meanwhile."""
        try:
            self._table.update(
                self._table.update_action(
                    {"destination": name},
                    encode_changes(replace(state, lease_until=None)) | {"leaseOwner": None},
                    condition="leaseOwner = :owner",
                    values={":owner": owner},
                )
            )
        except ConditionFailedError:
            return
