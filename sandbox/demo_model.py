"""What the simulated model answers in the demo: one call of a tool, and words after it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from sandbox.anthropic_api import ANTHROPIC_CONTROL

_SCRIPT = f"{ANTHROPIC_CONTROL}/script"


class Model:
    """Writes the simulated model's script."""

    def __init__(self, sandbox: httpx.Client) -> None:
        self._sandbox = sandbox

    def answers(self, question: str, says: str, **calls: dict[str, Any]) -> None:
        """Have a question that has these words answered, each time that it comes to the model."""
        named = [{"name": name, "input": given} for name, given in calls.items()]
        rounds = ({"calls": named}, {"says": says})
        lines = [{"when": question, "round": number, "times": 0, **one} for number, one in enumerate(rounds)]
        self._sandbox.post(_SCRIPT, json={"lines": lines}).raise_for_status()

    def told(self) -> Any:
        """Return what a tool has told the model last."""
        requests = self._sandbox.get(f"{ANTHROPIC_CONTROL}/requests").raise_for_status().json()["items"]
        (result,) = requests[-1]["body"]["messages"][-1]["content"]
        return json.loads(result["content"])


@contextmanager
def scripted(sandbox: httpx.Client) -> Iterator[Model]:
    """Give a model with an empty script, and leave it without one."""
    sandbox.delete(_SCRIPT).raise_for_status()
    try:
        yield Model(sandbox)
    finally:
        sandbox.delete(_SCRIPT).raise_for_status()
