"""Speaks in Lark: a reaction at once, then replies where the question stands.

Protocol (open platform documentation, "Reply message" and "Add a reaction for a message"): 230011, 230019 and
231003 say that the message or its topic is gone, 230013 and 230053 that the bot cannot write to the person,
230028 that the words may not leave (phone numbers, e-mail addresses), 230071 that the group has no threads.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from larkbridge.agent.language import texts_beside
from larkbridge.agent.markdown import parts_of, post_content
from larkbridge.agent.masking import masked
from larkbridge.agent.protocols import Answer, MessageGoneError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.error_codes import MESSAGE_RECALLED, RECEIVER_UNAVAILABLE
from larkbridge.lark.messages import Message, Messages
from larkbridge.lark.reactions import TYPING, Reactions
from larkbridge.observability import logger
from larkbridge.store.chat_queue import ChatTurn, TurnKind
from larkbridge.work.outcome import Verdict

_WORDS_REFUSED = 230028
_NO_THREADS = 230071


@dataclass(frozen=True, slots=True)
class _Part:
    """What is said at once: a post's Markdown or a card, and to whom."""

    text: str
    card: str = ""
    private: bool = False

    def message(self) -> Message:
        if self.card:
            return Message("interactive", json.loads(self.card))
        return Message("post", post_content(self.text))


class LarkSpeaker:
    """Speaks as the bot, as `Speaker` says.

    Parameters
    ----------
    reply_in_thread
        Whether a group's message that is in no thread gets one for the answer, where the group has threads.
    """

    def __init__(self, messages: Messages, reactions: Reactions, *, reply_in_thread: bool) -> None:
        self._messages = messages
        self._reactions = reactions
        self._reply_in_thread = reply_in_thread

    def first_sign(self, turn: ChatTurn) -> str:
        """React to the message; what is no message has no sign."""
        if turn.kind is not TurnKind.MESSAGE:
            return ""
        try:
            return self._reactions.add(turn.message_id, TYPING)
        except LarkApiError as error:
            _raise_if_gone(error)
            logger.warning("no sign in the chat", reason=error.outcome.reason, logId=error.outcome.log_id)
            return ""

    def remove_sign(self, turn: ChatTurn, sign: str) -> None:
        """Take the reaction back, or log why not."""
        if not sign:
            return
        try:
            self._reactions.remove(turn.message_id, sign)
        except LarkApiError as error:
            if error.outcome.reason != MESSAGE_RECALLED:
                reason, log_id = error.outcome.reason, error.outcome.log_id
                logger.warning("a sign stays in the chat", reason=reason, logId=log_id)

    def say(self, turn: ChatTurn, answer: Answer, part: int) -> int:
        """Reply; what is private goes to the person alone, and in a group the others hear that it did.

        If it does not get there, the group hears that in its place, and nothing of the answer.
        """
        parts = _parts(turn, answer)
        found, after_last = parts[part - answer.first], answer.first + len(parts)
        uuid = _uuid(turn, part)
        if not found.private:
            self._say(found, lambda message: self._answer(turn, message, uuid))
            return after_last
        try:
            self._say(found, lambda message: self._tell(turn.open_id, message, uuid))
        except LarkApiError as error:
            if error.outcome.reason != RECEIVER_UNAVAILABLE:
                raise
            why = texts_beside(answer.text).not_answered_privately
            self._say(_Part(why), lambda message: self._answer(turn, message, uuid))
            return part + 1
        if turn.is_group and part + 1 == after_last:
            self._tell_the_group(turn, _Part(texts_beside(answer.text).answered_privately), after_last)
        return after_last

    def _tell_the_group(self, turn: ChatTurn, part: _Part, number: int) -> None:
        """Say that there was an answer; a group that may not be told so costs nothing."""
        try:
            self._say(part, lambda message: self._answer(turn, message, _uuid(turn, number)))
        except LarkApiError as error:
            if error.outcome.verdict is not Verdict.REJECT:
                raise
            logger.warning("no note in the chat", reason=error.outcome.reason, logId=error.outcome.log_id)

    def note(self, turn: ChatTurn, text: str) -> None:
        """Say something while the turn goes on, once within the hour; or log why not.

        Raises
        ------
        MessageGoneError
            As `say` does.
        """
        try:
            self._answer(turn, _Part(text).message(), _uuid(turn, "note"))
        except LarkApiError as error:
            _raise_if_gone(error)
            logger.warning("no note in the chat", reason=error.outcome.reason, logId=error.outcome.log_id)

    def show(self, turn: ChatTurn, card: Mapping[str, Any], uuid: str, *, private: bool) -> str:
        """Show a card where the turn stands, or to its person alone, and return its message's id."""
        message = Message("interactive", card)
        if private:
            return self._tell(turn.open_id, message, uuid)
        return self._answer(turn, message, uuid)

    def _say(self, part: _Part, send: Callable[[Message], object]) -> None:
        try:
            send(part.message())
        except LarkApiError as error:
            _raise_if_gone(error)
            if part.card or error.outcome.lark_code != _WORDS_REFUSED:
                raise
            logger.warning("words masked", reason=error.outcome.reason, logId=error.outcome.log_id)
            send(_Part(masked(part.text)).message())

    def _answer(self, turn: ChatTurn, message: Message, uuid: str) -> str:
        """Say something where the turn stands, and return the message's id."""
        if not turn.message_id:
            return self._tell(turn.open_id, message, uuid)
        in_thread = bool(turn.thread_id) or (turn.is_group and self._reply_in_thread)
        try:
            return self._messages.reply(turn.message_id, message, uuid, in_thread=in_thread)
        except LarkApiError as error:
            if not in_thread or error.outcome.lark_code != _NO_THREADS:
                raise
            return self._messages.reply(turn.message_id, message, uuid)

    def _tell(self, open_id: str, message: Message, uuid: str) -> str:
        return self._messages.send(open_id, "open_id", message, uuid)


def _parts(turn: ChatTurn, answer: Answer) -> list[_Part]:
    private = answer.private and turn.is_overheard
    if answer.card:
        return [_Part(answer.text, answer.card, private)]
    return [_Part(text, private=private) for text in parts_of(answer.text)]


def _uuid(turn: ChatTurn, part: int | str) -> str:
    return ":".join(filter(None, (turn.known_by, turn.resumed, str(part))))


def _raise_if_gone(error: LarkApiError) -> None:
    if error.outcome.reason == MESSAGE_RECALLED:
        raise MessageGoneError from error
