"""Ids, moments and lists as they stand in requests and answers.

A moment is a whole number since 1970 in a string, of seconds or of milliseconds as each API has it, or a text
of RFC 3339. Lark's own SDK types some of them as numbers, so both are read. A list comes in pages, each of
which leads to the next.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from larkbridge.lark import api_error
from larkbridge.lark.answers import refused
from larkbridge.lark.api_error import LarkApiError, error_of
from larkbridge.lark.error_codes import ANSWER_TOO_LARGE
from larkbridge.work.outcome import Verdict

_ID = re.compile(r"[A-Za-z0-9_.@-]{1,200}")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MILLISECOND = timedelta(milliseconds=1)
MAX_PAGES = 100
"""A list that has more is refused."""


def segment(text: str) -> str:
    """Return an id, fit to be one segment of a path; raises `LarkApiError` for anything else."""
    if not _ID.fullmatch(text) or not text.strip("."):
        raise error_of(refused("bad_parameter", "this is no id"))
    return text


def to_number(moment: datetime, unit: timedelta) -> str:
    """Return the whole units from 1970 to a moment; raises TypeError for one without a time zone."""
    return str((moment - _EPOCH) // unit)


def from_number(value: object, unit: timedelta) -> datetime:
    """Return the moment that lies so many units after 1970; raises `LarkApiError` for what is no number."""
    text = str(value)
    if isinstance(value, str | int) and _WHOLE_NUMBER.fullmatch(text):
        try:
            return _EPOCH + int(text) * unit
        except OverflowError:
            pass
    raise incomplete("the answer has no valid time")


def to_rfc3339(moment: datetime) -> str:
    """Return a moment as a text with its offset; raises TypeError for one without a time zone."""
    if moment.tzinfo is None:
        raise TypeError("a moment needs a time zone")
    return moment.isoformat(timespec="seconds")


def from_rfc3339(value: object) -> datetime:
    """Return the moment that a text with an offset stands for; raises `LarkApiError` for any other value."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise incomplete("the answer has no valid time")
    return moment


def each(
    call: Callable[[dict[str, str]], Mapping[str, Any]], name: str, query: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Yield the objects of a list, page by page; a page is asked for when the one before it is used up.

    Parameters
    ----------
    call
        Returns the page that a query asks for.

    Raises
    ------
    LarkApiError
        What `call` raises, and for a page that leads nowhere or for more than 100 pages.
    """
    asked: str | None = None
    for _ in range(MAX_PAGES):
        data = call({**query, **({"page_token": asked} if asked else {})})
        yield from objects(data, name)
        asked = next_token(data, asked)
        if asked is None:
            return
    raise error_of(refused(ANSWER_TOO_LARGE, f"more than {MAX_PAGES} pages"))


def next_token(data: Mapping[str, Any], asked: str | None) -> str | None:
    """Return the token of the page that follows the one that was asked for, None when that was the last."""
    if not data.get("has_more", "page_token" in data):
        return None
    token = data.get("page_token")
    if not isinstance(token, str) or token in ("", asked):
        raise api_error.incomplete("there are more pages and the answer does not lead to the next")
    return token


def objects(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return a list of objects, empty where Lark sends none; raises `LarkApiError` for anything else."""
    found = data.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise incomplete(f"{name} is not a list of objects")
    return found


def incomplete(message: str) -> LarkApiError:
    """Return the error of an answer that does not say what it has to: what was asked for may be done."""
    return api_error.incomplete(message, Verdict.UNKNOWN)
