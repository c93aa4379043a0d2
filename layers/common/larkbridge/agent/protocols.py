"""What the agent says to one turn, and who says it; `turns` decides when."""

from enum import StrEnum
from typing import NamedTuple, Protocol

from larkbridge.store.chat_queue import ChatTurn


class Answer(NamedTuple):
    """What is said.

    Attributes
    ----------
    text
        Markdown.
    private
        Said to the person alone; in a group the others hear that it was.
    card
        Shown in place of the text, as the JSON text of a card of Lark's.
    first
        The number of its first part: more than 0 where it follows parts of another answer.
    """

    text: str
    private: bool = False
    card: str = ""
    first: int = 0


class Excuse(StrEnum):
    """Why a turn gets no answer but a few words."""

    LATE = "late"
    """It comes so long after it was sent that nothing may follow from it any more."""
    GIVEN_UP = "given_up"
    """It was tried again and again in vain."""


class Responder(Protocol):
    """Knows what to answer; may be asked again for one turn, and then answers alike."""

    def is_meant(self, turn: ChatTurn) -> bool:
        """Tell whether the turn is for this bot: in a group only what mentions it. Nothing was shown yet.

        Raises
        ------
        LarkApiError
            When it cannot be told.
        """
        ...

    def respond(self, turn: ChatTurn) -> Answer | None:
        """Do what follows and return the answer; None for what is not answered.

        Raises
        ------
        LarkApiError
            When Lark did not do what the answer needs.
        """
        ...

    def excuse(self, turn: ChatTurn, why: Excuse) -> Answer | None:
        """Return what is said in place of an answer; nothing else follows."""
        ...


class Speaker(Protocol):
    """Speaks in Lark; each call at least once, in effect once within the hour."""

    def first_sign(self, turn: ChatTurn) -> str:
        """Show at once that the turn has begun; return what `remove_sign` takes, empty without a sign.

        Raises
        ------
        MessageGoneError
            As `say` does; no other refusal of Lark's costs the turn.
        """
        ...

    def remove_sign(self, turn: ChatTurn, sign: str) -> None:
        """Take the sign away; what Lark says to that is no matter, and so is a message that is gone."""
        ...

    def say(self, turn: ChatTurn, answer: Answer, part: int) -> int:
        """Say one part of an answer, counted from its `first`, and return the number after its last part.

        The part's `uuid` follows from the turn and the part's number alone, whatever the answer says.

        Raises
        ------
        MessageGoneError
            When what is answered was recalled or deleted: the turn is over.
        LarkApiError
            When Lark did not take the part, or may have.
        """
        ...


class MessageGoneError(Exception):
    """The message that is answered was recalled or deleted."""
