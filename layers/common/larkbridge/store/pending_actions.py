"""What the agent has asked a person before it does it, and what became of that.

Rows of the Conversations table, each under `pending:<id>` and `action`: the chat agent alone reads and writes
both, and one is forgotten when the other is, 30 days after (TTL on `expiresAt`). A row moves only from the
status that it was seen in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from larkbridge.clock import to_text
from larkbridge.errors import ConditionFailedError
from larkbridge.store.chat_queue import ChatTurn
from larkbridge.store.codec import Record, decode, encode
from larkbridge.store.conversations import RETENTION
from larkbridge.store.table import Table

HOLDS_FOR = timedelta(minutes=30)
"""So long somebody may agree."""
UNDO_FOR = timedelta(minutes=10)


class PendingStatus(StrEnum):
    """How far it has come; `EXECUTING` and `UNDOING` are written before the first call of Lark's."""

    PENDING = "pending"
    EXECUTING = "executing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    UNDOING = "undoing"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of what is asked: its name and words, or the open ids of people in their place."""

    label: str
    text: str = field(default="", repr=False)
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingAction:
    """What is asked.

    Attributes
    ----------
    chat_id, is_group, thread_id, message_id
        Where it was asked for, and in which message.
    is_private
        The card is shown to the asker alone.
    arguments
        What the tool does, as JSON; they do not change any more.
    title, facts, warning
        What a person reads before they agree; the warning says what cannot be undone.
    language
        ``vi`` or ``en``.
    holds_until, undo_until
        Until when somebody may agree, and take it back.
    card_id
        The message that the card stands in.
    progress
        What was done so far, to go on after a stop and to undo.
    result
        In words, what came of it.
    moved_by
        The event that brought it to its status.
    """

    pending_id: str
    asker: str
    chat_id: str = ""
    is_group: bool = False
    thread_id: str = ""
    message_id: str = ""
    is_private: bool = False
    tool: str
    arguments: dict[str, Any] = field(repr=False)
    title: str
    facts: tuple[Fact, ...]
    warning: str = ""
    language: str
    asked_at: str
    holds_until: str
    expires_at: int
    status: PendingStatus
    card_id: str = ""
    progress: dict[str, Any] = field(default_factory=dict, repr=False)
    result: str = field(default="", repr=False)
    moved_by: str = ""
    moved_at: str | None = None
    undo_until: str | None = None

    def holds(self, moment: str) -> bool:
        """Return whether somebody who agreed at a moment, a stored text, did so in time."""
        return moment < self.holds_until

    def may_be_undone(self, moment: str) -> bool:
        """Return whether it may still be taken back at a moment."""
        return self.undo_until is not None and moment < self.undo_until


class PendingActionStore:
    """Every access to the pending actions; each method is one request."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def add(self, action: PendingAction) -> PendingAction:
        """Store a new one, and return what is stored: an earlier one of the same id stays as it is."""
        try:
            self._table.write(
                self._table.put_action(_key(action.pending_id) | encode(action), "conversation")
            )
        except ConditionFailedError as error:
            if error.item is None:
                raise
            return _read(error.item)
        return action

    def get(self, pending_id: str) -> PendingAction | None:
        """Return one, None when it is forgotten."""
        record = self._table.get(_key(pending_id))
        return _read(record) if record else None

    def note_card(self, action: PendingAction, message_id: str) -> None:
        """Store which message its card is."""
        key = _key(action.pending_id)
        self._table.write(self._table.update_action(key, {"cardId": message_id}))

    def note_progress(self, seen: PendingAction, progress: Mapping[str, Any]) -> PendingAction:
        """Store how far it has come within its status; returns as `move` does."""
        return self._update(seen, {"status": str(seen.status), "progress": dict(progress)})

    def move(
        self,
        seen: PendingAction,
        status: PendingStatus,
        *,
        by: ChatTurn,
        now: datetime,
        result: str = "",
        undo_until: str | None = None,
    ) -> PendingAction:
        """Bring one from the status in which it was seen into another.

        Returns
        -------
        PendingAction
            What is stored now: where somebody else has moved it meanwhile, their move stays.
        """
        changes = {
            "status": str(status),
            "result": result or None,
            "movedBy": by.event_id,
            "movedAt": to_text(now),
            "undoUntil": undo_until,
        }
        return self._update(seen, changes)

    def _update(self, seen: PendingAction, changes: Record) -> PendingAction:
        action = self._table.update_action(
            _key(seen.pending_id),
            changes,
            condition="#status = :seen",
            values={":seen": str(seen.status)},
        )
        try:
            return _read(self._table.update(action))
        except ConditionFailedError as error:
            if error.item is None:
                raise
            return _read(error.item)


def expiry(asked_at: datetime) -> int:
    """Return when what was asked at a moment is forgotten, in unix seconds."""
    return int((asked_at + RETENTION).timestamp())


def _key(pending_id: str) -> dict[str, str]:
    return {"conversation": f"pending:{pending_id}", "part": "action"}


def _read(record: Record) -> PendingAction:
    return decode(PendingAction, record)
