"""Chat turns as the queue hands them over."""

import json
from typing import Any

from larkbridge.store.chat_queue import ChatTurn, Mention, TurnKind
from tests.support.chat_documents import BOT, CHAT, PERSON

MENTION_OF_BOT = Mention(key="@_user_1", open_id=BOT, name="Trợ lý")


def chat_turn(**changes: Any) -> ChatTurn:
    """Return what a person said to the bot in their own chat, but for what is changed."""
    fields: dict[str, Any] = {
        "kind": TurnKind.MESSAGE,
        "event_id": "e-1",
        "open_id": PERSON,
        "sent_at": "2026-11-28T03:00:00.000Z",
        "chat_id": CHAT,
        "message_id": "om_1",
        "message_type": "text",
    }
    return ChatTurn(**fields | changes)


def said(text: str, **changes: Any) -> ChatTurn:
    """Return a text message."""
    return chat_turn(content=json.dumps({"text": text}), **changes)


def said_in_group(text: str, **changes: Any) -> ChatTurn:
    """Return a text message in a group that mentions the bot."""
    return said(f"@_user_1 {text}", is_group=True, mentions=(MENTION_OF_BOT,), **changes)


def chosen(key: str, **changes: Any) -> ChatTurn:
    """Return the choice of an entry of the bot's menu."""
    fields = {
        "kind": TurnKind.MENU,
        "chat_id": "",
        "message_id": "",
        "message_type": "",
        "action": {"key": key},
    }
    return chat_turn(**fields | changes)
