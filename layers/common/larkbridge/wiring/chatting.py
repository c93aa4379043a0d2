"""The answering of chat turns."""

from larkbridge.agent.handed_over import HandedOver
from larkbridge.agent.protocols import Answer, Excuse
from larkbridge.agent.turns import Turns
from larkbridge.settings import ChatAgentSettings
from larkbridge.store.chat_queue import ChatTurn
from larkbridge.store.conversations import ConversationStore
from larkbridge.wiring.parts import Parts


class _Silence:
    """Answers nothing; stands where a responder and a speaker come."""

    def is_meant(self, turn: ChatTurn) -> bool:
        return True

    def respond(self, turn: ChatTurn) -> Answer | None:
        return None

    def excuse(self, turn: ChatTurn, why: Excuse) -> Answer | None:
        return None

    def first_sign(self, turn: ChatTurn) -> str:
        return ""

    def remove_sign(self, turn: ChatTurn, sign: str) -> None:
        """Nothing was shown."""

    def say(self, turn: ChatTurn, answer: Answer, part: int) -> int:
        return 1


def chatting(settings: ChatAgentSettings | None = None, parts: Parts | None = None) -> HandedOver:
    """Return what takes turns from the queues."""
    settings, parts = settings or ChatAgentSettings(), parts or Parts()
    conversations = ConversationStore(settings.conversations_table)
    turns = Turns(conversations, _Silence(), _Silence(), parts.clock)
    return HandedOver(turns, settings.given_up_arn)
