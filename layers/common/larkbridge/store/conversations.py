"""The Conversations table: how far each chat turn has come, what people stopped or recalled, and memory.

Keys: `conversation`, `part`. A turn has one `turn` under what it answers: its message, whatever events bring
it; for what is no message its event; for a welcome its person, whose later visits go on with one that was
not said. `stopped:<open id>` stands under the group of `ChatTurn`, `recalled` under the message,
`memory:<open id>` under the group. TTL on `expiresAt` tidies up after 30 days; only that somebody was
welcomed stays.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from larkbridge.clock import from_text, to_text
from larkbridge.errors import ConditionFailedError, LarkbridgeError, TransactionRefusedError
from larkbridge.store.chat_queue import ChatTurn, TurnKind
from larkbridge.store.codec import decode, encode, encode_changes
from larkbridge.store.table import Action, Table
from larkbridge.store.transactions import CONDITION_FAILED, transact

RETENTION = timedelta(days=30)
LEASE = timedelta(seconds=130)
"""So long whoever took a turn has it: longer than the function runs, shorter than the queue hides a turn."""

_TURN, _RECALLED = "turn", "recalled"
_AFTER_ANY_STOP = "~"
"""What somebody decides by a button is not stopped: the card says how to take it back."""
_HELD = "attempt = :held AND attribute_not_exists(doneAt)"


class TurnOverError(LarkbridgeError):
    """Nothing more is said to the turn; `reason` is done, other_event, stopped or recalled.

    `begun` is the turn where somebody began and did not finish it.
    """

    def __init__(self, reason: str, begun: "TakenTurn | None" = None) -> None:
        super().__init__(f"the turn is over: {reason}")
        self.reason = reason
        self.begun = begun


class TurnTakenError(LarkbridgeError):
    """Somebody else has the turn: it may be done, or go on after their lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenTurn:
    """How far a turn has come.

    Attributes
    ----------
    event_id
        The event that brought it first; others of the same message are not answered.
    attempt
        How often it was taken: a later one's writes keep those of an earlier one out.
    taken_at
        When it was taken first.
    leased_until
        Until then nobody else takes it.
    answer
        What `keep` was given, None before that.
    sign
        What takes the first sign away, empty without one.
    said
        How many of the answer's parts were certainly said.
    """

    event_id: str
    attempt: int
    taken_at: str
    leased_until: str
    answer: dict[str, Any] | None = None
    sign: str = ""
    said: int = 0
    done_at: str | None = None


class ConversationStore:
    """Every access to the Conversations table; each method is one request unless it says otherwise."""

    def __init__(self, table_name: str) -> None:
        self._name = table_name
        self._table = Table(table_name)

    def take(self, turn: ChatTurn, now: datetime) -> TakenTurn:
        """Take a turn for the time of a lease; a second request for one that was taken before.

        Raises
        ------
        TurnOverError
            When it is done, another event's, stopped, or recalled.
        TurnTakenError
            When somebody else has it.
        """
        until = to_text(now + LEASE)
        new = TakenTurn(event_id=turn.event_id, attempt=1, taken_at=to_text(now), leased_until=until)
        record = _key(turn) | encode(new) | {"group": turn.group, "expiresAt": _expiry(turn, now)}
        try:
            transact([self._table.put_action(record, "conversation"), *self._unless_ended(turn)])
        except TransactionRefusedError as error:
            if error.items[0] is None:
                raise _over(error) from None
            stored = decode(TakenTurn, error.items[0])
        else:
            return new
        if stored.done_at:
            raise TurnOverError("done")
        if stored.event_id != turn.event_id and turn.kind is not TurnKind.ENTERED:
            raise TurnOverError("other_event")
        if stored.leased_until > to_text(now):
            raise TurnTakenError("the turn is under way elsewhere")
        taken = replace(stored, attempt=stored.attempt + 1, leased_until=until)
        try:
            self._write(turn, stored, {"attempt": taken.attempt, "leasedUntil": until})
        except TurnOverError as over:
            raise TurnOverError(over.reason, stored) from None
        return taken

    def keep(self, turn: ChatTurn, taken: TakenTurn, answer: dict[str, Any], sign: str) -> TakenTurn:
        """Store what is about to be said after what was said, and the sign; raises as `take` does."""
        kept = replace(taken, answer=answer, sign=sign)
        self._write(turn, taken, encode_changes(kept, ("answer", "sign", "said")))
        return kept

    def note_said(self, turn: ChatTurn, taken: TakenTurn, said: int) -> None:
        """Store how many parts were said, before the next one is; raises as `take` does."""
        self._write(turn, taken, {"said": said})

    def finish(self, turn: ChatTurn, taken: TakenTurn, now: datetime) -> None:
        """Store that nothing more is said, whatever was stopped or recalled; the answer's text goes.

        Raises
        ------
        TurnTakenError
            When somebody else has it by now.
        """
        changes = {"doneAt": to_text(now), "answer": None}
        try:
            self._table.write(self._held_update(turn, taken, changes))
        except ConditionFailedError:
            raise TurnTakenError("the turn went on elsewhere") from None

    def stop(self, turn: ChatTurn) -> None:
        """Note that its person stops whatever they asked there before; the newest of such turns counts."""
        record = stop_key(turn) | {
            "stoppedAt": turn.sent_at,
            "stoppedBy": turn.event_id,
            "expiresAt": int((from_text(turn.sent_at) + RETENTION).timestamp()),
        }
        self._table.put_if(
            record, "attribute_not_exists(stoppedAt) OR stoppedAt <= :at", {"at": turn.sent_at}
        )

    def recall(self, message_id: str, now: datetime) -> None:
        """Note that a message was recalled: nothing more is said to it."""
        self._table.put(recall_key(message_id) | {"expiresAt": int((now + RETENTION).timestamp())})

    def group_of(self, message_id: str) -> str:
        """Return the group in which a message's turn was taken; empty when none was within `RETENTION`."""
        return (self._table.get(_row(f"message:{message_id}", _TURN)) or {}).get("group", "")

    def memory(self, turn: ChatTurn) -> str:
        """Return what `remember` stored for the turn's person in its group, empty when there is nothing."""
        return (self._table.get(memory_key(turn)) or {}).get("entries", "")

    def remember(self, turn: ChatTurn, entries: str, now: datetime) -> None:
        """Store the person's memory in place of the one before."""
        self._table.put(memory_record(turn, entries, now))

    def _write(self, turn: ChatTurn, taken: TakenTurn, changes: dict[str, Any]) -> None:
        try:
            transact([self._held_update(turn, taken, changes), *self._unless_ended(turn)])
        except TransactionRefusedError as error:
            if error.reasons[0] == CONDITION_FAILED:
                raise TurnTakenError("the turn went on elsewhere") from None
            raise _over(error) from None

    def _held_update(self, turn: ChatTurn, taken: TakenTurn, changes: dict[str, Any]) -> Action:
        return self._table.update_action(
            _key(turn), changes, condition=_HELD, values={":held": taken.attempt}
        )

    def _unless_ended(self, turn: ChatTurn) -> list[Action]:
        """Return what refuses a transaction about a turn that was stopped or recalled."""
        stopped = self._check(
            stop_key(turn),
            "attribute_not_exists(stoppedAt) OR stoppedAt < :at OR stoppedBy = :event",
            {":at": _AFTER_ANY_STOP if turn.decides else turn.sent_at, ":event": turn.event_id},
        )
        if not turn.message_id:
            return [stopped]
        return [stopped, self._check(recall_key(turn.message_id), "attribute_not_exists(conversation)")]

    def _check(self, key: dict[str, str], condition: str, values: dict[str, str] | None = None) -> Action:
        check: dict[str, Any] = {"TableName": self._name, "Key": key, "ConditionExpression": condition}
        return {"ConditionCheck": check | ({"ExpressionAttributeValues": values} if values else {})}


def _over(error: TransactionRefusedError) -> TurnOverError:
    return TurnOverError("stopped" if error.reasons[1] == CONDITION_FAILED else "recalled")


def _key(turn: ChatTurn) -> dict[str, str]:
    match turn.kind:
        case TurnKind.MESSAGE:
            answered = f"message:{turn.message_id}"
            return _row(f"{answered}:{turn.resumed}" if turn.resumed else answered, _TURN)
        case TurnKind.ENTERED:
            return _row(f"entered:{turn.open_id}", _TURN)
        case _:
            return _row(f"event:{turn.deduplication_id}", _TURN)


def _expiry(turn: ChatTurn, now: datetime) -> int | None:
    return None if turn.kind is TurnKind.ENTERED else int((now + RETENTION).timestamp())


def stop_key(turn: ChatTurn) -> dict[str, str]:
    """Return where stands what a turn's person has stopped."""
    return _row(turn.group, f"stopped:{turn.open_id}")


def recall_key(message_id: str) -> dict[str, str]:
    """Return where stands that a message was recalled."""
    return _row(f"message:{message_id}", _RECALLED)


def memory_key(turn: ChatTurn) -> dict[str, str]:
    """Return where stands what a turn's person said before."""
    return _row(turn.group, f"memory:{turn.open_id}")


def memory_record(turn: ChatTurn, entries: str, now: datetime) -> dict[str, Any]:
    """Return a person's memory as it is stored."""
    expires_at = int((now + RETENTION).timestamp())
    return memory_key(turn) | {"entries": entries, "expiresAt": expires_at}


def _row(conversation: str, part: str) -> dict[str, str]:
    return {"conversation": conversation, "part": part}
