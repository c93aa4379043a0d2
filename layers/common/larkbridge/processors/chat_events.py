"""What people do in chats with the bot: handed over to the chat agent, one chat at a time.

Protocol (Lark docs, "Receive message", "Recall message", "User enters the chat with the bot", "Bot custom
menu", "Card callback communication"; of version 1 "Receive messages sent by users"): each event has its
person at another place and its time in another unit. A message comes in version 1 too where both are
subscribed; its mentions are tags in the text there.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from larkbridge.clock import from_text, to_text
from larkbridge.processors.payload_fields import NAME, Fields, moment_told
from larkbridge.processors.stop_words import stop_in
from larkbridge.processors.subscriber import Handles, Incoming, NothingToDoError, Resources
from larkbridge.store.chat_queue import (
    MAX_CONTENT,
    OUR_ACTION,
    PLACE_CHAT,
    PLACE_IN_GROUP,
    PLACE_THREAD,
    ChatQueue,
    ChatTurn,
    Mention,
    TurnKind,
)
from larkbridge.store.conversations import ConversationStore
from larkbridge.store.deliveries import Delivery
from larkbridge.text import storable

MAX_MENTIONS, MAX_NAMES = 1_000, 300
"""Lark says of no mention that it is the bot: it may be the last of many. Only the first have names."""
_MAX_ID, _MAX_NAME = 200, 60
_TO_ITS_END = timedelta(milliseconds=999)
_V1_MENTION = re.compile(r'<at (?:open|user)_id="([^"<>]{1,200})">@?([^<]{0,200})</at>')


class ChatEvents:
    """Hands over what people do; their event is processed when the queue has it.

    What stops or recalls an earlier turn is noted at once, since in the queue it would wait behind that turn.
    """

    def __init__(self, queue: ChatQueue, conversations: ConversationStore) -> None:
        self._queue = queue
        self._conversations = conversations

    def message(self, incoming: Incoming) -> Sequence[Delivery]:
        """Hand over a person's message; in a group only one that mentions somebody."""
        fields = Fields(incoming.document).object("event")
        sender, message = fields.object("sender"), fields.object("message")
        if sender.text("sender_type", NAME, "user") != "user":
            raise NothingToDoError("not_a_person")
        _insist_on_own_tenant(incoming, sender)
        turn = ChatTurn(
            kind=TurnKind.MESSAGE,
            event_id=incoming.event.event_id,
            open_id=sender.object("sender_id").text("open_id", NAME),
            sent_at=_sent_at(incoming, message.values.get("create_time")),
            chat_id=message.text("chat_id", NAME),
            is_group=message.text("chat_type", NAME) != "p2p",
            thread_id=message.text("thread_id", NAME, ""),
            message_id=message.text("message_id", NAME),
            parent_id=message.text("parent_id", NAME, ""),
            message_type=message.text("message_type", NAME),
            content=_content(message.values.get("content")),
            mentions=_mentions(message.values.get("mentions")),
        )
        return self._hand_over(self._where_it_began(turn, message.text("root_id", NAME, "")))

    def message_of_version_1(self, incoming: Incoming) -> Sequence[Delivery]:
        """Hand over the same message as `message` does; of other types than text there is only the type.

        Of a post there is at most its text, which is handed over as one.
        """
        message = Fields(incoming.document).object("event")
        message_type, text = message.text("msg_type", NAME), _content(message.values.get("text"))
        if message_type == "post" and text:
            message_type = "text"
        turn = ChatTurn(
            kind=TurnKind.MESSAGE,
            event_id=incoming.event.event_id,
            open_id=message.text("open_id", NAME),
            sent_at=_sent_at(incoming, incoming.document.get("ts")),
            chat_id=message.text("open_chat_id", NAME),
            is_group=message.text("chat_type", NAME) != "private",
            message_id=message.text("open_message_id", NAME),
            parent_id=message.text("parent_id", NAME, ""),
            message_type=message_type,
            content=_content(json.dumps({"text": text}, ensure_ascii=False)) if text else "",
            mentions=tuple(
                Mention(key=found[0], open_id=found[1], name=found[2][:_MAX_NAME])
                for found in [*_V1_MENTION.finditer(text)][:MAX_MENTIONS]
            ),
        )
        return self._hand_over(turn)

    def press(self, incoming: Incoming) -> Sequence[Delivery]:
        """Hand over a press on a button of the agent's, to the chat that the button names, or where it is."""
        fields = Fields(incoming.document).object("event")
        value = fields.object("action").values.get("value")
        if not (isinstance(value, dict) and OUR_ACTION in value):
            raise NothingToDoError("not_the_agents_button")
        _insist_on_own_tenant(incoming, fields.object("operator"))
        context, asked = fields.object("context", {}), Fields(value)
        turn = ChatTurn(
            kind=TurnKind.PRESS,
            event_id=incoming.event.event_id,
            open_id=fields.object("operator").text("open_id", NAME),
            sent_at=_sent_at(incoming, _header(incoming).get("create_time")),
            chat_id=asked.text(PLACE_CHAT, NAME, "") or context.text("open_chat_id", NAME, ""),
            is_group=value.get(PLACE_IN_GROUP) is True,
            thread_id=asked.text(PLACE_THREAD, NAME, ""),
            message_id=context.text("open_message_id", NAME, ""),
            action={name: part for name, part in value.items() if name != "card"},
        )
        return self._hand_over(turn)

    def menu(self, incoming: Incoming) -> Sequence[Delivery]:
        """Hand over what was chosen in the bot's menu, whose event names no chat.

        Its time may be in whole seconds: what was asked in the same second was asked before.
        """
        fields = Fields(incoming.document).object("event")
        sent_at = moment_told(fields.values.get("timestamp"), from_text(incoming.event.received_at))
        turn = ChatTurn(
            kind=TurnKind.MENU,
            event_id=incoming.event.event_id,
            open_id=fields.object("operator").object("operator_id").text("open_id", NAME),
            sent_at=to_text(sent_at if sent_at.microsecond else sent_at + _TO_ITS_END),
            action={"key": fields.text("event_key", NAME)},
        )
        return self._hand_over(turn)

    def entered(self, incoming: Incoming) -> Sequence[Delivery]:
        """Hand over that a person has opened their chat with the bot."""
        fields = Fields(incoming.document).object("event")
        turn = ChatTurn(
            kind=TurnKind.ENTERED,
            event_id=incoming.event.event_id,
            open_id=fields.object("operator_id").text("open_id", NAME),
            sent_at=_sent_at(incoming, _header(incoming).get("create_time")),
            chat_id=fields.text("chat_id", NAME, ""),
        )
        return self._hand_over(turn)

    def recalled(self, incoming: Incoming) -> Sequence[Delivery]:
        """Note that a message was recalled."""
        message_id = Fields(incoming.document).object("event").text("message_id", NAME)
        self._conversations.recall(message_id, from_text(incoming.event.received_at))
        return ()

    def _where_it_began(self, turn: ChatTurn, root_id: str) -> ChatTurn:
        """Return a turn in the group of the question that its thread began from, if it was one to the bot.

        So what follows an answer waits behind it, stops it and remembers it. One request in a group's thread.
        """
        if not (turn.is_group and turn.thread_id and root_id and turn.mentions):
            return turn
        in_chat = replace(turn, thread_id="")
        return in_chat if self._conversations.group_of(root_id) == in_chat.group else turn

    def _hand_over(self, turn: ChatTurn) -> Sequence[Delivery]:
        """Hand a turn over; one that stops others is noted first, and is handed over to be confirmed."""
        if turn.kind is TurnKind.MESSAGE and turn.is_group and not turn.mentions:
            raise NothingToDoError("not_mentioned")
        if stop_in(turn):
            self._conversations.stop(turn)
        self._queue.send(turn)
        return ()


def subscribers(resources: Resources) -> Sequence[Handles]:
    chats = ChatEvents(resources.chat_queue, resources.conversations)
    return [
        Handles("lark", ("im.message.receive_v1",), chats.message),
        Handles("lark", ("message",), chats.message_of_version_1),
        Handles("lark", ("im.message.recalled_v1",), chats.recalled),
        Handles("lark", ("im.chat.access_event.bot_p2p_chat_entered_v1",), chats.entered),
        Handles("lark", ("application.bot.menu_v6",), chats.menu),
        Handles("lark-card", ("card.action.trigger",), chats.press),
    ]


def _sent_at(incoming: Incoming, told: Any) -> str:
    return to_text(moment_told(told, from_text(incoming.event.received_at)))


def _header(incoming: Incoming) -> Mapping[str, Any]:
    return Fields(incoming.document).object("header", {}).values


def _insist_on_own_tenant(incoming: Incoming, person: Fields) -> None:
    """Raise NothingToDoError for somebody of another tenant, such as in a group that several share."""
    if person.text("tenant_key", NAME, "") not in ("", _header(incoming).get("tenant_key")):
        raise NothingToDoError("another_tenant")


def _content(value: Any) -> str:
    return storable(value, MAX_CONTENT) if isinstance(value, str) else ""


def _mentions(told: Any) -> tuple[Mention, ...]:
    """Return whom a message mentions; what is no mention costs nothing."""
    mentions = told[:MAX_MENTIONS] if isinstance(told, list) else []
    return tuple(
        _mention(mention, _MAX_NAME if number < MAX_NAMES else 0)
        for number, mention in enumerate(mentions)
        if isinstance(mention, dict)
    )


def _mention(told: Mapping[str, Any], name_length: int) -> Mention:
    """Return a mention; that of everybody has no id."""
    ids = told.get("id")
    return Mention(
        key=_id(told.get("key")),
        open_id=_id(ids.get("open_id") if isinstance(ids, dict) else ids),
        name=_content(told.get("name"))[:name_length],
    )


def _id(value: Any) -> str:
    return storable(value) if isinstance(value, str) and len(value) <= _MAX_ID else ""
