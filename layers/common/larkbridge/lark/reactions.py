"""Reactions to messages.

Protocol (open platform documentation, "Add a reaction for a message" and "Delete a reaction for a message"):
emoji are named as Lark writes them; a reaction is removed by its id, by whoever added it.
"""

from collections.abc import Mapping
from typing import ClassVar

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.api_values import incomplete, segment
from larkbridge.lark.client import LarkClient
from larkbridge.lark.error_codes import REACTION_NOT_FOUND

TYPING = "Typing"
ONE_SECOND = "OneSecond"
DONE = "DONE"


class Reactions:
    """The bot's reactions. Each method raises `LarkApiError`.

    Attributes
    ----------
    SCOPES
        Which scopes each method needs.
    """

    SCOPES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "add": ("im:message.reactions:write_only",),
        "remove": ("im:message.reactions:write_only",),
    }

    def __init__(self, client: LarkClient) -> None:
        self._client = client

    def add(self, message_id: str, emoji: str) -> str:
        """React to a message and return the reaction's id; at least once.

        Parameters
        ----------
        emoji
            The emoji's name, such as `TYPING`, upper and lower case as Lark has it.
        """
        data = self._client.call("POST", _path(message_id), body={"reaction_type": {"emoji_type": emoji}})
        reaction_id = data.get("reaction_id")
        if not isinstance(reaction_id, str) or not reaction_id:
            raise incomplete("the answer has no reaction")
        return reaction_id

    def remove(self, message_id: str, reaction_id: str) -> None:
        """Take a reaction back; one that is gone already changes nothing."""
        try:
            self._client.call("DELETE", f"{_path(message_id)}/{segment(reaction_id)}")
        except LarkApiError as error:
            if error.outcome.reason != REACTION_NOT_FOUND:
                raise


def _path(message_id: str) -> str:
    return f"/im/v1/messages/{segment(message_id)}/reactions"
