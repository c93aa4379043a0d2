"""What was said before, for each person in each group of turns: kept whole or not at all.

A history in which a call has no result is refused by a model for ever. So only whole exchanges are stored and
read: each from a person's question over the calls and their results to the bot's answer.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from larkbridge.clock import Clock
from larkbridge.observability import logger
from larkbridge.store.chat_queue import ChatTurn
from larkbridge.store.codec import decode, encode
from larkbridge.store.conversations import ConversationStore

MAX_EXCHANGES = 20
MAX_BYTES = 200_000
"""Of JSON; an item of DynamoDB's may have 400 KB."""
MAX_RESULTS = MAX_BYTES // 4
"""Bytes of one exchange; in a larger one, results are kept by their beginnings."""
NOT_KEPT = "\n(The rest is not remembered: call the tool again.)"


class EntryKind(StrEnum):
    ASKED = "asked"
    CALLED = "called"
    RETURNED = "returned"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One step of an exchange.

    Attributes
    ----------
    call_id
        Of a call and of its result.
    content
        Any JSON.
    """

    kind: EntryKind
    content: Any
    call_id: str = ""


class Memory:
    """The newest exchanges of each person in each group of turns, for 30 days after the last one.

    `forget` is `save` of nothing.
    """

    def __init__(self, conversations: ConversationStore, clock: Clock) -> None:
        self._conversations = conversations
        self._clock = clock

    def load(self, turn: ChatTurn) -> list[Entry]:
        """Return the entries of whole exchanges; of what cannot be read, none. One request."""
        return from_stored(self._conversations.memory(turn), turn.event_id)

    def save(self, turn: ChatTurn, entries: Iterable[Entry]) -> None:
        """Store the newest whole exchanges, as many as fit. One request."""
        self._conversations.remember(turn, to_store(entries), self._clock.now())


def from_stored(text: str, event_id: str) -> list[Entry]:
    """Return the entries of whole exchanges that `to_store` returned; of what cannot be read, none.

    Parameters
    ----------
    event_id
        Whose turn needs them, for the log.
    """
    try:
        stored = json.loads(text) if text else []
        return repaired(decode(Entry, one) for one in stored)
    except (ValueError, TypeError, AttributeError) as error:
        logger.error("memory not readable", eventId=event_id, error=type(error).__name__)
        return []


def to_store(entries: Iterable[Entry]) -> str:
    """Return the newest whole exchanges, as many as fit, as a text; empty when there is none.

    One that is too large by itself is left out, and costs no other.
    """
    kept: list[str] = []
    size = 0
    for exchange in reversed(list(_whole(entries))[-MAX_EXCHANGES:]):
        text = _as_stored(exchange)
        length = len(text.encode())
        if length > MAX_BYTES:
            continue
        size += length
        if size > MAX_BYTES:
            break
        kept.append(text)
    return f"[{', '.join(reversed(kept))}]" if kept else ""


def _as_stored(exchange: Sequence[Entry]) -> str:
    text = _in_json(exchange)
    if len(text.encode()) <= MAX_RESULTS:
        return text
    results = sum(entry.kind is EntryKind.RETURNED for entry in exchange)
    return _in_json([_shortened(entry, MAX_RESULTS // (4 * max(results, 1))) for entry in exchange])


def _in_json(exchange: Sequence[Entry]) -> str:
    return json.dumps([encode(entry) for entry in exchange], ensure_ascii=False)[1:-1]


def _shortened(entry: Entry, length: int) -> Entry:
    content = entry.content
    if entry.kind is not EntryKind.RETURNED or len(content["text"]) <= length:
        return entry
    return replace(entry, content=content | {"text": content["text"][:length] + NOT_KEPT})


def repaired(entries: Iterable[Entry]) -> list[Entry]:
    """Return a history without the exchanges that are not whole, such as the one that is under way."""
    return [entry for exchange in _whole(entries) for entry in exchange]


def _whole(entries: Iterable[Entry]) -> Iterator[Sequence[Entry]]:
    return filter(_is_whole, _exchanges(entries))


def _exchanges(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Yield what follows one question up to the next; what stands before the first is of none."""
    exchange: list[Entry] = []
    for entry in entries:
        if entry.kind is EntryKind.ASKED and exchange:
            yield exchange
            exchange = []
        exchange.append(entry)
    if exchange:
        yield exchange


def _is_whole(exchange: Sequence[Entry]) -> bool:
    """Tell whether it goes from a question to an answer, and each call has its one result after it."""
    if exchange[0].kind is not EntryKind.ASKED or exchange[-1].kind is not EntryKind.ANSWERED:
        return False
    calls = [entry.call_id for entry in exchange if entry.kind is EntryKind.CALLED]
    waiting = set[str]()
    for entry in exchange:
        if entry.kind is EntryKind.CALLED:
            waiting.add(entry.call_id)
        elif entry.kind is EntryKind.RETURNED and entry.call_id in waiting:
            waiting.remove(entry.call_id)
        elif entry.kind is EntryKind.RETURNED or waiting:
            return False
    return len(set(calls)) == len(calls)
