"""Cards that are already with people, changed.

Protocol (open platform documentation, "Delay update message card" and "Update the message card sent by the
app"): a press hands over a token that is good for 30 minutes and at most two updates (one page says three),
and only after the press itself has been answered. A card is changed by its message for 14 days, and only if
both the card that was sent and the new one say ``config.update_multi``.
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from larkbridge.lark.api_values import segment
from larkbridge.lark.client import LarkClient


class Cards:
    """The bot's cards. Each method raises `LarkApiError`; the same change again changes nothing.

    Attributes
    ----------
    SCOPES
        Which scopes each method needs.
    """

    SCOPES: ClassVar[Mapping[str, tuple[str, ...]]] = {"update": (), "patch": ("im:message:update",)}

    def __init__(self, client: LarkClient) -> None:
        self._client = client

    def update(self, token: str, card: Mapping[str, Any]) -> None:
        """Replace the card that was pressed; each try that reaches Lark uses the token up by one.

        Parameters
        ----------
        token
            The update token that came with the press.
        card
            Names as ``open_ids`` for whom it changes, unless everybody sees the same card.
        """
        self._client.call("POST", "/interactive/v1/card/update", body={"token": token, "card": card})

    def patch(self, message_id: str, card: Mapping[str, Any]) -> None:
        """Replace the card of a message for everybody."""
        content = json.dumps(card, ensure_ascii=False)
        self._client.call("PATCH", f"/im/v1/messages/{segment(message_id)}", body={"content": content})
