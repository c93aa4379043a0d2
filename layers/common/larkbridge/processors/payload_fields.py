"""Reads payloads, whose values may be any JSON; what is not as documented is refused by its name."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from larkbridge.clock import from_text, to_text
from larkbridge.processors.processor import Incoming, UnprocessableEventError
from larkbridge.text import storable

MAX_NAME = 200
MAX_TEXT = 1_000
MAX_ITEM_BYTES = 350_000
"""What one DynamoDB item may carry: it may have 400 KB, and its state and history come to that."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND = 253_402_300_799
"""Of the year 9999."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The members of a JSON object; `path` is where it stands.

    Every method takes a member's name and raises UnprocessableEventError ("invalid_field") for a value that
    will not do. What is null counts as absent, and so does a number or a time that is none: it must not cost
    the rest. A whole number may be written as `7.0` or `"7"`.
    """

    values: Mapping[str, Any]
    path: str = ""

    def object(self, name: str) -> "Fields":
        """Return an object."""
        return self.optional_object(name) or self._refuse(name, "an object")

    def optional_object(self, name: str) -> "Fields | None":
        """Return an object, None when it is absent."""
        value = self.values.get(name)
        if not isinstance(value, dict | None):
            self._refuse(name, "an object")
        return None if value is None else Fields(value, f"{self.path}{name}.")

    def objects(self, name: str) -> "list[Fields]":
        """Return a list of objects, which is empty when it is absent."""
        values = self.values.get(name)
        if values is None:
            return []
        if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
            self._refuse(name, "a list of objects")
        return [Fields(one, f"{self.path}{name}[{place}].") for place, one in enumerate(values)]

    def name(self, name: str) -> str:
        """Return an id or a word: 1 to 200 printable characters."""
        return self.optional_name(name) or self._refuse(name, "a text of 1 to 200 printable characters")

    def optional_name(self, name: str) -> str | None:
        """Return an id or a word, None when it is absent or empty."""
        value = self.optional_text(name, MAX_NAME)
        if value and not value.isprintable():
            self._refuse(name, "a text of printable characters")
        return value

    def optional_text(self, name: str, most: int = MAX_TEXT) -> str | None:
        """Return a text of at most `most` characters, None when it is absent or empty."""
        value = self.values.get(name)
        if not isinstance(value, str | None) or len(value or "") > most:
            self._refuse(name, f"a text of at most {most} characters")
        return storable(value) if value else None

    def optional_integer(self, name: str) -> int | None:
        """Return a whole number of up to 64 bits, None when there is none."""
        return _whole_number(self.values.get(name))

    def flag(self, name: str) -> bool:
        """Return a truth value, False when it is absent."""
        value = self.values.get(name)
        if not isinstance(value, bool | None):
            self._refuse(name, "true or false")
        return bool(value)

    def seconds(self, name: str, otherwise: int) -> int:
        """Return unix seconds, `otherwise` where there are none."""
        value = self.optional_seconds(name)
        return otherwise if value is None else value

    def optional_seconds(self, name: str) -> int | None:
        """Return unix seconds, None when there are none."""
        value = self.optional_integer(name)
        return value if value is not None and 0 <= value <= _LAST_SECOND else None

    def milliseconds(self, name: str, otherwise: int) -> int:
        """Return unix milliseconds, `otherwise` where there are none."""
        value = self.optional_integer(name)
        return value if value is not None and 0 <= value < (_LAST_SECOND + 1) * 1000 else otherwise

    def _refuse(self, name: str, wanted: str) -> NoReturn:
        raise UnprocessableEventError("invalid_field", f"{self.path}{name} must be {wanted}")


def _whole_number(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}(\.0{1,9})?", value):
        value = int(value.partition(".")[0])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and value.bit_length() <= 63 else None


def time_of_receipt(incoming: Incoming) -> int:
    """Return when an event came in, in unix milliseconds: the time of what does not tell its own."""
    return round(from_text(incoming.event.received_at).timestamp() * 1000)


def moment(milliseconds: int) -> str:
    """Return unix milliseconds as the clock's text."""
    return to_text(_EPOCH + timedelta(milliseconds=milliseconds))


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
