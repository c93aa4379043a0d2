"""What follows from a press: the change is made once, without the model, and the card shows what is stored.

Each status is stored before what it announces, and each call of Lark's has a key that follows from the action
or changes nothing when it is repeated. So a press that comes again goes on where the first one stopped.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from larkbridge.agent.memory import Entry, EntryKind, Memory
from larkbridge.agent.pending.again import in_a_moment
from larkbridge.agent.pending.agreed_change import PASSING, REFUSALS, Change, NotDoneError, Step, why
from larkbridge.agent.pending.confirm_cards import AGREE, DECLINE, UNDO, card_of, forgotten_card
from larkbridge.agent.pending.in_words import texts_in
from larkbridge.agent.pending.pending_texts import VI
from larkbridge.agent.pending.pending_wording import PendingTexts
from larkbridge.agent.tools.tool import Asker
from larkbridge.clock import Clock, to_text
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.cards import Cards
from larkbridge.observability import logger
from larkbridge.routes import Scope
from larkbridge.store.chat_queue import OUR_ACTION, ChatTurn
from larkbridge.store.conversations import TurnTakenError
from larkbridge.store.grants import LARK_USER, Owner
from larkbridge.store.pending_actions import UNDO_FOR, PendingAction, PendingActionStore, PendingStatus
from larkbridge.work.outcome import Verdict

_SETTLED = (PendingStatus.DONE, PendingStatus.FAILED, PendingStatus.CANCELLED, PendingStatus.UNDONE)


class Acting(NamedTuple):
    """With what a person's decision is carried out.

    Attributes
    ----------
    changes
        Every kind of change, by the name of its tool.
    access_token
        Returns a person's; raises as `TokenVault.access_token` does.
    scopes_of
        What a person may do with the centre's own data, by open id.
    """

    changes: Mapping[str, Change]
    access_token: Callable[[Owner], str]
    scopes_of: Callable[[str], frozenset[Scope]]


class Decisions:
    """Carries out what people decide on cards."""

    def __init__(
        self, actions: PendingActionStore, acting: Acting, cards: Cards, memory: Memory, clock: Clock
    ) -> None:
        self._actions = actions
        self._acting = acting
        self._cards = cards
        self._memory = memory
        self._clock = clock

    def press(self, turn: ChatTurn) -> None:
        """Do what follows from a press, and show on the card what has come of it.

        Raises
        ------
        LarkApiError, AwsUnavailableError
            When the press must be taken again.
        """
        action = self._actions.get(turn.decides)
        if action and turn.open_id == action.asker:
            action = self._decided(turn, action)
            self._remember(turn, action)
        self._show(turn, action)

    def give_up(self, turn: ChatTurn) -> None:
        """Show on the card how it stands after a press of which nothing follows any more; raises as it does.

        What was begun and not ended may have been done: the card says so.
        """
        action = self._actions.get(turn.decides)
        if action and action.status in (PendingStatus.EXECUTING, PendingStatus.UNDOING):
            texts, is_undoing = texts_in(action.language), action.status is PendingStatus.UNDOING
            status = PendingStatus.DONE if is_undoing else PendingStatus.FAILED
            told = texts.undo_unknown if is_undoing else texts.unknown
            action = self._move(turn, action, status, told, action.undo_until)
        self._show(turn, action)

    def _decided(self, turn: ChatTurn, action: PendingAction) -> PendingAction:
        """Move an action on by what its asker has pressed, and return it as it is then."""
        match action.status, (turn.action or {}).get(OUR_ACTION):
            case PendingStatus.PENDING, str() if not action.holds(turn.sent_at):
                return self._move(turn, action, PendingStatus.EXPIRED)
            case PendingStatus.PENDING, str(pressed) if pressed == DECLINE:
                return self._move(turn, action, PendingStatus.CANCELLED)
            case PendingStatus.PENDING, str(pressed) if pressed == AGREE:
                action = self._move(turn, action, PendingStatus.EXECUTING)
            case PendingStatus.DONE, str(pressed) if pressed == UNDO and action.may_be_undone(turn.sent_at):
                action = self._move(turn, action, PendingStatus.UNDOING, undo_until=action.undo_until)
        match action.status:
            case PendingStatus.EXECUTING:
                return self._done(turn, action)
            case PendingStatus.UNDOING:
                return self._undone(turn, action)
        return action

    def _done(self, turn: ChatTurn, action: PendingAction) -> PendingAction:
        change, texts = self._acting.changes[action.tool], texts_in(action.language)
        try:
            told = change.do(self._step(turn, action, change, texts)) or texts.done[action.tool]
        except REFUSALS as error:
            return self._move(turn, action, PendingStatus.FAILED, why(error, texts))
        undo_until = to_text(self._clock.now() + UNDO_FOR) if change.undo else None
        return self._move(turn, action, PendingStatus.DONE, told, undo_until)

    def _undone(self, turn: ChatTurn, action: PendingAction) -> PendingAction:
        change, texts = self._acting.changes[action.tool], texts_in(action.language)
        try:
            if change.undo is None:
                raise NotDoneError("no_undo")
            change.undo(self._step(turn, action, change, texts))
        except REFUSALS as error:
            undo_until = action.undo_until if isinstance(error, PASSING) else None
            return self._move(turn, action, PendingStatus.DONE, why(error, texts), undo_until)
        return self._move(turn, action, PendingStatus.UNDONE, texts.undone[action.tool])

    def _step(self, turn: ChatTurn, action: PendingAction, change: Change, texts: PendingTexts) -> Step:
        acting, owner = self._acting, Owner(LARK_USER, turn.open_id)
        scopes = acting.scopes_of(turn.open_id) if change.needs else frozenset[Scope]()
        if change.needs and change.needs not in scopes:
            raise NotDoneError("no_right")
        asker = Asker(turn, scopes, self._clock.now(), lambda: acting.access_token(owner))

        def note(progress: Mapping[str, Any]) -> None:
            action.progress.update(progress)
            stored = self._actions.note_progress(action, action.progress)
            if stored.status is not action.status:
                raise TurnTakenError("the action went on elsewhere")

        return Step(action, asker, texts, note)

    def _move(
        self,
        turn: ChatTurn,
        action: PendingAction,
        status: PendingStatus,
        result: str = "",
        undo_until: str | None = None,
    ) -> PendingAction:
        return self._actions.move(
            action, status, by=turn, now=self._clock.now(), result=result, undo_until=undo_until
        )

    def _remember(self, turn: ChatTurn, action: PendingAction) -> None:
        """Add to the person's memory what a press has come to: a group's has nothing of what is private."""
        is_anothers = action.moved_by != turn.event_id or action.status not in _SETTLED
        if is_anothers or (action.is_private and action.is_group):
            return
        entries, known = self._memory.load(turn), f"{action.pending_id}:{action.status}"
        if any(isinstance(one.content, dict) and one.content.get("event") == known for one in entries):
            return
        texts = texts_in(action.language)
        button = {PendingStatus.CANCELLED: texts.decline, PendingStatus.UNDONE: texts.undo}
        pressed = texts.pressed.format(button=button.get(action.status, texts.agree), title=action.title)
        answer = f"{texts.headers[action.status]}. {action.result}".strip()
        self._memory.save(
            turn,
            [
                *entries,
                Entry(kind=EntryKind.ASKED, content={"text": pressed, "event": known}),
                Entry(kind=EntryKind.ANSWERED, content=answer),
            ],
        )

    def _show(self, turn: ChatTurn, action: PendingAction | None) -> None:
        """Show the card as it is stored, where it was pressed and where it was asked.

        What Lark refuses for good is logged: that card is gone, or was forwarded.
        """
        card = card_of(action, to_text(self._clock.now())) if action else forgotten_card(VI)
        for message_id in dict.fromkeys((turn.message_id, action.card_id if action else "")):
            if not message_id:
                continue
            try:
                in_a_moment(self._clock, partial(self._cards.patch, message_id, card))
            except LarkApiError as error:
                if error.outcome.verdict is not Verdict.REJECT:
                    raise
                logger.error("card not changed", reason=error.outcome.reason, logId=error.outcome.log_id)
