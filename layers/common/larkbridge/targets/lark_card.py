"""Tells people and chats in Lark, by card."""

import re
from collections.abc import Mapping, Sequence
from copy import replace
from datetime import timedelta
from typing import Any, ClassVar

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.messages import Messages, plain_card
from larkbridge.store.deliveries import Delivery
from larkbridge.targets.policies import DELIVERY
from larkbridge.targets.target import Origin
from larkbridge.work.attempts import Attempted
from larkbridge.work.outcome import Outcome, Verdict
from larkbridge.work.policy import Policy


class LarkCard:
    """Sends cards; Lark takes one of each id within an hour."""

    name: ClassVar[str] = "lark-card"
    policy: ClassVar[Policy] = replace(DELIVERY, token_window=timedelta(hours=1))

    def __init__(self, messages: Messages, *, configured: bool) -> None:
        self._messages = messages
        self.configured = configured

    def requests_per_second(self) -> int:
        return 5

    def send(self, delivery: Delivery) -> Outcome:
        content = delivery.content
        words = content["title"], content["text"]
        card = plain_card(*words, colour=content["colour"], buttons=content.get("buttons"))
        receiver = content["receiveId"], content["receiveIdType"]
        try:
            self._messages.send_card(*receiver, card, delivery.delivery_id)
        except LarkApiError as error:
            return error.outcome
        return Outcome(verdict=Verdict.OK, reason="sent")

    def follow_ups(self, delivery: Delivery, attempted: Attempted) -> Sequence[Delivery]:
        return []


def cards_to(user_id: str, title: str, text: str, colour: str, origin: Origin) -> list[Delivery]:
    """Return the delivery of a card to a user, by whichever kind of id; none to what is no id."""
    if not _is_id(user_id):
        return []
    receiver = {"receiveId": user_id, "receiveIdType": _id_type(user_id)}
    return [_delivery(receiver, title, text, colour, origin)]


def card_to_chat(
    chat_id: str,
    title: str,
    text: str,
    colour: str,
    origin: Origin,
    buttons: Mapping[str, Mapping[str, Any]] | None = None,
) -> Delivery:
    """Return the delivery of a card to a chat that the bot is in, with the values of its buttons by label."""
    receiver: dict[str, Any] = {"receiveId": chat_id, "receiveIdType": "chat_id"}
    return _delivery(receiver | ({"buttons": buttons} if buttons else {}), title, text, colour, origin)


def _delivery(receiver: dict[str, Any], title: str, text: str, colour: str, origin: Origin) -> Delivery:
    return origin.delivery(LarkCard, "lark-api", {**receiver, "title": title, "text": text, "colour": colour})


def _is_id(user_id: str) -> bool:
    """Tell an id from a name, which an automation may send in its place."""
    return re.fullmatch(r"[A-Za-z0-9_-]{1,64}", user_id) is not None


def _id_type(user_id: str) -> str:
    """Tell the kinds of ids apart by their prefixes (Lark docs, "User-related ID concepts")."""
    return {"ou_": "open_id", "on_": "union_id"}.get(user_id[:3], "user_id")
