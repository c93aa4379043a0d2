"""Tools as the loop calls them: arguments as the model gives them, for somebody who asks."""

import json
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from larkbridge.agent.masking import numbers_in
from larkbridge.agent.tools.tool import Asker, Questions, Result, Tool
from larkbridge.routes import Scope
from larkbridge.store.chat_queue import ChatTurn
from tests.support.chat_turns import said
from tests.support.clock import START


def no_token() -> str:
    raise AssertionError("this tool has no business with the person's token")


def asker(
    turn: ChatTurn | None = None,
    *scopes: Scope,
    now: datetime = START,
    user_token: Callable[[], str] = no_token,
) -> Asker:
    """Return who asks, in their own chat unless a turn says where."""
    turn = turn or said("?")
    return Asker(turn, frozenset(scopes), now, user_token, numbers_in(turn.content), Questions())


def run(tool: Tool, who: Asker, /, **arguments: Any) -> Result:
    """Run a tool with arguments as JSON brings them; what it returns is JSON."""
    result = tool.run(who, tool.arguments.model_validate(arguments))
    assert json.loads(json.dumps(result.content)) == result.content
    return result


def named(tools: Collection[Tool], name: str) -> Tool:
    """Return one of some tools."""
    (found,) = [tool for tool in tools if tool.name == name]
    return found
