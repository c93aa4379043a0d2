"""Chat turns as the queue hands them over."""

import json
from datetime import datetime
from typing import Any

from larkbridge.clock import to_text
from larkbridge.store.chat_queue import ChatTurn, Mention, TurnKind
from tests.support.chat_documents import BOT, CHAT, PERSON
from tests.support.clock import START

MENTION_OF_BOT = Mention(key="@_user_1", open_id=BOT, name="Trợ lý")


def chat_turn(message_id: str = "om_1", *, at: datetime = START, **changes: Any) -> ChatTurn:
    """Return what a person said to the bot in their own chat, but for what is changed."""
    fields: dict[str, Any] = {
        "kind": TurnKind.MESSAGE,
        "event_id": f"event of {message_id}",
        "open_id": PERSON,
        "sent_at": to_text(at),
        "chat_id": CHAT,
        "message_id": message_id,
        "message_type": "text",
        "content": "a question",
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
