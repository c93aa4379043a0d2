"""What Lark sends about chats, as its documentation shows it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.webhooks import FIRST_SECRETS, LARK_APP_ID

PERSON = "ou_84aad35d084aa403a838cf73ee18467"
BOT = "ou_bot0000000000000000000000000001"
CHAT = "oc_5ce6d572455d361153b7cb51da133945"
TOKEN = FIRST_SECRETS["LARK_VERIFICATION_TOKEN"]
ENTERED_TYPE = "im.chat.access_event.bot_p2p_chat_entered_v1"

type Document = dict[str, Any]


def envelope(event_type: str, event: Mapping[str, Any], *, event_id: str, at: float) -> Document:
    """Return an event of version 2, of the unix time `at`."""
    header = {
        "event_id": event_id,
        "event_type": event_type,
        "create_time": f"{at * 1000:.0f}",
        "token": TOKEN,
        "app_id": LARK_APP_ID,
        "tenant_key": "2ca1d211f64f6438",
    }
    return {"schema": "2.0", "header": header, "event": dict(event)}


def message(
    text: str = "Lịch học tuần này?",
    *,
    at: float,
    message_id: str = "om_1",
    event_id: str = "event-1",
    person: str = PERSON,
    mentions: Sequence[str] | None = None,
    **more: Any,
) -> Document:
    """Return a text message; in a group when `mentions` says whom it mentions, by their open_ids."""
    sender = {"sender_id": {"open_id": person}, "sender_type": more.pop("sender_type", "user")}
    told = {
        "message_id": message_id,
        "create_time": f"{at * 1000:.0f}",
        "chat_id": CHAT,
        "chat_type": "p2p" if mentions is None else "group",
        "message_type": "text",
        "content": json.dumps({"text": text}),
        "mentions": [
            {"key": f"@_user_{number}", "id": {"open_id": one}, "name": f"N{number}"}
            for number, one in enumerate(mentions or (), 1)
        ],
    }
    event = {"sender": sender, "message": told | more}
    return envelope("im.message.receive_v1", event, event_id=event_id, at=at)


def message_of_version_1(
    text: str = "Lịch học tuần này?",
    *,
    at: float,
    message_id: str = "om_1",
    event_id: str = "event-of-version-1",
    **more: Any,
) -> Document:
    event = {
        "type": "message",
        "app_id": LARK_APP_ID,
        "tenant_key": "2ca1d211f64f6438",
        "open_id": PERSON,
        "open_message_id": message_id,
        "open_chat_id": CHAT,
        "chat_type": "private",
        "msg_type": "text",
        "text": text,
    }
    told = {"ts": f"{at:.7f}", "uuid": event_id, "token": TOKEN, "type": "event_callback"}
    return told | {"event": event | more}


def recalled(message_id: str = "om_1", *, at: float, event_id: str = "event-recalled") -> Document:
    event = {"message_id": message_id, "chat_id": CHAT, "recall_time": f"{at * 1000:.0f}"}
    return envelope("im.message.recalled_v1", event, event_id=event_id, at=at)


def menu(key: str = "help", *, at: float, event_id: str = "event-menu") -> Document:
    """Return that an entry of the bot's menu was chosen; its time is in seconds."""
    operator = {"operator_name": "An", "operator_id": {"open_id": PERSON}}
    event = {"operator": operator, "event_key": key, "timestamp": round(at)}
    return envelope("application.bot.menu_v6", event, event_id=event_id, at=at)


def entered(*, at: float, event_id: str = "event-entered") -> Document:
    event = {"chat_id": CHAT, "operator_id": {"open_id": PERSON}}
    return envelope(ENTERED_TYPE, event, event_id=event_id, at=at)


def press(value: Any, *, at: float, event_id: str = "event-press") -> Document:
    """Return a press on a card's button; its time is in microseconds."""
    event = {
        "operator": {"open_id": PERSON},
        "token": "c-1",
        "action": {"value": value, "tag": "button"},
        "context": {"open_message_id": "om_card", "open_chat_id": CHAT},
    }
    document = envelope("card.action.trigger", event, event_id=event_id, at=at)
    document["header"]["create_time"] = f"{at * 1_000_000:.0f}"
    return document
