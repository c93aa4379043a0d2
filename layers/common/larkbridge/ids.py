"""Ids: those that follow from what they stand for, and those of files, which nobody can guess."""

import hashlib
import uuid

_FILE, _HEX = "file_", frozenset("0123456789abcdef")


def derived_id(*parts: str) -> str:
    """Return an id that the same parts always give, in the shape of a UUIDv4 (which Lark's APIs ask for)."""
    digest = hashlib.sha256("\0".join(("larkbridge", *parts)).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def new_file_id() -> str:
    """Return the id of a new file, which nobody can guess."""
    return f"{_FILE}{uuid.uuid4().hex}"


def is_file_id(text: str) -> bool:
    """Tell one of our ids of files from whatever else a caller may use."""
    return len(text) == len(_FILE) + 32 and text.startswith(_FILE) and _HEX.issuperset(text[len(_FILE) :])
