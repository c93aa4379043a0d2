"""What is kept of a value that is written, by the kind of value; None where the cell becomes empty.

Each function raises `WrongValueError` for a value of another kind, and `RefusedError` for too much of it.
"""

import re
from typing import Any

from sandbox.lark.base_codes import ErrorCode, refused

MAX_TEXT = 100_000
MAX_PHONE = 64
MAX_OPTIONS = 1000
MAX_PEOPLE = 1000
MAX_FILES = 100
MAX_LINKS = 500
MAX_GROUPS = 10
MAX_NUMBER = 1e308
EXACT_NUMBERS = 2**53
FIRST_MOMENT, LAST_MOMENT = -62_135_596_800_000, 253_402_300_799_999
"""The years 1 to 9999 in milliseconds."""

_PHONE = re.compile(r"\+?[0-9]*")
_PLACE = re.compile(r"-?[0-9]+(\.[0-9]+)?,-?[0-9]+(\.[0-9]+)?")


class WrongValueError(ValueError):
    """A value is not of its field's type."""


def person(user_id: str) -> dict[str, str]:
    """Return a person as a read shows them."""
    avatar = f"https://avatars.lark.test/{user_id}"
    return {"id": user_id, "name": user_id, "en_name": user_id, "email": "", "avatar_url": avatar}


def text(value: object) -> list[dict[str, str]] | None:
    """Keep a text in one segment."""
    text = _string(value)
    if len(text) > MAX_TEXT:
        raise refused(ErrorCode.TooLargeCell)
    return [{"text": text, "type": "text"}] if text else None


def as_mail(segments: list[dict[str, str]]) -> list[dict[str, str]]:
    """Turn a text's segments into those of mail addresses."""
    return [{"link": f"mailto:{one['text']}", "text": one["text"], "type": "url"} for one in segments]


def number(value: object) -> int | float:
    """Keep a number, a whole one as an integer."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -MAX_NUMBER < value < MAX_NUMBER:
        raise WrongValueError
    return int(value) if value % 1 == 0 and abs(value) < EXACT_NUMBERS else float(value)


def single_select(value: object) -> str | None:
    """Keep an option's name."""
    return _string(value) or None


def multi_select(value: object) -> list[str] | None:
    """Keep the names of options."""
    return [_filled(one) for one in _list(value, MAX_OPTIONS)] or None


def date_time(value: object) -> int:
    """Keep milliseconds."""
    if isinstance(value, bool) or not isinstance(value, int) or not FIRST_MOMENT <= value <= LAST_MOMENT:
        raise WrongValueError
    return value


def checkbox(value: object) -> bool:
    """Keep a tick or its absence."""
    if not isinstance(value, bool):
        raise WrongValueError
    return value


def people(value: object) -> list[dict[str, str]] | None:
    """Keep people, whom Lark gives names."""
    return [person(_key(one, "id")) for one in _list(value, MAX_PEOPLE)] or None


def groups(value: object) -> list[dict[str, str]] | None:
    """Keep groups, which Lark gives names."""
    groups = [_key(one, "id") for one in _list(value, MAX_GROUPS)]
    return [
        {"avatar_url": f"https://avatars.lark.test/{one}", "id": one, "name": one} for one in groups
    ] or None


def phone(value: object) -> str | None:
    """Keep a phone number."""
    text = _string(value)
    if len(text) > MAX_PHONE or not _PHONE.fullmatch(text):
        raise WrongValueError
    return text or None


def url(value: object) -> dict[str, str]:
    """Keep a link and its text."""
    link = _key(value, "link")
    text = value.get("text", link) if isinstance(value, dict) else link
    return {"link": link, "text": _string(text)}


def attachments(value: object) -> list[dict[str, Any]] | None:
    """Keep files, of which Lark knows more."""
    return [_file(_key(one, "file_token")) for one in _list(value, MAX_FILES)] or None


def _file(token: str) -> dict[str, Any]:
    media = "https://open.lark.test/open-apis/drive/v1/medias"
    return {
        "file_token": token,
        "name": f"{token}.png",
        "size": 1024,
        "tmp_url": f"{media}/batch_get_tmp_download_url?file_tokens={token}",
        "type": "image/png",
        "url": f"{media}/{token}/download",
    }


def links(value: object) -> dict[str, list[str]] | None:
    """Keep the ids of linked records."""
    ids = [_filled(one) for one in _list(value, MAX_LINKS)]
    return {"link_record_ids": ids} if ids else None


def location(value: object) -> dict[str, str] | None:
    """Keep coordinates, to which Lark adds an address."""
    text = _string(value)
    if text and not _PLACE.fullmatch(text):
        raise WrongValueError
    return _place(text) if text else None


def _place(location: str) -> dict[str, str]:
    names = {part: part for part in ("address", "adname", "cityname", "name", "pname")}
    return {"location": location, **names, "full_address": f"name, address ({location})"}


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise WrongValueError
    return value


def _filled(value: object) -> str:
    text = _string(value)
    if not text:
        raise WrongValueError
    return text


def _key(value: object, name: str) -> str:
    if not isinstance(value, dict):
        raise WrongValueError
    return _filled(value.get(name))


def _list(value: object, limit: int) -> list[Any]:
    if not isinstance(value, list):
        raise WrongValueError
    if len(value) > limit:
        raise refused(ErrorCode.TooLargeCell)
    return value
