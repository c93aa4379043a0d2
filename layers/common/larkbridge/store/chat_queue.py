"""The queue of chat turns: in each chat one at a time, in the order of hand-over.

An SQS FIFO queue, by its documentation: messages of a group are handed out in order and no two at once; one
whose deduplication id was sent within five minutes is dropped.
"""

import bisect
import hashlib
import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from larkbridge import aws
from larkbridge.clock import to_text
from larkbridge.store.codec import decode, encode


class TurnKind(StrEnum):
    """What a person did."""

    MESSAGE = "message"
    PRESS = "press"
    MENU = "menu"
    ENTERED = "entered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Somebody whom a message names; `key` is what stands for the name in the text, such as ``@_user_1``."""

    key: str
    open_id: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatTurn:
    """What a person did in a chat, whatever event of Lark's it came as.

    Attributes
    ----------
    event_id
        The stored event's.
    open_id
        Who did it.
    chat_id, is_group, thread_id
        Where; a menu's event has no chat. A thread that began from a question to the bot in the chat itself
        is none: it belongs to the chat's group.
    sent_at
        When, as the stored text of a moment; what was stopped after it stays so.
    message_id, parent_id, message_type, content
        A message, the one that it quotes, Lark's type, and Lark's JSON text, cut to `MAX_CONTENT` characters.
    action
        What was pressed: a menu's `event_key` as `key`, or a card's value.
    resumed
        Why a question is taken up again: each reason takes it up once; empty for what is new.
    resumed_at
        When it was taken up again: how late it is, is judged by that.
    """

    kind: TurnKind
    event_id: str
    open_id: str
    sent_at: str
    chat_id: str = ""
    is_group: bool = False
    thread_id: str = ""
    message_id: str = ""
    parent_id: str = ""
    message_type: str = ""
    content: str = ""
    mentions: tuple[Mention, ...] = ()
    action: dict[str, Any] | None = None
    resumed: str = ""
    resumed_at: str = ""

    @property
    def group(self) -> str:
        """What is done one at a time: a group's chat, or its thread; a person's own chat with the bot.

        A person's chat is known by the person, since a menu's event does not name the chat.
        """
        chat = f"chat:{self.chat_id}" if self.is_group else f"person:{self.open_id}"
        return f"{chat}:{self.thread_id}" if self.thread_id else chat

    @property
    def is_overheard(self) -> bool:
        """Whether others may read what is said where it stands; a card that was pressed may be anywhere."""
        return self.is_group or self.kind is TurnKind.PRESS

    @property
    def may_stand_elsewhere(self) -> bool:
        """Whether it belongs to a person's own chat and may stand in another: a card that was forwarded."""
        return self.is_overheard and not self.is_group

    @property
    def known_by(self) -> str:
        """What its one answer is known by: a card's message is pressed any number of times."""
        match self.kind:
            case TurnKind.MESSAGE:
                return self.message_id
            case TurnKind.ENTERED:
                return f"entered:{self.open_id}"
            case _:
                return self.event_id

    @property
    def decides(self) -> str:
        """The id of the pending action that a button decides about; empty for any other turn."""
        pending = (self.action or {}).get(PENDING) if self.kind is TurnKind.PRESS else None
        return pending if isinstance(pending, str) else ""

    @property
    def deduplication_id(self) -> str:
        return f"{self.event_id}:{self.resumed}" if self.resumed else self.event_id

    def taken_up_again(self, reason: str, now: datetime) -> Self:
        """Return the turn that answers the same question once more, now that `reason` holds."""
        return replace(self, resumed=reason, resumed_at=to_text(now))

    def to_json(self) -> str:
        return json.dumps(encode(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the turn of a queue's message; raises ValueError or TypeError when it is none."""
        return decode(cls, json.loads(text))


MAX_CONTENT = 40_000
MAX_BODY = 262_144
"""Bytes that SQS takes of one message."""

OUR_ACTION = "larkbridge"
"""Where in a button's value stands what a press of it says, when the press is the agent's matter."""
PENDING = "pending"
"""Where in such a value stands the id of the pending action that the press decides about."""
PLACE_CHAT, PLACE_THREAD, PLACE_IN_GROUP = "chat", "thread", "inGroup"
"""Where in such a value stands where it was asked: the press comes after what is under way there."""
_QUEUE_ID = re.compile(r"[!-~]{1,128}")


class ChatQueue:
    """Hands turns over; at least once, and once in effect within five minutes."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, turn: ChatTurn) -> None:
        """Hand a turn over, of a very large one what fits.

        Raises
        ------
        AwsUnavailableError
            When the queue has not taken it, or may have.
        """
        aws.call(
            "sqs",
            "send_message",
            QueueUrl=self._url,
            MessageBody=_body(turn),
            MessageGroupId=_queue_id(turn.group),
            MessageDeduplicationId=_queue_id(turn.deduplication_id),
        )


def _body(turn: ChatTurn) -> str:
    """Return a turn as a message that SQS takes: without what is too much, the mentions' names first."""
    body = turn.to_json()
    if _bytes_of(body) <= MAX_BODY:
        return body
    turn = replace(turn, mentions=tuple(replace(mention, name="") for mention in turn.mentions))
    while (room := MAX_BODY + 1 - _bytes_of(replace(turn, content="x").to_json())) < 0 and turn.mentions:
        turn = replace(turn, mentions=turn.mentions[: len(turn.mentions) * 9 // 10])
    content = turn.content
    fits = bisect.bisect_right(range(len(content)), room, key=lambda end: _cost(content[: end + 1]))
    return replace(turn, content=content[:fits]).to_json()


def _cost(text: str) -> int:
    """Return what a text adds to a JSON text."""
    return _bytes_of(json.dumps(text, ensure_ascii=False)) - 2


def _bytes_of(text: str) -> int:
    return len(text.encode())


def _queue_id(text: str) -> str:
    """Return an id as SQS takes it: up to 128 characters of ASCII without spaces; of any other a hash."""
    return text if _QUEUE_ID.fullmatch(text) else hashlib.sha256(text.encode()).hexdigest()
