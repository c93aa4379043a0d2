"""The app's bot itself.

Protocol (open platform documentation, "Obtain bot info"): the answer is flat, without ``data``.
"""

from collections.abc import Mapping
from typing import ClassVar

from larkbridge.lark.api_values import incomplete
from larkbridge.lark.client import LarkClient


class Bot:
    """Who the bot is. Each method raises `LarkApiError`.

    Attributes
    ----------
    SCOPES
        Which scopes each method needs.
    """

    SCOPES: ClassVar[Mapping[str, tuple[str, ...]]] = {"open_id": ()}

    def __init__(self, client: LarkClient) -> None:
        self._client = client

    def open_id(self) -> str:
        """Return the bot's own open id, by which others mention it."""
        match self._client.whole("GET", "/bot/v3/info"):
            case {"bot": {"open_id": str(open_id)}} if open_id:
                return open_id
        raise incomplete("the answer has no bot")
