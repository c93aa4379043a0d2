"""Calls of tools that the model asks for: each has a result that the model can read, whatever happened."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from larkbridge.agent.masking import masked, masked_in
from larkbridge.agent.tools.tool import Asker, Result, Tool, ToolError
from larkbridge.errors import AwsUnavailableError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.permissions import AppScopeMissingError, NotAgreedError
from larkbridge.observability import count, log_crash, logger, plain_word
from larkbridge.text import storable
from larkbridge.vault.refusals import NotConnectedError, ReconnectError, VaultKeyError
from larkbridge.work.outcome import Verdict

MAX_RESULT = 30_000
"""Characters of one result."""
MAX_CALLS = 10
"""Calls of one answer of the model's."""
MAX_CARDS = 3
"""Cards that ask, in one turn."""


class ConsentNeededError(Exception):
    """The person must connect, or agree to more, before a tool can do it.

    Attributes
    ----------
    lost_for
        Why what they agreed to before is over; empty where there was nothing.
    """

    def __init__(self, scopes: Iterable[str], lost_for: str = "") -> None:
        super().__init__("consent needed")
        self.scopes, self.lost_for = tuple(scopes), lost_for


class Returned(NamedTuple):
    """What the model is told of one call."""

    text: str
    failed: bool = False
    personal: bool = False


class ToolRuns:
    """Runs tools for one person in one turn.

    Parameters
    ----------
    staff_chats
        AGENT_STAFF_CHATS: elsewhere it is personal, too, why a tool that takes a right did not do it.
    """

    def __init__(self, tools: Sequence[Tool], asker: Asker, staff_chats: Collection[str] = ()) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._asker = asker
        self._is_among_staff = asker.turn.chat_id in staff_chats
        self._cards = 0

    def run(self, name: str, given: Mapping[str, Any], number: int = 0) -> Returned:
        """Run one call, the `number`-th of its answer, counted from 0.

        Raises
        ------
        ConsentNeededError
            When the person has to act first.
        AppScopeMissingError
            When an administrator has to.
        VaultKeyError
            When the person's token cannot be opened.
        """
        try:
            result = self._result(name, given, number)
            content = masked_in(result.content, self._asker.numbers)
            text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        except ToolError as error:
            return self._failed(name, "tool_error", str(error))
        except (AppScopeMissingError, ConsentNeededError, VaultKeyError):
            raise
        except LarkApiError as error:
            later = " It may work later." if error.outcome.verdict is Verdict.RETRY else ""
            return self._failed(name, error.outcome.reason, f"Lark did not do it: {error.hint}{later}")
        except AwsUnavailableError:
            return self._failed(name, "aws_unavailable", "The data cannot be reached now. It may work later.")
        except Exception as error:
            count("ToolDefects")
            log_crash("tool crashed", error, tool=plain_word(name))
            return self._failed(name, "defect", "It did not work, for a reason that only the log has.")
        return Returned(self._shown(text), personal=result.personal)

    def _result(self, name: str, given: Mapping[str, Any], number: int) -> Result:
        if number >= MAX_CALLS:
            raise ToolError(f"Not run: at most {MAX_CALLS} calls at once. Call again what is still needed.")
        tool = self._tools.get(name)
        if tool is None:
            raise ToolError(f"There is no tool {plain_word(name)}.")
        if tool.needs and tool.needs not in self._asker.scopes:
            raise ToolError(
                f"This person has no right to it: an administrator can give them '{tool.needs}' in STAFF."
            )
        if tool.asks and self._cards >= MAX_CARDS:
            raise ToolError(f"Not asked: {MAX_CARDS} cards at once are enough. Tell the person what is left.")
        try:
            arguments = tool.arguments.model_validate(given)
        except ValidationError as error:
            raise ToolError(f"Wrong arguments: {_wrong(error)}") from None
        result = self._done(tool, arguments)
        self._cards += tool.asks
        return result

    def _done(self, tool: Tool, arguments: Any) -> Result:
        try:
            return tool.run(self._asker, arguments)
        except ReconnectError as error:
            raise ConsentNeededError(tool.lark_scopes, error.reason) from None
        except NotConnectedError:
            raise ConsentNeededError(tool.lark_scopes) from None
        except NotAgreedError as error:
            raise ConsentNeededError(tool.lark_scopes or error.scopes[:1]) from None

    def _failed(self, name: str, reason: str, text: str) -> Returned:
        logger.warning("tool failed", tool=plain_word(name), reason=reason)
        return Returned(self._shown(text), failed=True, personal=self._is_personal(name))

    def _is_personal(self, name: str) -> bool:
        tool = self._tools.get(name)
        return bool(tool and (tool.needs or tool.lark_scopes)) and not self._is_among_staff

    def _shown(self, text: str) -> str:
        text = masked(text, self._asker.numbers)
        text = storable(text)
        if len(text) <= MAX_RESULT:
            return text
        return f"{text[:MAX_RESULT]}\n(The rest is cut off: this is partial. Ask for less.)"


def _wrong(error: ValidationError) -> str:
    """Return what is wrong with arguments, without quoting them."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'arguments'}: {one['msg']}" for one in found)
