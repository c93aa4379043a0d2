"""The centre's own data: who may ask for it, who may read the answer, and what of it a model gets to see."""

from collections.abc import Callable, Collection
from typing import Any

from larkbridge.agent.masking import masked, numbers_in
from larkbridge.agent.tools.local_time import in_words, iso
from larkbridge.agent.tools.tool import Arguments, Asker, Result, Tool, ToolError
from larkbridge.clock import from_text
from larkbridge.routes import Scope
from larkbridge.store.work import Work
from larkbridge.targets.last_error import last_error

SHOWN = 20
"""So many entries or rows the model gets to see; what there are beyond is counted."""
COUNTED = 2_000
"""So many are looked at."""
MAX_TEXT = 300
_LAST_DIGITS = 3


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
        if needs not in asker.scopes:
            raise ToolError(
                f"Not allowed: it takes the right '{needs}' to the centre's data, which the person does not "
                "have. Say so, without any detail; an administrator can give it in the setting STAFF."
            )
        return Result(read(asker, asked), personal=asker.turn.chat_id not in staff_chats)

    return Tool(name, description, arguments, run, needs)


class Eyes:
    """What a model gets to see of texts: no phone number or address but those that the asker wrote.

    Whatever is seen is data, whoever wrote it.
    """

    def __init__(self, asker: Asker) -> None:
        self._given = numbers_in(asker.turn.content)

    def text(self, text: str) -> str:
        """Return a text as it is seen, cut to `MAX_TEXT` characters."""
        seen = masked(text, self._given)
        return seen if len(seen) <= MAX_TEXT else f"{seen[:MAX_TEXT]}…"

    def phone(self, number: str) -> str:
        """Return a phone number as it is seen: its last digits tell it from others."""
        if number and numbers_in(number) <= self._given:
            return number
        return f"•••{number[-_LAST_DIGITS:]}" if number else ""

    def value(self, value: Any) -> Any:
        """Return any JSON as it is seen."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.value(item) for item in value]
            case dict():
                return {key: self.value(item) for key, item in value.items()}
        return value

    def progress(self, work: Work, *, is_larks: bool) -> dict[str, Any]:
        """Return how far a piece of work has come, and why not further.

        Parameters
        ----------
        is_larks
            Whether Lark is the other side.
        """
        error = (last_error(work) if is_larks else work.last_error) or {}
        told = {
            name: self.text(str(error[name])) for name in ("reason", "message", "hint") if error.get(name)
        }
        return {
            "state": str(work.status),
            "attempts": work.attempt_count,
            **({"nextAttempt": moment(work.next_attempt_at)} if work.next_attempt_at else {}),
            **({"why": told} if told else {}),
        }


def moment(stored: str) -> dict[str, str]:
    """Return the stored text of a moment as the model gets it."""
    at = from_text(stored)
    return {"at": iso(at), "inWords": in_words(at)}
