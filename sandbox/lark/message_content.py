"""Which contents Lark sends, and which it refuses.

Source: open platform documentation, "Send a message"; the limit of 3 tables in a card and its refusal are as
github.com/larksuite/openclaw-lark has seen them. What they leave open, and is assumed here: an audit refuses
phone numbers and addresses wherever they stand in the content.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from sandbox.lark.envelope import INVALID_FIELD, RefusedError
from sandbox.lark.message_codes import ErrorCode
from sandbox.lark.words import words_of

MAX_CARD_BYTES = 30 * 1024
MAX_TEXT_BYTES = 150 * 1024
MAX_CARD_TABLES = 3
VERSION_2 = "2.0"
_PERSONAL = re.compile(r"(?<!\d)(?:\+?84|0)\d{9}(?!\d)|[\w.+-]+@[\w-]+\.[\w.]+")


def parsed_content(msg_type: str, content: str) -> dict[str, Any]:
    """Return a message's content, or raise `RefusedError` for one that Lark would not send."""
    if len(content.encode("utf-8", "replace")) > (MAX_TEXT_BYTES if msg_type == "text" else MAX_CARD_BYTES):
        raise RefusedError(ErrorCode.TOO_LONG, "the message is too long", 400)
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError):
        parsed = None
    is_card = msg_type == "interactive"
    if not isinstance(parsed, dict):
        code = ErrorCode.BAD_CARD if is_card else ErrorCode.BAD_PARAMETER
        raise RefusedError(code, "content is not a JSON object", 400)
    if is_card:
        _check_card(parsed)
    return parsed


def require_no_personal_data(content: Any) -> None:
    """Refuse phone numbers and addresses, as an audit of the tenant does."""
    if _PERSONAL.search(json.dumps(content, ensure_ascii=False)):
        raise RefusedError(ErrorCode.AUDIT_FAILED, words_of(ErrorCode.AUDIT_FAILED), 400)


def is_shared(card: dict[str, Any]) -> bool:
    """Say whether everybody sees the same card, so that it can be changed for all."""
    config = card.get("config")
    said = config.get("update_multi") if isinstance(config, dict) else None
    return said is True or (card.get("schema") == VERSION_2 and said is None)


def required_text(document: dict[str, Any], name: str) -> str:
    """Return a text that must be there, or raise `RefusedError`."""
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise RefusedError(INVALID_FIELD, f"{name} is required", 400)
    return value


def _check_card(card: dict[str, Any]) -> None:
    tags = list(_tags(card))
    if tags.count("table") > MAX_CARD_TABLES:
        raise _bad_card("ErrCode: 11310; ErrMsg: card table number over limit")
    if card.get("schema") == VERSION_2 and "action" in tags:
        raise _bad_card("ErrMsg: unsupported tag action")


def _bad_card(message: str) -> RefusedError:
    return RefusedError(ErrorCode.BAD_CARD, f"Failed to create card content, ext={message}", 400)


def _tags(value: Any) -> Iterator[object]:
    pending = [value]
    while pending:
        match pending.pop():
            case dict() as element:
                if "tag" in element:
                    yield element["tag"]
                pending.extend(element.values())
            case list() as elements:
                pending.extend(elements)
