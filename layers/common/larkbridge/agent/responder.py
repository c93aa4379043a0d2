"""Commands, a welcome, what is no words, and to words the model's answer.

Without the model a turn costs at most one request of DynamoDB's, a disconnection two. It costs no call of
Lark's but for the bot's own id, once in a process, and for the departments of who asks for their status,
where STAFF has some. What is personal is answered privately.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

from larkbridge import __version__
from larkbridge.agent.account_status import account_status, staff_status
from larkbridge.agent.chat_texts import EN, VI
from larkbridge.agent.chat_wording import Texts
from larkbridge.agent.commands import Command, command_in
from larkbridge.agent.language import texts_for
from larkbridge.agent.model_gate import ModelGate
from larkbridge.agent.protocols import Answer, Excuse
from larkbridge.agent.welcome import welcome_card
from larkbridge.clock import Clock
from larkbridge.errors import NotConfiguredError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.bot import Bot
from larkbridge.observability import logger
from larkbridge.processors.incoming_text import Incoming, Kind, clean, read_message
from larkbridge.processors.stop_words import IN_ENGLISH, pressed, stop_in
from larkbridge.routes import Scope
from larkbridge.store.chat_queue import OUR_ACTION, ChatTurn, TurnKind
from larkbridge.store.conversations import ConversationStore
from larkbridge.store.grants import LARK_USER, Owner

if TYPE_CHECKING:
    from larkbridge.people.disconnecting import Disconnecting
    from larkbridge.vault.token_vault import TokenVault

_OF_STAFF = frozenset({Command.RETRY, Command.SYNC})
SCOPES = ("calendar:calendar:read", "calendar:calendar.event:read", "task:task:read")
"""What a person agrees to at first; what else a tool needs, it asks for then."""


class Connecting(Protocol):
    """What is needed of `larkbridge.people.connecting.Connecting`."""

    def ask(self, turn: ChatTurn, scopes: Iterable[str]) -> str: ...


class Deciding(Protocol):
    """What is needed of `larkbridge.agent.pending.decisions.Decisions`."""

    def press(self, turn: ChatTurn) -> None: ...

    def give_up(self, turn: ChatTurn) -> None: ...


class StaffAsking(Protocol):
    """What is needed of `larkbridge.agent.staff_commands.StaffCommands`."""

    def ask(self, turn: ChatTurn, command: Command, texts: Texts) -> Answer | None: ...


class Accounts(NamedTuple):
    """People's connections to their Lark accounts; each part is made when it is first needed."""

    vault: "Callable[[], TokenVault]"
    connecting: Callable[[], Connecting]
    disconnecting: "Callable[[], Disconnecting]"
    scopes_of: Callable[[str], frozenset[Scope]]


class _Heard(NamedTuple):
    """What a turn says, and the texts of the language that it is answered in."""

    incoming: Incoming
    command: Command | None
    texts: Texts


class CommandResponder:
    """Answers as `Responder` says."""

    def __init__(
        self,
        bot: Bot,
        accounts: Accounts,
        conversations: ConversationStore,
        model: ModelGate,
        deciding: Callable[[], Deciding],
        staff_asking: Callable[[], StaffAsking],
        clock: Clock,
    ) -> None:
        self._bot = bot
        self._model = model
        self._deciding = deciding
        self._staff_asking = staff_asking
        self._accounts = accounts
        self._conversations = conversations
        self._clock = clock

    def is_meant(self, turn: ChatTurn) -> bool:
        """Tell whether a group's message mentions this bot itself; everything else is for it."""
        if turn.kind is not TurnKind.MESSAGE or not turn.is_group:
            return True
        return any(mention.open_id == self._bot_id for mention in turn.mentions)

    def respond(self, turn: ChatTurn) -> Answer | None:
        """Do what a command asks for and return the answer; a card that asks is answered on the card."""
        if turn.decides:
            return self._deciding().press(turn)
        if turn.kind is TurnKind.ENTERED:
            return Answer(VI.welcome, card=welcome_card(VI))
        heard = self._heard(turn)
        if heard.command and heard.command in _OF_STAFF:
            return self._staff_asking().ask(turn, heard.command, heard.texts)
        if heard.command:
            return self._obey(turn, heard.command, heard.texts)
        if heard.incoming.kind is not Kind.WORDS:
            return Answer(heard.texts.kinds[heard.incoming.kind])
        if not heard.incoming.text:
            return Answer(heard.texts.help)
        return self._model.answer(turn, heard.incoming.text, heard.texts)

    def excuse(self, turn: ChatTurn, why: Excuse) -> Answer | None:
        """Return a few words in the person's language; nobody waits for a welcome, and a card has its own."""
        if turn.decides:
            return self._deciding().give_up(turn)
        if turn.kind is TurnKind.ENTERED:
            return None
        texts = self._heard(turn).texts
        return Answer(texts.late if why is Excuse.LATE else texts.given_up)

    @cached_property
    def _bot_id(self) -> str:
        return self._bot.open_id()

    def _own_id(self, turn: ChatTurn) -> str:
        """Return the bot's id; in a person's own chat nothing hangs on it, nor on what Lark says to that."""
        if turn.is_group:
            return self._bot_id
        try:
            return self._bot_id
        except LarkApiError as error:
            logger.warning("the bot's id is not known", reason=error.outcome.reason)
            return ""

    def _heard(self, turn: ChatTurn) -> _Heard:
        if stop := stop_in(turn):
            texts = EN if stop == IN_ENGLISH and turn.kind is not TurnKind.MENU else VI
            return _Heard(Incoming(Kind.WORDS), Command.STOP, texts)
        match turn.kind:
            case TurnKind.MENU:
                spoken = command_in(f"/{pressed(turn, 'key').lstrip('/')}")
                return _Heard(Incoming(Kind.WORDS), spoken and spoken.command, VI)
            case TurnKind.PRESS:
                incoming = Incoming(Kind.WORDS, clean(pressed(turn, OUR_ACTION)))
            case _:
                incoming = read_message(turn, self._own_id(turn) if turn.mentions else "")
        spoken = command_in(incoming.text)
        if spoken:
            return _Heard(incoming, spoken.command, spoken.texts)
        return _Heard(incoming, None, texts_for(incoming.text))

    def _obey(self, turn: ChatTurn, command: Command, texts: Texts) -> Answer | None:
        match command:
            case Command.CONNECT:
                return self._connect(turn, texts)
            case Command.DISCONNECT:
                return self._disconnect(turn, texts)
            case Command.NEW:
                self._conversations.remember(turn, "", self._clock.now())
                return Answer(texts.new)
            case Command.STATUS:
                return self._status(turn, texts)
            case Command.STOP:
                return Answer(texts.stopped)
            case Command.HELP:
                return Answer(texts.help)
            case _:
                return Answer(f"{texts.no_such_command}\n\n{texts.help}")

    def _connect(self, turn: ChatTurn, texts: Texts) -> Answer | None:
        if turn.resumed:
            return None  # whoever took it up again has said that they are connected
        try:
            link = self._accounts.connecting().ask(turn, SCOPES)
        except NotConfiguredError:
            return Answer(texts.connect_unavailable)
        return Answer(texts.connect.format(link=link), private=True)

    def _disconnect(self, turn: ChatTurn, texts: Texts) -> Answer:
        ended = self._accounts.disconnecting().disconnect(turn)
        if not ended.was_connected:
            text = texts.was_not_connected
        else:
            text = texts.disconnected if ended.revoked else texts.disconnected_here_only
        return Answer(text, private=True)

    def _status(self, turn: ChatTurn, texts: Texts) -> Answer:
        grant = self._accounts.vault().grant(_owner(turn))
        lines = [
            *account_status(grant, texts),
            staff_status(self._accounts.scopes_of(turn.open_id), texts),
            self._model.status(texts),
            texts.version.format(version=__version__),
        ]
        return Answer("\n".join(lines), private=True)


def _owner(turn: ChatTurn) -> Owner:
    return Owner(LARK_USER, turn.open_id)
