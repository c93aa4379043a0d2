"""What a test lets the simulated model answer.

A script is a list of lines, each a JSON object; the first that fits a request answers it:

``when``
    What the newest question must contain, in any case of letters; it is the newest text of the user's.
``round``
    How many answers of the model's stand after the question, from 0; without it any number.
``times``
    How many requests the line answers, 1 unless given; 0 for any number.
``says``, ``calls``
    The answer's text and its calls, ``{"name", "input"}`` each.
``stops``
    The stop reason; else ``tool_use`` with calls and ``end_turn`` without. With ``max_tokens`` the last call
    is cut off: its input has lost its last field.
``refuses``
    With ``category`` and ``explanation``: a refusal.
``error``, ``retryAfter``
    An error's type in the answer's place, and the seconds of its header.
``delaySeconds``
    How long it takes.
``drops``
    ``before`` the answer or in its ``middle`` the connection breaks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from sandbox.routing import FieldError

_DROPS = ("", "before", "middle")


@dataclass(slots=True, kw_only=True)
class Line:
    """One line of a script; `left` is how many requests it still answers, None for any number."""

    when: str = ""
    round: int | None = None
    says: str = ""
    calls: Sequence[Mapping[str, Any]] = ()
    stops: str = ""
    refuses: Mapping[str, Any] | None = None
    error: str = ""
    retry_after: float | None = None
    delay_seconds: float = 0.0
    drops: str = ""
    left: int | None = 1

    @classmethod
    def read(cls, document: Any) -> Self:
        """Return the line that a control request describes, or raise `FieldError`."""
        if not isinstance(document, dict):
            raise FieldError("lines", "must be a list of objects")
        for name in document.keys() - _FIELDS.keys():
            raise FieldError(name, "is not known")
        for name, value in document.items():
            if not isinstance(value, _FIELDS[name]) or (isinstance(value, bool)):
                raise FieldError(name, "has another type")
        if document.get("drops", "") not in _DROPS:
            raise FieldError("drops", "must be before or middle")
        known = {name: value for name, value in document.items() if name not in _RENAMED}
        renamed = {ours: document[name] for name, ours in _RENAMED.items() if name in document}
        left = renamed.pop("left", 1) or None
        return cls(**known, **renamed, left=left)

    def fits(self, question: str, answers: int) -> bool:
        """Tell whether it answers a request."""
        return self.left != 0 and self.when.lower() in question.lower() and self.round in (None, answers)


_RENAMED = {"retryAfter": "retry_after", "delaySeconds": "delay_seconds", "times": "left"}
_FIELDS: dict[str, Any] = {
    "when": str,
    "round": int,
    "times": int,
    "says": str,
    "calls": list,
    "stops": str,
    "refuses": dict,
    "error": str,
    "retryAfter": int | float,
    "delaySeconds": int | float,
    "drops": str,
}


@dataclass(slots=True)
class Script:
    """The lines, in order."""

    lines: list[Line] = field(default_factory=list[Line])

    def take(self, question: str, answers: int) -> Line | None:
        """Return the line that answers a request, once less, or None."""
        for line in self.lines:
            if line.fits(question, answers):
                if line.left is not None:
                    line.left -= 1
                return line
        return None
