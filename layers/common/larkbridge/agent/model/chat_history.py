"""A conversation as the model takes it, made from what is remembered, and the other way round."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from larkbridge.agent.memory import Entry, EntryKind

type Block = dict[str, Any]
type Message = dict[str, Any]

_ROLES = {
    EntryKind.ASKED: "user",
    EntryKind.CALLED: "assistant",
    EntryKind.RETURNED: "user",
    EntryKind.ANSWERED: "assistant",
}


def asked(question: str, event_id: str) -> Entry:
    """Return the entry of a question; the event tells whether it was answered before."""
    return Entry(kind=EntryKind.ASKED, content={"text": question, "event": event_id})


def called(call_id: str, name: str, given: Mapping[str, Any]) -> Entry:
    """Return the entry of a call."""
    return Entry(kind=EntryKind.CALLED, call_id=call_id, content={"name": name, "input": dict(given)})


def returned(call_id: str, text: str, *, failed: bool) -> Entry:
    """Return the entry of a call's result."""
    return Entry(kind=EntryKind.RETURNED, call_id=call_id, content={"text": text, "failed": failed})


def answered(text: str) -> Entry:
    """Return the entry of an answer."""
    return Entry(kind=EntryKind.ANSWERED, content=text)


def without_event(entries: Iterable[Entry], event_id: str) -> list[Entry]:
    """Return a history without the exchange about an event, which is answered again after a crash."""
    kept: list[Entry] = []
    keeps = True
    for entry in entries:
        if entry.kind is EntryKind.ASKED:
            keeps = not (isinstance(entry.content, dict) and entry.content.get("event") == event_id)
        if keeps:
            kept.append(entry)
    return kept


def questions(entries: Iterable[Entry]) -> list[str]:
    """Return what the person has said."""
    return [_text(entry) for entry in entries if entry.kind is EntryKind.ASKED]


def messages_of(entries: Sequence[Entry]) -> list[Message]:
    """Return whole exchanges as messages: what follows one another of one role is one, results come first."""
    grouped = groupby(entries, key=lambda entry: _ROLES[entry.kind])
    return [{"role": role, "content": [_block(entry) for entry in group]} for role, group in grouped]


def _block(entry: Entry) -> Block:
    match entry.kind:
        case EntryKind.CALLED:
            content = entry.content
            return {
                "type": "tool_use",
                "id": entry.call_id,
                "name": content["name"],
                "input": content["input"],
            }
        case EntryKind.RETURNED:
            return result_block(entry)
        case _:
            return {"type": "text", "text": _text(entry)}


def result_block(entry: Entry) -> Block:
    """Return a result as it is sent back."""
    content: Any = entry.content
    block = {"type": "tool_result", "tool_use_id": entry.call_id, "content": content["text"]}
    return block | ({"is_error": True} if content["failed"] else {})


def _text(entry: Entry) -> str:
    content: Any = entry.content
    text = content.get("text") if isinstance(content, dict) else content
    return text if isinstance(text, str) and text.strip() else json.dumps(content, ensure_ascii=False)
