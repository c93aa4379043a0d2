"""Ids, moments and lists as they stand in requests and answers.

A moment is a whole number since 1970 in a string, of seconds or of milliseconds as each API has it. Lark's
own SDK types some of them as numbers, so both are read.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from larkbridge.lark import api_error
from larkbridge.lark.answers import refused
from larkbridge.lark.api_error import LarkApiError, error_of
from larkbridge.work.outcome import Verdict

_ID = re.compile(r"[A-Za-z0-9_.@-]{1,200}")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MILLISECOND = timedelta(milliseconds=1)


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
