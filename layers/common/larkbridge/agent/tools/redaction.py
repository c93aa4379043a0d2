"""What of the texts that a tool finds a model gets to see."""

from typing import Any

from larkbridge.agent.masking import masked, numbers_in
from larkbridge.agent.tools.tool import Asker
from larkbridge.routes import Scope

MAX_TEXT = 300
_LAST_DIGITS = 3


class Redactor:
    """What a model gets to see of texts: no phone number or address but those that the asker wrote.

    Whatever is seen is data, whoever wrote it.

    Parameters
    ----------
    is_own
        What is seen is the person's own in Lark. Of the centre's data, who may not look people up sees no
        number at all: they would recognise somebody by writing it.
    """

    def __init__(self, asker: Asker, *, is_own: bool = False) -> None:
        may_know = is_own or Scope.PEOPLE in asker.scopes
        self._given = asker.numbers if may_know else frozenset[str]()

    def text(self, text: str) -> str:
        """Return a text as it is seen, cut to `MAX_TEXT` characters."""
        seen = masked(text, self._given)
        return seen if len(seen) <= MAX_TEXT else f"{seen[:MAX_TEXT]}…"

    def phone(self, number: str) -> str:
        """Return a phone number as it is seen: its last digits tell it from others."""
        known = numbers_in(number)
        if known and known <= self._given:
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
