"""Reactions to messages.

Source: open platform documentation, "Add a reaction for a message" and "Delete a reaction for a message": the
error codes, which come with HTTP 400. What they leave open, and is assumed here: the same emoji of the same
person or app is one reaction, and adding it again returns it.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sandbox.faults import FaultSwitch
from sandbox.lark.envelope import INVALID_FIELD, RefusedError, json_object
from sandbox.lark.message_codes import ReactionCode
from sandbox.lark.messages import MESSAGE_PATH, Message, MessageBox
from sandbox.lark.platform import Platform
from sandbox.lark.scopes import WRITE_REACTIONS
from sandbox.lark.words import words_of
from sandbox.routing import Request, Route

REACTIONS_PATH = f"{MESSAGE_PATH}/reactions"
REACTION_PATH = f"{REACTIONS_PATH}/{{reaction_id}}"
API_RATE = 50
EMOJI = frozenset(
    {"Typing", "OneSecond", "OnIt", "Get", "DONE", "OK", "THINKING", "ERROR", "SMILE", "THUMBSUP"}
)


@dataclass(frozen=True, slots=True)
class Reaction:
    """What somebody has put under a message; `removed` is when it went, None while it is there."""

    time: float
    reaction_id: str
    message_id: str
    emoji_type: str
    operator: str
    removed: float | None = None


class Reactions:
    """Everybody's reactions, in `all`, oldest first.

    Parameters
    ----------
    owner
        Whose token a request carries, None for the app's.
    """

    def __init__(
        self, now: Callable[[], float], box: MessageBox, app_id: str, owner: Callable[[Request], str | None]
    ) -> None:
        self.faults = FaultSwitch()
        self.all: list[Reaction] = []
        self._now = now
        self._box = box
        self._app_id = app_id
        self._owner = owner
        self._numbers = itertools.count(1)

    def shown(self, message_id: str) -> list[str]:
        """Return the emoji that people see under a message."""
        return [one.emoji_type for one in self._there() if one.message_id == message_id]

    def routes(self, platform: Platform) -> list[Route]:
        """Return the reaction APIs."""
        return [
            platform.route(
                "POST", REACTIONS_PATH, self.faults, API_RATE, self._add, user=True, scopes=WRITE_REACTIONS
            ),
            platform.route(
                "DELETE",
                REACTION_PATH,
                self.faults,
                API_RATE,
                self._remove,
                user=True,
                scopes=WRITE_REACTIONS,
            ),
        ]

    def _add(self, request: Request) -> dict[str, Any]:
        message, document = self._message(request), json_object(request)
        match document.get("reaction_type"):
            case {"emoji_type": str(emoji)}:
                pass
            case _:
                raise RefusedError(INVALID_FIELD, "reaction_type is required", 400)
        if emoji not in EMOJI:
            raise _refused(ReactionCode.BAD_EMOJI)
        operator = self._operator(request)
        there = (
            one for one in self._there() if (one.message_id, one.emoji_type) == (message.message_id, emoji)
        )
        reaction = next((one for one in there if one.operator == operator), None)
        if reaction is None:
            reaction_id = f"reaction-{next(self._numbers):06}"
            reaction = Reaction(self._now(), reaction_id, message.message_id, emoji, operator)
            self.all.append(reaction)
        return self._answer(reaction)

    def _remove(self, request: Request) -> dict[str, Any]:
        message, reaction_id = self._message(request), request.params["reaction_id"]
        reaction = next((one for one in self._there() if one.reaction_id == reaction_id), None)
        if reaction is None:
            raise _refused(ReactionCode.BAD_REACTION)
        if reaction.message_id != message.message_id:
            raise _refused(ReactionCode.OF_ANOTHER_MESSAGE)
        if reaction.operator != self._operator(request):
            raise _refused(ReactionCode.NOT_OURS)
        place = self.all.index(reaction)
        self.all[place] = replace(reaction, removed=self._now())
        return self._answer(reaction)

    def _there(self) -> list[Reaction]:
        return [one for one in self.all if one.removed is None]

    def _message(self, request: Request) -> Message:
        message_id = request.params["message_id"]
        try:
            message = self._box.find(message_id)
        except RefusedError:
            raise _refused(ReactionCode.MESSAGE_GONE) from None
        if message.receive_id in self._box.refusals:
            raise _refused(ReactionCode.NOT_IN_CHAT)
        if message_id in self._box.recalled:
            raise _refused(ReactionCode.MESSAGE_GONE)
        return message

    def _operator(self, request: Request) -> str:
        return self._owner(request) or self._app_id

    def _answer(self, reaction: Reaction) -> dict[str, Any]:
        kind = "app" if reaction.operator == self._app_id else "user"
        return {
            "reaction_id": reaction.reaction_id,
            "operator": {"operator_id": reaction.operator, "operator_type": kind},
            "action_time": str(int(reaction.time * 1000)),
            "reaction_type": {"emoji_type": reaction.emoji_type},
        }


def _refused(code: ReactionCode) -> RefusedError:
    return RefusedError(code, words_of(code), 400)
