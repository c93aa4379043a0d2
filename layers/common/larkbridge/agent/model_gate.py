"""The way to the model: open while there is a key, and heavy only for those who go it."""

from collections.abc import Callable
from functools import cached_property
from typing import Protocol

from larkbridge.agent.chat_wording import Texts
from larkbridge.agent.protocols import Answer
from larkbridge.store.chat_queue import ChatTurn

KEY_SETTING = "ANTHROPIC_API_KEY"


class Answering(Protocol):
    """Answers words that are no command, as `larkbridge.agent.model.model_answers` does."""

    def answer(self, turn: ChatTurn, words: str, texts: Texts) -> Answer | None: ...


class ModelGate:
    """Answers words through the model, whose libraries are imported by the first of them.

    Parameters
    ----------
    name
        The model's.
    has_key
        Raises AwsUnavailableError and MissingSettingError when that cannot be read.
    """

    def __init__(self, name: str, has_key: Callable[[], bool], make: Callable[[], Answering]) -> None:
        self._name, self._has_key, self._make = name, has_key, make

    def answer(self, turn: ChatTurn, words: str, texts: Texts) -> Answer | None:
        """Return the answer; raises what `Answering` raises."""
        if not self._has_key():
            return Answer(texts.no_model)
        return self._answering.answer(turn, words, texts)

    def status(self, texts: Texts) -> str:
        """Return the line that says whether there is a model."""
        return texts.model_ready.format(model=self._name) if self._has_key() else texts.model_status

    @cached_property
    def _answering(self) -> Answering:
        return self._make()
