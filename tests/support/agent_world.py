"""The bot's responder in this process, with a vault and a link that is made up."""

from typing import Any, NoReturn

from larkbridge.agent.model_gate import ModelGate
from larkbridge.agent.protocols import Answer
from larkbridge.agent.responder import Accounts, CommandResponder
from larkbridge.lark.bot import Bot
from larkbridge.people.disconnecting import Disconnecting
from larkbridge.routes import Scope
from larkbridge.store.audit_entries import AuditStore
from larkbridge.store.chat_queue import ChatTurn
from larkbridge.store.conversations import ConversationStore
from larkbridge.store.grants import LARK_USER, Owner
from tests.support.chat_documents import BOT, PERSON
from tests.support.lark import ScriptedLark, lark_client
from tests.support.vault import VaultWorld

LINK = "https://larkbridge.test/oauth/start?t=abc"
ME = Owner(LARK_USER, PERSON)
BOT_INFO = {"code": 0, "bot": {"open_id": BOT}}


def _no_answers() -> NoReturn:
    raise AssertionError("there is no model")


def no_decisions() -> Any:
    """Stand in for what follows from presses on cards that ask, where there are none."""
    raise AssertionError("no card has asked anything")


def no_staff_commands() -> Any:
    """Stand in for the staff's commands, where nobody gives any."""
    raise AssertionError("no command of the staff's was given")


NO_MODEL = ModelGate("", lambda: False, _no_answers)


class FakeConnecting:
    """Gives a link; `asked` is who asked for what."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked: list[tuple[ChatTurn, tuple[str, ...]]] = []

    def ask(self, turn: ChatTurn, scopes: Any) -> str:
        if self.error:
            raise self.error
        self.asked.append((turn, tuple(scopes)))
        return LINK


class AgentWorld:
    """A responder with a vault and conversations of its own."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.vaults = VaultWorld(environ)
        self.connecting = FakeConnecting()
        self.lark = ScriptedLark(BOT_INFO)
        self.conversations = ConversationStore(environ["CONVERSATIONS_TABLE"])
        self.scopes: frozenset[Scope] = frozenset()
        accounts = self.accounts = Accounts(
            lambda: self.vaults.vault,
            lambda: self.connecting,
            lambda: Disconnecting(self.vaults.vault, AuditStore(environ["AUDIT_TABLE"])),
            lambda _: self.scopes,
        )
        bot = Bot(lark_client(self.lark.network))
        self.responder = CommandResponder(
            bot,
            accounts,
            self.conversations,
            NO_MODEL,
            no_decisions,
            no_staff_commands,
            self.vaults.clock,
        )

    def answer(self, turn: ChatTurn) -> Answer:
        found = self.responder.respond(turn)
        assert found is not None
        return found
