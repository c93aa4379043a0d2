"""Messages that the app's bot sends, reads and recalls.

Protocol (open platform documentation, "Send a message", "Reply to a message", "Obtain the content of the
specified message", "Recall message" and "Card components, text"): the content of a message is a JSON string;
one `uuid` of at most 50 characters sends one message an hour; ``plain_text`` in a card is shown as it is,
without markup or mentions; the bot recalls its own messages, for a day.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.api_values import MILLISECOND, from_number, incomplete, objects, segment
from larkbridge.lark.client import LarkClient
from larkbridge.lark.limits import MESSAGE_UUID_LENGTH

MAX_TITLE = 200
MAX_TEXT = 4_000
GONE = frozenset({230011, 230110})
"""What is said of a message that was recalled or deleted."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is said: Lark's message type, such as ``text`` or ``post``, and the content of that type.

    Lark reads tags and links in the words of a text: those of strangers belong in a `plain_card`.
    """

    msg_type: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMessage:
    """A message that somebody has sent.

    Attributes
    ----------
    content
        The JSON text of its type; for a card not the card that was sent.
    mentions
        Key, id and name of each person or bot that it mentions, as Lark gives them.
    sender_type
        ``user``, ``app``, ``anonymous`` or ``unknown``; the sender's id is an open id or an app id.
    is_deleted
        It was recalled or deleted since.
    """

    message_id: str
    msg_type: str
    content: str = field(repr=False)
    mentions: tuple[Mapping[str, Any], ...] = field(repr=False)
    sender_id: str
    sender_type: str
    chat_id: str
    thread_id: str
    parent_id: str
    created_at: datetime
    is_deleted: bool


def plain_card(
    title: str, text: str, *, colour: str = "blue", buttons: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """Return a card whose words may come from anyone; what is longer than Lark takes is cut.

    Parameters
    ----------
    buttons
        By its label the value of each, which comes with a press.
    """
    elements: list[dict[str, Any]] = [{"tag": "div", "text": _plain(text[:MAX_TEXT])}]
    if buttons:
        actions = [
            {"tag": "button", "text": _plain(label), "type": "default", "value": value}
            for label, value in buttons.items()
        ]
        elements.append({"tag": "action", "actions": actions})
    return {"header": {"template": colour, "title": _plain(title[:MAX_TITLE])}, "elements": elements}


class Messages:
    """The bot's messages, each sent at least once, and once in effect within an hour.

    What sends returns the message's id and takes as `uuid` any text that is the same for every try of one
    message. Every method raises `LarkApiError` when Lark did not do it, or may have.

    Attributes
    ----------
    SCOPES
        Which scopes each method needs.
    """

    SCOPES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "send": ("im:message:send_as_bot",),
        "send_card": ("im:message:send_as_bot",),
        "reply": ("im:message:send_as_bot",),
        "get": ("im:message:readonly",),
        "recall": ("im:message:recall",),
    }

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
        """Answer a message where it was written, in a thread of its own if so wanted.

        A group without threads refuses one (230071); what answers a message of a thread stays in it.
        """
        body = {"reply_in_thread": in_thread, **_body(message, uuid)}
        return _message_id(self._client.call("POST", f"{_path(message_id)}/reply", body=body))

    def get(self, message_id: str) -> FoundMessage:
        """Read a message of a chat that the bot is in; of messages forwarded together, the first."""
        items = objects(self._client.call("GET", _path(message_id)), "items")
        if not items:
            raise incomplete("the answer has no message")
        return _found(items[0])

    def recall(self, message_id: str) -> None:
        """Take back a message that the bot has sent; one that is gone already changes nothing."""
        try:
            self._client.call("DELETE", _path(message_id))
        except LarkApiError as error:
            if error.outcome.lark_code not in GONE:
                raise


def _path(message_id: str) -> str:
    return f"/im/v1/messages/{segment(message_id)}"


def _found(item: Mapping[str, Any]) -> FoundMessage:
    match item:
        case {"message_id": str(message_id), "msg_type": str(msg_type)}:
            sender, body = _object(item, "sender"), _object(item, "body")
            return FoundMessage(
                message_id=message_id,
                msg_type=msg_type,
                content=_text(body, "content"),
                mentions=tuple(objects(item, "mentions")),
                sender_id=_text(sender, "id"),
                sender_type=_text(sender, "sender_type"),
                chat_id=_text(item, "chat_id"),
                thread_id=_text(item, "thread_id"),
                parent_id=_text(item, "parent_id"),
                created_at=from_number(item.get("create_time"), MILLISECOND),
                is_deleted=item.get("deleted") is True,
            )
    raise incomplete("the answer has a message without its id or type")


def _object(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = item.get(name)
    return value if isinstance(value, dict) else {}


def _text(item: Mapping[str, Any], name: str) -> str:
    return str(item.get(name) or "")


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
