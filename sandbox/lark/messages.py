"""Messages of the app's bot, and those that people write to it.

Source: open platform documentation, "Send a message", "Reply message", "Obtain the content of the specified
message" and "Recall message": their limits, and the error codes they answer with HTTP 400. What they leave
open, and is assumed here:

* a `uuid` that has sent a message within the hour gets that message's answer again;
* sending and replying know their own uuids;
* any receiver exists, and a message that does not is a bad parameter;
* a message that was recalled is still fetched, marked as deleted and without its words;
* recalling one again says that it is deleted.
"""

import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.faults import FaultSwitch
from sandbox.lark.envelope import INVALID_FIELD, RefusedError, json_object
from sandbox.lark.message_codes import ErrorCode
from sandbox.lark.message_content import parsed_content, require_no_personal_data, required_text
from sandbox.lark.platform import Platform
from sandbox.lark.scopes import READ_MESSAGES, RECALL_MESSAGES, SEND_MESSAGES
from sandbox.lark.words import words_of
from sandbox.rate import RateWindow
from sandbox.routing import Request, Route

MESSAGES_PATH = "/open-apis/im/v1/messages"
MESSAGE_PATH = f"{MESSAGES_PATH}/{{message_id}}"
REPLY_PATH = f"{MESSAGE_PATH}/reply"
RECEIVE_ID_TYPES = frozenset({"open_id", "user_id", "union_id", "email", "chat_id"})
MAX_UUID = 50
UUID_SECONDS = 60 * 60
RECALL_SECONDS = 24 * 60 * 60
MESSAGE_RATE = 50
RECEIVER_RATE = 5


@dataclass(frozen=True, slots=True)
class Message:
    """A message; `content` is parsed, a reply has a `parent_id`, a person's has their id as `sender`."""

    time: float
    message_id: str
    receive_id_type: str
    receive_id: str
    msg_type: str
    content: Any
    uuid: str
    parent_id: str = ""
    in_thread: bool = False
    thread_id: str = ""
    root_id: str = ""
    sender: str = ""
    mentions: Sequence[dict[str, Any]] = ()

    @property
    def chat_id(self) -> str:
        """The chat that it is in; a person's own chat with the bot has a name of its own."""
        return self.receive_id if self.receive_id_type == "chat_id" else f"oc_p2p_{self.receive_id}"


class MessageBox:
    """Everyone's messages from the bot, in `sent`, oldest first.

    Attributes
    ----------
    recalled
        The ids of messages that were recalled, by whomever.
    refusals
        The code that a receiver or chat answers with, whatever the bot does there: it was muted or put out
        of the group, or the group is no more.
    threadless
        The chats that have no threads.
    changed
        The cards that messages show in place of those that were sent.
    audits
        The tenant refuses messages with phone numbers or addresses.
    """

    def __init__(self, now: Callable[[], float], app_id: str) -> None:
        self.faults = FaultSwitch()
        self.sent: list[Message] = []
        self.recalled: set[str] = set()
        self.changed: dict[str, Any] = {}
        self.refusals: dict[str, int] = {}
        self.threadless: set[str] = set()
        self.audits = False
        self._now = now
        self._app_id = app_id
        self._numbers = itertools.count(1)
        self._by_id: dict[str, Message] = {}
        self._by_uuid: dict[tuple[bool, str], Message] = {}
        self._windows = defaultdict[str, RateWindow](lambda: RateWindow(RECEIVER_RATE))

    def receive(self, chat_id: str, text: str, **fields: Any) -> str:
        """Let a person write to a chat, and return the message's id; `fields` are those of `Message`."""
        given = {"msg_type": "text", "content": {"text": text}, "uuid": "", "sender": "ou_1", **fields}
        message = Message(self._now(), self._next_id(), "chat_id", chat_id, **given)
        self._by_id[message.message_id] = message
        return message.message_id

    @property
    def all(self) -> list[Message]:
        """Everybody's messages, people's too, oldest first."""
        return list(self._by_id.values())

    def find(self, message_id: str) -> Message:
        """Return anybody's message, or raise `RefusedError`."""
        if message_id not in self._by_id:
            raise RefusedError(ErrorCode.BAD_PARAMETER, "invalid message_id", 400)
        return self._by_id[message_id]

    def reachable(self, message_id: str) -> Message:
        """Return a message that is still there, in a chat where the bot may do something."""
        message = self.find(message_id)
        self._require_open(message)
        if message_id in self.recalled:
            raise _refused(ErrorCode.RECALLED)
        return message

    def shown(self, message: Message) -> Any:
        """Return the content of a message as everybody sees it now."""
        return self.changed.get(message.message_id, message.content)

    def require_audit(self, content: Any) -> None:
        """Refuse what the tenant's audit would not let pass."""
        if self.audits:
            require_no_personal_data(content)

    def routes(self, platform: Platform) -> list[Route]:
        """Return the message APIs."""
        send, faults = SEND_MESSAGES, self.faults
        return [
            platform.route("POST", MESSAGES_PATH, faults, MESSAGE_RATE, self._create, scopes=send),
            platform.route("POST", REPLY_PATH, faults, MESSAGE_RATE, self._reply, scopes=send),
            platform.route("GET", MESSAGE_PATH, faults, MESSAGE_RATE, self._get, scopes=READ_MESSAGES),
            platform.route(
                "DELETE", MESSAGE_PATH, faults, MESSAGE_RATE, self._recall, scopes=RECALL_MESSAGES
            ),
        ]

    def _create(self, request: Request) -> dict[str, Any]:
        document, id_type = json_object(request), request.query.get("receive_id_type", "")
        if id_type not in RECEIVE_ID_TYPES:
            raise RefusedError(INVALID_FIELD, "receive_id_type is not valid", 400)
        return self._send(self._message(document, id_type, required_text(document, "receive_id")))

    def _reply(self, request: Request) -> dict[str, Any]:
        document, parent = json_object(request), self.reachable(request.params["message_id"])
        in_thread = document.get("reply_in_thread", False)
        if not isinstance(in_thread, bool):
            raise RefusedError(INVALID_FIELD, "reply_in_thread must be a boolean", 400)
        reply = self._message(document, parent.receive_id_type, parent.receive_id)
        root_id, thread_id = parent.root_id or parent.message_id, parent.thread_id
        if in_thread and not thread_id:
            if parent.receive_id in self.threadless:
                raise _refused(ErrorCode.NO_THREADS)
            thread_id = f"omt_{root_id.removeprefix('om_')}"
        place = {"parent_id": parent.message_id, "root_id": root_id, "thread_id": thread_id}
        return self._send(replace(reply, in_thread=bool(thread_id), **place))

    def _get(self, request: Request) -> dict[str, Any]:
        message = self.find(request.params["message_id"])
        self._require_open(message)
        return {"items": [self._answer(message)]}

    def _recall(self, request: Request) -> dict[str, Any]:
        message = self.find(request.params["message_id"])
        self._require_open(message)
        if message.sender:
            raise _refused(ErrorCode.NOT_OURS_TO_RECALL)
        if message.message_id in self.recalled:
            raise _refused(ErrorCode.DELETED)
        if self._now() >= message.time + RECALL_SECONDS:
            raise _refused(ErrorCode.TOO_OLD_TO_RECALL)
        self.recalled.add(message.message_id)
        return {}

    def _send(self, message: Message) -> dict[str, Any]:
        key = (bool(message.parent_id), message.uuid)
        known = self._by_uuid.get(key) if message.uuid else None
        if known is not None and message.time < known.time + UUID_SECONDS:
            return self._answer(known)
        self._require_open(message)
        self.require_audit(message.content)
        window = self._windows[message.receive_id]
        if window.is_full(message.time):
            raise RefusedError(ErrorCode.RATE_LIMITED, "the message triggers the rate limit", 400)
        window.add(message.time)
        self._by_uuid[key] = self._by_id[message.message_id] = message
        self.sent.append(message)
        return self._answer(message)

    def _message(self, document: dict[str, Any], id_type: str, receive_id: str) -> Message:
        msg_type, content = (required_text(document, name) for name in ("msg_type", "content"))
        uuid = document.get("uuid") or ""
        if not isinstance(uuid, str) or len(uuid) > MAX_UUID:
            raise RefusedError(INVALID_FIELD, f"uuid must have at most {MAX_UUID} characters", 400)
        parsed = parsed_content(msg_type, content)
        return Message(self._now(), self._next_id(), id_type, receive_id, msg_type, parsed, uuid)

    def _require_open(self, message: Message) -> None:
        code = self.refusals.get(message.receive_id)
        if code is not None:
            raise _refused(code)

    def _next_id(self) -> str:
        return f"om_{next(self._numbers):08}"

    def _answer(self, message: Message) -> dict[str, Any]:
        is_deleted = message.message_id in self.recalled
        content = {"text": "This message was recalled"} if is_deleted else self.shown(message)
        is_person = bool(message.sender)
        answer = {
            "message_id": message.message_id,
            "msg_type": message.msg_type,
            "create_time": str(int(message.time * 1000)),
            "chat_id": message.chat_id,
            "deleted": is_deleted,
            "updated": message.message_id in self.changed,
            "sender": {
                "id": message.sender or self._app_id,
                "id_type": "open_id" if is_person else "app_id",
                "sender_type": "user" if is_person else "app",
            },
            "body": {"content": json.dumps(content, ensure_ascii=False)},
        }
        places = {name: getattr(message, name) for name in ("root_id", "parent_id", "thread_id")}
        answer |= {name: place for name, place in places.items() if place}
        return answer | ({"mentions": list(message.mentions)} if message.mentions else {})


def _refused(code: int) -> RefusedError:
    return RefusedError(code, words_of(code), 400)
