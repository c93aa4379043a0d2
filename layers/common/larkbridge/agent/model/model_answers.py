"""Answers of the model to one turn: what it is asked with, what is remembered, and what is said without it.

A turn costs one request at its beginning, one at its end, one for every look at whether it was stopped, and
its tools' own. What is personal is answered privately, and a group's memory never has it. A person's own
chat is remembered with all that is personal in it, so what comes of it is answered privately anywhere else.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple, Protocol

from larkbridge.agent.chat_wording import Texts
from larkbridge.agent.masking import masked, numbers_in
from larkbridge.agent.memory import from_stored, to_store
from larkbridge.agent.model.chat_history import questions, without_event
from larkbridge.agent.model.loop import Loop, Question, Spent, Spoken, TokensUsedUpError
from larkbridge.agent.model.model_client import INVALID_REQUEST, ModelRefusesError, ModelUnavailableError
from larkbridge.agent.model.model_texts import ModelTexts, model_texts
from larkbridge.agent.model.prompt import Circumstances, around
from larkbridge.agent.model.tool_runs import ConsentNeededError, ToolRuns
from larkbridge.agent.model.waiting import LIMITS, OutOfTimeError, WaitLimits, Watch
from larkbridge.agent.protocols import Answer
from larkbridge.agent.tools.tool import Asker, Questions
from larkbridge.clock import Clock
from larkbridge.errors import NotConfiguredError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.messages import FoundMessage
from larkbridge.lark.permissions import AppScopeMissingError
from larkbridge.observability import count, logger
from larkbridge.processors.incoming_text import Kind, read_message
from larkbridge.routes import Scope
from larkbridge.store.chat_queue import ChatTurn, Mention
from larkbridge.store.grants import LARK_USER, Owner
from larkbridge.store.model_turns import ModelTurnStore
from larkbridge.vault.refusals import VaultKeyError

MAX_QUOTED = 4_000
"""Characters of a message that a question answers."""

_ENDINGS = (
    OutOfTimeError,
    TokensUsedUpError,
    ModelUnavailableError,
    ModelRefusesError,
    ConsentNeededError,
    AppScopeMissingError,
    VaultKeyError,
)


class Vault(Protocol):
    """What is needed of `larkbridge.vault.token_vault.TokenVault`."""

    def access_token(self, owner: Owner) -> str: ...

    def claim_asking(self, owner: Owner, asker: str) -> bool: ...


class Reading(Protocol):
    """What is needed of `larkbridge.lark.messages.Messages`."""

    def get(self, message_id: str) -> FoundMessage: ...


class Surroundings(NamedTuple):
    """What a turn with the model reaches beside the model.

    Attributes
    ----------
    scopes_of
        What a person may do with the centre's own data, by open id.
    staff_chats
        As `ToolRuns`.
    ask_consent
        Returns the link under which the turn's person agrees to scopes; raises NotConfiguredError.
    note
        Says something in the chat while the turn goes on.
    """

    vault: Vault
    scopes_of: Callable[[str], frozenset[Scope]]
    staff_chats: Collection[str]
    ask_consent: Callable[[ChatTurn, Iterable[str]], str]
    messages: Reading
    note: Callable[[ChatTurn, str], None]
    clock: Clock


class ModelAnswers:
    """Answers words.

    Parameters
    ----------
    daily_tokens
        How many tokens one person may cost on one day.
    first_scopes
        What a person agrees to who has agreed to nothing.
    """

    def __init__(
        self,
        turns: ModelTurnStore,
        loop: Loop,
        around: Surroundings,
        daily_tokens: int,
        first_scopes: Sequence[str],
        limits: WaitLimits = LIMITS,
    ) -> None:
        self._turns, self._loop, self._around = turns, loop, around
        self._daily_tokens, self._first_scopes, self._limits = daily_tokens, first_scopes, limits

    def answer(self, turn: ChatTurn, words: str, texts: Texts) -> Answer | None:
        """Return the model's answer, or why there is none.

        Raises
        ------
        TurnOverError
            When the turn was stopped or recalled.
        AwsUnavailableError
            When it must be taken again later.
        """
        own, clock = model_texts(texts), self._around.clock
        begun = self._turns.begin(turn, clock.now())
        history = without_event(from_stored(begun.memory, turn.event_id), turn.event_id)
        spent, memory = Spent(self._daily_tokens - begun.tokens), None
        try:
            spent.check()
            given = numbers_in("\n".join([*questions(history), words]))
            question = Question(words, turn.event_id, history, self._beside(turn, given))
            watch = self._watch(turn, own)
            spoken = self._spoken(question, self._runs(turn, given), watch, spent, own)
            if spoken.exchange and not (spoken.personal and turn.is_group):
                memory = to_store(spoken.exchange)
            return Answer(spoken.text, private=spoken.personal or turn.may_stand_elsewhere)
        except _ENDINGS as error:
            return self._without_the_model(turn, error, texts, own)
        finally:
            if spent.usage.calls:
                self._turns.settle(turn, spent.usage, memory, clock.now())

    def _spoken(
        self, question: Question, runs: ToolRuns, watch: Watch, spent: Spent, texts: ModelTexts
    ) -> Spoken:
        """Return what is said and all that is to be remembered: no history that the API refuses."""
        try:
            spoken = self._loop.answer(question, runs, watch, spent, texts)
        except ModelRefusesError as error:
            if error.reason != INVALID_REQUEST or spent.usage.calls or not question.history:
                raise
            logger.error("history refused", requestId=error.request_id or "")
            question = question._replace(history=())
            spoken = self._loop.answer(question, runs, watch, spent, texts)
        exchange = [*question.history, *spoken.exchange] if spoken.exchange else ()
        return spoken._replace(exchange=exchange)

    def _watch(self, turn: ChatTurn, texts: ModelTexts) -> Watch:
        return Watch(
            self._around.clock,
            lambda: self._turns.check(turn),
            lambda: self._around.note(turn, texts.progress),
            self._limits,
        )

    def _runs(self, turn: ChatTurn, given: frozenset[str]) -> ToolRuns:
        token = partial(self._around.vault.access_token, Owner(LARK_USER, turn.open_id))
        asker = Asker(
            turn, self._around.scopes_of(turn.open_id), self._around.clock.now(), token, given, Questions()
        )
        return ToolRuns(self._loop.tools, asker, self._around.staff_chats)

    def _beside(self, turn: ChatTurn, given: Collection[str]) -> str:
        """Return what is told beside the question."""
        quoted = masked(self._quoted(turn), given) if turn.parent_id else ""
        return around(Circumstances(self._around.clock.now(), turn.is_group, quoted))

    def _quoted(self, turn: ChatTurn) -> str:
        """Return what the message says that this one answers; nothing when it cannot be read."""
        try:
            found = self._around.messages.get(turn.parent_id)
        except LarkApiError as error:
            logger.warning("quoted message not read", reason=error.outcome.reason)
            return ""
        if found.is_deleted or found.chat_id not in ("", turn.chat_id):
            return ""
        mentions = tuple(
            Mention(
                key=str(one.get("key", "")), open_id=str(one.get("id", "")), name=str(one.get("name", ""))
            )
            for one in found.mentions
        )
        quoted = replace(turn, message_type=found.msg_type, content=found.content, mentions=mentions)
        said = read_message(quoted)
        return said.text[:MAX_QUOTED] if said.kind is Kind.WORDS else ""

    def _without_the_model(self, turn: ChatTurn, error: Exception, texts: Texts, own: ModelTexts) -> Answer:
        match error:
            case ConsentNeededError():
                return self._ask_consent(turn, error, texts)
            case TokensUsedUpError():
                return Answer(own.tokens_used_up, private=True)
            case AppScopeMissingError():
                logger.error("the app lacks a scope", scopes=" ".join(error.scopes))
                return Answer(own.scope_missing.format(link=error.console_url))
            case ModelRefusesError():
                count("ModelRefusals")
                logger.error("model refuses", reason=error.reason, requestId=error.request_id or "")
                return Answer(own.model_refuses)
            case ModelUnavailableError():
                logger.error("model unavailable", reason=error.reason)
                return Answer(own.model_down)
            case VaultKeyError():
                logger.error("vault not readable", reason=error.message)
                return Answer(own.vault_broken)
            case _:
                return Answer(own.out_of_time)

    def _ask_consent(self, turn: ChatTurn, needed: ConsentNeededError, texts: Texts) -> Answer:
        try:
            link = self._around.ask_consent(turn, {*self._first_scopes, *needed.scopes})
        except NotConfiguredError:
            return Answer(texts.connect_unavailable)
        text = texts.connect.format(link=link)
        if needed.lost_for:
            self._around.vault.claim_asking(Owner(LARK_USER, turn.open_id), turn.known_by)
            reason = texts.reasons.get(needed.lost_for, texts.other_reason)
            text = f"{texts.lost_before.format(reason=reason)}\n\n{text}"
        return Answer(text, private=True)
