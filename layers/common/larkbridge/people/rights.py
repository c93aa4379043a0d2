"""What scopes of Lark's allow, as people are told it."""

from collections.abc import Iterable

_RIGHTS = (
    ("offline_access", ""),
    ("calendar:calendar.free_busy", "read_free_busy"),
    ("calendar:calendar:read", "read_calendar"),
    ("calendar:calendar.event:read", "read_calendar"),
    ("calendar:", "write_calendar"),
    ("task:task:read", "read_tasks"),
    ("task:tasklist:read", "read_tasks"),
    ("task:section:read", "read_tasks"),
    ("task:", "write_tasks"),
    ("contact:", "find_people"),
    ("im:", "messages"),
    ("base:record:retrieve", "read_records"),
    ("base:field:read", "read_records"),
    ("base:", "write_records"),
    ("bitable:app:readonly", "read_records"),
    ("base:", "write_records"),
    ("bitable:", "write_records"),
)
"""The first that a scope begins with; what is broad counts as what it allows most."""


def rights_of(scopes: Iterable[str]) -> tuple[set[str], list[str]]:
    """Return the rights by name, and the scopes that no text describes; that to stay connected is neither."""
    found = {
        scope: next((name for start, name in _RIGHTS if scope.startswith(start)), None) for scope in scopes
    }
    return {*filter(None, found.values())}, [scope for scope, right in found.items() if right is None]
