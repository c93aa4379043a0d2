"""Messages of the app's bot.

Source: open platform documentation, "Send a message" and "Reply message": their limits, and the error codes
they answer with HTTP 400. What they leave open, and is assumed here:

* a `uuid` that has sent a message within the hour gets that message's answer again;
* sending and replying know their own uuids;
* any receiver exists, and a message that does not is a bad parameter.
"""

import itertools
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from sandbox.faults import FaultSwitch
from sandbox.lark.envelope import INVALID_FIELD, RefusedError, json_object
from sandbox.lark.platform import Platform
from sandbox.rate import RateWindow
from sandbox.routing import Request, Route

MESSAGES_PATH = "/open-apis/im/v1/messages"
REPLY_PATH = f"{MESSAGES_PATH}/{{message_id}}/reply"
RECEIVE_ID_TYPES = frozenset({"open_id", "user_id", "union_id", "email", "chat_id"})
MAX_UUID = 50
UUID_SECONDS = 60 * 60
MAX_CARD_BYTES = 30 * 1024
MAX_TEXT_BYTES = 150 * 1024
MESSAGE_RATE = 50
RECEIVER_RATE = 5


class ErrorCode(IntEnum):
    BAD_PARAMETER = 230001
    RATE_LIMITED = 230020
    TOO_LONG = 230025
    BAD_CARD = 230099


@dataclass(frozen=True, slots=True)
class Message:
    """A message; `content` is parsed, a reply has a `parent_id`."""

    time: float
    message_id: str
    receive_id_type: str
    receive_id: str
    msg_type: str
    content: Any
    uuid: str
    parent_id: str = ""
    in_thread: bool = False


class MessageBox:
    """Everyone's messages from the bot, in `sent`, oldest first."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.faults = FaultSwitch()
        self.sent: list[Message] = []
        self._now = now
        self._numbers = itertools.count(1)
        self._by_id: dict[str, Message] = {}
        self._by_uuid: dict[tuple[bool, str], Message] = {}
        self._windows = defaultdict[str, RateWindow](lambda: RateWindow(RECEIVER_RATE))

    def receive(self, chat_id: str, text: str) -> str:
        """Let a person write to a chat, and return the message's id."""
        message = Message(self._now(), self._next_id(), "chat_id", chat_id, "text", {"text": text}, "")
        self._by_id[message.message_id] = message
        return message.message_id

    def find(self, message_id: str) -> Message:
        """Return anybody's message, or raise `RefusedError`."""
        if message_id not in self._by_id:
            raise RefusedError(ErrorCode.BAD_PARAMETER, "invalid message_id", 400)
        return self._by_id[message_id]

    def routes(self, platform: Platform) -> list[Route]:
        """Return the message APIs."""
        return [
            platform.route("POST", MESSAGES_PATH, self.faults, MESSAGE_RATE, self._create),
            platform.route("POST", REPLY_PATH, self.faults, MESSAGE_RATE, self._reply),
        ]

    def _create(self, request: Request) -> dict[str, Any]:
        document, id_type = json_object(request), request.query.get("receive_id_type", "")
        if id_type not in RECEIVE_ID_TYPES:
            raise RefusedError(INVALID_FIELD, "receive_id_type is not valid", 400)
        return self._send(self._message(document, id_type, _text(document, "receive_id")))

    def _reply(self, request: Request) -> dict[str, Any]:
        document, parent = json_object(request), self.find(request.params["message_id"])
        in_thread = document.get("reply_in_thread", False)
        if not isinstance(in_thread, bool):
            raise RefusedError(INVALID_FIELD, "reply_in_thread must be a boolean", 400)
        reply = self._message(document, parent.receive_id_type, parent.receive_id)
        return self._send(
            replace(reply, parent_id=parent.message_id, in_thread=in_thread or parent.in_thread)
        )

    def _send(self, message: Message) -> dict[str, Any]:
        key = (bool(message.parent_id), message.uuid)
        known = self._by_uuid.get(key) if message.uuid else None
        if known is not None and message.time < known.time + UUID_SECONDS:
            return _answer(known)
        window = self._windows[message.receive_id]
        if window.is_full(message.time):
            raise RefusedError(ErrorCode.RATE_LIMITED, "the message triggers the rate limit", 400)
        window.add(message.time)
        self._by_uuid[key] = self._by_id[message.message_id] = message
        self.sent.append(message)
        return _answer(message)

    def _message(self, document: dict[str, Any], id_type: str, receive_id: str) -> Message:
        msg_type, content = (_text(document, name) for name in ("msg_type", "content"))
        uuid = document.get("uuid") or ""
        if not isinstance(uuid, str) or len(uuid) > MAX_UUID:
            raise RefusedError(INVALID_FIELD, f"uuid must have at most {MAX_UUID} characters", 400)
        parsed = parsed_content(msg_type, content)
        return Message(self._now(), self._next_id(), id_type, receive_id, msg_type, parsed, uuid)

    def _next_id(self) -> str:
        return f"om_{next(self._numbers):08}"


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise RefusedError(INVALID_FIELD, f"{name} is required", 400)
    return value


def parsed_content(msg_type: str, content: str) -> dict[str, Any]:
    """Return a message's content, or raise `RefusedError` for one that Lark would not send."""
    if len(content.encode("utf-8", "replace")) > (MAX_TEXT_BYTES if msg_type == "text" else MAX_CARD_BYTES):
        raise RefusedError(ErrorCode.TOO_LONG, "the message is too long", 400)
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        code = ErrorCode.BAD_CARD if msg_type == "interactive" else ErrorCode.BAD_PARAMETER
        raise RefusedError(code, "content is not a JSON object", 400)
    return parsed


def _answer(message: Message) -> dict[str, Any]:
    answer = {
        "message_id": message.message_id,
        "msg_type": message.msg_type,
        "create_time": str(int(message.time * 1000)),
        "body": {"content": json.dumps(message.content, ensure_ascii=False)},
    }
    if message.parent_id:
        answer |= {"root_id": message.parent_id, "parent_id": message.parent_id}
    if message.in_thread:
        answer["thread_id"] = f"omt_{message.parent_id.removeprefix('om_')}"
    return answer
