"""What providers read from a document or a setting; what will not do is refused by its name."""

from collections.abc import Mapping
from typing import Any, TypeGuard

from larkbridge.errors import BadRequestError, NotConfiguredError
from larkbridge.inbound.provider import Context

MAX_LENGTH = 200


def is_text(value: Any) -> TypeGuard[str]:
    """Whether `value` can be an id or a type: 1 to 200 printable characters."""
    return isinstance(value, str) and 0 < len(value) <= MAX_LENGTH and value.isprintable()


def required_text(document: Mapping[str, Any], name: str) -> str:
    """Return an id or a type; raises BadRequestError for anything that cannot be one."""
    value = document.get(name)
    if not is_text(value):
        raise BadRequestError(f"{name} must be a text of 1 to {MAX_LENGTH} printable characters")
    return value


def required_setting(context: Context, name: str) -> str:
    """Return a plain setting; raises NotConfiguredError when it is absent or empty."""
    value = context.settings.text(name)
    if not value:
        raise NotConfiguredError(f"{name} is not configured")
    return value


def choice(context: Context, name: str, *allowed: str) -> str:
    """Return a plain setting, the first one allowed by default; raises NotConfiguredError for any other."""
    value = context.settings.text(name, allowed[0])
    if value not in allowed:
        raise NotConfiguredError(f"{name} must be one of {', '.join(allowed)}")
    return value
