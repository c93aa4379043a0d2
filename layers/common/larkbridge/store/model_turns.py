"""What a turn with the model reads and writes in the Conversations table, in few requests.

A person's use stands under `usage:<open id>` and the day in Vietnam: `tokens` are those that were paid in
full, `cachedTokens` those that the model's cache had. TTL on `expiresAt` tidies up after 90 days.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from larkbridge.clock import HO_CHI_MINH
from larkbridge.store.chat_queue import ChatTurn
from larkbridge.store.codec import Record
from larkbridge.store.conversations import TurnOverError, memory_key, memory_record, recall_key, stop_key
from larkbridge.store.table import Table
from larkbridge.store.transactions import transact

_USAGE_KEPT = timedelta(days=90)


class Usage(NamedTuple):
    """What calls of the model have cost."""

    calls: int = 0
    tokens: int = 0
    cached_tokens: int = 0


class Begun(NamedTuple):
    """What a turn begins with: what `settle` stored before, and the person's tokens of the day."""

    memory: str
    tokens: int


class ModelTurnStore:
    """Each method is one request."""

    def __init__(self, table_name: str, sleep: Callable[[float], None]) -> None:
        self._table = Table(table_name)
        self._sleep = sleep

    def begin(self, turn: ChatTurn, now: datetime) -> Begun:
        """Read what a turn begins with; raises as `check` does."""
        memory, usage = memory_key(turn), _usage_key(turn, now)
        found = self._read(turn, memory, usage)
        return Begun(
            found.get(_id(memory), {}).get("entries", ""), int(found.get(_id(usage), {}).get("tokens", 0))
        )

    def check(self, turn: ChatTurn) -> None:
        """Raise TurnOverError when the turn was stopped or recalled."""
        self._read(turn)

    def settle(self, turn: ChatTurn, usage: Usage, memory: str | None, now: datetime) -> None:
        """Add what a turn has cost, and store the person's memory unless that is None."""
        expires_at = int((now + _USAGE_KEPT).timestamp())
        counts = {"calls": usage.calls, "tokens": usage.tokens, "cachedTokens": usage.cached_tokens}
        counting = self._table.update_action(_usage_key(turn, now), {"expiresAt": expires_at}, add=counts)
        if memory is None:
            self._table.write(counting)
        else:
            transact([counting, self._table.replace_action(memory_record(turn, memory, now))], self._sleep)

    def _read(self, turn: ChatTurn, *others: dict[str, str]) -> dict[tuple[str, str], Record]:
        """Return the records under keys, unless the turn is over."""
        stopped, recalled = stop_key(turn), recall_key(turn.message_id)
        ends = [stopped, recalled] if turn.message_id else [stopped]
        found = {_id(record): record for record in self._table.get_many([*ends, *others], self._sleep)}
        if _is_stopped(turn, found.get(_id(stopped))):
            raise TurnOverError("stopped")
        if _id(recalled) in found:
            raise TurnOverError("recalled")
        return found


def _is_stopped(turn: ChatTurn, stop: Record | None) -> bool:
    """Tell whether a stop came after the turn; one that is the turn itself does not count."""
    return bool(stop) and stop["stoppedAt"] >= turn.sent_at and stop["stoppedBy"] != turn.event_id


def _usage_key(turn: ChatTurn, now: datetime) -> dict[str, str]:
    day = now.astimezone(HO_CHI_MINH).date().isoformat()
    return {"conversation": f"usage:{turn.open_id}", "part": day}


def _id(record: Record) -> tuple[str, str]:
    return record["conversation"], record["part"]
