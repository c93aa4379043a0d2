"""Messages of the app's bot.

Source: open platform documentation, "Send a message": its limits, and the error codes it answers with HTTP
400. What it leaves open, and is assumed here:

* a `uuid` that has sent a message within the hour gets that message's answer again;
* any receiver exists.
"""

import itertools
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sandbox.faults import FaultSwitch
from sandbox.lark.platform import INVALID_FIELD, Platform, RefusedError, json_object
from sandbox.rate import RateWindow
from sandbox.routing import Request, Route

MESSAGES_PATH = "/open-apis/im/v1/messages"
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
    """A message that was sent; `content` is parsed."""

    time: float
    message_id: str
    receive_id_type: str
    receive_id: str
    msg_type: str
    content: Any
    uuid: str


class MessageBox:
    """Everyone's messages from the bot, in `sent`, oldest first."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.faults = FaultSwitch()
        self.sent: list[Message] = []
        self._now = now
        self._numbers = itertools.count(1)
        self._by_uuid: dict[str, Message] = {}
        self._windows = defaultdict[str, RateWindow](lambda: RateWindow(RECEIVER_RATE))

    def routes(self, platform: Platform) -> list[Route]:
        """Return the message APIs."""
        return [platform.route("POST", MESSAGES_PATH, self.faults, MESSAGE_RATE, self._create)]

    def _create(self, request: Request) -> dict[str, Any]:
        message = self._message(request)
        known = self._by_uuid.get(message.uuid) if message.uuid else None
        if known is not None and message.time < known.time + UUID_SECONDS:
            return _answer(known)
        window = self._windows[message.receive_id]
        if window.is_full(message.time):
            raise RefusedError(ErrorCode.RATE_LIMITED, "the message triggers the rate limit", 400)
        window.add(message.time)
        self._by_uuid[message.uuid] = message
        self.sent.append(message)
        return _answer(message)

    def _message(self, request: Request) -> Message:
        document, id_type = json_object(request), request.query.get("receive_id_type", "")
        receive_id, msg_type, content = (
            _text(document, name) for name in ("receive_id", "msg_type", "content")
        )
        uuid = document.get("uuid") or ""
        if id_type not in RECEIVE_ID_TYPES:
            raise RefusedError(INVALID_FIELD, "receive_id_type is not valid", 400)
        if not isinstance(uuid, str) or len(uuid) > MAX_UUID:
            raise RefusedError(INVALID_FIELD, f"uuid must have at most {MAX_UUID} characters", 400)
        parsed = _content(msg_type, content)
        number = next(self._numbers)
        return Message(self._now(), f"om_{number:08}", id_type, receive_id, msg_type, parsed, uuid)


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise RefusedError(INVALID_FIELD, f"{name} is required", 400)
    return value


def _content(msg_type: str, content: str) -> dict[str, Any]:
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
    return {
        "message_id": message.message_id,
        "msg_type": message.msg_type,
        "create_time": str(int(message.time * 1000)),
        "body": {"content": json.dumps(message.content, ensure_ascii=False)},
    }
