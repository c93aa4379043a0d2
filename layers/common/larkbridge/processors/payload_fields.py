"""Reads payloads, whose values may be any JSON; what is not as documented is refused by its name."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, NoReturn

from larkbridge.clock import to_text
from larkbridge.processors.subscriber import UnprocessableEventError
from larkbridge.text import storable

MAX_ITEM_BYTES = 350_000
"""What one DynamoDB item may carry: it may have 400 KB, and its state and history come to that."""


class Text(NamedTuple):
    """A kind of text: of at most `most` characters, all of them `printable` if so.

    With `is_reference`, what it names may stand there whole, an object that has it as its `id`.
    """

    most: int
    printable: bool = False
    is_reference: bool = False


NAME = Text(200, printable=True)
"""An id or a word."""
REFERENCE = NAME._replace(is_reference=True)
TEXT = Text(1_000)

SECONDS, MILLISECONDS = timedelta(seconds=1), timedelta(milliseconds=1)
"""What unix time is counted in."""

_SENT_WITHIN = timedelta(days=1)
"""Lark sends an event again for 7 hours; nothing is told of later."""
_FIRST_MILLISECONDS = 1e11
"""As milliseconds that is in 1973, as seconds in 5138."""
_REQUIRED: Any = object()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = datetime.max.replace(tzinfo=UTC) - _EPOCH


@dataclass(frozen=True, slots=True)
class Fields:
    """The members of a JSON object; `path` is where it stands.

    Every method takes a member's name and raises UnprocessableEventError ("invalid_field") for a value that
    will not do. What is null counts as absent, and so does a number or a time that is none: it must not cost
    the rest.
    """

    values: Mapping[str, Any]
    path: str = ""

    def object(self, name: str, default: Mapping[str, Any] | None = None) -> "Fields":
        """Return an object, one with the members of `default` when it is absent and there is a default."""
        value = self.values.get(name)
        if value is None:
            value = default
        if not isinstance(value, Mapping):
            self._refuse(name, "an object")
        return Fields(value, f"{self.path}{name}.")

    def objects(self, name: str) -> "list[Fields]":
        """Return a list of objects, which is empty when it is absent."""
        values = self.values.get(name)
        if values is None:
            return []
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            self._refuse(name, "a list of objects")
        return [Fields(value, f"{self.path}{name}[{place}].") for place, value in enumerate(values)]

    def text(self, name: str, kind: Text, default: Any = _REQUIRED) -> Any:
        """Return a text of at least one character, `default` when it is absent or empty and there is one."""
        value = self.values.get(name)
        if (value is None or value == "") and default is not _REQUIRED:
            return default
        if kind.is_reference and isinstance(value, dict):
            return self.object(name).text("id", NAME)
        if not value or not isinstance(value, str) or len(value) > kind.most:
            self._refuse(name, _described(kind))
        if not value.isprintable():
            value = storable(value)
            if kind.printable and not value.isprintable():
                self._refuse(name, _described(kind))
        return value

    def optional_integer(self, name: str) -> int | None:
        """Return a whole number of up to 64 bits, written as `7`, `7.0` or `"7"`; None when it is none."""
        value = self.values.get(name)
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}(\.0{1,9})?", value):
            value = int(value.partition(".")[0])
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return value if type(value) is int and value.bit_length() <= 63 else None

    def optional_moment(self, name: str, unit: timedelta) -> str | None:
        """Return the clock's text of a unix time, None when there is none up to the year 9999."""
        value = self.optional_integer(name)
        if value is None or not 0 <= value <= _LONGEST // unit:
            return None
        return to_text(_EPOCH + value * unit)

    def flag(self, name: str) -> bool:
        """Return a truth value, False when it is absent."""
        value = self.values.get(name)
        if not isinstance(value, bool | None):
            self._refuse(name, "true or false")
        return bool(value)

    def _refuse(self, name: str, wanted: str) -> NoReturn:
        raise UnprocessableEventError("invalid_field", f"{self.path}{name} must be {wanted}")


def _described(kind: Text) -> str:
    return f"a text of 1 to {kind.most} {'printable ' if kind.printable else ''}characters"


def compact_json(value: Any, what: str) -> str:
    """Return JSON text that one item can carry.

    Raises
    ------
    UnprocessableEventError
        "too_large", or "not_json" for a number or a depth that JSON text cannot have; it names `what`.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        raise UnprocessableEventError("not_json", f"{what} cannot be written as JSON") from None
    text = storable(text)
    if len(text.encode()) > MAX_ITEM_BYTES:
        raise UnprocessableEventError("too_large", f"{what} has more than {MAX_ITEM_BYTES} bytes")
    return text


def moment_told(value: Any, received_at: datetime) -> datetime:
    """Return a moment that Lark tells in seconds, milliseconds or microseconds; else when we heard of it."""
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return received_at
    if not (math.isfinite(seconds) and seconds > 0):
        return received_at
    while seconds >= _FIRST_MILLISECONDS:
        seconds /= 1000
    moment = _EPOCH + timedelta(milliseconds=round(seconds * 1000))
    return moment if abs(moment - received_at) < _SENT_WITHIN else received_at
