"""What the agent says to one turn, and who says it; `turns` decides when."""

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
    """

    text: str
    private: bool = False
    card: str = ""


class Responder(Protocol):
    """Knows what to answer; may be asked again for one turn, and then answers alike."""

    def respond(self, turn: ChatTurn) -> Answer | None:
        """Return the answer, None for what is not answered (a group's message that is not for the bot)."""
        ...


class Speaker(Protocol):
    """Speaks in Lark; each call at least once, in effect once within the hour."""

    def first_sign(self, turn: ChatTurn) -> str:
        """Show at once that the turn has begun; return what `remove_sign` takes, empty if Lark refused."""
        ...

    def remove_sign(self, turn: ChatTurn, sign: str) -> None: ...

    def say(self, turn: ChatTurn, answer: Answer, said: int = 0) -> int:
        """Say an answer from its part `said` on; returns how many parts have been said.

        Raises
        ------
        MessageGoneError
            When what is answered was recalled or deleted: the turn is over.
        LarkApiError
            When Lark did not take a part, or may have.
        """
        ...


class MessageGoneError(Exception):
    """The message that is answered was recalled or deleted."""
