"""A SOURCE table that LARK_TABLES has connected to another table of Lark's."""

from dataclasses import replace

from larkbridge.lark.answers import not_made
from larkbridge.store.sync_progress import FULL, SyncState
from larkbridge.store.sync_progress_store import SyncStateStore
from larkbridge.sync.config.tables import Deletions, Table
from larkbridge.sync.source.table_share import TableStoppedError

MOVED = "place_changed"


def has_moved(table: Table, state: SyncState) -> bool:
    """Tell whether a table was last synced with another table of Lark's."""
    return state.place not in (None, table.place)


def at_home(states: SyncStateStore, table: Table, fence: int, state: SyncState) -> tuple[Table, SyncState]:
    """Return a table and its state; one that has moved goes on only when a person says so.

    Then its records are made anew. Until a whole reconcile is through, those of the old place are no person's
    deletions, whatever the table's policy.

    Raises
    ------
    TableStoppedError
        When nobody has said so.
    ConditionFailedError
        When somebody else has taken over.
    """
    if not has_moved(table, state):
        return table, state
    asked = state.requested == FULL and state.accept_deletions
    if not (asked or (state.pull and state.pull.accept_deletions)):
        raise TableStoppedError(
            not_made(MOVED, "the table has another place in Lark, or another role, than before")
        )
    if asked:
        states.change(table.name, fence, {"batch": None, "pull": None})
        state = replace(state, batch=None, pull=None)
    return replace(table, deletions=Deletions.RESTORE), state
