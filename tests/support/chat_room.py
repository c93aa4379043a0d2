"""Chats as people see them, without Lark: a responder and a speaker that keep to their contracts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from larkbridge.agent.protocols import Answer, Excuse, MessageGoneError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.store.chat_queue import ChatTurn, TurnKind
from larkbridge.work.outcome import Outcome, Verdict
from tests.support.calls import ProcessStoppedError
from tests.support.clock import START, SimulatedClock

UUID_KEPT = timedelta(hours=1)
APOLOGY, AWAY = "an apology", "was away"


def lark_error(verdict: Verdict) -> LarkApiError:
    return LarkApiError(Outcome(verdict=verdict, reason="said_so"))


class Effect(NamedTuple):
    """What somebody in the chat could see; `what` is sign, said or unsigned."""

    group: str
    event_id: str
    what: str
    text: str = ""


@dataclass
class ChatRoom:
    """Answers each turn by its content: a part for each piece between bars.

    Parameters
    ----------
    hook
        Called before and after each call; what it raises ends the call.

    Attributes
    ----------
    effects
        All that could be seen, in order.
    asked
        The events of all turns that were answered by the responder, however often.
    not_meant, gone, deadly
        Messages that are not for the bot, those that were recalled or deleted, and those at which the process
        ends.
    refusals
        What Lark says to the next parts.
    signs
        Messages that have a sign now.
    """

    clock: SimulatedClock
    hook: Callable[[str], None] = lambda _: None
    effects: list[Effect] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    not_meant: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    deadly: set[str] = field(default_factory=set)
    refusals: list[LarkApiError] = field(default_factory=list)
    signs: set[str] = field(default_factory=set)
    _uuids: dict[str, datetime] = field(default_factory=dict)

    @property
    def said(self) -> list[str]:
        """What was said, in order."""
        return [effect.text for effect in self.effects if effect.what == "said"]

    def is_meant(self, turn: ChatTurn) -> bool:
        return turn.message_id not in self.not_meant

    def respond(self, turn: ChatTurn) -> Answer | None:
        self.hook("respond")
        self.asked.append(turn.event_id)
        if turn.message_id in self.deadly:
            raise ProcessStoppedError
        return Answer(f"re: {turn.content}") if turn.content else None

    def excuse(self, turn: ChatTurn, why: Excuse) -> Answer | None:
        if turn.kind is TurnKind.ENTERED:
            return None
        return Answer(APOLOGY if why is Excuse.GIVEN_UP else AWAY)

    def first_sign(self, turn: ChatTurn) -> str:
        self._call("sign", turn)
        self.signs.add(turn.message_id)
        self._see(turn, "sign")
        return f"sign of {turn.message_id}"

    def remove_sign(self, turn: ChatTurn, sign: str) -> None:
        self.hook("unsign")
        self.signs.discard(sign.removeprefix("sign of "))
        self._see(turn, "unsigned")
        self.hook("unsigned")

    def say(self, turn: ChatTurn, answer: Answer, part: int) -> int:
        self._call("say", turn)
        if self.refusals:
            raise self.refusals.pop(0)
        parts, uuid = answer.text.split("|"), f"{turn.known_by}:{turn.resumed}:{part}"
        number = part - answer.first
        if self.clock.now() >= self._uuids.get(uuid, START - UUID_KEPT) + UUID_KEPT:
            self._uuids[uuid] = self.clock.now()
            self._see(turn, "said", parts[number])
        self.hook("said")
        return answer.first + len(parts)

    def _call(self, name: str, turn: ChatTurn) -> None:
        self.hook(name)
        if turn.message_id in self.gone:
            raise MessageGoneError

    def _see(self, turn: ChatTurn, what: str, text: str = "") -> None:
        self.effects.append(Effect(turn.group, turn.event_id, what, text))
