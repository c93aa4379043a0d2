"""Chats: what people do in them, and the events that Lark sends of it.

Source: open platform documentation, "Receive message", "Message recalled", "User enters the chat with the
bot", "Custom menu event" and "Card callback communication"; of a group the app hears what mentions its bot.
What they leave open, and is assumed here: a person's chat with the bot is named after the person, and is
there from the start.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.lark.bot import Bot
from sandbox.lark.cards import CardUpdates
from sandbox.lark.contacts import Directory, Person
from sandbox.lark.envelope import RefusedError
from sandbox.lark.event_push import TENANT_KEY, EventPush
from sandbox.lark.message_codes import ErrorCode
from sandbox.lark.messages import Message, MessageBox
from sandbox.lark.words import words_of

P2P = "oc_p2p_"
BOT_NAME = "Larkbridge"
_MENTION = re.compile(r"@(bot|ou_\w+)")


@dataclass(frozen=True, slots=True)
class Group:
    """A group that the bot is in; `members` are open ids."""

    chat_id: str
    name: str
    members: Sequence[str]


class Chats:
    """What people do in chats with the bot.

    Attributes
    ----------
    groups
        By their ids.
    """

    def __init__(
        self,
        now: Callable[[], float],
        box: MessageBox,
        cards: CardUpdates,
        bot: Bot,
        directory: Directory,
        push: EventPush,
    ) -> None:
        self.groups: dict[str, Group] = {}
        self._now = now
        self._box = box
        self._cards = cards
        self._bot = bot
        self._directory = directory
        self._push = push

    def enter(self, open_id: str) -> None:
        """Let a person open their chat with the bot."""
        ids = {"operator_id": self._ids(open_id)}
        self._push.add("im.chat.access_event.bot_p2p_chat_entered_v1", {"chat_id": P2P + open_id, **ids})

    def say(self, chat_id: str, open_id: str, text: str, *, reply_to: str = "") -> str:
        """Let a person write to a chat, and return the message's id.

        Parameters
        ----------
        text
            Mentions the bot as ``@bot``, and a person by ``@`` and their open id.
        reply_to
            The id of the message that it answers, if any, in its thread if there is one.
        """
        mentions: list[dict[str, Any]] = []

        def key_of(found: re.Match[str]) -> str:
            mentioned = self._bot.open_id if found[1] == "bot" else found[1]
            name = BOT_NAME if found[1] == "bot" else self._person(mentioned).name
            ids = {"open_id": mentioned} if found[1] == "bot" else self._ids(mentioned)
            key = f"@_user_{len(mentions) + 1}"
            mentions.append({"key": key, "id": ids, "name": name, "tenant_key": TENANT_KEY})
            return key

        content = {"text": _MENTION.sub(key_of, text)}
        return self.send(chat_id, open_id, "text", content, mentions=mentions, reply_to=reply_to)

    def send(
        self,
        chat_id: str,
        open_id: str,
        msg_type: str,
        content: Mapping[str, Any],
        *,
        mentions: Sequence[dict[str, Any]] = (),
        reply_to: str = "",
    ) -> str:
        """Let a person send a message of any type, and return its id."""
        self._require_member(chat_id, open_id)
        place: dict[str, str] = {}
        if reply_to:
            parent = self._box.reachable(reply_to)
            root_id = parent.root_id or parent.message_id
            place = {"parent_id": reply_to, "root_id": root_id, "thread_id": parent.thread_id}
        fields = {"msg_type": msg_type, "content": content, "mentions": mentions, "sender": open_id, **place}
        message_id = self._box.receive(chat_id, "", **fields)
        message = self._box.find(message_id)
        if chat_id not in self.groups or any(
            one["id"]["open_id"] == self._bot.open_id for one in message.mentions
        ):
            self._push.add("im.message.receive_v1", self._received(message))
        return message_id

    def recall(self, message_id: str) -> None:
        """Let a person take a message back."""
        message = self._box.find(message_id)
        self._box.recalled.add(message_id)
        moment = str(int(self._now() * 1000))
        event = {"message_id": message_id, "chat_id": message.chat_id, "recall_time": moment}
        self._push.add("im.message.recalled_v1", {**event, "recall_type": "message_owner"})

    def choose(self, open_id: str, key: str) -> None:
        """Let a person choose an entry of the bot's menu."""
        person = self._person(open_id)
        operator = {"operator_name": person.name, "operator_id": self._ids(open_id)}
        event = {"operator": operator, "event_key": key, "timestamp": int(self._now() * 1000)}
        self._push.add("application.bot.menu_v6", event)

    def press(self, open_id: str, message_id: str, label: str) -> int:
        """Let a person press a button of a card; return the HTTP status that the press was answered with."""
        message = self._box.reachable(message_id)
        shown = buttons(self._box.shown(message))
        button = next((one for one in shown if one["text"]["content"] == label), None)
        if message.msg_type != "interactive" or button is None:
            raise RefusedError(ErrorCode.BAD_PARAMETER, words_of(ErrorCode.BAD_PARAMETER), 400)
        event = {
            "operator": {"tenant_key": TENANT_KEY, **self._ids(open_id)},
            "token": self._cards.press(message_id),
            "action": {"value": button["value"], "tag": "button"},
            "host": "im_message",
            "context": {"open_message_id": message_id, "open_chat_id": message.chat_id},
        }
        return self._push.call_back("card.action.trigger", event)

    def _received(self, message: Message) -> dict[str, Any]:
        sender = {
            "sender_id": self._ids(message.sender),
            "sender_type": "user",
            "tenant_key": TENANT_KEY,
        }
        document: dict[str, Any] = {
            "message_id": message.message_id,
            "create_time": str(int(message.time * 1000)),
            "chat_id": message.chat_id,
            "chat_type": "group" if message.chat_id in self.groups else "p2p",
            "message_type": message.msg_type,
            "content": json.dumps(message.content, ensure_ascii=False),
        }
        places = {name: getattr(message, name) for name in ("root_id", "parent_id", "thread_id")}
        document |= {name: place for name, place in places.items() if place}
        if message.mentions:
            document["mentions"] = list(message.mentions)
        return {"sender": sender, "message": document}

    def _require_member(self, chat_id: str, open_id: str) -> None:
        group = self.groups.get(chat_id)
        if group is None and chat_id != P2P + open_id:
            raise RefusedError(ErrorCode.BAD_PARAMETER, "there is no such chat", 400)
        if group is not None and open_id not in group.members:
            raise RefusedError(ErrorCode.BAD_PARAMETER, "the person is not in the group", 400)

    def _person(self, open_id: str) -> Person:
        person = next((one for one in self._directory.people if one.open_id == open_id), None)
        if person is None:
            raise RefusedError(ErrorCode.BAD_PARAMETER, "there is no such person", 400)
        return person

    def _ids(self, open_id: str) -> dict[str, str]:
        person = self._person(open_id)
        return {"open_id": person.open_id, "union_id": person.union_id, "user_id": person.user_id}


def buttons(card: Any) -> list[dict[str, Any]]:
    """Return the buttons of a card, in their order."""
    if isinstance(card, list):
        return [button for element in card for button in buttons(element)]
    if not isinstance(card, dict):
        return []
    if card.get("tag") == "button":
        return [card]
    return [button for element in card.values() for button in buttons(element)]
