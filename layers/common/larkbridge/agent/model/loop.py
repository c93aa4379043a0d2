"""From a question to an answer: the model is asked, its calls are run, and it is asked again."""

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from larkbridge.agent.memory import Entry
from larkbridge.agent.model.chat_history import (
    answered,
    asked,
    called,
    messages_of,
    result_block,
    returned,
)
from larkbridge.agent.model.known_links import with_known_links
from larkbridge.agent.model.model_client import ModelClient
from larkbridge.agent.model.model_texts import ModelTexts
from larkbridge.agent.model.prompt import RULES
from larkbridge.agent.model.stop_reasons import CUT_OFF, REFUSAL, TOO_LONG, Step, step_after
from larkbridge.agent.model.tool_runs import ToolRuns
from larkbridge.agent.model.waiting import Watch, answer_of
from larkbridge.agent.tools.tool import Tool
from larkbridge.errors import LarkbridgeError
from larkbridge.observability import logger, plain_word
from larkbridge.store.model_turns import Usage
from larkbridge.text import is_blank

if TYPE_CHECKING:
    from anthropic.types import Message, ToolUseBlock

MAX_ROUNDS = 8
_TOKEN_CHARACTERS = 3
"""Of a request, where the API has not said how many tokens it was."""
NO_EFFORT = "unset"
"""For a model that has no choice of effort."""


class TokensUsedUpError(LarkbridgeError):
    """The person's tokens of the day are used up before the model has answered."""


class ModelOptions(NamedTuple):
    """Which model, and how much of it: its name, its effort, and at most so many tokens an answer."""

    model: str
    effort: str
    max_tokens: int


class Question(NamedTuple):
    """What is asked, after what was said before, and what is told beside it."""

    text: str
    event_id: str
    history: Sequence[Entry]
    around: str


class Spoken(NamedTuple):
    """What the model says in the end.

    Attributes
    ----------
    personal
        Whether it rests on what others in the chat may not read.
    exchange
        What is to be remembered; nothing where nothing was said.
    """

    text: str
    personal: bool = False
    exchange: Sequence[Entry] = ()


class Loop:
    """Asks a model that has tools."""

    def __init__(self, client: ModelClient, tools: Sequence[Tool], options: ModelOptions) -> None:
        self.tools = tools
        self._client = client
        self._options = options

    def answer(
        self, question: Question, runs: ToolRuns, watch: Watch, spent: "Spent", texts: ModelTexts
    ) -> Spoken:
        """Return the answer, counting in `spent`.

        Raises
        ------
        TokensUsedUpError
            Before the call for which none are left.
        Exception
            As `answer_of` and `ToolRuns.run` do.
        """
        messages = [*messages_of(question.history), _user(question.around, question.text)]
        exchange = [asked(question.text, question.event_id)]
        personal = False
        for round_number in range(MAX_ROUNDS):
            is_last = round_number == MAX_ROUNDS - 1
            spent.check()
            request = self._request(messages, is_last=is_last)
            message = answer_of(self._client, request, watch, partial(spent.add_given_up, request))
            spent.add(message)
            step, calls = step_after(message.stop_reason), _calls(message)
            if step is Step.STOP or (step is Step.RUN_TOOLS and not calls):
                text = with_known_links(_text(message), _given(messages))
                return _spoken(message, text, exchange, personal=personal, texts=texts)
            if message.content:
                messages.append(dict(message.to_param()))
            if step is Step.RUN_TOOLS and not is_last:
                results, personal_too = _run(calls, runs, watch, exchange)
                personal = personal or personal_too
                messages.append({"role": "user", "content": results})
        return Spoken(texts.too_many_rounds)

    def _request(self, messages: Sequence[Mapping[str, Any]], *, is_last: bool) -> dict[str, Any]:
        """Return a call; the last one may not ask for tools, so that an answer comes of it."""
        options = self._options
        request: dict[str, Any] = {
            "model": options.model,
            "max_tokens": options.max_tokens,
            "system": [{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
            "messages": list(messages),
        }
        if options.effort != NO_EFFORT:
            request["output_config"] = {"effort": options.effort}
        if self._described:
            request |= {"tools": self._described, "tool_choice": {"type": "none" if is_last else "auto"}}
        return request

    @cached_property
    def _described(self) -> list[dict[str, Any]]:
        return [
            {"name": tool.name, "description": tool.description, "input_schema": dict(tool.schema())}
            for tool in self.tools
        ]


class Spent:
    """Adds up what a turn's calls cost, of the tokens that the person has left."""

    def __init__(self, left: int) -> None:
        self.usage = Usage()
        self._left = left

    def check(self) -> None:
        """Raise TokensUsedUpError when none are left."""
        if self.usage.tokens >= self._left:
            raise TokensUsedUpError("the day's tokens are used up")

    def add_given_up(self, request: Mapping[str, Any]) -> None:
        """Count a call whose answer nobody waits for, by what it was asked with."""
        tokens = len(str(request)) // _TOKEN_CHARACTERS
        self.usage = self.usage._replace(calls=self.usage.calls + 1, tokens=self.usage.tokens + tokens)

    def add(self, message: "Message") -> None:
        """Count one answer; what the model's cache had is counted apart."""
        used, before = message.usage, self.usage
        tokens = used.input_tokens + used.output_tokens + (used.cache_creation_input_tokens or 0)
        cached = used.cache_read_input_tokens or 0
        self.usage = Usage(before.calls + 1, before.tokens + tokens, before.cached_tokens + cached)


def _user(*texts: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": text} for text in texts]}


def _calls(message: "Message") -> "list[ToolUseBlock]":
    return [block for block in message.content if block.type == "tool_use"]


def _run(
    calls: "Sequence[ToolUseBlock]", runs: ToolRuns, watch: Watch, exchange: list[Entry]
) -> tuple[list[dict[str, Any]], bool]:
    """Run calls in their order and note them; return the results, and whether any is personal.

    None runs once the turn is over, which raises as `Watch.look` does.
    """
    results: list[Entry] = []
    personal = False
    for number, call in enumerate(calls):
        watch.look()
        done = runs.run(call.name, call.input, number)
        results.append(returned(call.id, done.text, failed=done.failed))
        personal = personal or done.personal
    exchange += [called(call.id, call.name, call.input) for call in calls]
    exchange += results
    return [result_block(entry) for entry in results], personal


def _text(message: "Message") -> str:
    return "\n\n".join(block.text.strip() for block in message.content if block.type == "text").strip()


def _given(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return all that the model was told, by the person and by tools."""
    told = [block for message in messages if message["role"] == "user" for block in message["content"]]
    return "\n".join(str(block.get("text") or block.get("content")) for block in told)


def _spoken(
    message: "Message", text: str, exchange: Sequence[Entry], *, personal: bool, texts: ModelTexts
) -> Spoken:
    """Return what is said when the model has stopped; calls that stand in its answer are not run."""
    reason = message.stop_reason or "none"
    if reason == REFUSAL:
        category = message.stop_details and message.stop_details.category
        logger.warning("model refuses to answer", category=category or "none")
        return Spoken(texts.refused)
    if reason == TOO_LONG:
        return Spoken(texts.too_long)
    if reason == CUT_OFF:
        text = f"{text}\n\n{texts.cut_off}".strip()
    if is_blank(text):
        logger.warning("model says nothing", stopReason=plain_word(reason))
        return Spoken(texts.nothing_said)
    return Spoken(text, personal, [*exchange, answered(text)])
