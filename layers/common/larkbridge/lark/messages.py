"""Messages that the app's bot sends.

Protocol (open platform documentation, "Send a message", "Reply to a message" and "Card components, text"):
the content of a message is a JSON string; one `uuid` of at most 50 characters sends one message an hour;
``plain_text`` in a card is shown as it is, without markup or mentions.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from larkbridge.lark.api_values import segment
from larkbridge.lark.client import LarkClient
from larkbridge.lark.limits import MESSAGE_UUID_LENGTH

MAX_TITLE = 200
MAX_TEXT = 4_000


@dataclass(frozen=True, slots=True)
class Message:
    """What is said: Lark's message type, such as ``text`` or ``post``, and the content of that type.

    Lark reads tags and links in the words of a text: those of strangers belong in a `plain_card`.
    """

    msg_type: str
    content: Mapping[str, Any]


def plain_card(title: str, text: str, *, colour: str = "blue") -> dict[str, Any]:
    """Return a card whose words may come from anyone; what is longer than Lark takes is cut."""
    return {
        "header": {"template": colour, "title": _plain(title[:MAX_TITLE])},
        "elements": [{"tag": "div", "text": _plain(text[:MAX_TEXT])}],
    }


class Messages:
    """The bot's messages, each sent at least once, and once in effect within an hour.

    Every method returns the message's id, takes as `uuid` any text that is the same for every try of the same
    message, and raises `LarkApiError` when Lark did not send it, or may have.
    """

    def __init__(self, client: LarkClient) -> None:
        self._client = client

    def send(self, receive_id: str, receive_id_type: str, message: Message, uuid: str) -> str:
        """Send a message to the person or chat that an id of a type stands for.

        Parameters
        ----------
        receive_id_type
            ``open_id``, ``user_id``, ``union_id``, ``email`` or ``chat_id``.
        """
        query = {"receive_id_type": receive_id_type}
        body = {"receive_id": receive_id, **_body(message, uuid)}
        return _message_id(self._client.call("POST", "/im/v1/messages", query=query, body=body))

    def send_card(self, receive_id: str, receive_id_type: str, card: Mapping[str, Any], uuid: str) -> str:
        """Send a card, as `send` does."""
        return self.send(receive_id, receive_id_type, Message("interactive", card), uuid)

    def reply(self, message_id: str, message: Message, uuid: str, *, in_thread: bool = False) -> str:
        """Answer a message where it was written, in a thread of its own if so wanted."""
        path = f"/im/v1/messages/{segment(message_id)}/reply"
        body = {"reply_in_thread": in_thread, **_body(message, uuid)}
        return _message_id(self._client.call("POST", path, body=body))


def _plain(text: str) -> dict[str, str]:
    return {"tag": "plain_text", "content": text}


def _body(message: Message, uuid: str) -> dict[str, Any]:
    content = json.dumps(message.content, ensure_ascii=False)
    return {"msg_type": message.msg_type, "content": content, "uuid": _bounded(uuid)}


def _bounded(uuid: str) -> str:
    if len(uuid) <= MESSAGE_UUID_LENGTH:
        return uuid
    return hashlib.sha256(uuid.encode()).hexdigest()[:MESSAGE_UUID_LENGTH]


def _message_id(data: Mapping[str, Any]) -> str:
    return str(data.get("message_id", ""))
