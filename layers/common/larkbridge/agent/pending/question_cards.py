"""A tool that changes something asks first: what it would do is frozen, stored, and shown on a card."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from larkbridge.agent.pending.again import in_a_moment
from larkbridge.agent.pending.confirm_cards import card_of
from larkbridge.agent.pending.in_words import texts_of
from larkbridge.agent.tools.tool import Asker, Result
from larkbridge.clock import Clock, to_text
from larkbridge.ids import derived_id
from larkbridge.store.chat_queue import ChatTurn
from larkbridge.store.pending_actions import (
    HOLDS_FOR,
    Fact,
    PendingAction,
    PendingActionStore,
    PendingStatus,
    expiry,
)

ASKED = (
    "Asked: the person sees a card with these facts and two buttons. Nothing has been done, nor is it "
    "until they press. Say that you have asked; never say or imply that it is done. Do not ask again."
)

DECIDED = "Asked before, and the person has decided on the card: it is {status}. Do not ask again."
TOO_LATE = "Asked before, and the time to agree is over: the person has to ask you again in a new message."


class Showing(Protocol):
    """What is needed of `larkbridge.agent.speaker.LarkSpeaker`."""

    def show(self, turn: ChatTurn, card: Mapping[str, Any], uuid: str, *, private: bool) -> str: ...


class Proposal(NamedTuple):
    """What a tool would do.

    Attributes
    ----------
    arguments
        JSON, with which it is done however long after.
    facts, warning
        What the person reads before they agree, in their language.
    personal
        Whether others in the chat may not read it.
    """

    tool: str
    arguments: Mapping[str, Any]
    facts: Sequence[Fact]
    warning: str = ""
    personal: bool = True


class Asking:
    """Asks; a turn that comes again asks nothing more, however the model words its question then."""

    def __init__(self, actions: PendingActionStore, showing: Showing, clock: Clock) -> None:
        self._actions = actions
        self._showing = showing
        self._clock = clock

    def ask(self, asker: Asker, proposal: Proposal) -> Result:
        """Store what is asked, show the card, and return what the model is told.

        Two or three requests, and a call of Lark's.

        Raises
        ------
        LarkApiError, AwsUnavailableError
            When the card is not shown; nobody can agree to what nobody sees.
        """
        action = self._actions.add(_new(asker, proposal))
        if action.status is PendingStatus.PENDING and not action.card_id:
            card, turn = card_of(action, to_text(asker.now)), asker.turn
            show = partial(self._showing.show, turn, card, action.pending_id, private=action.is_private)
            shown = in_a_moment(self._clock, show)
            self._actions.note_card(action, shown)
        facts = {fact.label: fact.text or list(fact.people) for fact in action.facts}
        note = _note(action, to_text(asker.now))
        content = {"asked": action.title, "facts": facts, "warning": action.warning, "note": note}
        return Result(content, personal=proposal.personal)


def _note(action: PendingAction, now: str) -> str:
    if action.status is not PendingStatus.PENDING:
        return DECIDED.format(status=action.status)
    return ASKED if action.holds(now) else TOO_LATE


def _new(asker: Asker, proposal: Proposal) -> PendingAction:
    turn, texts = asker.turn, texts_of(asker.turn)
    frozen = json.dumps(proposal.arguments, sort_keys=True)
    number = asker.questions.number(proposal.tool, frozen) if asker.questions else 0
    return PendingAction(
        pending_id=derived_id("pending", turn.open_id, turn.known_by, proposal.tool, str(number)),
        asker=turn.open_id,
        chat_id=turn.chat_id,
        is_group=turn.is_group,
        thread_id=turn.thread_id,
        message_id=turn.message_id,
        is_private=proposal.personal and turn.is_overheard,
        tool=proposal.tool,
        arguments=dict(proposal.arguments),
        title=texts.titles[proposal.tool],
        facts=tuple(proposal.facts),
        warning=proposal.warning,
        language=texts.language,
        asked_at=to_text(asker.now),
        holds_until=to_text(asker.now + HOLDS_FOR),
        expires_at=expiry(asker.now),
        status=PendingStatus.PENDING,
    )
