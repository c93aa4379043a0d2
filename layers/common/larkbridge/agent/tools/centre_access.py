"""The centre's own data: who may ask for it, and who may read the answer."""

from collections.abc import Callable, Collection
from typing import Any

from larkbridge.agent.tools.local_time import stored
from larkbridge.agent.tools.redaction import Redactor
from larkbridge.agent.tools.tool import Arguments, Asker, Result, Tool, ToolError
from larkbridge.routes import Scope
from larkbridge.store.work import Work
from larkbridge.targets.last_error import last_error

SHOWN = 20
"""So many entries or rows the model gets to see; what there are beyond is counted."""
COUNTED = 2_000
"""So many are looked at."""
LOOKED_UP = "look-up"
"""What the Audit table calls it that somebody looked people up by their phone numbers."""


def centre_tool[A: Arguments](
    name: str,
    description: str,
    arguments: type[A],
    read: Callable[[Asker, A], Any],
    *,
    needs: Scope,
    staff_chats: Collection[str],
) -> Tool:
    """Return a tool that reads nothing for whom the scope is missing, and tells the others' chats nothing.

    Parameters
    ----------
    read
        Returns what the model is told.
    staff_chats
        Those whose members may all read what this tool finds.
    """

    def run(asker: Asker, asked: A) -> Result:
        require_right(asker, needs)
        return Result(read(asker, asked), personal=asker.turn.chat_id not in staff_chats)

    return Tool(name, description, arguments, run, needs)


def require_right(asker: Asker, needs: Scope) -> None:
    """Raise ToolError unless the person may do something with the centre's data."""
    if needs not in asker.scopes:
        raise ToolError(
            f"Not allowed: it takes the right '{needs}' to the centre's data, which the person does not "
            "have. Say so, without any detail; an administrator can give it in the setting STAFF."
        )


def progress(work: Work, redactor: Redactor, *, is_larks: bool) -> dict[str, Any]:
    """Return how far a piece of work has come, and why not further.

    Parameters
    ----------
    is_larks
        Whether Lark is the other side.
    """
    error = (last_error(work) if is_larks else work.last_error) or {}
    told = {
        name: redactor.text(str(error[name])) for name in ("reason", "message", "hint") if error.get(name)
    }
    return {
        "state": str(work.status),
        "attempts": work.attempt_count,
        **({"nextAttempt": stored(work.next_attempt_at)} if work.next_attempt_at else {}),
        **({"why": told} if told else {}),
    }
