"""Messages that the app's bot sends.

Protocol (open platform documentation, "Send a message" and "Card components, text"): the content of a message
is a JSON string; one `uuid` of at most 50 characters sends one message an hour; ``plain_text`` in a card is
shown as it is, without markup or mentions.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from larkbridge.lark.client import LarkClient
from larkbridge.lark.limits import MESSAGE_UUID_LENGTH

MAX_TITLE = 200
MAX_TEXT = 4_000


def plain_card(title: str, text: str, *, colour: str = "blue") -> dict[str, Any]:
    """Return a card whose words may come from anyone; what is longer than Lark takes is cut."""
    return {
        "header": {"template": colour, "title": _plain(title[:MAX_TITLE])},
        "elements": [{"tag": "div", "text": _plain(text[:MAX_TEXT])}],
    }


class Messages:
    """The bot's messages."""

    def __init__(self, client: LarkClient) -> None:
        self._client = client

    def send_card(self, receive_id: str, receive_id_type: str, card: Mapping[str, Any], uuid: str) -> str:
        """Send a card and return the message's id; at least once, and once in effect within an hour.

        Parameters
        ----------
        receive_id_type
            ``open_id``, ``user_id``, ``union_id``, ``email`` or ``chat_id``.
        uuid
            Any text that is the same for every try of the same message.

        Raises
        ------
        LarkApiError
            When Lark did not send it, or may have.
        """
        data = self._client.call(
            "POST",
            "/im/v1/messages",
            query={"receive_id_type": receive_id_type},
            body={
                "receive_id": receive_id,
                "msg_type": "interactive",
                "content": json.dumps(card, ensure_ascii=False),
                "uuid": _bounded(uuid),
            },
        )
        return str(data.get("message_id", ""))


def _plain(text: str) -> dict[str, str]:
    return {"tag": "plain_text", "content": text}


def _bounded(uuid: str) -> str:
    if len(uuid) <= MESSAGE_UUID_LENGTH:
        return uuid
    return hashlib.sha256(uuid.encode()).hexdigest()[:MESSAGE_UUID_LENGTH]
