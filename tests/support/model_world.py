"""A chat with a model: the real library against the simulated Messages API, tools of the test's own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from larkbridge.agent.chat_texts import VI
from larkbridge.agent.memory import Entry, from_stored
from larkbridge.agent.model.loop import Loop, ModelOptions
from larkbridge.agent.model.model_answers import ModelAnswers, Surroundings
from larkbridge.agent.model.model_client import ModelClient
from larkbridge.agent.model.waiting import LIMITS, WaitLimits
from larkbridge.agent.protocols import Answer
from larkbridge.agent.tools.tool import Arguments, Asker, Result, Tool
from larkbridge.clock import Clock
from larkbridge.lark.api_error import LarkApiError, error_of
from larkbridge.lark.messages import FoundMessage
from larkbridge.routes import Scope
from larkbridge.store.chat_queue import ChatTurn
from larkbridge.store.conversations import ConversationStore
from larkbridge.store.grants import Owner
from larkbridge.store.model_turns import ModelTurnStore
from larkbridge.work.outcome import Outcome, Verdict
from sandbox.anthropic_api import AnthropicApi
from sandbox.routing import Router
from sandbox.server import SandboxServer
from tests.support.chat_turns import said
from tests.support.clock import SimulatedClock

KEY = "sk-ant-test"
OPTIONS = ModelOptions("claude-sonnet-5-5", "low", 1_000)
LINK = "https://larkbridge.test/oauth/start?t=abc"
FIRST_SCOPES = ("calendar:calendar:read",)
CALENDAR = "calendar:calendar.event:read"


class ClassName(Arguments):
    name: Annotated[str, Field(description="The class.", min_length=2)]


def call(tool: str, **arguments: Any) -> dict[str, Any]:
    """Return a call as a script has it."""
    return {"name": tool, "input": arguments}


class FakeVault:
    """Gives everybody a token; `asked` is who was asked to connect again, and by whom."""

    def __init__(self) -> None:
        self.asked: list[tuple[Owner, str]] = []

    def access_token(self, owner: Owner) -> str:
        return f"token of {owner.id}"

    def claim_asking(self, owner: Owner, asker: str) -> bool:
        self.asked.append((owner, asker))
        return True


class ToolDouble:
    """A tool that returns what `then` has, or raises it, first to last; `ran` are the calls that it got."""

    def __init__(self, name: str, *then: Any, **of_tool: Any) -> None:
        self.ran: list[tuple[Asker, Any]] = []
        self._then = list(then)
        fields: dict[str, Any] = {"description": f"The tool {name}.", "arguments": ClassName} | of_tool
        self.tool = Tool(name, run=self._run, **fields)

    def _run(self, asker: Asker, arguments: Any) -> Result:
        self.ran.append((asker, arguments))
        done = self._then.pop(0) if len(self._then) > 1 else self._then[0]
        if isinstance(done, Exception):
            raise done
        if callable(done):
            done = done(asker)
        return done if isinstance(done, Result) else Result(done)


class ModelWorld:
    """One bot with a model.

    Attributes
    ----------
    notes
        What was said while a turn went on.
    asked
        Whom consent was asked of, and for what.
    """

    def __init__(self, environ: Mapping[str, str], url: str, api: AnthropicApi, clock: Clock) -> None:
        self.api, self.clock, self.vault = api, clock, FakeVault()
        self.scopes: frozenset[Scope] = frozenset()
        self.staff_chats: tuple[str, ...] = ()
        self.notes: list[str] = []
        self.asked: list[tuple[ChatTurn, frozenset[str]]] = []
        self.quoted: FoundMessage | None = None
        self.daily_tokens = 100_000
        self.limits: WaitLimits = LIMITS
        self.conversations = ConversationStore(environ["CONVERSATIONS_TABLE"])
        self.turns = ModelTurnStore(environ["CONVERSATIONS_TABLE"], clock.sleep)
        self.client = ModelClient(lambda: KEY, url)
        self._tools: list[Tool] = []

    def tools(self, *doubles: ToolDouble) -> None:
        self._tools = [one.tool for one in doubles]

    def answers(self) -> ModelAnswers:
        around = Surroundings(
            vault=self.vault,
            scopes_of=lambda _: self.scopes,
            staff_chats=self.staff_chats,
            ask_consent=self._ask_consent,
            messages=self,
            note=lambda _, text: self.notes.append(text),
            clock=self.clock,
        )
        loop = Loop(self.client, self._tools, OPTIONS)
        return ModelAnswers(self.turns, loop, around, self.daily_tokens, FIRST_SCOPES, self.limits)

    def ask(self, words: str = "Lớp M3A còn mấy chỗ?", turn: ChatTurn | None = None) -> Answer:
        """Return what is said to words."""
        found = self.answers().answer(turn or said(words), words, VI)
        assert found is not None
        return found

    def get(self, message_id: str) -> FoundMessage:
        if self.quoted is None:
            raise LarkApiError(Outcome(verdict=Verdict.REJECT, reason="not_found"))
        return self.quoted

    def _ask_consent(self, turn: ChatTurn, scopes: Any) -> str:
        self.asked.append((turn, frozenset(scopes)))
        return LINK

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The requests that the model was sent, oldest first."""
        return [one.body for one in self.api.requests]

    def results(self, number: int = -1) -> list[dict[str, Any]]:
        """Return the tools' results in a request's last message."""
        content = self.sent[number]["messages"][-1]["content"]
        return [block for block in content if block["type"] == "tool_result"]

    def remembered(self, turn: ChatTurn | None = None) -> list[Entry]:
        return from_stored(self.conversations.memory(turn or said("")), "test")

    def used(self, turn: ChatTurn | None = None, at: datetime | None = None) -> int:
        """Return what a person has cost on a day."""
        return self.turns.begin(turn or said(""), at or self.clock.now()).tokens


@contextmanager
def model_world(environ: Mapping[str, str], clock: Clock | None = None) -> Iterator[ModelWorld]:
    """Run with a simulated Messages API; on a clock that only the test moves, unless one is given."""
    clock = clock or SimulatedClock()
    api = AnthropicApi(lambda: clock.now().timestamp(), [KEY])
    with SandboxServer("127.0.0.1", 0, Router(api.routes())).running() as url:
        yield ModelWorld(environ, url, api, clock)


def lark_error(reason: str, verdict: Verdict = Verdict.REJECT) -> LarkApiError:
    return error_of(Outcome(verdict=verdict, reason=reason))
